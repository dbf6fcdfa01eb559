"""Extracts, results, plans, reports and what else was generated under ``var``: gone when the last day is due.

What a folder covers stands in it (datapackage.json of an extract or a plan, summary.json of a result). A folder
that does not say is never removed by guess: it is named once it is as old as what would be due. A folder that goes
is renamed first, so that half a folder never passes for a whole one; the next run finishes what was interrupted.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from entry_service.core.retention import day_end
from entry_service.core.times import kst_day

DEEPEST = 3  # folders below ``var``
HOMES = ("extract", "plans")  # below ``var``, beside results and reports: what counts cases, a folder each
GOING = ".destroying-"  # a folder whose removal has begun
SAYS = ("datapackage.json", "summary.json")
MICROSECOND = timedelta(microseconds=1)


class FolderSettings(Protocol):
    """The settings that say where folders lie."""

    var: Path
    key_dir: Path
    vault_key_dir: Path
    key_copy_dir: Path
    audit_copy_dir: Path
    results_dir: Path
    reports_dir: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """``due``: to be removed. ``unreadable``: as old, but they do not say what they cover: a person looks."""

    due: tuple[Path, ...]
    unreadable: tuple[Path, ...]


def due_folders(settings: FolderSettings, day: date) -> Folders:
    """Return the folders that cover nothing after ``day``, and those that are as old and do not tell."""
    due, unreadable = [], []
    for folder in _folders(settings):
        if folder.name.startswith(GOING):
            due.append(folder)
            continue
        try:
            last = _last_day(folder)
        except (OSError, ValueError, KeyError, TypeError):
            last = None
        if last is not None and last <= day:
            due.append(folder)
        elif last is None and _changed_at(folder) < day_end(day):
            unreadable.append(folder)
    return Folders(due=tuple(due), unreadable=tuple(unreadable))


def folders_left(settings: FolderSettings, day: date) -> list[str]:
    """Return the names of the folders that ``remove_folders`` leaves: later ones, and all that do not tell."""
    due = set(due_folders(settings, day).due)
    return [folder.name for folder in _folders(settings) if folder not in due]


def remove_folders(settings: FolderSettings, day: date) -> int:
    """Remove what is due; return how many. Raises ``OSError`` where something cannot be removed."""
    due = due_folders(settings, day).due
    for folder in due:
        going = folder if folder.name.startswith(GOING) else folder.with_name(GOING + folder.name)
        if going != folder:
            if going.exists():
                shutil.rmtree(going)
            folder.rename(going)
        shutil.rmtree(going)
    return len(due)


def _folders(settings: FolderSettings) -> Iterator[Path]:
    """Give every folder that says what it covers, and every other one beside such, never following a link."""
    apart = (settings.key_dir, settings.vault_key_dir, settings.key_copy_dir, settings.audit_copy_dir)
    kept = {path.resolve() for path in apart}
    named = (settings.results_dir, settings.reports_dir, *(settings.var / name for name in HOMES))
    homes = {folder.resolve() for folder in named}
    seen = set()
    for top in (settings.var.resolve(), *sorted(homes)):
        for folder in _below(top, kept, DEEPEST):
            is_known = folder.parent in homes or any((folder / name).is_file() for name in SAYS)
            if folder not in seen and folder not in homes and (is_known or folder.name.startswith(GOING)):
                seen.add(folder)
                yield folder


def _below(folder: Path, kept: set[Path], depth: int) -> Iterator[Path]:
    if depth == 0 or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink() and path not in kept:
            yield path
            if not any((path / name).is_file() for name in SAYS):
                yield from _below(path, kept, depth - 1)


def _last_day(folder: Path) -> date:
    """Return the last Korean day that a folder covers; raise ``ValueError`` where it does not say."""
    for name in SAYS[::-1]:  # a result has both, and its summary says more
        if (folder / name).is_file():
            said = json.loads((folder / name).read_text(encoding="utf-8"))
            return _day_of(said)
    raise ValueError("nothing says what the folder covers")


def _day_of(said: dict[str, Any]) -> date:
    if "period" in said:
        return date.fromisoformat(said["period"]["last_day"])
    if "end" in said:
        return kst_day(_aware(said["end"]) - MICROSECOND)
    return kst_day(_aware(said["as_of"]))


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at


def _changed_at(folder: Path) -> datetime:
    """Return when the folder or anything directly in it was last written."""
    times = [path.lstat().st_mtime for path in (folder, *folder.iterdir())]
    return datetime.fromtimestamp(max(times), UTC)
