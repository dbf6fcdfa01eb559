"""Learn the usual stay of each category from the check-outs of the last four weeks, at most once a day."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from entry_service.beside import Beside
from entry_service.core.categories import assumed_dwell
from entry_service.core.dwell import Learned, learn
from entry_service.core.errors import Unavailable
from entry_service.core.stay_lengths import believed
from entry_service.core.times import kst_day
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.log import learned_dwell

PERIOD = timedelta(days=28)
LOOK_EVERY = 3600  # seconds: whether a new day has begun


def learn_dwell(services: Services, now: datetime) -> dict[str, Learned]:
    """Learn from the check-outs of the last 28 days, keep it, go by it from now on; return what was learned.

    A category without enough of them goes on with what was learned before, or was assumed. How long all the stays
    were is kept beside it, as they were learned last: tracing makes probabilities of it.
    """
    with services.store.read() as db:
        stays = learned_dwell.stays(db, now - PERIOD, now)
    learned = {
        category: one
        for category, lengths in stays.items()
        if (one := learn(lengths, assumed_dwell(category))) is not None
    }

    histograms = {category: believed(lengths, assumed_dwell(category)) for category, lengths in stays.items()}

    def write(db: Connection) -> None:
        one_at_a_time(db, b"learned-dwell")
        learned_dwell.keep_lengths(db, histograms, enough=learned)
        if learned_dwell.last_learned(db) != now:
            learned_dwell.add(db, learned, now)

    services.store.write(write)
    services.load_dwell(now)
    return learned


def learn_if_due(services: Services, now: datetime) -> bool:
    """Learn unless that was done today, by this process or another; return whether it was done now."""
    with services.store.read() as db:
        last = learned_dwell.last_learned(db)
    if last is not None and kst_day(last) >= kst_day(now):
        services.load_dwell(now)
        return False
    learn_dwell(services, now)
    return True


class DailyLearning(Beside):
    """A thread beside the service: learns at the start, and then on each new day. No scan waits for it."""

    def __init__(self, services: Services, clock: Callable[[], datetime]) -> None:
        """Begin."""
        self._services, self._clock = services, clock
        self._tried: date | None = None
        super().__init__("learn-dwell", LOOK_EVERY)

    def _look(self) -> None:
        now = self._clock()
        if self._tried != kst_day(now):
            with suppress(Unavailable):  # the log cannot be read or written now: the next hour may do
                learn_if_due(self._services, now)
                self._tried = kst_day(now)
