"""The restore drill: a host is lost under load and comes back from its backup; minutes, and entries lost.

    python benchmarks/restore_drill.py [--seconds 5] [--clients 8]

A real service takes scans; `backup make` runs beside it while they go on; then the process group is killed and the
host's folder is gone, with its first store of keys. The backup, the second store of keys, the audit's second place
and the escrow are what is left. `backup restore` puts them together, the service starts, and what the clients were
told is compared with the log. What was acknowledged before the backup began must be there (else exit code 1); what
came after it is gone with the host, except what doors still hold and send again.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.door_load import DoorServer, some_scans
from benchmarks.kill9 import Oracle, post_until_cut, rows
from entry_service import clock

ROOT = Path(__file__).resolve().parent.parent
A_CLIENT = 4_000  # scans, more than it can post in the time
SURVIVES = ("key-copy", "audit")  # folders that would lie on other disks
OF_THE_HOST = ("days", "cases", "subjects")  # keys that are in no escrow


def run(home: Path, seconds: float, clients: int) -> dict[str, float]:
    """Run the drill in a folder and return its figures."""
    var, elsewhere = home / "var", home / "elsewhere"
    server, oracle = DoorServer(var), Oracle()
    issuer = server.furnish(clock.now())
    shutil.copytree(var / "keys", elsewhere / "escrow", ignore=shutil.ignore_patterns(*OF_THE_HOST))
    server.start()
    work = some_scans(issuer, clock.now(), clients * A_CLIENT)
    doors = [
        threading.Thread(target=post_until_cut, args=(server.port, work[at::clients], oracle))
        for at in range(clients)
    ]
    for door in doors:
        door.start()
    time.sleep(seconds / 2)
    before = set(oracle.acknowledged)
    begun = time.monotonic()
    command(var, "backup", "make", "--to", elsewhere / "backups")
    backup_seconds = time.monotonic() - begun
    during = len(oracle.acknowledged) - len(before)
    time.sleep(seconds / 2)
    server.kill()
    for door in doors:
        door.join()
    for name in SURVIVES:
        shutil.move(var / name, elsewhere / name)
    shutil.rmtree(var)

    lost_at = time.monotonic()
    shutil.copytree(elsewhere / "escrow", var / "keys")
    for name in SURVIVES:
        shutil.move(elsewhere / name, var / name)
    command(var, "backup", "restore", next((elsewhere / "backups").glob("2*")))
    server.start()
    minutes = (time.monotonic() - lost_at) / 60
    server.stop()
    kept = rows(var / "log.sqlite").keys()
    return {
        "acknowledged before the backup": len(before),
        "of these lost": len(before - kept),
        "acknowledged while it ran": during,
        "acknowledged after the backup began, gone with the host": len(oracle.acknowledged - before - kept),
        "seconds of the backup": backup_seconds,
        "minutes from the loss to the first answer": minutes,
    }


def command(var: Path, *words: object) -> None:
    """Run a command of the service and fail with what it said."""
    environment = {**os.environ, "ENTRY_VAR": str(var), "ENTRY_DEMO": "1"}
    line = [sys.executable, "-m", "entry_service", *map(str, words)]
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}:\n{done.stdout}{done.stderr}")


def main() -> None:
    """Print the figures; fail where an entry was lost that must not be."""
    wishes = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wishes.add_argument("--seconds", type=float, default=5, help="of load, half of it before the backup")
    wishes.add_argument("--clients", type=int, default=8)
    wished = wishes.parse_args()
    with tempfile.TemporaryDirectory(prefix="restore-drill-") as folder:
        figures = run(Path(folder), wished.seconds, wished.clients)
    for name, value in figures.items():
        print(f"{name:58} {value:,.2f}" if isinstance(value, float) else f"{name:58} {value:,}")
    sys.exit(1 if figures["of these lost"] else 0)


if __name__ == "__main__":
    main()
