"""What a vault of its own does on a disk that is really full, told as JSON; started by test_full_disk.py.

python -m tests.vault.full_disk FULL ROOMY: the folder of the vault, on a small file system, and of the web side
"""

import json
import os
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from entry_service.core.errors import EntryError
from entry_service.core.times import kst_day
from entry_service.services import open_services, prepare_log
from entry_service.settings import Settings
from entry_service.store.database import reserve
from entry_service.store.sites import facilities
from entry_service.usecases.retention.purge import purge
from entry_service.usecases.retention.purge_daily import DailyPurge
from tests.store.full_disk import PATIENCE, fill
from tests.upkeep.site import A_DAY, FIRST, LIBRARY, contact, noon, pid, reading
from tests.vault.apart import VaultProcess

MEGABYTES = 2
DUE = FIRST + timedelta(days=40)


def main(full: Path, roomy: Path) -> dict[str, object]:
    """Let visitors come, fill the vault's disk, destroy; return what happened."""
    told: dict[str, object] = {}
    tempfile.tempdir = str(full)
    var = full / "vault"
    own = {"ENTRY_VAR": str(var), "ENTRY_RESERVE_MB": str(MEGABYTES), "ENTRY_AUDIT_COPY": str(roomy / "audit2")}
    vault = VaultProcess(f"sqlite:///{var}/vault.sqlite", **own)
    vault.environment["ENTRY_KEY_COPY"] = str(vault.folder / "var" / "key-copy")
    done = vault.command("migrate", "--vault")
    assert done.returncode == 0, done.stderr
    vault.start()
    web = replace(Settings(var=roomy / "web"), vault_socket=str(vault.socket))
    web.var.mkdir(mode=0o700)
    prepare_log(web)
    reserve.keep(web.var, MEGABYTES)
    services = open_services(web, noon(FIRST))
    services.store.write(lambda db: facilities.add(db, LIBRARY))
    purge(services, reading(FIRST))
    for day in (FIRST, FIRST + timedelta(days=1)):
        for number in range(A_DAY):
            services.vault.deposit(day, pid(day, number), contact(number))
    told["held"] = sorted(reserve.held(var))
    later = kst_day(noon(DUE))
    services.vault.deposit(later, pid(later, 3_001), contact(1))
    fill(full, "ballast")
    told["refused"] = ""
    for number in range(3_000):
        try:
            services.vault.deposit(later, pid(later, number), contact(number % 9_000))
        except EntryError as refusal:
            told["refused"] = str(refusal.facts["reason"])
            break
        if number % 10 == 0:
            with suppress(OSError):
                fill(full, f"ballast-{number}")
    told["held when full"] = sorted(reserve.held(var))
    daily = DailyPurge(services, lambda: reading(DUE))
    limit = time.monotonic() + PATIENCE
    while services.vault.days()[:1] != [later] and time.monotonic() < limit:
        time.sleep(0.05)
    daily.close()
    told["days left"] = [day.isoformat() for day in services.vault.days()]
    told["dead days left"] = len(services.vault.dead_days())
    told["held after the purge"] = sorted(reserve.held(var))
    told["held by the web side"] = sorted(reserve.held(web.var))
    services.close()
    for file in full.glob("ballast*"):
        file.unlink()
    while len(reserve.held(var)) < 2 and time.monotonic() < limit + PATIENCE:
        time.sleep(0.05)
    told["held with room"] = sorted(reserve.held(var))
    vault.close()
    return told


if __name__ == "__main__":
    out = os.fdopen(os.dup(1), "w")
    json.dump(main(Path(sys.argv[1]), Path(sys.argv[2])), out)
    out.close()
