"""The number a visitor dials to be logged (안심콜): one that costs the caller nothing, hung at the door."""

import re

from .errors import BadInput

_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212.()]")
_NUMBER = re.compile(r"(?:\+?82|0082)?(080[0-9]{7}|80[0-9]{7}|14[0-9]{4})", re.ASCII)


def normalise_call_number(text: str) -> str:
    """Return the digits of a toll-free number, ``080…`` (ten digits) or ``14…`` (six); ``+82 80`` is read too.

    Raises ``BadInput(field="call_number")`` for any other number.
    """
    found = _NUMBER.fullmatch(_SEPARATORS.sub("", text))
    if found is None:
        raise BadInput("080-000-0000이나 14로 시작하는 여섯 자리 번호를 입력하시기 바랍니다.", field="call_number")
    return f"0{found[1]}" if found[1].startswith("80") else found[1]


def show_call_number(digits: str) -> str:
    """Return the number as it stands on a sign: ``080-000-0000``, ``140000``."""
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if digits.startswith("080") else digits
