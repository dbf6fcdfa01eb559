"""How far the clock is believed before anything is destroyed: never further than time has provably passed.

Every look at the clock leaves a mark: the wall time that was believed, and how long the machine had been running.
At the next look of the same run so much time has passed as the machine counted (its own counter is not set by
anybody and goes on in sleep); from another run, or another machine, at least none. The furthest of the marks so
moved on is the *floor*: the present is not before it, if any mark was ever right.

``trusted`` is the earlier of wall clock and floor. Only that destroys, so that a clock that is set forward, by
minutes or years, destroys nothing early. What the wall clock is ahead of the floor (a reboot, a long power cut, a
restored backup, a wrong clock) delays destruction by as much; from ``TOLERANCE`` on a person has to say that the
clock is right.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from .times import day_start, kst_day

TOLERANCE = timedelta(hours=2)  # reboots add up to so much before anybody is asked
FORGOTTEN = timedelta(days=30)  # a mark so far behind the floor says nothing any more
LONGEST_WAIT = timedelta(days=400)  # a device may lie in a drawer; an older time is a clock without a battery
NOTHING = timedelta()

Clock = Literal["believed", "unconfirmed", "behind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One look at the clocks: the wall, which run of the machine it is, and how many seconds that has lasted."""

    wall: datetime
    boot_id: str
    boot_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What a look may be believed: ``trusted`` destroys, ``floor`` becomes the next mark.

    ``clock`` is ``unconfirmed`` where the wall is ahead of the floor by more than the tolerance, ``behind`` where
    it is so much behind it. ``since``: the wall time that was last believed, None before the first mark.
    """

    wall: datetime
    floor: datetime
    trusted: datetime
    clock: Clock
    since: datetime | None = None

    @property
    def ahead(self) -> timedelta:
        """Return how far the wall is ahead of what is proven; negative where it is behind."""
        return self.wall - self.floor


def believe(marks: Iterable[Reading], reading: Reading, *, seen: datetime | None = None) -> Belief:
    """Return what to believe of a reading.

    Parameters
    ----------
    marks : iterable of Reading
        What was believed before, one a run of a machine.
    seen : datetime, optional
        For the first look of all: the newest thing in the log, before which the present is not. Without one there
        is nothing that could be destroyed, and the wall is believed.
    """
    known = list(marks)
    floors = [mark.wall + _passed(mark, reading) for mark in known]
    floor = max(floors) if floors else min(seen, reading.wall) if seen is not None else reading.wall
    ahead = reading.wall - floor
    clock: Clock = "unconfirmed" if ahead > TOLERANCE else "behind" if -ahead > TOLERANCE else "believed"
    since = max((mark.wall for mark in known), default=None)
    return Belief(wall=reading.wall, floor=floor, trusted=min(reading.wall, floor), clock=clock, since=since)


def first_kept_day(trusted: datetime, retention_days: int) -> date:
    """Return the earliest Korean day that is not due: day d is due once today ≥ d + ``retention_days``."""
    return kst_day(trusted) - timedelta(days=retention_days - 1)


def is_destroyed(at: datetime, purged_before: datetime | None, shown_at: datetime | None = None) -> bool:
    """Say whether what is reported late is of a day that was destroyed, so that it may not be kept.

    ``at`` is when it happened by a clock that is not known to be wrong, ``shown_at`` when its code itself was
    shown, where the code tells: that counts more. A time further back than any device waits is a clock that is
    wrong, and no reason.
    """
    if purged_before is None:
        return False
    if shown_at is not None:
        return shown_at < purged_before
    return purged_before - LONGEST_WAIT <= at < purged_before


def days_between(first: date, end: date) -> list[date]:
    """Return first ≤ day < end, in order."""
    return [first + timedelta(days=number) for number in range((end - first).days)]


def day_end(day: date) -> datetime:
    """Return the moment at which a Korean day is over."""
    return day_start(day + timedelta(days=1))


def _passed(mark: Reading, reading: Reading) -> timedelta:
    """Return how much time has passed since a mark, at the least."""
    if mark.boot_id != reading.boot_id:
        return NOTHING
    return max(timedelta(seconds=reading.boot_seconds - mark.boot_seconds), NOTHING)
