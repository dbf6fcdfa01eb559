"""Plays the carrier: drops the demo's held-back days of population into the inbox, one every few minutes.

So an open map sees new results arrive. The newest days are held back when the city is analysed; each is fed once,
as a file that is copied under another name and then renamed.
"""

import fcntl
import logging
import shutil
import threading
from pathlib import Path

from entry_service.settings import Settings

MOST_HELD, DAYS_FOR_ONE = 2, 8  # of short histories fewer are held back: other weeks have to stand in for them
log = logging.getLogger("entry_service.demo")


def known_files(settings: Settings) -> list[Path]:
    """Return the population files that the city is first analysed with, in order of their days."""
    return _all(settings)[: _count_known(settings)]


def held_files(settings: Settings) -> list[Path]:
    """Return the population files that come later, in order of their days."""
    return _all(settings)[_count_known(settings) :]


def feed_next(settings: Settings) -> Path | None:
    """Drop the next held-back file into the inbox and return where it lies; None when all were fed."""
    fed, inbox = settings.var / "demo" / "fed", settings.var / "inbox"
    for folder in (fed, inbox):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = next((file for file in held_files(settings) if not (fed / file.name).exists()), None)
    if file is None:
        return None
    draft = inbox / f"{file.name}.part"
    shutil.copyfile(file, draft)
    there = draft.rename(inbox / file.name)
    (fed / file.name).touch(mode=0o600)
    return there


class PopulationFeed:
    """A thread beside the demo's service: feeds a day every few minutes, in one process, until none is left."""

    def __init__(self, settings: Settings) -> None:
        """Begin; the first day comes when the first pause is over."""
        self._settings = settings
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End, and wait until it has."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        folder = self._settings.var / "demo"
        if not folder.is_dir():
            return
        with (folder / "feed.lock").open("w") as lock:
            while not self._ended.wait(60 * self._settings.demo_feed_minutes):
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # another process of the service may feed
                    if feed_next(self._settings) is None:
                        return
                except BlockingIOError:
                    continue
                except OSError as failure:  # the disk is full, say: the next time may do
                    log.warning("nothing fed", extra={"facts": {"kind": type(failure).__name__}})


def _all(settings: Settings) -> list[Path]:
    return sorted((settings.var.resolve() / "demo" / "population").glob("*.zip"))


def _count_known(settings: Settings) -> int:
    count = len(_all(settings))
    return count - min(MOST_HELD, count // DAYS_FOR_ONE)
