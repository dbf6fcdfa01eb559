"""Phone numbers and personal safety codes (개인안심번호): one tested way to read them, however they are typed."""

import re
import unicodedata

from .errors import BadInput, Sentence

_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212.()·/]")  # phones turn hyphens into dashes
_MOBILE = re.compile(r"(?:\+?82|0082)?0?(1[016789][0-9]{7,8})")
_SAFETY_CODE = re.compile(
    r"(?=(?:[^0-9]*[0-9]){4}[^0-9]*$)[0-9가-힣]{6}"
)  # four digits: the other two are syllables
LONGEST_NAME = 40
LONGEST_RESIDENCE = 30


def normalise_phone(text: str) -> str:
    """Return a Korean mobile number as E.164 (``+8210…``), from any usual way of typing it.

    Raises ``BadInput(field="phone")`` for anything that is not a Korean mobile number.
    """
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    found = _MOBILE.fullmatch(plain)
    if found is None or (found[1].startswith("10") and len(found[1]) != 10):
        raise BadInput("휴대전화번호를 010-1234-5678과 같이 입력하시기 바랍니다.", field="phone")
    return f"+82{found[1]}"


def local_phone(e164: str) -> str:
    """Return ``010-1234-5678``, as it is dialled here."""
    local = "0" + e164.removeprefix("+82")
    return f"{local[:3]}-{local[3:-4]}-{local[-4:]}"


def mask_phone(e164: str) -> str:
    """Return ``010-****-5678``, as it may stand on a screen."""
    local = "0" + e164.removeprefix("+82")
    return f"{local[:3]}-{'*' * len(local[3:-4])}-{local[-4:]}"


def normalise_safety_code(text: str) -> str:
    """Return a personal safety code: four digits and two syllables in any order, without spaces.

    Raises ``BadInput(field="safety_code")`` otherwise. The code is kept as it is; only the authority resolves it.
    """
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if not _SAFETY_CODE.fullmatch(plain):
        raise BadInput("개인안심번호는 숫자 4자리와 한글 2자입니다. 예: 12가34나", field="safety_code")
    return plain


def normalise_subject(text: str) -> str:
    """Return a mobile number or a personal safety code, whichever it is, as the vault spells it.

    Raises ``BadInput(field="phone")`` where it is neither.
    """
    for normalise in (normalise_phone, normalise_safety_code):
        try:
            return normalise(text)
        except BadInput:
            continue
    raise BadInput("휴대전화번호(010-1234-5678)나 개인안심번호(12가34나)를 입력하시기 바랍니다.", field="phone")


def composed(text: str) -> str:
    """Return the text in composed form, without control characters and double spaces."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(c for c in composed if unicodedata.category(c)[0] != "C" or c == " ").split())


def normalise_residence(text: str) -> str:
    """Return the city or district of residence, which may be empty; raise ``BadInput(field="residence")``."""
    plain = composed(text)
    if len(plain) > LONGEST_RESIDENCE:
        raise BadInput("거주지는 시·군·구까지만 입력하시기 바랍니다.", field="residence")
    return plain


def normalise_name(text: str) -> str:
    """Return the name in composed form; raise ``BadInput(field="name")`` if empty or too long."""
    plain = composed(text)
    if not plain or len(plain) > LONGEST_NAME:
        raise BadInput(
            Sentence("이름을 1~%(longest)s자로 입력하시기 바랍니다.", longest=LONGEST_NAME), field="name"
        )
    return plain


def residence_of(address: str) -> str:
    """Return the city or district of an address, as a slip asks for it: ``군포시``; empty where there is none."""
    parts = address.split()
    if not parts:
        return ""
    if parts[0].endswith(("특별시", "광역시")):
        return " ".join(parts[:2]) if len(parts) > 1 and parts[1].endswith(("구", "군")) else parts[0]
    if parts[0].endswith("특별자치시"):
        return parts[0]
    return next((part for part in parts[:2] if part.endswith(("시", "군", "구"))), "")
