"""The present of the demo city: how many hours of its last day are over.

The history ends with a day that goes on while the demo runs: its hours before ``OPENING`` are over when the city
is built, each later one when its population came in (feed.py). A short history has only whole days.
"""

from datetime import datetime, timedelta

from entry_service.core.times import day_start
from entry_service.settings import Settings

from .calendar import demo_days
from .state import State

OPENING = 14  # o'clock, when the city is built
FEWEST_DAYS = 8  # of a shorter history no other day is of the last one's kind: all of its days are whole
HELD = "held"  # folder of the hours to come, beside the files that are known from the beginning


def goes_on(days: int) -> bool:
    """Say whether the last day of a history of so many days is still going on when the city is built."""
    return days >= FEWEST_DAYS


def built_until(days: int) -> datetime:
    """Return the end of the hours that are over when a city of so many days is built."""
    last = day_start(demo_days(days)[-1])
    return last + timedelta(hours=OPENING if goes_on(days) else 24)


def over_until(settings: Settings, state: State) -> datetime:
    """Return the end of the hours that are over now."""
    held = settings.var / "demo" / "population" / HELD
    still = [file for file in held.glob("*.zip") if not (settings.var / "demo" / "fed" / file.name).exists()]
    return day_start(demo_days(state.days)[-1]) + timedelta(hours=24 - len(still))
