"""Issue visitor passes: seal the contact, draw a random pid, sign the root of the phone's chain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from entry_service.core import contacts
from entry_service.core.errors import BadInput, PassMalformed
from entry_service.core.model import Contact
from entry_service.core.passes import PassHeader, sign_pass
from entry_service.core.times import day_number, kst_day
from entry_service.services import Services
from entry_service.vault.verification import CertificateRefused

PID_BYTES = 8
ROOT_BYTES = 16


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
        services.verification.holds(person.certificate, phone, now)
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
    """
    today = kst_day(now)
    if not days or len({wanted.day for wanted in days}) != len(days):
        raise BadInput("출입증을 받을 날짜를 하루에 한 번씩 보내시기 바랍니다.", field="days")
    contact = contact_of(services, person, now)
    issued = []
    for place, wanted in enumerate(days):
        if wanted.day not in (today, today + timedelta(days=1)):
            raise BadInput("출입증은 오늘과 내일 것만 발급합니다.", field=f"days.{place}.day")
        if len(wanted.root) != ROOT_BYTES:
            raise BadInput(field=f"days.{place}.root")
        pid = random(PID_BYTES)
        header = PassHeader(
            kid=services.issuer.kid,
            day=day_number(wanted.day),
            pid=pid,
            first_slot=wanted.first_slot,
            slot_count=wanted.slot_count,
            slot_seconds=wanted.slot_seconds,
            verified=contact.verified,
        )
        try:
            signature = sign_pass(header, wanted.root, services.issuer)
        except PassMalformed as wrong:
            raise BadInput(field=f"days.{place}.slot_count") from wrong
        issued.append(
            IssuedPass(
                day=wanted.day,
                kid=header.kid,
                pid=pid,
                first_slot=wanted.first_slot,
                slot_count=wanted.slot_count,
                slot_seconds=wanted.slot_seconds,
                sig=signature,
                verified=contact.verified,
            )
        )
    for signed in issued:  # only now: a request that is refused leaves nothing behind
        services.vault.deposit(signed.day, signed.pid, contact)
    return issued
