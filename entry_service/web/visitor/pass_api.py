"""The JSON API of the visitor's phone: sign the roots of its passes, verify its number by a one-time code.

Open to everybody and counted by address; what protects people (tries a code, codes a number, entries a day) is
counted in the vault. Nothing that is sent here comes back in an answer, and no answer says whether a number is
known.
"""

from base64 import urlsafe_b64decode
from datetime import date, datetime
from secrets import token_bytes
from typing import Annotated

import msgspec
from flask import Blueprint
from msgspec import Meta

from entry_service.core.contacts import normalise_phone
from entry_service.core.errors import EntryError, TooMany
from entry_service.usecases.doors.collecting import CollectionEnded
from entry_service.usecases.doors.issue_pass import DailyCapReached, IssuedPass, PassDay, Person, issue_passes
from entry_service.vault.verification import CertificateRefused, CodeRefused

from ..api.openapi import END, Body, base64url, operation
from ..frame.context import now, services, settings

TYPED = 200  # longest text a field takes; the rules of core.contacts are stricter and say what is wrong
blueprint = Blueprint("visitor_api", __name__)

Typed = Annotated[str, Meta(max_length=TYPED)]
Root = Annotated[str, Meta(pattern=rf"^[0-9A-Za-z_-]{{22}}{END}", description="x_0: 16 bytes, base64url")]
Slots = Annotated[int, Meta(ge=1, le=5_760)]


class VerificationOff(EntryError):
    """This service sends no one-time codes (``ENTRY_SMS=off``)."""

    status, code, sentence = 404, "verification_off", "이 서비스에서는 휴대전화 인증을 하지 않습니다."


class WantedDay(Body, frozen=True):
    """One day a pass is wanted for: its slots, counted from 00:00 KST, and the root of its chain."""

    day: date
    root: Root
    first_slot: Annotated[int, Meta(ge=0, le=5_759)]
    slot_count: Slots
    slot_seconds: Annotated[int, Meta(ge=15, le=120)]


class WantedPasses(Body, frozen=True):
    """Who asks (exactly one of ``phone`` and ``safety_code``) and for which days: today, tomorrow, or both."""

    name: Typed
    days: Annotated[list[WantedDay], Meta(min_length=1, max_length=2)]
    phone: Typed | None = None
    safety_code: Typed | None = None
    residence: Typed = ""
    certificate: Annotated[str, Meta(max_length=1_000)] | None = None


class PassOfDay(msgspec.Struct, frozen=True):
    """A signed pass; ``pid`` (8 bytes) and ``sig`` (64 bytes) are base64url. The chain stays on the phone.

    ``short_handle`` and ``short_key`` (32 bytes) make the typed code, for a door whose camera fails.
    """

    day: date
    kid: int
    pid: str
    first_slot: int
    slot_count: int
    slot_seconds: int
    verified: bool
    sig: str
    short_handle: str
    short_key: str


class Passes(msgspec.Struct, frozen=True):
    """One pass for each wanted day, in the order asked; ``issued_at`` lets the phone compare its clock."""

    issued_at: datetime
    passes: list[PassOfDay]


class NumberToVerify(Body, frozen=True):
    """The mobile number a code is sent to."""

    phone: Typed


class Verification(msgspec.Struct, frozen=True):
    """A code is on its way; it is good until ``expires_at``."""

    verification_id: str
    expires_at: datetime


class CodeGiven(Body, frozen=True):
    """The code that arrived, with the number again: the service keeps no number in the clear."""

    phone: Typed
    code: Annotated[str, Meta(max_length=12)]


class Certificate(msgspec.Struct, frozen=True):
    """Proof of the number, signed, for the phone to keep; the service keeps none."""

    certificate: str
    ends_at: datetime


@operation(
    blueprint,
    "POST",
    "/api/v1/passes",
    summary="Sign the visitor's passes of today and tomorrow",
    auth="none",
    body=WantedPasses,
    answer=Passes,
    errors=[CertificateRefused, DailyCapReached, CollectionEnded],
    status=201,
    limited=True,
)
def issue(body: WantedPasses) -> Passes:
    """Seal the contact, sign each root, answer when what belongs to it is durable."""
    person = Person(
        name=body.name,
        phone=body.phone,
        safety_code=body.safety_code,
        residence=body.residence,
        certificate=body.certificate,
    )
    days = [
        PassDay(
            day=wanted.day,
            root=urlsafe_b64decode(wanted.root + "=="),
            first_slot=wanted.first_slot,
            slot_count=wanted.slot_count,
            slot_seconds=wanted.slot_seconds,
        )
        for wanted in body.days
    ]
    issued = issue_passes(services(), person, days, now(), token_bytes)
    return Passes(issued_at=now(), passes=[_shown(signed) for signed in issued])


@operation(
    blueprint,
    "POST",
    "/api/v1/verifications",
    summary="Send a one-time code to a mobile number",
    auth="none",
    body=NumberToVerify,
    answer=Verification,
    errors=[VerificationOff, TooMany],
    status=201,
    limited=True,
)
def begin_verification(body: NumberToVerify) -> Verification:
    """Send a code; the answer is the same for every number."""
    _refuse_if_off()
    challenge = services().vault.verification.begin(normalise_phone(body.phone), now())
    return Verification(challenge.challenge_id, challenge.expires_at)


@operation(
    blueprint,
    "POST",
    "/api/v1/verifications/<verification_id>/confirm",
    summary="Exchange the right code for a certificate",
    auth="none",
    body=CodeGiven,
    answer=Certificate,
    errors=[VerificationOff, CodeRefused],
    limited=True,
)
def confirm_verification(verification_id: str, body: CodeGiven) -> Certificate:
    """Judge the code; a wrong one, too many tries and an unknown id are told alike."""
    _refuse_if_off()
    phone = normalise_phone(body.phone)
    certificate, ends = services().vault.verification.confirm(verification_id, phone, body.code.strip(), now())
    return Certificate(certificate, ends)


def _refuse_if_off() -> None:
    if settings().sms == "off":
        raise VerificationOff


def _shown(signed: IssuedPass) -> PassOfDay:
    return PassOfDay(
        day=signed.day,
        kid=signed.kid,
        pid=base64url(signed.pid),
        first_slot=signed.first_slot,
        slot_count=signed.slot_count,
        slot_seconds=signed.slot_seconds,
        verified=signed.verified,
        sig=base64url(signed.sig),
        short_handle=signed.short_handle,
        short_key=base64url(signed.short_key),
    )
