"""Backups: a folder with a copy of each database, of the public register, and what they hold; whole or not there.

Keys are in none of them. What a backup holds of a day opens only while the day's key lives in its two stores, so
that a day that was destroyed stays destroyed in every backup, however old (docs/operations.md, "Backup").
"""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from entry_service.core.errors import EntryError
from entry_service.core.times import KST
from entry_service.durable import sync_open, sync_path
from entry_service.settings import Settings
from entry_service.store.database import copies
from entry_service.vault.copies import copy_vault
from entry_service.version import code_version

from .public_register import NAME as REGISTER
from .public_register import copy_register, register_folder

TOLD = "backup.json"
NAME = re.compile(r"\d{8}T\d{6}(?:-log|-vault)?")
DRAFT = re.compile(rf"\.{NAME.pattern}\.new")
LOCK = ".lock"


class BackupRefused(EntryError):
    """A backup is not whole, or may not be put where it was to go; the sentence says which and why."""

    status, code, sentence = 409, "backup_refused", "백업을 만들거나 읽거나 되돌릴 수 없습니다."


class Part(msgspec.Struct, frozen=True):
    """One copied database: its file, SHA-256, and rows by table."""

    file: str
    sha256: str
    rows: dict[str, int]


class Told(msgspec.Struct, frozen=True):
    """The content of ``backup.json``. ``begun_at``: what was acknowledged before it is in the copies.

    ``register``: SHA-256 of each file of the public register; empty where none is copied.
    """

    begun_at: datetime
    software: str
    parts: dict[str, Part]
    register: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Backup:
    """A whole backup."""

    folder: Path
    told: Told

    @property
    def made_at(self) -> datetime:
        """Return when it was begun, aware."""
        return self.told.begun_at


def make(settings: Settings, home: Path, now: datetime, *, log: bool = True, vault: bool = True) -> Backup:
    """Copy the databases, and with the log the public register, while all goes on; verify, and return the backup.

    The vault is copied last: its contact was there before the visit was, so every visit in the backup has its own.
    A name of which one part only is copied says so. Raises ``BackupRefused``, ``Unavailable`` or ``OSError``.
    """
    part = "" if log and vault else "-log" if log else "-vault"
    folder = home / f"{now.astimezone(KST):%Y%m%dT%H%M%S}{part}"
    draft = home / f".{folder.name}.new"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.exists():
        raise BackupRefused("같은 이름의 백업이 이미 있습니다.", path=str(folder))
    with _held(home):
        return _made(settings, draft, folder, now, log=log, vault=vault)


def _made(settings: Settings, draft: Path, folder: Path, now: datetime, *, log: bool, vault: bool) -> Backup:
    for left in folder.parent.iterdir():  # of one that was killed: nobody else makes one now
        if DRAFT.fullmatch(left.name):
            shutil.rmtree(left)
    draft.mkdir(mode=0o700)
    try:
        made: dict[str, Part] = {}
        if log:
            made["log"] = _part(*copies.copy_database(settings.log_address, draft, "log"))
        if vault:
            made["vault"] = _part(*copy_vault(settings.vault_address, draft))
        register = copy_register(register_folder(settings.public_dir), draft) if log else {}
        told = Told(begun_at=now, software=code_version(), parts=made, register=register)
        _write(draft / TOLD, msgspec.json.format(msgspec.json.encode(told)))
        verify(Backup(draft, told))
        os.rename(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    sync_path(folder.parent)
    return Backup(folder, told)


@contextmanager
def _held(home: Path) -> Iterator[None]:
    """Be the only one who makes a backup in this folder; raise ``BackupRefused`` where another does already."""
    descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise BackupRefused("이 폴더에 다른 백업을 만드는 중입니다.", path=str(home)) from taken
        yield
    finally:
        os.close(descriptor)


def read(folder: Path) -> Backup:
    """Return the backup in a folder; raise ``BackupRefused`` where it is none."""
    try:
        return Backup(folder, msgspec.json.decode((folder / TOLD).read_bytes(), type=Told))
    except (OSError, msgspec.MsgspecError) as wrong:
        raise BackupRefused("백업이 아니거나 읽을 수 없습니다.", path=str(folder / TOLD)) from wrong


def verify(backup: Backup) -> None:
    """Compare every copy with its hash and ask its database whether it is whole; raise ``BackupRefused``."""
    for part in backup.told.parts.values():
        file = backup.folder / part.file
        if not file.is_file():
            raise BackupRefused("백업의 파일이 없습니다.", path=str(file))
        if _digest(file) != part.sha256:
            raise BackupRefused("백업의 파일이 SHA-256과 다릅니다.", path=str(file))
        if why := copies.damage(file):
            raise BackupRefused("백업의 데이터베이스가 손상되었습니다.", path=str(file), why=why)
    for name, sha256 in backup.told.register.items():
        file = backup.folder / REGISTER / name
        if not file.is_file():
            raise BackupRefused("백업의 파일이 없습니다.", path=str(file))
        if _digest(file) != sha256:
            raise BackupRefused("백업의 파일이 SHA-256과 다릅니다.", path=str(file))


def whole(home: Path) -> list[Backup]:
    """Return the backups in a folder that can be read, the oldest first; what broke off is none."""
    return [backup for backup in map(_readable, _named(home)) if backup is not None]


def unreadable(home: Path) -> list[Path]:
    """Return the folders that have a backup's name and are none that can be read: somebody must look at them."""
    return [folder for folder in _named(home) if _readable(folder) is None]


def newest(home: Path, now: datetime, part: str) -> Backup | None:
    """Return the newest backup with the part, None without one; what is dated ahead of ``now`` proves nothing."""
    known = (one for one in whole(home) if part in one.told.parts and one.made_at <= now)
    return max(known, key=lambda one: one.made_at, default=None)


def needed_parts(settings: Settings) -> tuple[str, ...]:
    """Return what this user has to back up: a vault in a process of its own is another user's."""
    return ("log",) if settings.vault_socket else ("log", "vault")


def saved_until(home: Path, now: datetime, parts: tuple[str, ...]) -> datetime | None:
    """Return up to when all parts are in backups: the one furthest behind decides; None where one is in none."""
    made = [newest(home, now, part) for part in parts]
    return None if None in made else min(one.made_at for one in made if one is not None)


def prune(home: Path, keep: int, like: Backup) -> list[Path]:
    """Remove all but the newest backups of the same parts as ``like``, which itself stays; return what went."""
    same = [one for one in whole(home) if one.told.parts.keys() == like.told.parts.keys()]
    old = [one.folder for one in same[:-keep] if one.folder != like.folder]
    for folder in old:
        shutil.rmtree(folder)
    return old


def _named(home: Path) -> list[Path]:
    return sorted(path for path in home.iterdir() if NAME.fullmatch(path.name)) if home.is_dir() else []


def _readable(folder: Path) -> Backup | None:
    try:
        return read(folder)
    except BackupRefused:
        return None


def _part(file: Path, rows: dict[str, int]) -> Part:
    return Part(file.name, _digest(file), rows)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content + b"\n")
        sync_open(opened)
    sync_path(file.parent)
