"""Check a visitor in or out: the one rule behind every door.

A pass is judged at ``scanned_at``. What really happened is flagged, never refused; a refused scan is a row too,
with its reason code. The answer is given when the row is durable, and the same ``scan_id`` is the same answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from entry_service.core.categories import assumed_dwell
from entry_service.core.errors import BadInput, EntryError, NotFound, PassRefused, ScanConflict, TooMany
from entry_service.core.model import Confidence, Contact, Device, Direction, Facility, Scan, Source
from entry_service.core.passes import PassReading, read_pass
from entry_service.core.posters import read_poster_id
from entry_service.core.times import KST, kst_day
from entry_service.core.visits import flags_of, is_open
from entry_service.services import Services
from entry_service.store import occupancy, posters, scans

from .issue_pass import PID_BYTES, Person, contact_of

OLDEST = timedelta(days=28)  # an older scan would outlive its own retention
FURTHEST = timedelta(days=1)  # a device clock may be wrong, but not by more
GRACE = timedelta(hours=48)  # a retired poster still opens the door so long
LOOK_BACK = timedelta(hours=24)
CONFIDENCE: dict[tuple[Source, bool], Confidence] = {
    ("staff_scan", True): "high",
    ("staff_scan", False): "medium",
    ("poster", True): "medium",
    ("poster", False): "low",
}


class PosterRetired(EntryError):
    """The poster's epoch is over and its grace too; a newer one hangs at the door."""

    status, code, sentence = (
        410,
        "poster_retired",
        "기간이 지난 포스터입니다. 시설의 새 포스터를 찍어 주시기 바랍니다.",
    )


