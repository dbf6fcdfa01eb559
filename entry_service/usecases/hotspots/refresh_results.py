"""Keep the officer's map fresh: every few minutes a new extract and a run on it, while there is something new.

What is due is read from the newest extract, whoever had it made: several processes of the service, a timer and the
button of the map do not make it twice. An hour that is over is something new; a scan of the hour that is not over
yet is not, for an extract holds whole hours. What fails is tried again, each time after twice as long.
"""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from entry_service.beside import Beside
from entry_service.core.errors import EntryError
from entry_service.services import Services
from entry_service.store.database import reserve
from entry_service.store.database.faults import FAULTS
from entry_service.store.log import news
from entry_service.version import version_on_disk

from .asking import NoWatcher, RunBusy, milliseconds, write_file
from .extract import index_visits_of, visits_mark
from .extract_files import PACKAGE
from .run_analytics import Period, ask_for_run, in_thread, newest_extract
from .run_status import LAST_REFRESH, REFRESH, last_refresh

LOOK_EVERY = 20.0  # seconds
EARLY = timedelta(seconds=30)  # a timer that looks every five minutes is not exact
LONGEST = timedelta(hours=1)  # between two tries, where that is longer than usual
DOUBLINGS = 10
log = logging.getLogger("entry_service.web")


def refresh_if_due(
    services: Services,
    period: Period,
    *,
    every: timedelta,
    draw: Callable[[], str],
    now: datetime,
    beside: Callable[[Callable[[], None]], None] = in_thread,
) -> bool:
    """Ask for a run if the newest extract is ``every`` old and lacks something; return whether it was asked for.

    A run that is on its way, and a watcher that is away, are no faults: the next look may find it otherwise.

    Raises
    ------
    Unavailable
        As ``ask_for_run``.
    """
    try:
        return refresh(services, period, every=every, draw=draw, now=now, beside=beside)
    except (RunBusy, NoWatcher):
        return False


def refresh(
    services: Services,
    period: Period,
    *,
    every: timedelta,
    draw: Callable[[], str],
    now: datetime,
    beside: Callable[[Callable[[], None]], None] = in_thread,
) -> bool:
    """Do as ``refresh_if_due``, but raise ``RunBusy`` and ``NoWatcher`` where that says no."""
    results, name = services.settings.results_dir, draw()
    told = {"id": name, "at": milliseconds(now)}

    def begin() -> bool:  # nobody else refreshes now; somebody may have since we looked
        if not is_due(services, period, every=every, now=now):
            return False
        failures = min(int(last_refresh(results).get("failures", 0)) + 1, DOUBLINGS)  # until it went well
        write_file(results / LAST_REFRESH, {**told, "failures": failures})
        return True

    def done() -> None:
        write_file(results / LAST_REFRESH, {**told, "failures": 0})

    if not is_due(services, period, every=every, now=now):
        return False
    return bool(
        ask_for_run(services, period, draw=name, now=now, beside=beside, way=REFRESH, begin=begin, done=done)
    )


def is_due(services: Services, period: Period, *, every: timedelta, now: datetime) -> bool:
    """Say whether there is no extract, or one that is old enough and of which something changed since.

    It is not while the disk has no room, nor so soon after a try.
    """
    settings = services.settings
    if not reserve.has_room(settings.var, settings.reserve_mb) or _was_tried(settings.results_dir, every, now):
        return False
    folder = newest_extract(settings.var / "extract", now)
    if folder is None:
        return True
    said = _said(folder)
    as_of, start, end = (datetime.fromisoformat(said[name]) for name in ("as_of", "start", "end"))
    if now - as_of < every - min(EARLY, every / 2):
        return False
    if (start, end) != (period.start, period.end) or "seen" not in said:
        return True
    with services.store.read() as db:
        if news.came_since(db, as_of, end, said["seen"]["seq"]):
            return True
        mark = visits_mark(index_visits_of(db, start, end, now))
    # what the extract would say: its process reads the code anew, this one runs on after an upgrade
    return mark != said["seen"]["visits"] or said.get("code_version") != version_on_disk()


def _was_tried(results: Path, every: timedelta, now: datetime) -> bool:
    """Say whether the last try is too young: ``every`` after one that went well, twice that for each failure."""
    last = last_refresh(results)
    if "at" not in last:
        return False
    failures = min(int(last.get("failures", 0)), DOUBLINGS)
    wait = max(min(every * 2**failures, LONGEST), every) - min(EARLY, every / 2)
    return timedelta(0) <= now - datetime.fromisoformat(last["at"]) < wait


def _said(folder: Path) -> dict[str, Any]:
    return json.loads((folder / PACKAGE).read_text(encoding="utf-8"))


class Refreshing(Beside):
    """Looks every few seconds whether a refresh is due; an extract that is being written ends with the service."""

    def __init__(
        self,
        services: Services,
        clock: Callable[[], datetime],
        period: Callable[[datetime], Period],
        *,
        every: timedelta,
        draw: Callable[[], str],
    ) -> None:
        """Begin."""
        self._services, self._clock, self._period = services, clock, period
        self._due, self._draw = every, draw
        super().__init__("refresh", LOOK_EVERY, at_once=False)

    def _look(self) -> None:
        now = self._clock()
        try:
            refresh_if_due(self._services, self._period(now), every=self._due, draw=self._draw, now=now)
        except (EntryError, OSError, ValueError, KeyError, *FAULTS) as failure:  # the next look may do
            log.warning("no refresh", extra={"facts": {"kind": type(failure).__name__}})
