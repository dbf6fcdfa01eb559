"""Plays the carrier: the hours of the demo's last day go by, one every few minutes.

So an open map sees today grow. When the city is built its last day is at ``present.OPENING``; each later hour is
over once its population came into the inbox, as a file that is copied under another name and then renamed.
"""

import fcntl
import logging
import shutil
import threading
from pathlib import Path

from entry_service.settings import Settings

from .present import HELD

log = logging.getLogger("entry_service.demo")


def known_files(settings: Settings) -> list[Path]:
    """Return the population files that the city is first analysed with, in order of their days."""
    return sorted(_folder(settings).glob("*.zip"))


def held_files(settings: Settings) -> list[Path]:
    """Return the population files that come later, in order of their hours."""
    return sorted((_folder(settings) / HELD).glob("*.zip"))


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
    """A thread beside the demo's service: feeds an hour every few minutes, in one process, until none is left."""

    def __init__(self, settings: Settings) -> None:
        """Begin; the first hour comes when the first pause is over."""
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


def _folder(settings: Settings) -> Path:
    return settings.var.resolve() / "demo" / "population"
