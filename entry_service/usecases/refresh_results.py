"""Keep the officer's map fresh: every few minutes a new extract and a run on it, while there is something new.

What is due is read from the newest extract, whoever had it made: several processes of the service, a timer and the
button of the map do not make it twice. An hour that is over is something new; a scan of the hour that is not over
yet is not, for an extract holds whole hours.
"""

import json
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from entry_service.core.errors import EntryError
from entry_service.services import Services
from entry_service.store import news
from entry_service.store.faults import FAULTS
from entry_service.version import code_version

from .extract_files import PACKAGE
from .run_analytics import NoWatcher, Period, RunBusy, ask_for_run, in_thread, newest_extract

LOOK_EVERY = 20.0  # seconds
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
    if not is_due(services, period, every=every, now=now):
        return False
    try:
        ask_for_run(services, period, draw=draw(), now=now, beside=beside)
    except (RunBusy, NoWatcher):
        return False
    return True


def is_due(services: Services, period: Period, *, every: timedelta, now: datetime) -> bool:
    """Say whether there is no extract, or one that is old enough and of which something changed since."""
    folder = newest_extract(services.settings.var / "extract")
    if folder is None:
        return True
    said = _said(folder)
    as_of, start, end = (datetime.fromisoformat(said[name]) for name in ("as_of", "start", "end"))
    if now - as_of < every:
        return False
    if (start, end) != (period.start, period.end) or said.get("code_version") != code_version():
        return True
    with services.store.read() as db:
        return news.came_since(db, as_of, end)


def _said(folder: Path) -> dict[str, str]:
    return json.loads((folder / PACKAGE).read_text(encoding="utf-8"))


class Refreshing:
    """A thread beside the service that looks every few seconds whether a refresh is due."""

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
        self._every, self._draw = every, draw
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="refresh", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End, and wait until it has; an extract that is being written ends with the service."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(LOOK_EVERY):
            now = self._clock()
            try:
                refresh_if_due(self._services, self._period(now), every=self._every, draw=self._draw, now=now)
            except (EntryError, OSError, ValueError, KeyError, *FAULTS) as failure:  # the next look may do
                log.warning("no refresh", extra={"facts": {"kind": type(failure).__name__}})
