"""Copies that lie outside of what the service reads: backups, and database files that it used before.

A backup holds visits and case numbers in the clear as long as it lies there; its contacts open no more. One that
is older than days are kept holds nothing but destroyed days. A copy is told by kind and day, never by its path.

What is gone while somebody looks is no copy. What may not be read is one: it does not say what it holds.
"""

import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from entry_service.core.times import kst_day
from entry_service.store.database.copies import JOURNALS, sqlite_file

TOLD = "backup.json"  # as upkeep/backups.py writes it
MAGIC = b"SQLite format 3\0"
DEEPEST = 3  # folders below ``var``


class CopySettings(Protocol):
    """The settings that say where copies may lie, and which databases are used."""

    var: Path
    key_dir: Path
    backup_dir: Path | None
    log_address: str
    vault_address: str


@dataclass(frozen=True, slots=True)
class Copy:
    """``kind``: ``backup`` or ``database``; ``day``: of which it is, the last on which a file was written.

    ``day`` is None where not even that may be read.
    """

    kind: str
    day: date | None

    def __str__(self) -> str:
        """Return kind and day as one word."""
        return f"copy.{self.kind}.{self.day.isoformat() if self.day else 'unknown'}"


def copies_left(settings: CopySettings, tables: Collection[str]) -> list[Copy]:
    """Return the copies that hold a row of one of the tables, or that do not say what they hold, in order."""
    backups = (folder for folder in _backups(settings) if _may_hold(folder, tables))
    return sorted([*_told("backup", backups), *_told("database", _databases(settings))], key=str)


def remove_backups(settings: CopySettings, before: datetime) -> list[Copy]:
    """Remove the backups that were begun before a moment; return those that could not be, in order.

    Nothing is tried where they may only be read: the proof names them.
    """
    home = settings.backup_dir
    if home is None or not os.access(home, os.W_OK):
        return []
    stayed = []
    for folder in _backups(settings):
        begun = _begun(folder)
        if begun is None or begun >= before:
            continue
        try:
            _remove(folder)
        except FileNotFoundError:  # somebody else removes it as well
            continue
        except OSError:
            stayed.append(Copy("backup", kst_day(begun)))
    return sorted(stayed, key=str)


def _remove(folder: Path) -> None:
    """Remove a backup, last of all what says that it is one: what broke off is tried again."""
    for path in sorted(folder.iterdir(), key=lambda path: path.name == TOLD):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    folder.rmdir()


def _told(kind: str, paths: Iterable[Path]) -> Iterator[Copy]:
    for path in paths:
        try:
            yield Copy(kind, _day(path))
        except FileNotFoundError:
            continue
        except PermissionError:
            yield Copy(kind, None)


def _backups(settings: CopySettings) -> Iterator[Path]:
    """Give each folder beside the backups, whole or not: what broke off holds as much."""
    home = settings.backup_dir
    if home is None:
        return
    inside = _inside(home)
    if inside is None:
        yield home
        return
    yield from (Path(one.path) for one in inside if one.is_dir(follow_symlinks=False))


def _inside(folder: Path) -> list[os.DirEntry[str]] | None:
    """Return what lies in a folder, by name: nothing where it is gone, None where it may not be read."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda one: one.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError:
        return None


def _may_hold(folder: Path, tables: Collection[str]) -> bool:
    try:
        parts = json.loads((folder / TOLD).read_bytes())["parts"].values()
        return any(part["rows"].get(name) for part in parts for name in tables)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return True


def _begun(folder: Path) -> datetime | None:
    try:
        begun = datetime.fromisoformat(json.loads((folder / TOLD).read_bytes())["begun_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return begun if begun.tzinfo is not None else None


def _databases(settings: CopySettings) -> Iterator[Path]:
    """Give the database files below ``var`` that are not the log or the vault of now, never following a link."""
    now = [file for url in (settings.log_address, settings.vault_address) if (file := sqlite_file(url))]
    used = {Path(f"{file}{ending}") for file in now for ending in ("", *JOURNALS, ".lock")}
    aside = {path.resolve() for path in (settings.backup_dir, settings.key_dir) if path is not None}
    for file in _files(settings.var.resolve(), aside, DEEPEST):
        if file not in used and _is_database(file):
            yield file


def _files(folder: Path, aside: Collection[Path], depth: int) -> Iterator[Path]:
    """Give each file, and each folder that may not be read."""
    if not depth or folder in aside:
        return
    inside = _inside(folder)
    if inside is None:
        yield folder
        return
    for one in inside:
        if one.is_dir(follow_symlinks=False):
            yield from _files(Path(one.path), aside, depth - 1)
        elif one.is_file(follow_symlinks=False):
            yield Path(one.path)


def _is_database(file: Path) -> bool:
    """Say whether a file is a database, or may be one since it may not be read."""
    try:
        with file.open("rb") as content:
            return content.read(len(MAGIC)) == MAGIC
    except FileNotFoundError:
        return False
    except PermissionError:
        return True


def _day(path: Path) -> date:
    """Return the day of a backup as it says, else that on which a file was last written."""
    begun = _begun(path)
    return kst_day(begun or datetime.fromtimestamp(path.stat().st_mtime, UTC))
