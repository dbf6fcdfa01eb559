"""The JSON API of the door: verification keys, one scan, who is inside now.

``POST /api/v1/scans`` is the hot path of the whole service: one indexed read (the token), one durable write. Only
the facility of the calling device can be written to; the body has no field that names another (threats T02).
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from flask import Blueprint, g
from msgspec import Meta

from entry_service.core.capacity import crowding_of
from entry_service.core.cards import CardRevoked, CardUnknown
from entry_service.core.errors import (
    NotFound,
    PassExpired,
    PassForged,
    PassFromFuture,
    PassKeyUnknown,
    PassMalformed,
    ScanConflict,
    TooMany,
)
from entry_service.usecases.doors.check_in import MOST_PEOPLE, FacilityFull, ScanAnswer, check_in_pass
from entry_service.usecases.doors.collecting import CollectionEnded
from entry_service.usecases.doors.late import TooOld
from entry_service.usecases.doors.limits import limit_of
from entry_service.usecases.doors.log_scan import inside_now
from entry_service.usecases.doors.pins import WrongPin

from ..api.openapi import END, Body, base64url, operation
from ..frame.auth import current_account, current_device
from ..frame.context import now, services

LONGEST_CODE = 4_296  # characters of the largest QR code there is
ScanId = Annotated[str, Meta(pattern=rf"^[0-9A-Za-z-]{{8,64}}{END}", description="made once by the device")]
Gate = Annotated[str, Meta(max_length=40, pattern=rf"^[^\u0000-\u001f\u007f]*{END}", description="door or desk")]
Text = Annotated[
    str, Meta(min_length=1, max_length=LONGEST_CODE, description="what the camera read, or was typed")
]
PartySize = Annotated[int, Meta(ge=1, le=MOST_PEOPLE, description="everybody who comes with the pass")]
Children = Annotated[int, Meta(ge=0, lt=MOST_PEOPLE, description="those under 14 among them; fewer than all")]
Pin = Annotated[str, Meta(max_length=20, description="the manager's six digits")]
blueprint = Blueprint("api", __name__)


SCAN_ERRORS = (
    TooOld,
    CollectionEnded,
    PassMalformed,
    PassKeyUnknown,
    PassForged,
    PassExpired,
    PassFromFuture,
    CardUnknown,
    CardRevoked,
    FacilityFull,
    ScanConflict,
    WrongPin,
    TooMany,
)


class VerificationKey(msgspec.Struct, frozen=True):
    """A public key of the issuer: 32 bytes (Ed25519) or the 65-byte point (ES256), base64url."""

    kid: int
    alg: Literal["Ed25519", "ES256"]
    public: str
    not_after: datetime | None


class Keys(msgspec.Struct, frozen=True):
    """The verification keys, and the present of the service, by which a device corrects its own clock."""

    keys: list[VerificationKey]
    now: datetime


class NewScan(Body, frozen=True, forbid_unknown_fields=True):
    """One reading of a pass, its typed code or a card; ``auto`` means out if the pass is inside here, else in.

    ``admit`` says what happens at the limit: ``ask`` refuses, ``happened`` flags, ``override`` admits with the
    manager's ``pin``. Each try is a reading of its own: an override after a refusal has another ``scan_id``.
    """

    scan_id: ScanId
    text: Text
    direction: Literal["in", "out", "auto"]
    scanned_at: Annotated[datetime, Meta(tz=True)]
    gate: Gate = ""
    party_size: PartySize = 1
    children: Children = 0
    admit: Literal["ask", "happened", "override"] = "ask"
    pin: Pin = ""


class ScanRecorded(msgspec.Struct, frozen=True):
    """The scan is durable. ``repeated``: the log had this scan_id before.

    ``occupancy``, ``limit`` and ``crowding`` are those of the device's ``zone`` where it has one, else of the
    facility; ``limit`` is null where there is none, ``capacity`` is its earlier name; ``crowding`` is a code or
    empty.
    """

    scan_id: str
    outcome: str
    direction: Literal["in", "out"]
    flags: list[str]
    occupancy: int
    capacity: int | None
    limit: int | None
    crowding: str
    zone: str
    received_at: datetime
    repeated: bool


class OccupancyNow(msgspec.Struct, frozen=True):
    """How many are inside a facility now, by the passes' last scans; asked by a device with a zone, in that zone.

    ``limit`` is null where there is none, ``capacity`` is its earlier name; ``crowding`` is a code or empty.
    """

    facility_id: str
    occupancy: int
    capacity: int | None
    limit: int | None
    crowding: str
    now: datetime


@operation(blueprint, "GET", "/api/v1/keys", summary="Verification keys of the pass", auth="none", answer=Keys)
def keys() -> Keys:
    """Return the public keys, by key id."""
    known = sorted(services().public_keys.values(), key=lambda key: key.kid)
    listed = [VerificationKey(key.kid, key.alg, base64url(key.public), key.not_after) for key in known]
    return Keys(listed, now())


@operation(
    blueprint,
    "POST",
    "/api/v1/scans",
    summary="Log one reading of a visitor pass; the same scan_id is the same answer",
    auth="device:scan",
    body=NewScan,
    answer=ScanRecorded,
    errors=SCAN_ERRORS,
)
def new_scan(body: NewScan) -> ScanRecorded:
    """Answer when the row is durable; a refused pass is a row too, before it is answered."""
    answer = check_in_pass(
        services(),
        current_device(),
        scan_id=body.scan_id,
        text=body.text,
        direction=body.direction,
        scanned_at=body.scanned_at,
        gate=body.gate,
        now=now(),
        party_size=body.party_size,
        children=body.children,
        admit=body.admit,
        pin=body.pin,
    )
    return recorded(answer)


def recorded(answer: ScanAnswer) -> ScanRecorded:
    """Return the answer as the API writes it."""
    return ScanRecorded(
        scan_id=answer.scan_id,
        outcome=answer.outcome,
        direction=answer.direction,
        flags=list(answer.flags),
        occupancy=answer.occupancy,
        capacity=answer.limit,
        limit=answer.limit,
        crowding=answer.crowding,
        zone=answer.zone,
        received_at=answer.received_at,
        repeated=answer.repeated,
    )


@operation(
    blueprint,
    "GET",
    "/api/v1/facilities/<facility_id>/occupancy",
    summary="How many are inside now",
    auth="device|session:staff,manager,admin",
    answer=OccupancyNow,
)
def occupancy(facility_id: str) -> OccupancyNow:
    """Return the reading for the caller's own facility; administrators may ask about any."""
    if facility_id != _own_facility(facility_id):
        raise NotFound(what="facility")
    facility, at = services().facility(facility_id), now()
    zone = g.device.zone if g.get("device") is not None else ""
    inside, limit = inside_now(services(), facility, at, zone), limit_of(services(), facility, at, zone)
    crowding = crowding_of(inside, limit.people, closed=limit.closed)
    return OccupancyNow(facility_id, inside, limit.people, limit.people, crowding, at)


def _own_facility(asked: str) -> str | None:
    if g.get("device") is not None:
        return g.device.facility_id
    account = current_account()
    return asked if account.role == "admin" else account.facility_id
