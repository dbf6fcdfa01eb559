"""Whether anything may still be collected: asked at every door, of what a process knew at most ten seconds ago."""

from datetime import datetime, timedelta

from entry_service.core.clock_rules import NONE, is_skewed
from entry_service.core.errors import EntryError
from entry_service.services import Services


class CollectionEnded(EntryError):
    """Collection ended before this happened: it was not kept, and need not be sent again."""

    status, code = 410, "collection_ended"
    sentence = (
        "전자출입명부 운영이 끝나 더는 출입을 등록하지 않습니다. 등록 없이 이용하시면 되며, "
        "이미 남은 기록은 보존 기간이 지나면 모두 파기합니다."
    )


def assert_collecting(services: Services, at: datetime, now: datetime, skew: timedelta = NONE) -> None:
    """Raise ``CollectionEnded`` for what happened once collection had ended; what happened before is kept.

    Parameters
    ----------
    at : datetime
        When it happened, by the clock of the device, which is ``skew`` ahead. A time in the future is the present.
    """
    ending = services.ending_of_door(now)
    if ending is None:
        return
    try:
        happened = at - skew if is_skewed(skew) else at
    except OverflowError:  # the ends of time: a clock that is wrong
        happened = now
    if min(happened, now) >= ending.ends_at:
        raise CollectionEnded
