"""Who may ask the watcher of the analytics, and how a request is left for it: locks and files in the results.

A lock is let go when its process ends, however it ends. Officers' requests and refreshes have files of their own
(``Way``), so that neither is in the other's way; two extracts are not written at the same time.
"""

import fcntl
import io
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from entry_service.core.errors import EntryError, Unavailable
from entry_service.core.times import KST
from entry_service.durable import sync_open

from .run_status import OFFICER, Way, last_refresh, run_status

TRIES, PAUSE_S = 5, 0.02
MAKING = "extracting.lock"  # one extract at a time; a second one waits


class RunBusy(EntryError):
    """A run is asked for or running already; what the page shows of it is its progress."""

    status, code = 409, "run_busy"
    sentence = "이미 분석이 진행되고 있습니다. 끝난 뒤에 다시 요청하시기 바랍니다."


class NoWatcher(EntryError):
    """No watcher of the analytics runs, so nobody would take the request."""

    status, code = 503, "no_watcher"
    sentence = "분석 프로그램이 실행되고 있지 않습니다. 운영 담당자에게 알려 주시기 바랍니다."


def take(results: Path, way: Way) -> io.FileIO:
    """Return the held lock of asking: one request at a time, none while a run is on its way or nobody takes it.

    An officer's request may queue behind a refresh, but a refresh behind nothing.
    """
    try:
        results.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = _opened(results / way.lock)
    except OSError as failure:
        raise Unavailable(reason=type(failure).__name__) from failure
    try:
        _lock(held)
        (results / way.prepared).unlink(missing_ok=True)  # of an earlier request
        status = run_status(results)
        if not status.watching:
            raise NoWatcher()
        behind = way is OFFICER and status.progress is not None and _is_refresh(results, status.progress.id)
        if status.busy and not behind:
            raise RunBusy()
    except BaseException:
        held.close()
        raise
    return held


def _is_refresh(results: Path, draw: str) -> bool:
    return last_refresh(results).get("id") == draw


@contextmanager
def alone(results: Path) -> Iterator[None]:
    """Wait until no other extract is being written, and keep others waiting."""
    with _opened(results / MAKING) as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _opened(lock: Path) -> io.FileIO:
    return io.FileIO(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "r+")


def _lock(held: io.FileIO) -> None:
    for left in reversed(range(TRIES)):  # whoever reads the status holds it for less than a moment
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as busy:
            if not left:
                raise RunBusy() from busy
            time.sleep(PAUSE_S)


def drop(
    results: Path,
    way: Way,
    kind: str,
    parameters: Mapping[str, Any],
    draw: str,
    now: datetime,
    *,
    before: float,
) -> None:
    """Leave a request for the watcher in one step; ``before``: the share of the work that is done."""
    asked = {
        "id": draw,
        "kind": kind,
        "asked_at": milliseconds(now),
        "parameters": dict(parameters),
        "before": before,
    }
    write_file(results / way.request, asked)


def write_file(path: Path, content: Mapping[str, Any]) -> None:
    """Put a file in place in one step, readable by its owner alone."""
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)
        sync_open(file)
    os.replace(draft, path)


def milliseconds(at: datetime) -> str:
    """Return an aware datetime as these files write it."""
    return at.astimezone(KST).isoformat(timespec="milliseconds")
