"""The present by which pages of recent days go: now, or in a demonstration the morning after its history.

The history of a demonstration is of August 2020. Lists of the last fortnight would be empty there for ever; so
they go by the end of the history, and say so, until a case of this fortnight is registered.
"""

from datetime import date, datetime, timedelta

from entry_service.core.publication import SHOWN_FOR
from entry_service.core.times import day_start, kst_day
from entry_service.demo.calendar import demo_days
from entry_service.demo.state import read_state
from entry_service.store.cases import cases

from .context import now, services, settings

MORNING = timedelta(hours=9)  # messages go out by day


def last_day() -> date:
    """Return today, or in a demonstration the last day of its history."""
    known = read_state(settings()) if settings().demo else None
    return kst_day(now()) if known is None else min(demo_days(known.days)[-1], kst_day(now()))


def told_now() -> datetime:
    """Return the present of lists of the last fortnight."""
    end = day_start(last_day() + timedelta(days=1)) + MORNING
    if end >= now():
        return now()
    with services().store.read() as db:
        newest = cases.newest_visit(db)
    return now() if newest is not None and newest > now() - SHOWN_FOR else end


def told_facts() -> dict[str, date | None]:
    """Return for templates the day that a page takes for today; None where it is today."""
    shown = kst_day(told_now())
    return {"told_day": shown if shown != kst_day(now()) else None}
