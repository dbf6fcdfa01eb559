"""What happens on a disk that is really full, told as JSON; started by test_reserve.py on a small file system.

python -m tests.store.full_disk FOLDER
"""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from entry_service.core.errors import EntryError
from entry_service.store.database import reserve
from entry_service.store.database.engine import Store, open_store
from entry_service.store.log import scans
from entry_service.usecases.retention.purge import purge
from entry_service.usecases.retention.purge_daily import DailyPurge
from tests.store.conftest import scan
from tests.upkeep.site import FIRST, Site, reading

MEGABYTES = 2
FEW, MANY = 60, 400  # scans: what the reserve has room for, and more than that
PATIENCE = 20.0


def fill(disk: Path, name: str) -> None:
    """Take everything that is free."""
    with (disk / name).open("wb") as ballast:
        room = os.statvfs(disk)
        os.posix_fallocate(ballast.fileno(), 0, room.f_bfree * room.f_frsize)


def append(store: Store, first: int, many: int) -> str:
    """Append many scans, each in a transaction of its own; return why one was refused, or nothing."""
    try:
        for number in range(first, first + many):
            one = scan(f"scan-{number}", gate="x" * 1_000)
            store.write(lambda db, one=one: scans.append_scan(db, one))
        return ""
    except EntryError as refusal:
        return str(refusal.facts["reason"])


def purge_refused(services, at) -> str:
    """Return why what is due cannot be destroyed, or nothing."""
    try:
        purge(services, at)
        return ""
    except EntryError as refusal:
        return refusal.code if reserve.says_full(refusal) else f"another reason: {refusal.code}"


def main(disk: Path) -> dict[str, object]:
    """Fill the disk, write, fill it again, destroy, make room; return what happened."""
    told: dict[str, object] = {}
    site = Site(None, "sqlite", disk, "var")
    site.settings.var.mkdir(mode=0o700)
    var = site.settings.var
    site.begin()
    site.live(FIRST, FIRST + timedelta(days=2))
    told["without room"] = reserve.keep(var, 1_000)
    told["taken"] = reserve.keep(var, MEGABYTES)
    told["held"] = reserve.held(var)
    store = open_store(site.settings.log_address, writer=True)
    fill(disk, "ballast")
    told["first"] = append(store, 0, FEW)
    told["held after the first"] = sorted(reserve.held(var))
    with suppress(OSError):
        fill(disk, "more ballast")
    told["second"] = append(store, FEW, MANY)
    store.close()
    due = FIRST + timedelta(days=40)
    os.truncate(disk / "ballast", (disk / "ballast").stat().st_size - (1 << 20))  # a database needs room to open
    services = site.open(due)
    with suppress(OSError):
        fill(disk, "still more ballast")
    told["purge"] = purge_refused(services, reading(due))
    daily = DailyPurge(services, lambda: reading(due))
    limit = time.monotonic() + PATIENCE
    while services.vault.days() and time.monotonic() < limit:
        time.sleep(0.05)
    daily.close()
    told["days left"] = len(services.vault.days())
    told["held after the purge"] = sorted(reserve.held(var))
    services.close()
    for name in ("ballast", "more ballast", "still more ballast"):
        (disk / name).unlink(missing_ok=True)
    keeper = reserve.ReserveKeeper(var, MEGABYTES)
    while len(reserve.held(var)) < 2 and time.monotonic() < limit + PATIENCE:
        time.sleep(0.05)
    keeper.close()
    told["held with room"] = sorted(reserve.held(var))
    store = open_store(site.settings.log_address, writer=True)
    told["third"] = append(store, 2 * MANY, MANY)
    store.close()
    fill(disk, "ballast")
    words = [sys.executable, "-m", "entry_service", "migrate"]
    environment = {**os.environ, "ENTRY_VAR": str(var), "ENTRY_RESERVE_MB": str(MEGABYTES)}
    environment |= {"ENTRY_KEY_COPY": site.settings.key_copy, "ENTRY_AUDIT_COPY": site.settings.audit_copy}
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    told["start"] = [done.returncode, done.stderr.strip()[-300:]]
    told["held after the start"] = sorted(reserve.held(var))
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
