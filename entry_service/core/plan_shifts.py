"""Which of the plans that were sent out hold: the newest of those whose hours overlap.

Two plans of a day may be two shifts, one after the other; where their hours overlap, the one sent later has
replaced the other for everybody. A shift may end after midnight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

AFTERWARDS = timedelta(hours=2)  # after its return a team still writes down what it did


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """The hours of a plan that was sent out: half open, aware."""

    plan_id: str
    begin: datetime
    end: datetime


def holding(sent: Sequence[Shift]) -> list[Shift]:
    """Return the shifts that hold, given all that were sent out, the newest first.

    >>> from datetime import UTC
    >>> def shift(name, begin, end):
    ...     return Shift(plan_id=name, begin=datetime(2020, 8, 25, begin, tzinfo=UTC),
    ...                  end=datetime(2020, 8, 25, end, tzinfo=UTC))
    >>> morning, noon, night = shift("morning", 0, 8), shift("noon", 4, 8), shift("night", 13, 17)
    >>> [one.plan_id for one in holding([night, noon, morning])]
    ['night', 'noon']
    """
    return [one for at, one in enumerate(sent) if not any(_overlap(one, newer) for newer in sent[:at])]


def current(shifts: Sequence[Shift], now: datetime) -> Shift | None:
    """Return the shift that a team is in: the last that began, until two hours after its end; else the next.

    Where the last is over and none comes, it stays the last of the day.
    """
    begun = [one for one in shifts if one.begin <= now]
    coming = [one for one in shifts if one.begin > now]
    last = max(begun, key=lambda one: one.begin, default=None)
    if last is not None and (now < last.end + AFTERWARDS or not coming):
        return last
    return min(coming, key=lambda one: one.begin, default=None)


def _overlap(one: Shift, other: Shift) -> bool:
    return one.begin < other.end and other.begin < one.end
