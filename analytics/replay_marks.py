"""Follows significant clusters through the days of a replay: when each was marked first, and for how long.

A cluster of a later day is the same if it shares a unit and a person with it: windows move as cases come in.
Persons are compared in memory only; the rows hold counts.
"""

from dataclasses import dataclass, field
from datetime import date

FIRST_COLUMNS = (
    "first_confirmed", "delay_days", "units", "names", "start", "end", "distinct_persons", "expected", "p_value",
    "depends_on_masked",
)  # fmt: skip


@dataclass
class _Mark:
    """One cluster from day to day: `first` is its row on the day it was marked first."""

    first_marked: date
    last_marked: date
    first: dict
    units: set[str]
    persons: set[int]
    days: int = 0
    most: int = 0


@dataclass
class Marks:
    """The clusters that were significant on some day, in the order in which they became so."""

    marks: list[_Mark] = field(default_factory=list)

    def see(self, day: date, row: dict, units: set[str], persons: set[int]) -> dict:
        """Return the row of this day with `first_marked` (None: not yet); remember it if it is significant."""
        mark = self._same(units, persons)
        if row["significant"]:
            if mark is None:
                mark = _Mark(day, day, row, set(), set())
                self.marks.append(mark)
            mark.days += mark.last_marked != day or not mark.days
            mark.last_marked, mark.most = day, max(mark.most, row["distinct_persons"])
            mark.units |= units
            mark.persons |= persons
        return row | {"first_marked": mark.first_marked.isoformat() if mark else None}

    def rows(self) -> list[dict]:
        """Return one row a cluster: its figures on the first day, how long it stayed, its most persons."""
        return [
            {
                "first_marked": mark.first_marked.isoformat(),
                "last_marked": mark.last_marked.isoformat(),
                "days_marked": mark.days,
                **{name: mark.first[name] for name in FIRST_COLUMNS},
                "most_persons": mark.most,
                "all_units": sorted(mark.units),
            }
            for mark in self.marks
        ]

    def _same(self, units: set[str], persons: set[int]) -> _Mark | None:
        shared = [mark for mark in self.marks if mark.units & units and mark.persons & persons]
        return max(shared, key=lambda mark: len(mark.persons & persons), default=None)
