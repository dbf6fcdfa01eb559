"""Which days are alike: the same weekday; public holidays and Sundays are one kind of their own.

The table (analytics/data/holidays.csv) is a row a public holiday of Korea, with substitute, temporary and election
days, until the last year it holds. A package would do the same for 250 countries at two seconds a run, and would
know a temporary holiday no sooner: one is declared weeks ahead, and is a row here.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parents[1] / "data" / "holidays.csv"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
HOLIDAY = "sunday or holiday"


def public_holidays(days: Iterable[date]) -> dict[date, str]:
    """Return the Korean name of each of these days that is a public holiday, in order."""
    named = _table()
    return {day: named[day] for day in sorted(set(days)) if day in named}


def known_until() -> date:
    """Return the last day of the years that the table holds; later days count by their weekday alone."""
    return date(max(_table()).year, 12, 31)


def kind_of_day(day: date) -> str:
    """Return "monday" to "saturday", or "sunday or holiday"."""
    return HOLIDAY if day.weekday() == 6 or day in _table() else WEEKDAYS[day.weekday()]


@lru_cache(maxsize=1)
def _table() -> dict[date, str]:
    table = pd.read_csv(DATA, dtype="str")
    return {date.fromisoformat(day): name for day, name in zip(table["day"], table["name"], strict=True)}
