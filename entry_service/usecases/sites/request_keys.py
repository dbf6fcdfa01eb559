"""The keys that seal the telephone numbers of requests: one a month, destroyed when its newest number has served.

A key has a name of its own: where the one of a month is lost the next request draws another, and one that comes
back later still opens what it sealed.
"""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

from entry_service.core.site_requests import CONTACT_KEPT, WAITS
from entry_service.core.times import day_start, kst_day
from entry_service.vault.keys import KeysUnsafe, key_file, shred

FOLDER = "requests"  # in the folder of keys
NAME = re.compile(r"\d{4}-(0[1-9]|1[0-2])-[0-9a-f]{8}", re.ASCII)


def sealing_key(key_dir: Path, now: datetime, suffix: bytes) -> bytes:
    """Return the key of this month, made where none is there; ``suffix`` are four random bytes of its name.

    Raises ``KeysUnsafe`` where others may look into the folder.
    """
    of_month = opening_keys(key_dir, now)
    made = key_dir / FOLDER
    return of_month[-1] if of_month else key_file(made, f"{kst_day(now):%Y-%m}-{suffix.hex()}", may_make=True)


def opening_keys(key_dir: Path, asked_at: datetime) -> list[bytes]:
    """Return the keys of the month of asking that can be read: usually one, none once they are destroyed."""
    folder = key_dir / FOLDER
    of_month = [name for name in _names(folder) if name.startswith(f"{kst_day(asked_at):%Y-%m}-")]
    return [key for name in of_month if (key := _read(folder, name)) is not None]


def destroy_served_keys(key_dir: Path, now: datetime) -> None:
    """Destroy the keys of months whose last request can neither wait nor be called back any more."""
    folder = key_dir / FOLDER
    for name in _names(folder):
        begun = date.fromisoformat(f"{name[:7]}-01")
        over = day_start((begun + timedelta(days=31)).replace(day=1))
        if over + WAITS + CONTACT_KEPT <= now:
            shred(folder / name)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if NAME.fullmatch(path.name)) if folder.is_dir() else []


def _read(folder: Path, name: str) -> bytes | None:
    try:
        return key_file(folder, name, may_make=False)
    except KeysUnsafe:
        return None
