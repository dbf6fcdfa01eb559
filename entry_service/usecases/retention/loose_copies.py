"""Copies that lie outside of what the service reads: backups, and database files that it used before.

A backup holds visits and case numbers in the clear as long as it lies there; its contacts open no more. One that
is older than days are kept holds nothing but destroyed days. A copy is told by kind and day, never by its path.
"""

import json
import os
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from entry_service.core.times import kst_day
from entry_service.store.database.copies import sqlite_file

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


@dataclass(frozen=True, slots=True, order=True)
class Copy:
    """``kind``: ``backup`` or ``database``; ``day``: of which it is, the last on which a file was written."""

    kind: str
    day: date

    def __str__(self) -> str:
        """Return kind and day as one word."""
        return f"copy.{self.kind}.{self.day.isoformat()}"


def copies_left(settings: CopySettings, tables: Collection[str]) -> list[Copy]:
    """Return the copies that hold a row of one of the tables, or that do not say what they hold, in order."""
    told = [Copy("backup", _day(folder)) for folder in _backups(settings) if _may_hold(folder, tables)]
    return sorted([*told, *(Copy("database", _day(file)) for file in _databases(settings))])


def remove_backups(settings: CopySettings, before: datetime) -> int:
    """Remove the backups that were begun before a moment; return how many. Nothing where they may only be read.

    Raises ``OSError`` where one cannot be removed.
    """
    home = settings.backup_dir
    if home is None or not os.access(home, os.W_OK):
        return 0  # the proof names them
    old = [folder for folder in _backups(settings) if (begun := _begun(folder)) is not None and begun < before]
    for folder in old:
        shutil.rmtree(folder)
    return len(old)


def _backups(settings: CopySettings) -> Iterator[Path]:
    """Give each folder beside the backups, whole or not: what broke off holds as much."""
    home = settings.backup_dir
    if home is not None and home.is_dir():
        yield from sorted(path for path in home.iterdir() if path.is_dir() and not path.is_symlink())


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
    used = {sqlite_file(settings.log_address), sqlite_file(settings.vault_address)}
    aside = {path.resolve() for path in (settings.backup_dir, settings.key_dir) if path is not None}
    for file in _files(settings.var.resolve(), aside, DEEPEST):
        if file not in used and _is_database(file):
            yield file


def _files(folder: Path, aside: Collection[Path], depth: int) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if depth and folder.is_dir() and folder not in aside else ():
        if path.is_symlink():
            continue
        if path.is_dir():
            yield from _files(path, aside, depth - 1)
        elif path.is_file():
            yield path


def _is_database(file: Path) -> bool:
    with file.open("rb") as content:
        return content.read(len(MAGIC)) == MAGIC


def _day(path: Path) -> date:
    """Return the day of a backup as it says, else that on which a file was last written."""
    begun = _begun(path)
    return kst_day(begun or datetime.fromtimestamp(path.stat().st_mtime, UTC))
