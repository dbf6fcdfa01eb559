"""A private site asks to take part: what it tells of itself, the check digit of its business registration number.

No name is asked for. The telephone number of whoever looks after the site is needed to call back, is sealed where
it is kept, and goes when it has served.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from .categories import CATEGORIES
from .errors import BadInput
from .fields import Fields, one_of, required

State = Literal["waiting", "refused", "approved"]
NUMBER_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)  # of the National Tax Service, for the digits before the last
NONCE = 12  # bytes
CONTACT_KEPT = timedelta(days=30)  # after the decision
WAITS = timedelta(days=90)  # then a request that nobody decided is forgotten
INVITED = timedelta(days=14)  # after the approval; so long the manager's account can be made
REFUSED_KEPT = timedelta(days=30)
LONGEST_REASON = 200
_TELEPHONE = re.compile(r"0(?:2\d{7,8}|[1-9]\d\d{6,9})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a site tells: ``business_number`` and ``telephone`` are digits."""

    business_number: str
    name: str
    category: str
    address: str
    telephone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRequest:
    """A request as it is kept; ``contact`` is the sealed telephone number, None once it is destroyed."""

    request_id: str
    token_hash: bytes
    business_number: str
    name: str
    category: str
    address: str
    contact: bytes | None
    asked_at: datetime
    state: State = "waiting"
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str = ""
    facility_id: str | None = None
    manager_at: datetime | None = None  # when the manager's account was made


def is_business_number(digits: str) -> bool:
    """Say whether ten digits are a business registration number: the last one checks the others.

    >>> is_business_number("1234567891"), is_business_number("1234567890")
    (True, False)
    """
    if not re.fullmatch(r"\d{10}", digits, re.ASCII) or len(set(digits)) == 1:
        return False
    numbers = [int(digit) for digit in digits]
    total = sum(number * weight for number, weight in zip(numbers, NUMBER_WEIGHTS, strict=False))
    return (10 - (total + numbers[8] * 5 // 10) % 10) % 10 == numbers[9]


def show_business_number(digits: str) -> str:
    """Return the number as it is written: ``000-00-00000``."""
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"


def show_telephone(digits: str) -> str:
    """Return a telephone number as it is written: ``010-0000-0000``, ``02-000-0000``."""
    area = 2 if digits.startswith("02") else 3
    return f"{digits[:area]}-{digits[area:-4]}-{digits[-4:]}"


def read_asked(typed: Mapping[str, str]) -> Asked:
    """Return what the form says, or raise ``FieldsRefused`` with a sentence for each field."""
    form = Fields(typed)
    asked = Asked(
        business_number=form.read("business_number", _business_number, ""),
        name=form.read("name", required(60, "시설 이름을 입력하시기 바랍니다."), ""),
        category=form.read("category", one_of(CATEGORIES, "분류를 고르시기 바랍니다."), "other"),
        address=form.read("address", required(120, "주소를 입력하시기 바랍니다."), ""),
        telephone=form.read("telephone", _telephone, ""),
    )
    form.read("consent", one_of(("yes",), "개인정보 수집·이용에 동의하셔야 신청할 수 있습니다."), "yes")
    form.finish()
    return asked


def read_reason(text: str) -> str:
    """Return why a request is refused, as the site will read it; raise ``BadInput`` where it is empty or long."""
    return required(LONGEST_REASON, "반려하는 까닭을 입력하시기 바랍니다.")(" ".join(text.split()))


def seal_contact(key: bytes, request_id: str, telephone: str, nonce: bytes) -> bytes:
    """Return the telephone number sealed to its request; ``key`` are 32 bytes, ``nonce`` is random."""
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, telephone.encode(), request_id.encode())


def open_contact(key: bytes, request_id: str, sealed: bytes) -> str:
    """Return the telephone number of a request."""
    return ChaCha20Poly1305(key).decrypt(sealed[:NONCE], sealed[NONCE:], request_id.encode()).decode()


def _business_number(text: str) -> str:
    digits = re.sub(r"[\s-]", "", text)
    if not re.fullmatch(r"\d{10}", digits, re.ASCII):
        raise BadInput("사업자등록번호 열 자리를 입력하시기 바랍니다. 예: 000-00-00000")
    if not is_business_number(digits):
        raise BadInput("사업자등록번호가 맞지 않습니다. 숫자를 다시 확인하시기 바랍니다.")
    return digits


def _telephone(text: str) -> str:
    digits = re.sub(r"[\s().-]", "", text)
    if not _TELEPHONE.fullmatch(digits) or not 9 <= len(digits) <= 11:
        raise BadInput("연락받을 전화번호를 지역번호부터 입력하시기 바랍니다. 예: 031-000-0000")
    return digits
