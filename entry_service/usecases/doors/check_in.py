"""Check a visitor in or out by what staff scan or type: a pass, its typed code, a card.

A code is judged at ``scanned_at``. What really happened is flagged, never refused; a refused scan is a row too,
with its reason code. The answer is given when the row is durable, and the same ``scan_id`` is the same answer.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from entry_service.core.capacity import crowding_of
from entry_service.core.cards import is_card
from entry_service.core.clock_rules import FURTHEST, OLDEST, is_possible
from entry_service.core.errors import BadInput, EntryError, PassRefused
from entry_service.core.model import Device, Direction, Facility, Scan
from entry_service.core.profiles import OVERRIDE, assert_may
from entry_service.services import Services

from .judge import FULL, Admit, Asked, Judged, judge_and_append
from .late import assert_recent_or_kept
from .limits import limit_of
from .log_scan import UNVERIFIED, append, follow_row, inside_about, inside_now
from .pins import check_pin
from .presented import OVER_CAP, Presented, pid_of, read_presented

__all__ = ["FURTHEST", "OLDEST", "Admit", "Asked", "FacilityFull", "ScanAnswer", "answer_of", "check_in_pass"]
MOST_PEOPLE = 20  # of one reading: a bus comes in several


class FacilityFull(EntryError):
    """The limit is reached; ``occupancy`` and ``limit`` say how far. A refused scan is logged with this code."""

    status, code = 409, FULL
    sentence = "이용 가능 인원이 모두 찼습니다. 자리가 나면 다시 안내해 드리겠습니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanAnswer:
    """What the door is told; ``limit`` is None where the facility (or the zone behind the door) has none.

    ``occupancy`` and ``crowding`` (a code of core/capacity.py) are those of the zone where the device stands at
    one, else of the facility.
    """

    scan_id: str
    outcome: str
    direction: Direction
    flags: tuple[str, ...]
    occupancy: int
    limit: int | None
    crowding: str
    zone: str
    received_at: datetime
    repeated: bool

    @property
    def capacity(self) -> int | None:
        """Return the limit, by its earlier name."""
        return self.limit


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
    party_size: int = 1,
    children: int = 0,
    admit: Admit = "ask",
    pin: str = "",
    random: Callable[[int], bytes] = secrets.token_bytes,
    before_writing: Callable[[Connection], None] | None = None,
) -> ScanAnswer:
    """Log one reading by a staff device and return the door's answer.

    ``auto`` lets out who came in here, and in whoever did not; the same pass read here again within two minutes is
    the same passage, read twice.

    Parameters
    ----------
    text : str
        What was read or typed: see ``presented.read_presented``.
    admit : str
        Where the limit is reached: ``ask`` refuses, ``happened`` (an entry that is only reported) flags ``full``,
        ``override`` admits with the manager's PIN and flags ``full override``.
    before_writing : callable, optional
        Asked inside the transaction that writes; what it raises undoes the scan and is raised here.

    Raises
    ------
    PassRefused, FacilityFull
        The visitor does not come in; the refusal is in the log before this is raised.
    ScanConflict
        The scan_id belongs to another scan.
    BadInput
        ``scanned_at`` is further from the present than any device clock, or there are no adults in the party.
    TooOld
        It was on a day that is destroyed; nothing is kept.
    CollectionEnded
        It was after the end, and not the way out of who came in before.
    NotAllowed, WrongPin, TooMany
        The device may not do this; the PIN is wrong; too many wrong typed codes. Nothing is logged.
    """
    leaves = assert_recent_or_kept(services, scanned_at, now, may_leave=direction != "in")
    if not is_possible(scanned_at, now):
        raise BadInput("기기의 날짜와 시각을 확인하시기 바랍니다.", field="scanned_at")
    if admit == "override":
        assert_may(device, OVERRIDE)
        check_pin(services, device.facility_id, pin, now)
    scan = new_scan(
        device,
        scan_id=scan_id,
        direction=direction,
        scanned_at=scanned_at,
        gate=gate,
        now=now,
        party_size=party_size,
        children=children,
    )
    if is_card(text):
        scan = replace(scan, source="card")
    try:
        shown = read_presented(services, device, text, scanned_at, now=now, random=random)
    except PassRefused as refusal:
        row = replace(scan, pid=pid_of(refusal), outcome=refusal.code)
        append(services, row, before_writing=before_writing)
        raise
    facility = services.facility_of_door(device.facility_id, now)
    limit_of(services, facility, now, device.zone)  # read now, and remembered when the scan is judged
    judged = Judged(scan_of(scan, shown), direction, shown.verified, admit, doubts=shown.doubts, leaves=leaves)

    def write(db: Connection) -> tuple[Scan, bool]:
        if before_writing is not None:
            before_writing(db)
        return judge_and_append(db, services, facility, judged)

    with services.coming.announced(device.facility_id, party_size):
        kept, new = services.store.write(write)
        follow_row(services, kept, new=new)
    answer = answer_of(services, facility, kept, repeated=not new, verified=shown.verified)
    if kept.outcome == FULL:
        raise _full(services, facility, answer, now)
    return answer


def _full(services: Services, facility: Facility, answer: ScanAnswer, now: datetime) -> FacilityFull:
    """Return the refusal with the figures of what is full: the zone, or else the facility around it."""
    inside, limit = answer.occupancy, answer.limit
    if answer.zone and (limit is None or inside < limit):
        inside, limit = inside_now(services, facility, now), limit_of(services, facility, now).people
    return FacilityFull(occupancy=inside, limit=limit)


def new_scan(
    device: Device,
    *,
    scan_id: str,
    direction: Asked,
    scanned_at: datetime,
    gate: str,
    now: datetime,
    party_size: int = 1,
    children: int = 0,
) -> Scan:
    """Return the scan of a device as far as it is known before anybody looks whose it is; raise ``BadInput``."""
    if not 1 <= party_size <= MOST_PEOPLE:
        raise BadInput("인원은 1명 이상 20명 이하로 입력하시기 바랍니다.", field="party_size")
    if not 0 <= children < party_size:
        raise BadInput("14세 미만 어린이는 어른과 함께 입장해야 합니다.", field="children")
    return Scan(
        scan_id=scan_id,
        facility_id=device.facility_id,
        pid=None,
        direction="in" if direction == "auto" else direction,
        source="staff_scan",
        confidence="low",
        scanned_at=scanned_at,
        received_at=now,
        device_id=device.device_id,
        gate=gate or device.name,
        party_size=party_size,
        children=children,
        zone=device.zone,
    )


def scan_of(scan: Scan, shown: Presented, **facts: Any) -> Scan:
    """Return the scan with what is known of its visitor, and other facts."""
    return replace(scan, pid=shown.pid, source=shown.source, confidence=shown.confidence, **facts)


def told_flags(kept: Scan, verified: bool) -> tuple[str, ...]:
    """Return the flags of a row as the door is told them: earlier visits never, an unverified number always."""
    doubt = () if verified or kept.outcome != "accepted" or UNVERIFIED in kept.flags else (UNVERIFIED,)
    return (*(flag for flag in kept.flags if flag != OVER_CAP), *doubt)


def answer_of(
    services: Services,
    facility: Facility,
    kept: Scan,
    *,
    repeated: bool,
    verified: bool = True,
    at: datetime | None = None,
) -> ScanAnswer:
    """Return what the door is told of a row of the log; how full: when the row was received, or ``at``."""
    at = kept.received_at if at is None else at
    limit = limit_of(services, facility, at, kept.zone)
    inside = inside_about(services, facility, at, kept.zone)
    return ScanAnswer(
        scan_id=kept.scan_id,
        outcome=kept.outcome,
        direction=kept.direction,
        flags=told_flags(kept, verified),
        occupancy=inside,
        limit=limit.people,
        crowding=crowding_of(inside, limit.people, closed=limit.closed),
        zone=kept.zone,
        received_at=kept.received_at,
        repeated=repeated,
    )
