"""Dates as SaTScan's files write them: to the day, the month or the year, year first or (four digits) last.

`2020/8/1`, `2020-08-01`, `2020/08`, `2020`, `20/8/1`, `8/1/2020`; the separators `/`, `-`, `.` and `*` mean the
same. A year of two digits takes its century from the study period (of two centuries: the year in it, else the
nearer one); where only its start is known, it is the first such year from there on; where only its end is, the
last until then.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

Precision = Literal["day", "month", "year"]
PRECISIONS: tuple[Precision, ...] = ("year", "month", "day")
EPOCH = date(1970, 1, 1).toordinal()
FORM = re.compile(r"\d{1,4}([/.*-]\d{1,4}){0,2}", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1753, 2261
"""SaTScan's first year, after the calendar changed in September 1752; and the last that nanoseconds reach."""


@dataclass(frozen=True, slots=True)
class When:
    """The days a date may mean, both included: one day, a whole month or a whole year."""

    first: date
    last: date
    precision: Precision


def days_since_1970(day: date) -> int:
    """Return the day as numpy counts it."""
    return day.toordinal() - EPOCH


def day_of(days: int) -> date:
    """Return the day so many days after 1970-01-01."""
    return date.fromordinal(EPOCH + int(days))


def date_reader(start: date | None, end: date | None) -> Callable[[str], When]:
    """Return the function that reads dates of files whose study period begins and ends then, as far as known.

    The function raises ValueError with what is wrong, in words that follow the quoted date.
    """

    @lru_cache(maxsize=100_000)
    def read(text: str) -> When:
        if not FORM.fullmatch(text):
            raise ValueError("is not a date such as 2020/08/01, 2020/08 or 2020")
        parts = re.split(r"[/.*-]", text)
        if len(parts) > 1 and len(parts[0]) <= 2 and len(parts[-1]) == 4:
            parts = [parts[-1], *parts[:-1]]
        return _when(_year(parts[0], start, end), [int(part) for part in parts[1:]])

    return read


def _year(text: str, start: date | None, end: date | None) -> int:
    if len(text) == 4:
        year = int(text)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(f"is not between {FIRST_YEAR} and {LAST_YEAR}")
        return year
    if len(text) == 3:
        raise ValueError("has a year of three digits")
    known = [day.year for day in (start, end) if day is not None]
    if not known:
        raise ValueError(
            "has a year of two digits, whose century is that of the study period: "
            "say --start and --end with four digits"
        )
    if start is None or end is None:
        return _nearest_open(int(text), start, known[0])
    first, last = min(known), max(known)
    if last - first >= 100:
        raise ValueError("has a year of two digits, in a study period of more than a century")
    choices = [century * 100 + int(text) for century in range(first // 100, last // 100 + 1)]
    return min(choices, key=lambda year: max(first - year, year - last, 0))


def _nearest_open(digits: int, start: date | None, known: int) -> int:
    """Return the year with these last two digits that is not before the start, or not after the end."""
    return known + (digits - known) % 100 if start is not None else known - (known - digits) % 100


def _when(year: int, rest: list[int]) -> When:
    precision = PRECISIONS[len(rest)]
    if rest and not 1 <= rest[0] <= 12:
        raise ValueError(f"has no month {rest[0]}")
    if precision == "year":
        return When(date(year, 1, 1), date(year, 12, 31), precision)
    days = monthrange(year, rest[0])[1]
    if precision == "month":
        return When(date(year, rest[0], 1), date(year, rest[0], days), precision)
    if not 1 <= rest[1] <= days:
        raise ValueError(f"has no day {rest[1]} in month {rest[0]}")
    day = date(year, rest[0], rest[1])
    return When(day, day, precision)
