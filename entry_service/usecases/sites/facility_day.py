"""Read one day of a facility as its manager sees it: people in and out by hour, refusals by reason."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.model import Scan
from entry_service.core.times import KST, day_start, kst_day
from entry_service.services import Services
from entry_service.store.log import scans
from entry_service.store.sites import adoption, facilities

from ..doors.log_scan import LOOK_BACK

HOURS = 24


@dataclass(slots=True)
class InOut:
    """People who came in and went out by one gate or zone."""

    entered: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityDay:
    """Counts of one Korean day; ``entered`` and ``left`` are people of each hour, companions included."""

    day: date
    entered: tuple[int, ...]
    left: tuple[int, ...]
    by_source: dict[str, int]  # people who entered, by door
    refused: dict[str, int]  # scans, by refusal code, the most frequent first
    by_gate: dict[str, InOut]  # by name of the gate; a step into another zone counts at its gate too
    by_zone: dict[str, InOut]  # by zone_id; empty: no zone
    by_device: dict[str, int]  # scans, accepted or refused, by device_id
    last_day: date | None  # the newest day with an accepted entry, whichever day was asked for


def read_day(services: Services, facility_id: str, day: date, now: datetime) -> FacilityDay:
    """Return the counts of a facility's day, as far as it has come by ``now``.

    A pass read twice within two minutes is one person: the second reading (flag ``duplicate``) is not counted, nor
    is a step from one zone into another within the usual stay. Who leaves by the poster counts where the entry
    does: the leavings of a flood may come when its spell is long over.
    """
    start = day_start(day)
    end = min(start + timedelta(days=1), max(start, now))
    with services.store.read() as db:
        category = facilities.get(db, facility_id).category
        found = scans.scans_between(db, facility_id, start, end, refused=True)
        found = _that_entered(db, facility_id, start, found)
        last = adoption.last_entry(db, facility_id, before=now)
    entered, left = [0] * HOURS, [0] * HOURS
    by_source: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    by_gate: defaultdict[str, InOut] = defaultdict(InOut)
    by_zone: defaultdict[str, InOut] = defaultdict(InOut)
    stepped = _Steps(services.dwell_of(category))
    for scan in found:
        if scan.outcome == "accepted" and "duplicate" not in scan.flags:
            for place in (by_gate[scan.gate], by_zone[scan.zone]):
                if scan.direction == "in":
                    place.entered += scan.party_size
                else:
                    place.left += scan.party_size
        if scan.outcome != "accepted":
            refused[scan.outcome] += 1
        elif not stepped.from_zone(scan) and "duplicate" not in scan.flags:
            (entered if scan.direction == "in" else left)[_hour(scan)] += scan.party_size
            if scan.direction == "in":
                by_source[scan.source] += scan.party_size
    return FacilityDay(
        day=day,
        entered=tuple(entered),
        left=tuple(left),
        by_source=dict(by_source.most_common()),
        refused=dict(refused.most_common()),
        by_gate=dict(by_gate),
        by_zone=dict(by_zone),
        by_device=dict(Counter(scan.device_id for scan in found if scan.device_id)),
        last_day=kst_day(last) if last else None,
    )


def _that_entered(db: Connection, facility_id: str, start: datetime, found: list[Scan]) -> list[Scan]:
    """Return the scans without leavings by the poster whose entry (of the day before at most) does not count."""
    leave = {scan.pid for scan in found if scan.source == "poster" and scan.direction == "out"}
    entered = {scan.pid for scan in found if scan.direction == "in" and scan.outcome == "accepted"}
    if leave - entered:
        before = scans.scans_between(db, facility_id, start - LOOK_BACK, start)
        entered |= {scan.pid for scan in before if scan.direction == "in"}
    unseen = leave - entered
    return [scan for scan in found if scan.direction == "in" or scan.source != "poster" or scan.pid not in unseen]


class _Steps:
    """Tells entries from steps between zones; scans come in order of time."""

    def __init__(self, dwell: timedelta) -> None:
        self._dwell = dwell
        self._inside: dict[bytes, Scan] = {}

    def from_zone(self, scan: Scan) -> bool:
        """Say whether the pass was in another zone of the facility when it entered this one."""
        if scan.pid is None:
            return False
        before = self._inside.pop(scan.pid, None)
        if scan.direction == "in":
            self._inside[scan.pid] = scan
        moved = before is not None and scan.direction == "in" and before.zone != scan.zone
        return moved and scan.scanned_at - before.scanned_at <= self._dwell


def _hour(scan: Scan) -> int:
    return scan.scanned_at.astimezone(KST).hour
