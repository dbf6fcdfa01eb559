"""Figures for Prometheus, in its text format 0.0.4, for this machine alone.

They are of the whole service: no facility, no person, no caller, nothing below ten. What cannot be known now is
absent, never zero. docs/operations.md lists them, ``deploy/alerts.yml`` says which are worth waking for.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Blueprint, Flask, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from entry_service import clock as clocks
from entry_service.core.errors import EntryError, NotFound, Unavailable
from entry_service.core.retention import Reading
from entry_service.settings import Settings
from entry_service.store.log import doubts, figures
from entry_service.store.retention import sunset
from entry_service.store.retention.sunset import Ending
from entry_service.upkeep.backups import needed_parts, saved_until
from entry_service.usecases.hotspots.run_status import run_status
from entry_service.usecases.retention.destroyed_days import watched
from entry_service.usecases.retention.sunset_watch import watched_end

from .access import public
from .context import now, services, settings
from .counters import BOUNDS, Counted, Counters

LOOPBACK = ("127.", "::1", "::ffff:127.")
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via")
COARSE = 10  # a count is told in tens
LOOKED = timedelta(minutes=1)  # for so long the end is told as it was: the audit is read through for it
Line = tuple[str, str, dict[str, str], float]  # name, kind, labels, value
blueprint = Blueprint("metrics", __name__)


def attach(app: Flask, counters: Counters) -> None:
    """Count every answer of the application from here on."""
    app.extensions["counters"] = counters
    app.wsgi_app = Counted(app.wsgi_app, counters)


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Give the figures to a caller on this machine; for others, or through a proxy, there is no such page."""
    is_direct = not any(name in request.headers for name in FORWARDED)
    if not (is_direct and (request.remote_addr or "").startswith(LOOPBACK)):
        raise NotFound()
    reading, chosen = clocks.reading(now()), settings()
    sources = {
        "answers": _answers(current_app.extensions["counters"]),
        "databases": _databases(chosen, reading),
        "watcher": _watcher(chosen),
        "backups": _backups(chosen, reading),
        "disks": _disks(chosen),
    }
    lines = [line for name, source in sources.items() for line in _known(name, source)]
    return Response(_text(lines), mimetype="text/plain; version=0.0.4")


def _answers(counters: Counters) -> Iterator[Line]:
    for (kind, name), many in counters.answers().items():
        yield "entry_answers_total", "counter", {"kind": kind, "class": name}, many
    buckets, seconds = counters.door_seconds()
    for bound, many in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
        yield "entry_door_seconds_bucket", "histogram", {"le": bound}, many
    yield "entry_door_seconds_sum", "histogram", {}, seconds
    yield "entry_door_seconds_count", "histogram", {}, buckets[-1]


def _known(name: str, source: Iterator[Line]) -> Iterator[Line]:
    """Give what a source knows; where it breaks off, the others go on and the page says which one it was."""
    try:
        yield from source
    except (EntryError, OSError, SQLAlchemyError):
        yield "entry_source_failed", "gauge", {"source": name}, 1


def _databases(chosen: Settings, reading: Reading) -> Iterator[Line]:
    opened = services()
    try:
        with opened.store.read() as db:
            appended = figures.appended(db)
            waiting = doubts.count_waiting(db) // COARSE * COARSE
            ending = sunset.find(db)
    except Unavailable:
        yield "entry_log_readable", "gauge", {}, 0
        return
    yield "entry_log_readable", "gauge", {}, 1
    yield "entry_scans_total", "counter", {}, appended.visitors // COARSE * COARSE
    yield "entry_drill_scans_total", "counter", {}, appended.drills // COARSE * COARSE
    yield "entry_readings_waiting", "gauge", {}, waiting
    yield "entry_collecting", "gauge", {}, ending is None or reading.wall < ending.ends_at
    yield from _end(ending, reading.wall)
    clock, destruction = watched(opened, reading)
    yield "entry_vault_answers", "gauge", {}, clock != "unknown"
    if clock != "unknown":
        yield "entry_clock_believed", "gauge", {}, clock == "believed"
    if destruction != "unknown" and not chosen.demo:
        yield "entry_destruction_overdue", "gauge", {}, destruction == "overdue"


def _end(ending: Ending | None, now: datetime) -> Iterator[Line]:
    known, at, told = current_app.extensions.get("end_watch", (None, now - LOOKED, None))
    if known != ending or not timedelta() <= now - at < LOOKED:
        told = watched_end(services(), ending, now)
        current_app.extensions["end_watch"] = ending, now, told
    if told is None:  # the vault is away
        return
    yield "entry_decree_missing", "gauge", {}, told.missing
    if told.lapses_in is not None:
        yield "entry_decree_lapses_seconds", "gauge", {}, told.lapses_in.total_seconds()
    if told.last_goes_in is not None:
        yield "entry_last_destruction_seconds", "gauge", {}, told.last_goes_in.total_seconds()


def _watcher(chosen: Settings) -> Iterator[Line]:
    yield "entry_watcher_running", "gauge", {}, run_status(chosen.results_dir).watching


def _backups(chosen: Settings, reading: Reading) -> Iterator[Line]:
    if chosen.backup_dir is not None:
        until = saved_until(chosen.backup_dir, reading.wall, needed_parts(chosen))
        age = (reading.wall - until).total_seconds() if until else float("inf")
        yield "entry_backup_age_seconds", "gauge", {}, age


def _disks(chosen: Settings) -> Iterator[Line]:
    usage = shutil.disk_usage(chosen.var)
    yield "entry_disk_free_bytes", "gauge", {}, usage.free
    yield "entry_disk_size_bytes", "gauge", {}, usage.total
    for file in sorted(chosen.var.glob("*.sqlite*")):
        if not file.name.endswith(".lock"):
            yield "entry_file_bytes", "gauge", {"file": file.name}, os.stat(file).st_size


def _text(lines: list[Line]) -> str:
    written, told = [], set()
    for name, kind, labels, value in lines:
        family = name.rsplit("_", 1)[0] if kind == "histogram" else name
        if family not in told:
            told.add(family)
            written.append(f"# TYPE {family} {kind}")
        named = ",".join(f'{label}="{text}"' for label, text in labels.items())
        figure = "+Inf" if value == float("inf") else f"{float(value):.17g}"
        written.append(f"{name}{{{named}}} {figure}" if named else f"{name} {figure}")
    return "\n".join(written) + "\n"
