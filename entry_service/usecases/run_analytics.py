"""Ask the analytics for a run: a fresh extract of the log, and a request that their watcher takes.

One request at a time, of whichever process of the service. A request holds no person: an extract's name, or what
a plan is asked for. docs/operations.md tells what the watcher makes of it.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from entry_service.core.errors import EntryError, Unavailable
from entry_service.core.retention import first_kept_day
from entry_service.core.times import KST, day_start, kst_day
from entry_service.services import Services

from .extract import write_extract
from .run_status import REQUEST, run_status

ASKING = "asking.lock"  # held while a request is being written
EXTRACTS_KEPT = 3  # of those made here; the watcher may still read the newest
STAMP = re.compile(r"\d{8}T\d{6}-[0-9a-f]{4}")


class RunBusy(EntryError):
    """A run is asked for or running already; what the page shows of it is its progress."""

    status, code = 409, "run_busy"
    sentence = "이미 분석이 진행되고 있습니다. 끝난 뒤에 다시 요청하시기 바랍니다."


class NoWatcher(EntryError):
    """No watcher of the analytics runs, so nobody would take the request."""

    status, code = 503, "no_watcher"
    sentence = "분석 프로그램이 실행되고 있지 않습니다. 운영 담당자에게 알려 주시기 바랍니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The hours [start, end) that an extract covers."""

    start: datetime
    end: datetime


def kept_days(now: datetime, retention_days: int) -> Period:
    """Return the whole Korean days before today that the log still has."""
    first = first_kept_day(now, retention_days)
    return Period(start=day_start(first), end=day_start(max(kst_day(now), first + timedelta(days=1))))


def ask_for_run(services: Services, period: Period, *, draw: str, now: datetime) -> str:
    """Write an extract of the period as it is known now, ask for hotspots of it, and return the request's id.

    ``draw``: 16 hexadecimal digits, drawn anew for every request. Raises ``RunBusy``, ``NoWatcher``, or
    ``Unavailable`` where the log, the vault or the disk cannot be used now.
    """
    with _asking(services.settings.results_dir):
        home = services.settings.var / "extract"
        name = f"{now.astimezone(KST):%Y%m%dT%H%M%S}-{draw[:4]}"
        write_extract(services, home / name, as_of=now, start=period.start, end=period.end, created=now)
        _keep_newest(home)
        return _drop(services.settings.results_dir, "hotspots", {"extract": name}, draw, now)


def ask_for_plan(services: Services, parameters: Mapping[str, Any], *, draw: str, now: datetime) -> str:
    """Ask for a plan made of the newest result, and return the request's id; raises as ``ask_for_run``."""
    with _asking(services.settings.results_dir):
        return _drop(services.settings.results_dir, "plan", parameters, draw, now)


@contextmanager
def _asking(results: Path) -> Iterator[None]:
    """Let one request at a time be written, and none while a run is on its way or nobody would take it."""
    try:
        results.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(results / ASKING, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as failure:
        raise Unavailable(reason=type(failure).__name__) from failure
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise RunBusy() from busy
        status = run_status(results)
        if not status.watching:
            raise NoWatcher()
        if status.busy:
            raise RunBusy()
        yield
    except OSError as failure:
        raise Unavailable(reason=type(failure).__name__) from failure
    finally:
        os.close(descriptor)


def _drop(results: Path, kind: str, parameters: Mapping[str, Any], draw: str, now: datetime) -> str:
    asked_at = now.astimezone(KST).isoformat(timespec="seconds")
    asked = {"id": draw, "kind": kind, "asked_at": asked_at, "parameters": dict(parameters)}
    draft = results / f".{REQUEST}.{draw}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asked, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, results / REQUEST)
    return draw


def _keep_newest(home: Path) -> None:
    """Remove earlier extracts that were made for runs; those that a person named stay until retention."""
    made = sorted(path for path in home.iterdir() if STAMP.fullmatch(path.name) and path.is_dir())
    for path in made[:-EXTRACTS_KEPT]:
        shutil.rmtree(path)
