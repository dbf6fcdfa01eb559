"""Check a visitor in or out by the pass that staff scan.

A pass is judged at ``scanned_at``. What really happened is flagged, never refused; a refused scan is a row too,
with its reason code. The answer is given when the row is durable, and the same ``scan_id`` is the same answer.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from entry_service.core.errors import BadInput, PassRefused
from entry_service.core.model import Confidence, Device, Direction, Facility, Scan
from entry_service.core.passes import PassReading, read_pass
from entry_service.core.visits import DUPLICATE_WITHIN
from entry_service.services import Services
from entry_service.store.neighbours import Neighbours

from .log_scan import append, append_settled, inside_now, with_flags

Asked = Literal["in", "out", "auto"]
OLDEST = timedelta(days=28)  # an older scan would outlive its own retention
FURTHEST = timedelta(days=1)  # a device clock may be wrong, but not by more
CONFIDENCE: dict[bool, Confidence] = {True: "high", False: "medium"}  # by whether the phone is verified


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanAnswer:
    """What the door is told; ``capacity`` is None where the facility has no limit."""

    scan_id: str
    outcome: str
    direction: Direction
    flags: tuple[str, ...]
    occupancy: int
    capacity: int | None
    received_at: datetime
    repeated: bool


def check_in_pass(
    services: Services,
    device: Device,
    *,
    scan_id: str,
    text: str,
    direction: Asked,
    scanned_at: datetime,
    gate: str,
    now: datetime,
) -> ScanAnswer:
    """Log one reading of a visitor pass by a staff device and return the door's answer.

    ``auto`` lets out who came in here, and in whoever did not; the same pass read here again within two minutes is
    the same passage, read twice.

    Raises
    ------
    PassRefused
        The pass does not open the door; the refusal is in the log before this is raised.
    ScanConflict
        The scan_id belongs to another scan.
    BadInput
        ``scanned_at`` is further from the present than any device clock.
    """
    if not now - OLDEST < scanned_at < now + FURTHEST:
        raise BadInput("기기의 날짜와 시각을 확인하시기 바랍니다.", field="scanned_at")
    scan = Scan(
        scan_id=scan_id,
        facility_id=device.facility_id,
        pid=None,
        direction="in" if direction == "auto" else direction,
        source="staff_scan",
        confidence="low",
        scanned_at=scanned_at,
        received_at=now,
        device_id=device.device_id,
        gate=gate,
    )
    try:
        reading = read_pass(text, at=scanned_at, keys=services.public_keys, cache=services.pass_cache)
    except PassRefused as refusal:
        pid = refusal.reading.header.pid if isinstance(refusal.reading, PassReading) else None
        append(services, replace(scan, pid=pid, outcome=refusal.code))
        raise
    facility = services.facility_of_door(device.facility_id, now)
    verified = reading.header.verified
    scan = replace(scan, pid=reading.header.pid, confidence=CONFIDENCE[verified])
    inside = inside_now(services, facility, now)
    kept, new = append_settled(
        services, scan, lambda one, known: _settled(one, known, direction, facility, verified, inside)
    )
    return _answer(services, facility, kept, repeated=not new)


def _settled(
    scan: Scan,
    known: Neighbours,
    asked: Literal["in", "out", "auto"],
    facility: Facility,
    verified: bool,
    inside: int,
) -> Scan:
    """Return the scan with direction and flags, as what the log knows of its pass makes them."""
    before = known.before
    if asked == "auto" and before is not None and before.facility_id == scan.facility_id:
        again = scan.scanned_at - before.scanned_at < DUPLICATE_WITHIN
        scan = replace(scan, direction="in" if (before.direction == "in") == again else "out")
    return with_flags(scan, facility, known, verified=verified, inside=inside)


def _answer(services: Services, facility: Facility, kept: Scan, *, repeated: bool) -> ScanAnswer:
    return ScanAnswer(
        scan_id=kept.scan_id,
        outcome=kept.outcome,
        direction=kept.direction,
        flags=kept.flags,
        occupancy=inside_now(services, facility, kept.received_at),
        capacity=facility.capacity,
        received_at=kept.received_at,
        repeated=repeated,
    )
