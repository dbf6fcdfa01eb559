"""Ask the analytics for a run: a fresh extract of the log, then a request that their watcher takes.

An extract of a whole city takes a while, so a process of its own writes it, and takes over from the newest extract
what cannot have changed. One request of officers at a time, of whichever process of the service, and one refresh:
an officer's request is not refused because of a refresh, it queues behind it. It holds no person: an extract's
name, or what a plan is asked for. docs/operations.md tells what the watcher makes of it.
"""

import json
import logging
import os
import re
import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from entry_service.core.errors import EntryError, Unavailable
from entry_service.core.retention import first_kept_day
from entry_service.core.times import KST, day_start
from entry_service.services import Services

from .asking import alone, drop, milliseconds, take, write_file
from .extract_beside import extract_beside
from .extract_files import PACKAGE
from .run_status import OFFICER, REFRESH, Way

log = logging.getLogger("entry_service.web")

EXTRACTS_KEPT = 3  # of those made here, beside those that are still needed
MEMORY = "watch.json"  # of the watcher: which run was made of which extract
SHARE = 0.5  # of the whole work until new results are shown, that the extract is; measured on the demo city
TITLE = {"ko": "출입 기록을 추출합니다", "en": "Extracting the entry log"}
STAMP = re.compile(r"\d{8}T\d{6}-[0-9a-f]{4}")
DRAFT = re.compile(rf"\.{STAMP.pattern}\.(new|old)")
PERCENT = 100


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
    way: Way = OFFICER,
    begin: Callable[[], bool] = lambda: True,
    done: Callable[[], None] = lambda: None,
) -> str | None:
    """Begin a request for hotspots and return its id; the extract of the period is written beside the caller.

    What becomes of the extract is told by ``run_status``, a refusal too.

    Parameters
    ----------
    draw : str
        16 hexadecimal digits, drawn anew for every request.
    beside : function
        Called with the work of writing the extract and then dropping the request.
    way : Way
        Whose request it is.
    begin : function
        Called when nobody else can ask; where it says no, nothing is asked for, and None is returned.
    done : function
        Called when the request was dropped.

    Raises
    ------
    RunBusy, NoWatcher
    Unavailable
        Nothing can be written into the folder of results.
    """
    results = services.settings.results_dir
    told = {"id": draw, "kind": "hotspots", "state": "running", "step": "log_extract", "title": TITLE}
    told |= {
        "done": 0,
        "of": PERCENT,
        "fraction": 0.0,
        "started_at": milliseconds(now),
        "updated_at": milliseconds(now),
    }
    prepared = results / way.prepared

    def advance(part: float) -> None:
        write_file(prepared, {**told, "done": int(PERCENT * part), "fraction": SHARE * part})

    def prepare() -> None:
        try:
            with alone(results):
                name = _extract(services, period, draw, now, advance)
                drop(results, way, "hotspots", {"extract": name}, draw, now, before=SHARE)
            prepared.unlink()
            done()
        except Exception as failure:
            refusal = failure if isinstance(failure, EntryError) else Unavailable()
            log.error("run not prepared", extra={"facts": {"kind": type(failure).__name__, "code": refusal.code}})
            try:
                write_file(prepared, {**told, "state": "failed", "error": {"ko": refusal.sentence}})
            except OSError as full:  # what stands there is a run whose process let go: a failed one too
                log.error("failure not told", extra={"facts": {"kind": type(full).__name__}})
        finally:
            held.close()

    held = take(results, way)
    try:
        if not begin():
            held.close()
            return None
        write_file(prepared, told)
        beside(prepare)
    except BaseException as failure:  # no thread, or a full disk: the next one may ask
        held.close()
        if isinstance(failure, OSError):
            raise Unavailable(reason=type(failure).__name__) from failure
        raise
    return draw


def ask_for_plan(services: Services, parameters: Mapping[str, Any], *, draw: str, now: datetime) -> str:
    """Ask for a plan and return the request's id; raises as ``ask_for_run``."""
    with take(services.settings.results_dir, OFFICER):
        try:
            drop(services.settings.results_dir, OFFICER, "plan", parameters, draw, now, before=0.0)
        except OSError as failure:
            raise Unavailable(reason=type(failure).__name__) from failure
    return draw


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
        previous=newest_extract(home, now),
        told=advance,
    )
    made = sorted(path for path in home.iterdir() if STAMP.fullmatch(path.name) and path.is_dir())
    needed = _needed(services.settings.results_dir)
    for path in made[:-EXTRACTS_KEPT]:
        if path.name not in needed:
            shutil.rmtree(path)
    return name


def _needed(results: Path) -> set[object]:
    """Return the names of the extracts of the result that is shown, and of what is asked for."""
    asked = [_read(results / way.request).get("parameters") or {} for way in (OFFICER, REFRESH)]
    shown = {os.path.basename(os.path.realpath(results / "latest")), *(one.get("result") for one in asked)}
    made_of = _read(results / MEMORY).get("extracts") or {}
    return {made_of.get(run) for run in shown} | {one.get("extract") for one in asked}


def _read(file: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):  # not there
        return json.loads(file.read_text(encoding="utf-8"))
    return {}


def newest_extract(home: Path, now: datetime) -> Path | None:
    """Return the extract that knows most, whoever wrote it, but nothing of the future: a clock was wrong then."""
    known = {}
    for package in home.glob(f"*/{PACKAGE}"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            said = datetime.fromisoformat(json.loads(package.read_text(encoding="utf-8"))["as_of"])
            if said <= now:
                known[said.timestamp()] = package.parent
    return known[max(known)] if known else None
