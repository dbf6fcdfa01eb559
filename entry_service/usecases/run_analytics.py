"""Ask the analytics for a run: a fresh extract of the log, then a request that their watcher takes.

An extract of a whole city takes a while, so a process of its own writes it, and takes over from the newest extract
what cannot have changed. One request at a time, of whichever process of the service. It holds no person: an
extract's name, or what a plan is asked for. docs/operations.md tells what the watcher makes of it.
"""

import fcntl
import json
import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from entry_service.core.errors import EntryError, Unavailable
from entry_service.core.retention import first_kept_day
from entry_service.core.times import KST, day_start
from entry_service.durable import sync_open
from entry_service.services import Services

from .extract_beside import extract_beside
from .extract_files import PACKAGE
from .run_status import ASKING, PREPARED, REQUEST, run_status

log = logging.getLogger("entry_service.web")

EXTRACTS_KEPT = 3  # of those made here; the watcher may still read the newest
SHARE = 0.5  # of the whole work until new results are shown, that the extract is; measured on the demo city
TRIES, PAUSE_S = 5, 0.02
TITLE = {"ko": "출입 기록을 추출합니다", "en": "Extracting the entry log"}
STAMP = re.compile(r"\d{8}T\d{6}-[0-9a-f]{4}")
DRAFT = re.compile(rf"\.{STAMP.pattern}\.(new|old)")
PERCENT = 100


class RunBusy(EntryError):
    """A run is asked for or running already; what the page shows of it is its progress."""

    status, code = 409, "run_busy"
    sentence = "이미 분석이 진행되고 있습니다. 끝난 뒤에 다시 요청하시기 바랍니다."


class NoWatcher(EntryError):
    """No watcher of the analytics runs, so nobody would take the request."""

    status, code = 503, "no_watcher"
    sentence = "분석 프로그램이 실행되고 있지 않습니다. 운영 담당자에게 알려 주시기 바랍니다."


def in_thread(work: Callable[[], None]) -> None:
    """Do the work beside the caller; a service that ends in the middle takes the extract along."""
    threading.Thread(target=work, name="extract", daemon=True).start()


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The hours [start, end) that an extract covers."""

    start: datetime
    end: datetime


def kept_hours(now: datetime, retention_days: int) -> Period:
    """Return the hours that are over of the Korean days that the log still has, those of today among them."""
    start = day_start(first_kept_day(now, retention_days))
    over = now.replace(minute=0, second=0, microsecond=0)
    return Period(start=start, end=max(over, start + timedelta(hours=1)))


def ask_for_run(
    services: Services,
    period: Period,
    *,
    draw: str,
    now: datetime,
    beside: Callable[[Callable[[], None]], None] = in_thread,
) -> str:
    """Begin a request for hotspots and return its id; the extract of the period is written beside the caller.

    What becomes of the extract is told by ``run_status``, a refusal too.

    Parameters
    ----------
    draw : str
        16 hexadecimal digits, drawn anew for every request.
    beside : function
        Called with the work of writing the extract and then dropping the request.

    Raises
    ------
    RunBusy, NoWatcher
    Unavailable
        Nothing can be written into the folder of results.
    """
    results = services.settings.results_dir
    held = _take(results)
    told = {"id": draw, "kind": "hotspots", "state": "running", "step": "log_extract", "title": TITLE}
    told |= {"done": 0, "of": PERCENT, "fraction": 0.0, "started_at": _kst(now), "updated_at": _kst(now)}
    _write(results / PREPARED, told)

    def advance(part: float) -> None:
        _write(results / PREPARED, {**told, "done": int(PERCENT * part), "fraction": SHARE * part})

    def prepare() -> None:
        try:
            name = _extract(services, period, draw, now, advance)
            _drop(results, "hotspots", {"extract": name}, draw, now, before=SHARE)
            (results / PREPARED).unlink()
        except Exception as failure:
            refusal = failure if isinstance(failure, EntryError) else Unavailable()
            log.error("run not prepared", extra={"facts": {"kind": type(failure).__name__, "code": refusal.code}})
            _write(results / PREPARED, {**told, "state": "failed", "error": {"ko": refusal.sentence}})
        finally:
            os.close(held)

    beside(prepare)
    return draw


def ask_for_plan(services: Services, parameters: Mapping[str, Any], *, draw: str, now: datetime) -> str:
    """Ask for a plan and return the request's id; raises as ``ask_for_run``."""
    held = _take(services.settings.results_dir)
    try:
        _drop(services.settings.results_dir, "plan", parameters, draw, now, before=0.0)
    except OSError as failure:
        raise Unavailable(reason=type(failure).__name__) from failure
    finally:
        os.close(held)
    return draw


def _take(results: Path) -> int:
    """Return the held lock of asking: one request at a time, none while a run is on its way or nobody takes it."""
    try:
        results.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = os.open(results / ASKING, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as failure:
        raise Unavailable(reason=type(failure).__name__) from failure
    try:
        _lock(held)
        (results / PREPARED).unlink(missing_ok=True)  # of an earlier request
        status = run_status(results)
        if not status.watching:
            raise NoWatcher()
        if status.busy:
            raise RunBusy()
    except BaseException:
        os.close(held)
        raise
    return held


def _lock(descriptor: int) -> None:
    for left in reversed(range(TRIES)):  # whoever reads the status holds it for less than a moment
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as busy:
            if not left:
                raise RunBusy() from busy
            time.sleep(PAUSE_S)


def _extract(
    services: Services, period: Period, draw: str, now: datetime, advance: Callable[[float], None]
) -> str:
    """Write the extract, let go of older ones, and return its name."""
    home = services.settings.var / "extract"
    name = f"{now.astimezone(KST):%Y%m%dT%H%M%S}-{draw[:4]}"
    for path in home.glob(".*"):
        if DRAFT.fullmatch(path.name):  # of one that was killed: who asks is alone
            shutil.rmtree(path)
    extract_beside(
        services,
        home / name,
        as_of=now,
        start=period.start,
        end=period.end,
        previous=newest_extract(home),
        told=advance,
    )
    made = sorted(path for path in home.iterdir() if STAMP.fullmatch(path.name) and path.is_dir())
    for path in made[:-EXTRACTS_KEPT]:
        shutil.rmtree(path)
    return name


def newest_extract(home: Path) -> Path | None:
    """Return the extract that knows most, whoever wrote it."""
    known = {}
    for package in home.glob(f"*/{PACKAGE}"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            said = datetime.fromisoformat(json.loads(package.read_text(encoding="utf-8"))["as_of"])
            known[said.timestamp()] = package.parent
    return known[max(known)] if known else None


def _drop(
    results: Path, kind: str, parameters: Mapping[str, Any], draw: str, now: datetime, *, before: float
) -> None:
    asked = {"id": draw, "kind": kind, "asked_at": _kst(now), "parameters": dict(parameters), "before": before}
    _write(results / REQUEST, asked)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Put a file in place in one step, readable by its owner alone."""
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)
        sync_open(file)
    os.replace(draft, path)


def _kst(at: datetime) -> str:
    return at.astimezone(KST).isoformat(timespec="milliseconds")
