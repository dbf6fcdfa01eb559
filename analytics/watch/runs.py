"""Folders of runs: their names, the pointer `latest`, and what a kill left."""

import os
import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ..refusals import OutputRefused
from .files import read_json
from .settings import ZONE

LATEST = "latest"
RUN = re.compile(r"\d{8}T\d{6}-[0-9a-z]{4}")


def run_name(at: datetime, request: str) -> str:
    """Return the name of a run's folder: its time in Korea, and four letters of its request."""
    letters = re.sub(r"[^0-9a-z]", "", request.lower())[:4].ljust(4, "0")
    return f"{at.astimezone(ZONE):%Y%m%dT%H%M%S}-{letters}"


def point_to(results: Path, run: str) -> None:
    """Move the pointer to a finished run in one step."""
    pointer, draft = results / LATEST, results / f".{LATEST}.new"
    if pointer.exists() and not pointer.is_symlink():
        raise OutputRefused(f"{pointer}: is not a pointer to a run; move it away")
    draft.unlink(missing_ok=True)
    draft.symlink_to(run, target_is_directory=True)
    os.replace(draft, pointer)


def pointed_to(results: Path) -> str | None:
    """Return the name of the run that is shown; None where the pointer is missing or leads nowhere."""
    pointer = results / LATEST
    if not pointer.is_symlink():
        return None
    name = pointer.readlink().name
    return name if (results / name / "summary.json").is_file() else None


def sweep(folder: Path, tell: Callable[[str], None]) -> None:
    """Remove what a kill left half done: hidden folders of runs that never took their name."""
    for path in folder.glob(".*") if folder.is_dir() else ():
        if path.is_dir() and RUN.search(path.name):
            shutil.rmtree(path)
            tell(f"{path.name}: left by a run that was killed, removed")


def adopt(results: Path) -> None:
    """Let the pointer, where it leads nowhere, lead to the newest run that somebody made by hand."""
    if pointed_to(results) is None and (run := newest(results, "results")) is not None:
        point_to(results, run.name)


def newest(folder: Path, kind: str) -> Path | None:
    """Return the complete package of this kind that knew most: the latest `as_of`, then the latest `created`."""
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        said = read_json(path / "datapackage.json")
        if not path.name.startswith(".") and not path.is_symlink() and said and said.get("name") == kind:
            try:
                times = [datetime.fromisoformat(said[key]).timestamp() for key in ("as_of", "created")]
            except (KeyError, TypeError, ValueError):
                continue
            found.append((times, path))
    return max(found, default=([], None))[1]
