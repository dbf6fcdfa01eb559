"""Whether a visit is told to its visitor beside a published place, and how strongly: the phone's rule.

The phone matches by itself (static/js/pass/matching.js); the service knows the rule only to count, before it
publishes, how many would be told. The same known answers hold for both (contract/notice_vectors.json).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from .times import day_start, kst_day

Grade = Literal["high", "low"]
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRule:
    """Minutes at the same time from which a notice is ``high``; how long after the case left one is told."""

    high: timedelta = 15 * MINUTE
    after: timedelta = 30 * MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """When somebody confirmed later was at a place, [start, end); ``by_date``: only the day is known."""

    start: datetime
    end: datetime
    by_date: bool = False


def told_until(place: Exposure, rule: NoticeRule) -> datetime:
    """Return until when whoever comes is still told: the end of the Korean day, or just after the case left."""
    last = kst_day(place.end - timedelta(microseconds=1))
    return max(day_start(last + DAY), place.end if place.by_date else place.end + rule.after)


def grade(entered_at: datetime, left_at: datetime, place: Exposure, rule: NoticeRule) -> Grade | None:
    """Return how a visit [entered_at, left_at) is told beside a place, None where it is not.

    ``high``: at the same time for the rule's minutes at least. ``low``: at the same time for less, or later that
    day, or just after midnight where the case left just before. Whoever had left before the case came is not told.
    Where only the day is known nobody is told more than ``low``. A visit lasts a minute at least.
    """
    left_at = max(left_at, entered_at + MINUTE)
    if left_at <= place.start or entered_at >= told_until(place, rule):
        return None
    overlap = min(left_at, place.end) - max(entered_at, place.start)
    return "high" if not place.by_date and overlap >= rule.high else "low"
