"""The JSON API of the door beside the scan itself: look, undo, everyone out, the manager's PIN."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from flask import Blueprint
from msgspec import Meta

from entry_service.core.errors import NotFound, TooMany
from entry_service.core.model import Device
from entry_service.store.sites import zones
from entry_service.usecases.doors.collecting import CollectionEnded
from entry_service.usecases.doors.late import TooOld
from entry_service.usecases.doors.log_scan import inside_now
from entry_service.usecases.doors.look import look
from entry_service.usecases.doors.pins import WrongPin, check_pin
from entry_service.usecases.doors.undo import UndoTooLate, undo_scan
from entry_service.usecases.sites.closings import ClosingConflict, everyone_out

from ..api.openapi import Body, operation
from ..frame.auth import current_device
from ..frame.context import now, services
from .scan_api import Pin, ScanId, ScanRecorded, Text, recorded

Moment = Annotated[datetime, Meta(tz=True)]
Zone = Annotated[str, Meta(max_length=64)]
blueprint = Blueprint("door_api", __name__)


class NewLook(Body, frozen=True, forbid_unknown_fields=True):
    """What was read or typed, to be looked at only."""

    text: Text
    scanned_at: Moment


class Looked(msgspec.Struct, frozen=True):
    """What a scan would become; ``outcome`` is ``accepted`` or the code of a refusal. Nothing was logged."""

    valid: bool
    outcome: str
    inside: bool
    direction_if_auto: Literal["in", "out"]
    verified: bool


class Undoing(Body, frozen=True, forbid_unknown_fields=True):
    """When staff took the scan back, by the clock of the device."""

    undone_at: Moment


class TypedPin(Body, frozen=True, forbid_unknown_fields=True):
    """The PIN as it was typed."""

    pin: Pin


class NewClosing(Body, frozen=True, forbid_unknown_fields=True):
    """Everyone is out of the zone, or with an empty zone out of the facility; ``closing_id`` is made once."""

    closing_id: ScanId
    closed_at: Moment
    zone: Zone = ""


class Closed(msgspec.Struct, frozen=True):
    """The closing as it is kept, and how many are inside the facility after it."""

    closing_id: str
    closed_at: datetime
    zone: str
    occupancy: int


@operation(
    blueprint,
    "POST",
    "/api/v1/looks",
    summary="Say what a scan would become; logs nothing",
    auth="device:look",
    body=NewLook,
    answer=Looked,
    errors=(TooMany,),
)
def new_look(body: NewLook) -> Looked:
    """Look without entering."""
    seen = look(services(), current_device(), text=body.text, scanned_at=body.scanned_at, now=now())
    return Looked(seen.valid, seen.outcome, seen.inside, seen.direction_if_auto, seen.verified)


@operation(
    blueprint,
    "POST",
    "/api/v1/scans/<scan_id>/undo",
    summary="Take back a scan of this device, within ten minutes; said twice it is the same",
    auth="device:undo",
    body=Undoing,
    answer=ScanRecorded,
    errors=(NotFound, UndoTooLate),
)
def undo(scan_id: str, body: Undoing) -> ScanRecorded:
    """Return the scan that does not count any more, and how full it is without it."""
    return recorded(undo_scan(services(), current_device(), scan_id, undone_at=body.undone_at, now=now()))


@operation(
    blueprint,
    "POST",
    "/api/v1/pin",
    summary="Say whether this is the manager's PIN; five wrong tries, then it waits five minutes",
    auth="device:pin",
    body=TypedPin,
    errors=(WrongPin, TooMany),
    status=204,
)
def pin(body: TypedPin) -> None:
    """Answer 204 for the right PIN, one and the same refusal for everything else."""
    check_pin(services(), current_device().facility_id, body.pin, now())


@operation(
    blueprint,
    "POST",
    "/api/v1/closings",
    summary="Everyone is out of the facility or one of its zones; the same closing_id is the same closing",
    auth="device:closing",
    body=NewClosing,
    answer=Closed,
    errors=(TooOld, CollectionEnded, ClosingConflict, NotFound),
)
def close(body: NewClosing) -> Closed:
    """Close the device's own facility."""
    return close_place(current_device(), body)


def close_place(device: Device, body: NewClosing) -> Closed:
    """Send everyone out as it was sent; see ``usecases.closings.everyone_out``."""
    at = now()
    if body.zone:
        with services().store.read() as db:
            zones.get(db, device.facility_id, body.zone)
    kept = everyone_out(
        services(),
        device.facility_id,
        body.zone,
        closing_id=body.closing_id,
        closed_at=body.closed_at,
        closed_by=device.device_id,
        now=at,
    )
    inside = inside_now(services(), services().facility_of_door(device.facility_id, at), at)
    return Closed(kept.closing_id, kept.closed_at, kept.zone, inside)
