"""Whether anything may still be collected: asked at every door, of what a process knew at most ten seconds ago.

Who came in before the end may be checked out at every door until that Korean day is over: nobody is shown as
inside all evening, and no row or key of a later day comes of it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from entry_service.core.clock_rules import NONE, is_skewed
from entry_service.core.errors import EntryError
from entry_service.core.times import kst_day
from entry_service.services import Services


class CollectionEnded(EntryError):
    """Collection ended before this happened: it was not kept, and need not be sent again."""

    status, code = 410, "collection_ended"
    sentence = (
        "전자출입명부 운영이 끝나 더는 출입을 등록하지 않습니다. 등록 없이 이용하시면 되며, "
        "이미 남은 기록은 보존 기간이 지나면 모두 파기합니다."
    )


def assert_collecting(
    services: Services, at: datetime, now: datetime, skew: timedelta = NONE, *, may_leave: bool = False
) -> bool:
    """Raise ``CollectionEnded`` for what happened once collection had ended; what happened before is kept.

    Parameters
    ----------
    at : datetime
        When it happened, by the clock of the device, which is ``skew`` ahead. A time in the future is the present.
    may_leave : bool
        It may be the way out of somebody who came in before. Then True is returned where only that may be taken:
        after the end, on its Korean day. Whoever asks makes sure of the entry.
    """
    ending = services.ending_of_door(now)
    if ending is None:
        return False
    try:
        happened = at - skew if is_skewed(skew) else at
    except OverflowError:  # the ends of time: a clock that is wrong
        happened = now
    happened = min(happened, now)
    if happened < ending.ends_at:
        return False
    if may_leave and kst_day(happened) == kst_day(ending.ends_at):
        return True
    raise CollectionEnded


def collected_days(services: Services, days: Sequence[date], now: datetime) -> list[date]:
    """Return those of the days for which a key may be drawn; raise ``CollectionEnded`` where there is none."""
    ending = services.ending_of_door(now)
    kept = [day for day in days if ending is None or day <= kst_day(ending.ends_at)]
    if not kept:
        raise CollectionEnded
    return kept