class DailyCapReached(TooMany):
    """This contact has made too many poster entries today."""

    code, sentence = (
        "daily_cap",
        "오늘 이 번호로 등록할 수 있는 횟수를 넘었습니다. 시설 직원에게 문의하시기 바랍니다.",
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTicket:
    """What a visitor shows after a poster entry; it identifies the entry, not the person."""

    scan_id: str
    facility_id: str
    facility_name: str
    epoch: int
    entered_at: datetime
    party_size: int
    left_at: datetime | None = None


def check_in_pass(
    services: Services,
    device: Device,
    *,
    scan_id: str,
    text: str,
    direction: Literal["in", "out", "auto"],
    scanned_at: datetime,
    gate: str,
    now: datetime,
) -> ScanAnswer:
    """Log one reading of a visitor pass by a staff device and return the door's answer.

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
        _append(services, replace(scan, pid=pid, outcome=refusal.code))
        raise
    facility = services.facility(device.facility_id)
    verified = reading.header.verified
    scan = replace(scan, pid=reading.header.pid, confidence=CONFIDENCE["staff_scan", verified])
    last = _last_seen(services, scan)
    if (
        direction == "auto"
        and last is not None
        and last.facility_id == scan.facility_id
        and last.direction == "in"
    ):
        scan = replace(scan, direction="out")
    scan = replace(scan, flags=_flags(services, facility, scan, last, verified))
    kept, new = _append(services, scan)
    return _answer(services, facility, kept, repeated=not new)


def check_in_poster(
    services: Services,
    poster_text: str,
    person: Person,
    *,
    scan_id: str,
    party_size: int,
    now: datetime,
    random: Callable[[int], bytes],
) -> EntryTicket:
    """Log an entry that a visitor made with the facility's poster; deposit first, log second.

    Raises
    ------
    NotFound, PosterRetired
        No such poster, or its epoch ended more than 48 hours ago.
    DailyCapReached
        The vault counts too many entries of this contact today; nothing but the refusal is logged.
    BadInput, CertificateRefused
        See ``issue_pass.contact_of``.
    """
    poster, facility = open_poster(services, poster_text, now)
    contact = contact_of(services, person, now)
    kept = _ticketed(services, scan_id)
    if kept is None:
        kept = _enter(services, facility, contact, scan_id, party_size, now, random(PID_BYTES))
    if kept.facility_id != facility.facility_id or kept.source != "poster":
        raise ScanConflict
    return EntryTicket(
        scan_id=kept.scan_id,
        facility_id=facility.facility_id,
        facility_name=facility.name,
        epoch=poster.epoch,
        entered_at=kept.scanned_at,
        party_size=kept.party_size,
    )


def check_out_poster(services: Services, ticket: EntryTicket, *, scan_id: str, now: datetime) -> EntryTicket:
    """Log that the ticket's visitor left; return the ticket with ``left_at``. Raise ``NotFound`` without entry."""
    entry = _ticketed(services, ticket.scan_id)
    if entry is None or entry.facility_id != ticket.facility_id:
        raise NotFound(what="entry")
    out = replace(entry, scan_id=scan_id, direction="out", scanned_at=now, received_at=now, flags=())
    earlier = _ticketed(services, scan_id)
    kept = earlier if earlier is not None else _append(services, out)[0]
    return replace(ticket, left_at=kept.scanned_at)


def open_poster(services: Services, poster_text: str, now: datetime) -> tuple[posters.Poster, Facility]:
    """Return the poster and its facility, or raise ``NotFound`` or ``PosterRetired``."""
    poster_id, _ = read_poster_id(poster_text)
    with services.store.read() as db:
        poster = posters.find(db, poster_id)
    if poster is None:
        raise NotFound("등록되지 않은 포스터입니다. 시설 직원에게 문의하시기 바랍니다.", what="poster")
    if poster.retired_at is not None and now >= poster.retired_at + GRACE:
        raise PosterRetired
    return poster, services.facility(poster.facility_id)


def inside_now(services: Services, facility: Facility, now: datetime) -> int:
    """Return how many are inside: passes whose last scan is a check-in no longer ago than the usual stay."""
    since = now - assumed_dwell(facility.category)
    if services.store.embedded:
        return services.occupancy.count(facility.facility_id, since)
    with services.store.read() as db:
        return occupancy.occupancy(db, facility.facility_id, since)


def _enter(
    services: Services,
    facility: Facility,
    contact: Contact,
    scan_id: str,
    party_size: int,
    now: datetime,
    pid: bytes,
) -> Scan:
    scan = Scan(
        scan_id=scan_id,
        facility_id=facility.facility_id,
        pid=pid,
        direction="in",
        source="poster",
        confidence=CONFIDENCE["poster", contact.verified],
        scanned_at=now,
        received_at=now,
        party_size=party_size,
    )
    if services.vault.deposit(kst_day(now), pid, contact) == "over_cap":
        _append(services, replace(scan, scan_id=f"{scan_id}:cap", pid=None, outcome=DailyCapReached.code))
        raise DailyCapReached
    scan = replace(scan, flags=_flags(services, facility, scan, None, contact.verified))
    try:
        return _append(services, scan)[0]
    except ScanConflict:  # the same form was sent twice at once: the first one counts
        kept = _ticketed(services, scan_id)
        if kept is None:
            raise
        return kept


def _append(services: Services, scan: Scan) -> tuple[Scan, bool]:
    """Append durably, then let the reading of who is inside follow the log."""

    def append(db: Connection) -> tuple[Scan, bool]:
        return scans.append_scan(db, scan)

    kept, new = services.store.write(append)
    if new:
        services.occupancy.apply(kept)
    return kept, new


def _ticketed(services: Services, scan_id: str) -> Scan | None:
    with services.store.read() as db:
        found = scans.find_scan(db, scan_id)
    return found if found is not None and found.outcome == "accepted" else None


def _last_seen(services: Services, scan: Scan) -> occupancy.LastScan | Scan | None:
    if services.store.embedded:
        return services.occupancy.last_of(scan.pid)
    with services.store.read() as db:
        return scans.last_scan_of_pass(db, scan.pid, scan.scanned_at - LOOK_BACK)


def _flags(
    services: Services,
    facility: Facility,
    scan: Scan,
    last: occupancy.LastScan | Scan | None,
    verified: bool,
) -> tuple[str, ...]:
    flags = list(flags_of(scan, last))
    if not verified:
        flags.append("unverified")
    if not is_open(facility.opens, facility.closes, scan.scanned_at.astimezone(KST).hour):
        flags.append("outside_hours")
    if scan.direction == "in" and facility.capacity is not None:
        inside = inside_now(services, facility, scan.received_at)
        if inside + scan.party_size > facility.capacity:
            flags.append("full")
    return tuple(flags)


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
