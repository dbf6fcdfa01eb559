"""What an extract for the officer's map covers: the hours that are over, of the days that are kept."""

from datetime import datetime

from entry_service.core.times import day_start
from entry_service.demo.calendar import demo_days
from entry_service.demo.present import over_until
from entry_service.demo.state import read_state
from entry_service.settings import Settings
from entry_service.usecases.hotspots.run_analytics import Period, kept_hours


def log_period(settings: Settings, now: datetime) -> Period:
    """Return the hours from the first kept day to the last that is over; in a demonstration of its history."""
    known = read_state(settings) if settings.demo else None
    if known is None:
        return kept_hours(now, settings.retention_days)
    return Period(start=day_start(demo_days(known.days)[0]), end=over_until(settings, known))
