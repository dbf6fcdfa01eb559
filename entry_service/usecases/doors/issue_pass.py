"""Issue visitor passes: seal the contact, draw a random pid, sign the root of the phone's chain.

Beside the signature a phone gets its typed code for the day: a handle that the log keeps, and a key that it does
not (core/short_codes.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from entry_service.core import contacts, short_codes
from entry_service.core.errors import BadInput, PassMalformed, TooMany
from entry_service.core.model import Contact
from entry_service.core.passes import PassHeader, sign_pass
from entry_service.core.times import day_number, day_start, kst_day
from entry_service.services import Services
from entry_service.store.log.short_codes import take_handle
from entry_service.vault.verification import CertificateRefused

from .collecting import assert_collecting

PID_BYTES = 8
ROOT_BYTES = 16
DRAWS = 8  # handles drawn for a pass: with half a million passes a day the chance that all are taken is 10⁻¹⁴


class DailyCapReached(TooMany):
    """This contact has made too many passes and poster entries today; ``retry_after`` ends with the day."""

    code, sentence = (
        "daily_cap",
        "오늘 이 번호로 등록할 수 있는 횟수를 넘었습니다. 시설 직원에게 문의하시기 바랍니다.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a visitor says of themselves, as typed; exactly one of phone and safety_code."""

    name: str
    phone: str | None = None
    safety_code: str | None = None
    residence: str = ""
    certificate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassDay:
    """One day a pass is wanted for, with the root of the chain that the phone made."""

    day: date
    root: bytes
    first_slot: int
    slot_count: int
    slot_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedPass:
    """A signed pass as the phone keeps it; the chain never leaves the phone."""

    day: date
    kid: int
    pid: bytes
    first_slot: int
    slot_count: int
    slot_seconds: int
    sig: bytes
    verified: bool
    short_handle: str
    short_key: bytes


def contact_of(services: Services, person: Person, now: datetime) -> Contact:
    """Return the contact to be sealed, normalised, ``verified`` where a certificate of this number holds.

    Raises
    ------
    BadInput
        A field cannot be read, or not exactly one of phone and safety code was given.
    CertificateRefused
        The certificate does not hold, or none was given where the setting asks for one.
    """
    if bool(person.phone) == bool(person.safety_code):
        raise BadInput("휴대전화번호와 개인안심번호 가운데 하나를 입력하시기 바랍니다.", field="phone")
    phone = contacts.normalise_phone(person.phone) if person.phone else None
    verified = False
    if person.certificate and phone:
        services.vault.verification.holds(person.certificate, phone, now)
        verified = True
    elif not services.settings.unverified:
        raise CertificateRefused("휴대전화 인증이 필요합니다.")
    return Contact(
        name=contacts.normalise_name(person.name),
        phone=phone,
        safety_code=contacts.normalise_safety_code(person.safety_code) if person.safety_code else None,
        residence=contacts.normalise_residence(person.residence),
        verified=verified,
    )


def issue_passes(
    services: Services, person: Person, days: Sequence[PassDay], now: datetime, random: Callable[[int], bytes]
) -> list[IssuedPass]:
    """Return one signed pass for each wanted day: today, or tomorrow so that midnight needs no network.

    The sealed contact is durable before the pass is answered; a deposit whose answer is lost dies with its day.

    Raises
    ------
    BadInput, CertificateRefused
        See ``contact_of``; also for no day, a day twice, another day than today or tomorrow, or slots outside it.
    DailyCapReached
        The vault counts too many passes and poster entries of this contact on one of the days; nothing is signed.
    """
    assert_collecting(services, now, now)
    today = kst_day(now)
    if not days or len({wanted.day for wanted in days}) != len(days):
        raise BadInput("출입증을 받을 날짜를 하루에 한 번씩 보내시기 바랍니다.", field="days")
    contact = contact_of(services, person, now)
    for place, wanted in enumerate(days):
        if wanted.day not in (today, today + timedelta(days=1)):
            raise BadInput("출입증은 오늘과 내일 것만 발급합니다.", field=f"days.{place}.day")
        if len(wanted.root) != ROOT_BYTES:
            raise BadInput(field=f"days.{place}.root")
    headers = [_header(services, wanted, contact, random(PID_BYTES)) for wanted in days]
    for place, header in enumerate(headers):
        try:
            header.check()
        except PassMalformed as wrong:
            raise BadInput(field=f"days.{place}.slot_count") from wrong
    for wanted, header in zip(days, headers, strict=True):  # only now: a request that is refused leaves nothing
        if services.vault.deposit(wanted.day, header.pid, contact) == "over_cap":
            end = day_start(today + timedelta(days=1))
            raise DailyCapReached(retry_after=max(int((end - now).total_seconds()), 1))
    drawn = [[short_codes.letters(random(4)) for _ in range(DRAWS)] for _ in days]
    handles = services.store.write(
        lambda db: [
            take_handle(db, free, **_of(wanted, header))
            for free, wanted, header in zip(drawn, days, headers, strict=True)
        ]
    )
    return [_signed(services, *parts) for parts in zip(days, headers, handles, strict=True)]


def _header(services: Services, wanted: PassDay, contact: Contact, pid: bytes) -> PassHeader:
    return PassHeader(
        kid=services.issuer.kid,
        day=day_number(wanted.day),
        pid=pid,
        first_slot=wanted.first_slot,
        slot_count=wanted.slot_count,
        slot_seconds=wanted.slot_seconds,
        verified=contact.verified,
    )


def _of(wanted: PassDay, header: PassHeader) -> dict[str, Any]:
    facts = {"day": wanted.day, "pid": header.pid}
    return {**facts, "slot_seconds": header.slot_seconds, "verified": header.verified}


def _signed(services: Services, wanted: PassDay, header: PassHeader, handle: str) -> IssuedPass:
    return IssuedPass(
        **_of(wanted, header),
        kid=header.kid,
        first_slot=header.first_slot,
        slot_count=header.slot_count,
        sig=sign_pass(header, wanted.root, services.issuer),
        short_handle=handle,
        short_key=short_codes.phone_key(services.short_code_key, header.day, header.pid),
    )
