"""The study period and its intervals of one day, month or year, cut backwards from its last day."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Literal

import numpy as np
import pandas as pd

TimeUnit = Literal["day", "month", "year", "none"]
DAY = timedelta(days=1)
MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True)
class Period:
    """A study period, both days included, and the starts of its consecutive intervals, the first being `start`.

    `long_first` says that the first interval is longer than a unit.
    """

    start: date
    end: date
    starts: tuple[date, ...]
    long_first: bool = False

    @property
    def edges(self) -> np.ndarray:
        """The starts of the intervals and the day after the last one, days since 1970-01-01; int64."""
        return np.array([*self.starts, self.end + DAY], "datetime64[D]").astype("int64")

    @property
    def columns(self) -> pd.DatetimeIndex:
        """The starts of the intervals as the scans name their columns."""
        return pd.DatetimeIndex(np.array(self.starts, "datetime64[s]"))


def whole(start: date, end: date) -> Period:
    """Return the period as one interval, as purely spatial scans want it."""
    return Period(start, end, (start,))


def cut(start: date, end: date, unit: TimeUnit) -> Period:
    """Return the period in intervals of one unit that end with `end`.

    Where the units do not fit, the days left over join the first interval, so that none is shorter than a unit: so
    SaTScan does (10.2 and later; earlier releases left a short first interval).
    """
    boundaries = []
    for back in count(1):
        boundary = _back(end + DAY, back, unit)
        if boundary <= start:
            break
        boundaries.append(boundary)
    left_over = boundary < start and len(boundaries) > 0
    if left_over:
        boundaries.pop()
    return Period(start, end, tuple(reversed([*boundaries, start])), left_over)


def widen(start: date, end: date, unit: str) -> tuple[date, date]:
    """Return the whole months or years (or the days themselves) that hold these days."""
    if unit == "year":
        return date(start.year, 1, 1), date(end.year, 12, 31)
    if unit == "month":
        return start.replace(day=1), end.replace(day=monthrange(end.year, end.month)[1])
    return start, end


def _back(day: date, units: int, unit: TimeUnit) -> date:
    """Return the day so many units earlier; a day its month does not have becomes the first of the next month.

    A day at the end of its month stays at the ends of months, as in SaTScan.
    """
    if unit == "day":
        return day - units * DAY
    wanted = day.day
    if wanted == monthrange(day.year, day.month)[1]:
        wanted = 29 if (day.month, day.day) == (2, 29) else 31
    month = day.year * 12 + day.month - 1 - units * MONTHS[unit]
    if wanted > monthrange(month // 12, month % 12 + 1)[1]:
        month, wanted = month + 1, 1
    return date(month // 12, month % 12 + 1, wanted)
