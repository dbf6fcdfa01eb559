"""The clock that destroys: looked at, shown, and confirmed by a person where it went ahead unexplained."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.errors import EntryError
from entry_service.core.retention import FORGOTTEN, Belief, Reading, believe
from entry_service.core.times import day_start, kst_day
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.retention import retention

AHEAD = timedelta(days=2)  # day keys are drawn so long before their day (usecases/doors/slip.py)
STALE = timedelta(minutes=10)  # a person confirms the time that is on the page, not one of an hour ago


class ClockChanged(EntryError):
    """The clock is not what the person was shown; nothing was confirmed."""

    status, code, sentence = (
        409,
        "clock_changed",
        "화면을 연 뒤 시각이 달라졌습니다. 지금 시각을 다시 확인하시기 바랍니다.",
    )


def look(services: Services, reading: Reading) -> Belief:
    """Return how far the clock is believed, and keep the mark for the next look."""
    days = services.vault.days()

    def write(db: Connection) -> Belief:
        one_at_a_time(db, b"clock")
        belief = _belief(db, days, reading)
        mark = Reading(wall=belief.floor, boot_id=reading.boot_id, boot_seconds=reading.boot_seconds)
        retention.keep_mark(db, mark, forget_before=belief.floor - FORGOTTEN)
        return belief

    return services.store.write(write)


def peek(services: Services, reading: Reading) -> Belief:
    """Return the same without keeping anything."""
    days = services.vault.days()
    with services.store.read() as db:
        return _belief(db, days, reading)


def confirm(services: Services, reading: Reading, *, shown: datetime, actor: Actor) -> Belief:
    """Believe the wall clock because a person says that it is right; the audit is told first.

    Raises ``ClockChanged`` where the clock is not what the person was shown, ``AuditUnavailable``.
    """
    if abs(reading.wall - shown) > STALE:
        raise ClockChanged
    services.vault.audit.append("clock_confirmed", actor, now=reading.wall)

    def write(db: Connection) -> None:
        one_at_a_time(db, b"clock")
        retention.set_only_mark(db, reading)

    services.store.write(write)
    return look(services, reading)


def _belief(db: Connection, days: list[date], reading: Reading) -> Belief:
    marks = retention.marks(db)
    return believe(marks, reading, seen=None if marks else _seen(db, days, reading.wall))


def _seen(db: Connection, days: list[date], wall: datetime) -> datetime | None:
    """Return a moment that the present is not before, from what is kept; None where nothing could be destroyed."""
    newest = retention.newest_reception(db)
    if newest is None and days and days[0] < kst_day(wall) - AHEAD:  # a vault whose log is not there
        return day_start(days[-1] - AHEAD)
    return newest
