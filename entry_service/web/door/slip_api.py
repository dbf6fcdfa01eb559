"""The JSON API of paper slips: the public keys a device seals to, and one slip.

A slip comes sealed wherever the browser can seal; in the clear it comes only while there is a connection, and is
sealed here. ``log_body`` takes one slip of a batch too (web/door/acts_api.py).
"""

import secrets
from base64 import urlsafe_b64decode
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from flask import Blueprint
from msgspec import Meta

from entry_service.core.clock_rules import NONE
from entry_service.core.contacts import residence_of
from entry_service.core.errors import BadInput, ScanConflict
from entry_service.core.model import Device
from entry_service.usecases.doors.check_in import ScanAnswer
from entry_service.usecases.doors.collecting import CollectionEnded
from entry_service.usecases.doors.late import TooOld
from entry_service.usecases.doors.paper_contact import SlipContact
from entry_service.usecases.doors.slip import SealedContact, log_slip, public_keys

from ..api.openapi import END, Body, base64url, operation
from ..frame.auth import current_device
from ..frame.context import now, services
from .scan_api import Children, PartySize, ScanId, ScanRecorded, recorded

blueprint = Blueprint("slip_api", __name__)
blueprint.add_app_template_filter(residence_of, "residence_of")
Typed = Annotated[str, Meta(max_length=200)]
SlipNumber = Annotated[  # too short for a telephone number, and without Hangul: no name is typed here by mistake
    str, Meta(pattern=rf"^[0-9A-Za-z][0-9A-Za-z-]{{0,7}}{END}", description="printed on the slip")
]

Pid = Annotated[str, Meta(pattern=rf"^[0-9A-Za-z_-]{{11}}{END}", description="8 random bytes, base64url")]
Sealed = Annotated[str, Meta(pattern=rf"^[0-9A-Za-z_-]{{555}}{END}", description="416 bytes, base64url")]


class DayKey(msgspec.Struct, frozen=True):
    """The public key of one Korean day: 32 bytes (X25519), base64url. Whoever has it can seal, not open."""

    day: date
    public: str


class DayKeys(msgspec.Struct, frozen=True):
    """The keys of today and the two days after it, as far as collection goes."""

    days: list[DayKey]


class TypedContact(Body, frozen=True, forbid_unknown_fields=True):
    """What stands on the slip: a phone with the city or district, or a personal safety code. Never a name."""

    phone: Typed = ""
    safety_code: Typed = ""
    residence: Typed = ""


class NewSlip(Body, frozen=True, forbid_unknown_fields=True):
    """One slip: sealed on the device (``day``, ``pid``, ``sealed`` together), or ``contact`` in the clear.

    Who leaves is found by the number and needs neither.
    """

    scan_id: ScanId
    number: SlipNumber
    scanned_at: Annotated[datetime, Meta(tz=True)]
    direction: Literal["in", "out"]
    party_size: PartySize = 1
    children: Children = 0
    day: date | None = None
    pid: Pid | None = None
    sealed: Sealed | None = None
    contact: TypedContact | None = None


@operation(
    blueprint,
    "GET",
    "/api/v1/day-keys",
    summary="Public keys that slips are sealed to",
    auth="device",
    answer=DayKeys,
    errors=(CollectionEnded,),
)
def day_keys() -> DayKeys:
    """Return the public keys of today and two days more."""
    return DayKeys([DayKey(day, base64url(public)) for day, public in public_keys(services(), now())])


@operation(
    blueprint,
    "POST",
    "/api/v1/slips",
    summary="Log one paper slip; the same scan_id is the same answer",
    auth="device:slip",
    body=NewSlip,
    answer=ScanRecorded,
    errors=(TooOld, CollectionEnded, ScanConflict),
)
def new_slip(body: NewSlip) -> ScanRecorded:
    """Answer when the row is durable; the answer is the same whoever is on the slip."""
    return recorded(log_body(current_device(), body))


def log_body(device: Device, body: NewSlip, skew: timedelta = NONE) -> ScanAnswer:
    """Log one slip as it was sent; see ``usecases.slip.log_slip``."""
    return log_slip(
        services(),
        device,
        scan_id=body.scan_id,
        number=body.number,
        scanned_at=body.scanned_at,
        direction=body.direction,
        party_size=body.party_size,
        children=body.children,
        contact=_contact(body),
        now=now(),
        random=secrets.token_bytes,
        skew=skew,
    )


def _contact(body: NewSlip) -> SealedContact | SlipContact | None:
    if body.day is not None and body.pid is not None and body.sealed is not None and body.contact is None:
        return SealedContact(day=body.day, pid=_bytes(body.pid), sealed=_bytes(body.sealed))
    if body.day is not None or body.pid is not None or body.sealed is not None:
        raise BadInput(field="sealed")  # a part of it, or both forms at once
    if body.contact is None:
        return None
    typed = body.contact
    return SlipContact(phone=typed.phone, safety_code=typed.safety_code, residence=typed.residence)


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
