"""Room that is kept on the disk and given back when it is full, so that what was accepted can still be written.

Two files that hold nothing lie in ``var``. The first goes when the disk is full: doors go on for as long as it
lasts, and the log says so. The second goes only for what destroys: a full disk is no reason to keep a day longer.
Both come back by themselves once there is room again.
"""

import errno
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from entry_service.beside import Beside
from entry_service.core.errors import EntryError

ENTRIES, DESTRUCTION = "reserve", "reserve-destruction"  # files in ``var``
MEGABYTE = 1 << 20
SHARES = {ENTRIES: 1.0, DESTRUCTION: 0.5}  # of the size that the setting says
FULL_BELOW = 256 * 1024  # bytes that are left of a disk that is full
ROOM = 3  # times its size must be free before a reserve is taken
LOOK_EVERY = 1.0  # seconds
FULL = {"SQLITE_FULL", "DiskFull"}  # reasons of a refusal
log = logging.getLogger("entry_service.reserve")


def keep(folder: Path, megabytes: int) -> bool:
    """Take what is missing of both reserves where there is room; say whether both are there."""
    taken = [_take(folder / name, int(megabytes * MEGABYTE * share)) for name, share in SHARES.items()]
    return all(taken)


def held(folder: Path) -> dict[str, int]:
    """Return the bytes of each reserve that is there."""
    found = {}
    for name in SHARES:
        with suppress(FileNotFoundError):
            found[name] = (folder / name).stat().st_size
    return found


def release(folder: Path, name: str = ENTRIES) -> bool:
    """Give a reserve back to the disk; say whether there was one."""
    try:
        (folder / name).unlink()
    except OSError:  # nothing there, or a disk that takes no change at all
        return False
    log.error("disk full, reserve released", extra={"facts": {"reserve": name}})
    return True


def make_room(folder: Path) -> None:
    """Give the reserve to a disk that is full: a database needs some room even to be opened."""
    if folder.is_dir() and is_full(folder):
        release(folder)


def is_full(folder: Path) -> bool:
    """Say whether nothing can be written there any more."""
    return _free(folder) < FULL_BELOW


def has_room(folder: Path, megabytes: int) -> bool:
    """Say whether so much is free as a reserve takes: what can wait should not fill the disk further."""
    return _free(folder) >= max(megabytes * MEGABYTE, FULL_BELOW)


def says_full(refusal: BaseException) -> bool:
    """Say whether something failed because a disk is full."""
    causes = (refusal, refusal.__cause__)
    if any(isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT) for one in causes):
        return True
    return isinstance(refusal, EntryError) and refusal.facts.get("reason") in FULL


class ReserveKeeper(Beside):
    """Gives the reserve to a disk that is full, and takes it again later; at the end of the service it stays."""

    def __init__(self, folder: Path, megabytes: int, full: Callable[[Path], bool] = is_full) -> None:
        """Begin, with both reserves taken where there is room."""
        self._folder, self._megabytes, self._full = folder, megabytes, full
        super().__init__("reserve", LOOK_EVERY)

    def _look(self) -> None:
        with suppress(OSError):  # a disk that is away: whoever needs it says so
            if self._full(self._folder):
                release(self._folder)
            elif len(held(self._folder)) < len(SHARES) and keep(self._folder, self._megabytes):
                log.info("reserve taken")


def _take(file: Path, size: int) -> bool:
    """Make one reserve, whole or not at all; several processes may try at the same time."""
    if file.exists():
        return True
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        if _free(file.parent) < ROOM * size:
            return False
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size)
        finally:
            os.close(descriptor)
        os.replace(draft, file)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        return False
    return True


def _free(folder: Path) -> int:
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize
