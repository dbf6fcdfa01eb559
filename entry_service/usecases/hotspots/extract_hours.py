"""What the log says of each facility and hour, gathered while visits stream by and given away day by day.

Only the hours whose visits may still change are held; a whole month never is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median

from entry_service.core.model import Facility, IndexVisit, Visit
from entry_service.core.times import kst_day
from entry_service.core.visits import hours_of, is_open

Pass = tuple[date, bytes]
Interval = tuple[datetime, datetime | None]
ENOUGH = 20  # scans in that hour on other days; by chance none at all would come once in 500 million hours
MINUTE = timedelta(minutes=1)


class Tally:
    """Check-ins and person-minutes of one hour, by facility; ``take`` gives an hour away and forgets it."""

    def __init__(self, facility_ids: Sequence[str], start: datetime, end: datetime) -> None:
        """Count within [start, end)."""
        self._place = {facility_id: place for place, facility_id in enumerate(facility_ids)}
        self._start, self._end = start, end
        self._hours: dict[datetime, tuple[list[int], list[float]]] = {}

    def add(self, visit: Visit) -> None:
        """Count a visit in the hour of its check-in, and its minutes, companions included, while it lasts."""
        place = self._place[visit.facility_id]
        if self._start <= visit.entered_at < self._end:
            self._hour(visit.entered_at.replace(minute=0, second=0, microsecond=0))[0][place] += 1
        first, last = max(visit.entered_at, self._start), min(visit.left_at, self._end)
        for hour, stay in hours_of(first, last):
            self._hour(hour)[1][place] += visit.party_size * (stay / MINUTE)

    def take(self, hour: datetime) -> tuple[list[int], list[float]]:
        """Return entries and person-minutes of the hour, in the order of the facilities."""
        return self._hours.pop(hour, None) or ([0] * len(self._place), [0.0] * len(self._place))

    def _hour(self, hour: datetime) -> tuple[list[int], list[float]]:
        if hour not in self._hours:
            self._hours[hour] = ([0] * len(self._place), [0.0] * len(self._place))
        return self._hours[hour]


class IndexHours:
    """How many index visits, and visits of how many confirmed persons, overlap each facility and hour."""

    def __init__(self, visits: Iterable[IndexVisit], ordinals: Mapping[str, int]) -> None:
        """Aggregate the rows of index_visits.csv."""
        self._visits: dict[tuple[str, datetime], list[int]] = defaultdict(list)
        for visit in visits:
            for hour, _ in hours_of(visit.start, visit.end):
                self._visits[visit.facility_id, hour].append(ordinals[visit.case_id])

    def of(self, facility_id: str, hour: datetime) -> tuple[int, int]:
        """Return (index visits, distinct persons)."""
        found = self._visits.get((facility_id, hour), ())
        return len(found), len(set(found))


class Exposure:
    """Which other passes were inside at the same time as an index visit, by facility and hour."""

    def __init__(self, visits: Sequence[IndexVisit], own: Iterable[tuple[str, datetime]]) -> None:
        """Look for overlaps with the index visits; ``own`` are their entries in the log, (facility, time)."""
        self._index: dict[str, list[IndexVisit]] = defaultdict(list)
        for visit in visits:
            self._index[visit.facility_id].append(visit)
        self._own_entries = set(own)
        self._own: set[Pass] = set()
        self._near: dict[datetime, dict[str, set[Pass]]] = {}

    def add(self, visit: Visit) -> None:
        """Keep the pass under every hour in which it and an index visit were inside together."""
        passed = kst_day(visit.entered_at), visit.pid
        if (visit.facility_id, visit.entered_at) in self._own_entries:
            self._own.add(passed)
        for index_visit in self._index.get(visit.facility_id, ()):
            first, last = max(visit.entered_at, index_visit.start), min(visit.left_at, index_visit.end)
            if first >= last:  # gone when the other came, or never there together
                continue
            for hour, _ in hours_of(first, last):
                self._near.setdefault(hour, {}).setdefault(visit.facility_id, set()).add(passed)

    def take(
        self, hours: Iterable[datetime], group: Callable[[Iterable[Pass]], Mapping[Pass, int]]
    ) -> dict[tuple[str, datetime], int]:
        """Return how many people, each once however many doors registered them, were near in each of the hours.

        The confirmed persons themselves are not among them. ``group`` is the vault's.
        """
        near = {hour: self._near.pop(hour) for hour in hours if hour in self._near}
        passes = {one for by_facility in near.values() for found in by_facility.values() for one in found}
        days = {day for day, _ in passes}
        own = {one for one in self._own if one[0] in days}
        person = group(sorted(passes | own))
        confirmed = {person[one] for one in own}
        return {
            (facility_id, hour): len({person[one] for one in found} - confirmed)
            for hour, by_facility in near.items()
            for facility_id, found in by_facility.items()
        }


class Silence:
    """Why a facility and hour has no count: ``inactive``, ``closed`` or ``outage``."""

    def __init__(self, active: Mapping[str, Sequence[Interval]], outages: frozenset[datetime]) -> None:
        """Know when each facility took part in the log, and in which hours the whole log was silent."""
        self._active, self._outages = active, outages

    def why(self, facility: Facility, hour: datetime, hour_of_day: int, *, logged: bool) -> str:
        """Return the reason, or an empty text where the hour is counted; what was ``logged`` is counted.

        ``hour_of_day`` is that of ``hour`` in KST.
        """
        if not logged:
            if not self._is_active(facility.facility_id, hour):
                return "inactive"
            if not is_open(facility.opens, facility.closes, hour_of_day):
                return "closed"
        return "outage" if hour in self._outages else ""

    def _is_active(self, facility_id: str, hour: datetime) -> bool:
        return any(start <= hour and (end is None or hour < end) for start, end in self._active[facility_id])


def outages(counts: Mapping[datetime, int], start: datetime, end: datetime) -> frozenset[datetime]:
    """Return the hours of [start, end) without one scan in the whole log that are busy on the other days.

    Devices keep what they scan without a network and send it later; an hour that stays empty was lost.
    """
    by_hour_of_day: dict[int, list[datetime]] = defaultdict(list)
    for hour, _ in hours_of(start, end):
        by_hour_of_day[hour.hour].append(hour)
    lost = set()
    for same in by_hour_of_day.values():
        for hour in same:
            others = [counts.get(other, 0) for other in same if other != hour]
            if not counts.get(hour) and others and median(others) >= ENOUGH:
                lost.add(hour)
    return frozenset(lost)
