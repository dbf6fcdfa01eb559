"""What is reported so late that its day is destroyed: the device is told, nothing is kept, nobody is named."""

from datetime import datetime, timedelta

from entry_service.core.clock_rules import NONE, is_skewed
from entry_service.core.errors import EntryError
from entry_service.core.retention import is_destroyed
from entry_service.services import Services
from entry_service.store.log import purged

from .collecting import assert_collecting
from .presented import shown_at

RECENT = timedelta(days=1)  # no day is destroyed so soon: the usual scan asks nothing


class TooOld(EntryError):
    """The day of this is destroyed: it was not kept, and need not be sent again."""

    status, code, sentence = 410, "too_old", "보존 기간이 지나 파기된 날의 기록이므로 저장하지 않았습니다."


def destroyed_before(services: Services) -> datetime | None:
    """Return the moment before which everything is destroyed; None where nothing is yet."""
    with services.store.read(snapshot=False) as db:
        return purged.purged_before(db)


def assert_kept(
    services: Services,
    at: datetime,
    mark: datetime | None,
    *,
    skew: timedelta = NONE,
    text: str = "",
) -> None:
    """Raise ``TooOld`` where something happened on a destroyed day.

    Parameters
    ----------
    at : datetime
        When it happened, by the clock of the device, which is ``skew`` ahead.
    mark : datetime, optional
        What ``destroyed_before`` says.
    text : str
        What was shown, if a code was: an authentic pass tells by itself of when it is.
    """
    try:
        happened = at - skew if is_skewed(skew) else at
    except OverflowError:  # the ends of time: a clock that is wrong
        return
    if mark is not None and happened < mark:
        shown = shown_at(services, text) if text else None
        if is_destroyed(happened, mark, shown):
            raise TooOld


def assert_recent_or_kept(
    services: Services, at: datetime, now: datetime, skew: timedelta = NONE, *, may_leave: bool = False
) -> bool:
    """Do the same for what is reported by itself; the mark is read only for what is not of today.

    Raises ``CollectionEnded`` too, for what happened after that; returns what ``assert_collecting`` says.
    """
    leaves = assert_collecting(services, at, now, skew, may_leave=may_leave)
    if at < now - RECENT:
        assert_kept(services, at, destroyed_before(services), skew=skew)
    return leaves
