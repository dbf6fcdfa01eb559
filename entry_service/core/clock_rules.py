"""What a device's clock is worth: how far it is off, when its readings are judged, what is kept of them.

A device tells the time of each reading and, with a batch, its own present. The difference of that present to the
service's is the skew (ahead is positive). A reading that happened is kept whatever the clock said: a skew is
flagged, and a flagged time is not trusted for a length of stay. The time itself is kept as told, so that the same
item is the same item however late it is sent again; only a moment that no clock can mean is replaced, and says so
(``clamped``).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from .visits import SKEW_AFTER, SKEWED

OLDEST = timedelta(days=28)  # an older scan would outlive its own retention
FURTHEST = timedelta(days=1)  # a device clock may be wrong, but not by more
CLAMPED = "clamped"  # beside SKEWED
NONE = timedelta()


def skew_of(device_now: datetime | None, now: datetime) -> timedelta:
    """Return how far the device's clock is ahead of the service's; nothing where the device did not tell it."""
    return NONE if device_now is None else device_now - now


def is_skewed(skew: timedelta) -> bool:
    """Say whether a clock is further off than a request and a drifting watch explain."""
    return abs(skew) > SKEW_AFTER


def is_possible(scanned_at: datetime, now: datetime) -> bool:
    """Say whether a moment lies between the oldest scan that is kept and the furthest a clock may be ahead."""
    return now - OLDEST < scanned_at < now + FURTHEST


def moments(scanned_at: datetime, now: datetime, skew: timedelta, shown_at: datetime | None) -> Iterator[datetime]:
    """Yield the moments at which a reading may be judged, the most likely first.

    As told; as told, corrected by a skew; and where neither can be meant, ``shown_at``, when the code itself was
    shown (None where a code does not tell), or the present. At least one is given.
    """
    if is_possible(scanned_at, now):
        yield scanned_at
    corrected = _corrected(scanned_at, skew) if is_skewed(skew) else None
    if corrected is not None and is_possible(corrected, now):
        yield corrected
    elif not is_possible(scanned_at, now):
        yield now if shown_at is None or not is_possible(shown_at, now) else shown_at


def kept_time(scanned_at: datetime, judged_at: datetime, now: datetime) -> datetime:
    """Return the time that the log keeps: as told, unless no clock can mean it."""
    return scanned_at if is_possible(scanned_at, now) else judged_at


def with_clock_flags(flags: tuple[str, ...], skew: timedelta, *, clamped: bool) -> tuple[str, ...]:
    """Return the flags with the doubts about the clock added."""
    found = [SKEWED] if is_skewed(skew) or clamped else []
    found += [CLAMPED] if clamped else []
    return (*flags, *(flag for flag in found if flag not in flags))


def _corrected(scanned_at: datetime, skew: timedelta) -> datetime | None:
    try:
        return scanned_at - skew
    except OverflowError:  # the ends of time
        return None
