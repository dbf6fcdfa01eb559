"""The inbox: population files are judged once nobody writes them any more, then taken in or refused with a reason.

By polling, so that it works on shares of other machines. A file is still when size and time of change stay the
same; one that looks cut off (it cannot be unpacked, or its last row has no end) gets more time before that is
believed. Names of copies in progress (hidden, `.part`, `.tmp`, …) are not looked at.
"""

import shutil
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from ..refusals import PopulationRefused
from .extent import Extent
from .settings import ZONE, Watched
from .store import PopulationStore, sha256_of
from .words import refusal_text

REFUSED = "refused"
REASON = ".reason.txt"
COPYING = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download", "~")
ENDS = (b"\n", b"\r", b"]", b"}", b">")
"""Last bytes of a table, or of a saved answer of an API, that is whole."""
CUT_OFF = "damaged or cut off"
State = Literal["worked", "waiting", "idle"]


@dataclass(frozen=True)
class Sighting:
    """What a file looked like, and since when (aware)."""

    size: int
    changed_ns: int
    since: datetime


@dataclass(frozen=True)
class Judged:
    """What a file holds: days in order, units and hours, the first of its last day or month, name of layout."""

    days: tuple[date, ...]
    extent: Extent
    last_begins: date
    layout: str


class Inbox:
    """Looks at the inbox; `tell` is given a sentence about every file that was taken or refused."""

    def __init__(self, watched: Watched, store: PopulationStore, tell: Callable[[str], None]) -> None:
        """Use the folders of the watcher, which are made where they are missing."""
        self._watched, self._store, self._tell = watched, store, tell
        self._seen: dict[Path, Sighting] = {}
        self._doubted: dict[Path, Sighting] = {}  # could not be unpacked yet
        (watched.inbox / REFUSED).mkdir(mode=0o700, parents=True, exist_ok=True)

    def look(self, now: datetime) -> State:
        """Judge at most one file; else say whether there are any that still have to be judged."""
        self._store.give_back(self._watched.inbox, self._tell)
        waiting = self._waiting(now)
        still = [path for path, seen in waiting.items() if self._age(seen, now) >= self._watched.settle_s]
        for path in still:
            patient = self._age(waiting[path], now) >= self._watched.patience_s
            if not patient and (self._doubted.get(path) == waiting[path] or looks_cut_off(path)):
                continue
            if self._judge(path, now, patient):
                return "worked"
            self._doubted[path] = waiting[path]
        return "waiting" if waiting else "idle"

    def _judge(self, path: Path, now: datetime, patient: bool) -> bool:
        """Take or refuse a file; return False where it is left for later after all."""
        try:
            if path.is_symlink():  # it may lead to what whoever fills the inbox may not read
                raise PopulationRefused("is a link to a file, not a file", file=path.name)
            digest = sha256_of(path)
            if self._store.has(digest):
                raise PopulationRefused("the same file was taken before", file=path.name)
            found = judge(path, self._watched.population_mapping)
            _assert_has_come(path.name, found, now)
            self._assert_joins(path.name, found.layout)
            stored = self._store.add(path, found.days, found.extent, found.layout, now)
        except FileNotFoundError:  # renamed or taken back meanwhile
            return True
        except PermissionError as denied:
            return self._refuse(path, PopulationRefused(f"cannot be opened ({denied.strerror})"), now)
        except PopulationRefused as refusal:
            if CUT_OFF in refusal.reason and not patient:
                return False
            return self._refuse(path, refusal, now)
        except (OSError, MemoryError):
            raise
        except Exception as fault:  # one strange file stops nobody
            traceback.print_exception(fault)
            return self._refuse(path, PopulationRefused(f"cannot be read ({type(fault).__name__})"), now)
        self._store.keep_newest(self._watched.days, _latest_day(now))
        span = " – ".join(dict.fromkeys((stored.days[0], stored.days[-1])))
        self._tell(f"{path.name}: taken, {span} ({found.layout})")
        return True

    def _assert_joins(self, name: str, layout: str) -> None:
        """Refuse another layout than the one that is stored: the next run could read neither."""
        known = next((one.layout for one in self._store.all()), layout)
        if known != layout:
            raise PopulationRefused(
                f"layout {layout} cannot be joined with others (stored are {known})", file=name
            )

    def _refuse(self, path: Path, refusal: PopulationRefused, now: datetime) -> bool:
        folder = self._watched.inbox / REFUSED
        target = folder / path.name
        if target.exists():
            target = folder / f"{path.stem}-{now:%Y%m%dT%H%M%S%f}{path.suffix}"
        shutil.move(path, target)
        text = refusal_text(path.name, refusal)
        (folder / f"{target.name}{REASON}").write_text(text, encoding="utf-8")
        self._tell(f"{path.name}: refused, {refusal.reason}")
        return True

    def _waiting(self, now: datetime) -> dict[Path, Sighting]:
        """Return the files of the inbox by name, each with what it looks like and since when."""
        found = {}
        for path in sorted(self._watched.inbox.iterdir()):
            if path.name.startswith(".") or path.name.lower().endswith(COPYING) or not path.is_file():
                continue
            try:
                status = path.stat()
            except FileNotFoundError:  # renamed between the two looks
                continue
            seen = self._seen.get(path)
            if seen is None or (seen.size, seen.changed_ns) != (status.st_size, status.st_mtime_ns):
                seen = Sighting(status.st_size, status.st_mtime_ns, now)
            found[path] = seen
        self._seen = found
        return found

    @staticmethod
    def _age(seen: Sighting, now: datetime) -> float:
        return (now - seen.since).total_seconds()


def judge(path: Path, mapping: Path | None) -> Judged:
    """Read a file as a run would and return what it holds; raise PopulationRefused naming file, row and field."""
    from ..population import read_population  # pandas takes a second to load

    if not path.stat().st_size:
        raise PopulationRefused("empty", file=path.name)
    people = read_population([path], mapping=mapping)
    days = tuple(sorted(people.table["hour"].dt.date.unique()))
    last_begins = days[-1].replace(day=1) if people.monthly else days[-1]
    return Judged(days, Extent.of(people.table), last_begins, people.sources[0].format)


def _latest_day(now: datetime) -> date:
    """Return tomorrow in Korea: a forecast of a day may come, and clocks differ; what is later is a misprint."""
    return now.astimezone(ZONE).date() + timedelta(days=1)


def _assert_has_come(name: str, found: Judged, now: datetime) -> None:
    """Refuse a day of the future: by it everything else would look old, and be removed."""
    if found.last_begins > _latest_day(now):
        raise PopulationRefused(f"has a day that has not come yet ({found.last_begins})", file=name)


def looks_cut_off(path: Path) -> bool:
    """Say whether a plain file ends in the middle of a row; packed ones tell when they are opened."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
            if start.startswith((b"\x1f\x8b", b"PK")) or not start:
                return not start
            file.seek(-min(path.stat().st_size, 16), 2)
            return not file.read().rstrip(b" \x00").endswith(ENDS)
    except OSError:  # it will be told, or is gone, when it is judged
        return False
