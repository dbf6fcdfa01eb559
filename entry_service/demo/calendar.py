"""Which day is like which: weekday, Saturday, Sunday or holiday, and the distancing level of August 2020."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

DayKind = Literal["weekday", "saturday", "sunday"]

FIRST_DAY = date(2020, 8, 1)
HOLIDAYS = frozenset({date(2020, 8, 15), date(2020, 8, 17)})  # 광복절; 임시공휴일
BAN = date(2020, 8, 19)  # 집합금지 of high-risk facilities in the capital area, from 00:00
BANNED = frozenset({"entertainment", "karaoke", "pc_room", "buffet", "direct_sales", "standing_hall"})
LEVEL_TWO = date(2020, 8, 16)  # distancing level 2 in the capital area: evenings out and shopping shrink


def demo_days(count: int = 28) -> tuple[date, ...]:
    """Return the first ``count`` days of the demo's history: 2020-08-01, … 2020-08-28."""
    return tuple(FIRST_DAY + timedelta(days=number) for number in range(count))


def day_kind(day: date) -> DayKind:
    """Return what kind of day it is; a public holiday is like a Sunday."""
    if day in HOLIDAYS or day.weekday() == 6:
        return "sunday"
    return "saturday" if day.weekday() == 5 else "weekday"


def assert_consecutive(days: Sequence[date]) -> None:
    """Raise ValueError unless the days follow one another without a gap."""
    if any(after - before != timedelta(days=1) for before, after in zip(days, days[1:], strict=False)):
        raise ValueError(f"days must be consecutive: {days[0]} … {days[-1]}")
