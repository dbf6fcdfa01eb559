"""What each day of an extract is made of, as one hash: a day whose hash is the same has the same rows.

A day's file holds counts of visits, and a visit depends on the scans of its pass, which lives one day: the rows of
day D are decided by what was read and said from D − 2 to D + 1. So these are in the hash of D, as known by the
extract: the scans of those days (a late upload, a deletion by retention), what of them is undone, void or held,
and closings; the facilities, their usual stay and hours; when each took part on D, and the silent hours of D; the
index visits of D − 1 and D, and where there is one what contacts the vault has of these two days. The version of
the code and the edges of the period are in it too. Nothing is guessed: whatever is different is made anew.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from entry_service.core.closings import Closing
from entry_service.core.model import Facility, IndexVisit
from entry_service.core.times import day_start
from entry_service.version import code_version

from .extract_hours import Interval

DAY = timedelta(days=1)
DAYS_BEFORE, DAYS_AFTER = 2, 1  # of the log, around a day: they decide who was inside on it
Place = tuple[str, datetime, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything that decides the rows of an extract, read in one snapshot.

    ``logged``, ``undone``: by hour, see store/log/scans.py and store/log/voids.py. ``held``: what quarantines hold
    back. ``voided``: when which reading was that somebody decided to be void.
    ``index``: exactly as registered. ``contacts``: what tells one state of the vault's day from another.
    """

    start: datetime
    end: datetime
    known: Sequence[Facility]
    dwell: Callable[[str], timedelta]
    logged: Mapping[datetime, tuple[int, int]]
    undone: Mapping[datetime, int]
    held: Sequence[Place]
    voided: Sequence[tuple[datetime, str]]
    closings: Sequence[Closing]
    active: Mapping[str, Sequence[Interval]]
    outages: frozenset[datetime]
    index: Sequence[IndexVisit]
    contacts: Callable[[date], Any]
    _contacts: dict[date, Any] = field(default_factory=dict)

    def of_all(self) -> str:
        """Return the hash of what decides every day."""
        places = [(one.facility_id, one.opens, one.closes, self.dwell(one.facility_id)) for one in self.known]
        return _hash([code_version(), places])

    def of(self, day: date, shared: str) -> str:
        """Return the hash of a day; ``shared`` is that of all days."""
        start, end = day_start(day), day_start(day + DAY)
        first, last = start - DAYS_BEFORE * DAY, end + DAYS_AFTER * DAY
        near = [visit for visit in self.index if visit.start < end and start - DAY < visit.end]
        return "sha256:" + _hash(
            [
                shared,
                [max(start, self.start), min(end, self.end)],
                sorted((hour, *facts) for hour, facts in self.logged.items() if first <= hour < last),
                sorted((hour, many) for hour, many in self.undone.items() if first <= hour < last),
                [one for one in self.held if one[1] < last and (one[2] is None or first < one[2])],
                [one for one in self.voided if first <= one[0] < last],
                sorted(_closing(one) for one in self.closings if first <= one.closed_at < last),
                [_within(self.active[one.facility_id], start, end) for one in self.known],
                sorted(hour for hour in self.outages if start <= hour < end),
                _numbered(near),
                [self._of_vault(one) for one in (day - DAY, day)] if near else [],
            ]
        )

    def scans(self, first: date, last: date) -> int:
        """Return how many scans there are to read for the days first … last."""
        start, end = day_start(first - DAYS_BEFORE * DAY), day_start(last + (1 + DAYS_AFTER) * DAY)
        return sum(many for hour, (many, _newest) in self.logged.items() if start <= hour < end)

    def _of_vault(self, day: date) -> Any:
        if day not in self._contacts:
            self._contacts[day] = self.contacts(day)
        return self._contacts[day]


def _closing(one: Closing) -> tuple[datetime, str, str]:
    return one.closed_at, one.facility_id, one.zone


def _within(intervals: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    """Return the parts of intervals within [start, end)."""
    parts = [(max(one, start), min(other or end, end)) for one, other in intervals]
    return sorted(part for part in parts if part[0] < part[1])


def _numbered(visits: Iterable[IndexVisit]) -> list[tuple[str, datetime, datetime, int]]:
    """Return index visits with a number for each person that says nothing but whose visits are one person's."""
    numbers: dict[str, int] = {}
    ordered = sorted(visits, key=lambda one: (one.start, one.end, one.facility_id, one.case_id))
    return [
        (one.facility_id, one.start, one.end, numbers.setdefault(one.case_id, len(numbers))) for one in ordered
    ]


def _hash(content: Any) -> str:
    return sha256(json.dumps(content, default=_plain, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return a moment or a duration as a number of microseconds, exactly."""
    if isinstance(value, datetime):
        return (value - datetime.fromtimestamp(0, value.tzinfo)) // timedelta(microseconds=1)
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    raise TypeError(type(value).__name__)
