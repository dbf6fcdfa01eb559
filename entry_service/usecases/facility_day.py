"""Read one day of a facility as its manager sees it: people in and out by hour, refusals by reason."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from entry_service.core.model import Scan
from entry_service.core.times import KST, day_start, kst_day
from entry_service.services import Services
from entry_service.store import adoption, scans

HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityDay:
    """Counts of one Korean day; ``entered`` and ``left`` are people of each hour, companions included."""

    day: date
    entered: tuple[int, ...]
    left: tuple[int, ...]
    by_source: dict[str, int]  # people who entered, by door
    refused: dict[str, int]  # scans, by refusal code, the most frequent first
    last_day: date | None  # the newest day with an accepted entry, whichever day was asked for


def read_day(services: Services, facility_id: str, day: date, now: datetime) -> FacilityDay:
    """Return the counts of a facility's day, as far as it has come by ``now``.

    A pass read twice within two minutes is one person: the second reading (flag ``duplicate``) is not counted.
    """
    start = day_start(day)
    end = min(start + timedelta(days=1), max(start, now))
    with services.store.read() as db:
        found = scans.scans_between(db, facility_id, start, end, refused=True)
        last = adoption.last_entry(db, facility_id, before=now)
    entered, left = [0] * HOURS, [0] * HOURS
    by_source: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for scan in found:
        if scan.outcome != "accepted":
            refused[scan.outcome] += 1
        elif "duplicate" not in scan.flags:
            (entered if scan.direction == "in" else left)[_hour(scan)] += scan.party_size
            if scan.direction == "in":
                by_source[scan.source] += scan.party_size
    return FacilityDay(
        day=day,
        entered=tuple(entered),
        left=tuple(left),
        by_source=dict(by_source.most_common()),
        refused=dict(refused.most_common()),
        last_day=kst_day(last) if last else None,
    )


def _hour(scan: Scan) -> int:
    return scan.scanned_at.astimezone(KST).hour
