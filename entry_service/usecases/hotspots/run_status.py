"""What the watcher of the analytics is doing, read from the files that it and the service leave in the results.

Beside the result folders lie ``request.json`` (asked for, not yet taken), ``progress.json`` (the newest run),
``watch.lock`` (held while a watcher lives) and ``followed.json`` (how the reports and the public result, which
follow a run, ended last); while the service has an extract written for a request, ``asked.json`` and
``asking.lock``. A refresh, which nobody asked for, has files of its own (``REFRESH``), so that it stands in no
officer's way; ``refresh-last.json`` tells its id. All are replaced in one step, so that what is read is whole.
What cannot be read is as good as absent: nobody's page may break on it.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

PROGRESS, LOCK = "progress.json", "watch.lock"
FOLLOWED, FOLLOW_UPS = "followed.json", ("reports", "public_result")
LAST_REFRESH = "refresh-last.json"
STATES = ("waiting", "running", "done", "failed")
LIVE = ("waiting", "running")
WAITING = {"ko": "차례를 기다립니다", "en": "Waiting for its turn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Whose request it is, by its files: the request, what the service tells before it, the lock while it does."""

    request: str
    prepared: str
    lock: str


OFFICER = Way(request="request.json", prepared="asked.json", lock="asking.lock")
REFRESH = Way(request="refresh.json", prepared="refresh-asked.json", lock="refreshing.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is. ``title`` and ``error`` are words by language, ``fraction`` is 0 to 1.

    A run that failed without an error was interrupted: its watcher ended in the middle.
    """

    id: str
    kind: str
    state: str
    step: str
    title: Mapping[str, str]
    done: int
    of: int
    fraction: float
    started_at: str | None
    updated_at: str
    run: str | None
    error: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """How the reports, or the public result, of a run ended at ``at``; ``error`` is None where it went well.

    ``done_at`` is when it went well last, None where it never did.
    """

    name: str
    run: str
    at: datetime
    error: Mapping[str, str] | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """``watching``: a watcher lives. ``progress``: of the run that is asked for or running, else of the last."""

    watching: bool
    progress: Progress | None

    @property
    def busy(self) -> bool:
        """Say whether a run is asked for or running."""
        return self.progress is not None and self.progress.state in LIVE


def run_status(results: Path) -> RunStatus:
    """Return what the folder of results says; a run whose watcher died is a failed one."""
    watching = is_held(results / LOCK)
    told = _progress(results / PROGRESS)
    if told is not None and told.state in LIVE and not watching:
        told = replace(told, state="failed", error=None)
    asked, refresh = (_on_its_way(results, way, told) for way in (OFFICER, REFRESH))
    live = [one for one in (asked, told, refresh) if one is not None and one.state in LIVE]
    return RunStatus(watching=watching, progress=live[0] if live else _newer(asked or refresh, told))


def last_refresh(results: Path) -> dict[str, Any]:
    """Return what the last refresh that was tried left: ``id``, ``at``, ``failures``; nothing where none was."""
    return _read(results / LAST_REFRESH) or {}


def _on_its_way(results: Path, way: Way, told: Progress | None) -> Progress | None:
    """Return a request before a watcher took it: its extract being written, or failed, or it waits."""
    prepared = _progress(results / way.prepared)
    if prepared is not None and prepared.state in LIVE:
        if is_held(results / way.lock):
            return prepared
        prepared = replace(prepared, state="failed", error=None)
    waits = _asked(results / way.request)
    return waits if waits is not None and (told is None or told.id != waits.id) else prepared


def follow_ups(results: Path) -> dict[str, FollowUp]:
    """Return how each of ``FOLLOW_UPS`` ended last; what was never tried, or cannot be read, is not in it."""
    told = _read(results / FOLLOWED) or {}
    found = {}
    for name in FOLLOW_UPS:
        with suppress(KeyError, TypeError, ValueError):
            said = told[name]
            done_at = said["done_at"]
            found[name] = FollowUp(
                name=name,
                run=str(said["run"]),
                at=datetime.fromisoformat(_moment(said["at"])),
                error=_sentences(said["error"]),
                done_at=None if done_at is None else datetime.fromisoformat(_moment(done_at)),
            )
    return found


def _newer(one: Progress | None, other: Progress | None) -> Progress | None:
    """Return what was told last."""
    return max(filter(None, (one, other)), key=lambda told: datetime.fromisoformat(told.updated_at), default=None)


def is_held(lock: Path) -> bool:
    """Say whether a living process holds the lock file; asking takes it for less than a moment."""
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _progress(file: Path) -> Progress | None:
    said = _read(file)
    if said is None or said.get("state") not in STATES:
        return None
    try:
        return Progress(
            id=str(said["id"]),
            kind=str(said["kind"]),
            state=said["state"],
            step=str(said.get("step", "")),
            title=_sentences(said.get("title")) or {},
            done=int(said.get("done", 0)),
            of=int(said.get("of", 0)),
            fraction=min(max(float(said.get("fraction", 0)), 0.0), 1.0),
            started_at=_text(said.get("started_at")),
            updated_at=_moment(said["updated_at"]),
            run=_text(said.get("run")),
            error=_sentences(said.get("error")),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _asked(file: Path) -> Progress | None:
    """Return a request that nobody has taken yet as progress."""
    said = _read(file)
    if not said:
        return None
    try:
        return Progress(
            id=str(said["id"]),
            kind=str(said["kind"]),
            state="waiting",
            step="waiting",
            title=WAITING,
            done=0,
            of=1,
            fraction=float(said.get("before", 0.0)),
            started_at=None,
            updated_at=_moment(said["asked_at"]),
            run=None,
            error=None,
        )
    except (KeyError, TypeError, ValueError):
        return None


def _read(file: Path) -> dict[str, Any] | None:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def _moment(value: object) -> str:
    """Return an aware time, ISO 8601, as it is written; raise ``ValueError`` for anything else."""
    if datetime.fromisoformat(str(value)).tzinfo is None:
        raise ValueError("a time without its zone")
    return str(value)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _sentences(value: object) -> dict[str, str] | None:
    return {str(tag): str(text) for tag, text in value.items()} if isinstance(value, dict) else None
