"""What a monitor is told of the end of collection: a decision that is missing or lapses, the last day to go."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from entry_service.core.errors import Unavailable
from entry_service.core.times import day_start
from entry_service.services import Services
from entry_service.store.retention.sunset import Ending
from entry_service.vault.sunset import LASTS

from .sunset import planned_end
from .sunset_holds import missing_decree


@dataclass(frozen=True, slots=True, kw_only=True)
class EndWatch:
    """Where the end stands; a time is None where there is nothing to wait for.

    ``missing``: log and keys know of an end that the vault's audit does not, so that nothing goes early and there
    is no proof. ``lapses_in``: until what one person asked for lapses, unless another confirms. ``last_goes_in``:
    until the last day is destroyed, below zero once it is due; None without an end, and once the proof was made.
    """

    missing: bool
    lapses_in: timedelta | None
    last_goes_in: timedelta | None


def watched_end(services: Services, ending: Ending | None, now: datetime) -> EndWatch | None:
    """Return what is to be told of the end that the log knows; None while the vault does not answer."""
    try:
        waiting = services.vault.sunset.waiting(now)
        missing = ending is not None and bool(missing_decree(services, ending))
        last = None
        if ending is not None and not ending.proof:
            last = day_start(planned_end(services, ending.ends_at).last_destroyed_on) - now
    except Unavailable:
        return None
    lapses = min((one.asked_at + LASTS - now for one in waiting), default=None)
    return EndWatch(missing=missing, lapses_in=lapses, last_goes_in=last)
