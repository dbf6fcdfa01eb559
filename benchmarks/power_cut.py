"""Cut the power at random points under our own writer: no acknowledged scan may be missing, no file damaged.

The real store writes to a simulated disk (benchmarks/simulated_disk.py). As a control the same is done with
``synchronous=NORMAL``, which must lose scans, else the simulation would prove nothing.
``python benchmarks/power_cut.py [--cuts 600] [--scans 600] [--seed 1]``
"""

import argparse
import random
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import event

from benchmarks.simulated_disk import SimulatedDisk, after_power_cut
from entry_service.core.model import Scan
from entry_service.store.database import engine
from entry_service.store.database.migrate import migrate
from entry_service.store.log import scans

AT = datetime(2020, 8, 25, 3, 0, tzinfo=UTC)
THREADS = 8


def weaken() -> None:
    """Open the log as the control wants it: the flush of each commit left out."""
    prepare = engine._sqlite_engine

    def weakened(url, *, readers):
        made = prepare(url, readers=readers)
        event.listen(made, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=NORMAL"))
        return made

    engine._sqlite_engine = weakened
    engine._assert_sqlite_is_durable = lambda connection: None


def write(folder: Path, count: int) -> SimulatedDisk:
    """Append scans from several threads; return the disk, which also knows when each was acknowledged."""
    disk = SimulatedDisk()
    disk.install()
    url = f"sqlite:///{folder / 'log.sqlite'}"
    migrate(url)
    store = engine.open_store(url, writer=True)
    disk.say("open")

    def append(number: int) -> None:
        scan = Scan(
            scan_id=f"scan-{number:06}", facility_id="GP-001", pid=number.to_bytes(8, "big"), direction="in",
            source="staff_scan", confidence="high", scanned_at=AT, received_at=AT,
        )  # fmt: skip
        store.write(lambda db: scans.append_scan(db, scan))
        disk.say(scan.scan_id)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(append, range(count)))
    store.close()
    disk.recording = False  # what follows opens databases of its own
    return disk


def judge(disk: SimulatedDisk, cuts: int, seed: int) -> tuple[int, int, int]:
    """Return (cuts that lost an acknowledged scan, cuts that damaged the file, most scans lost by one cut)."""
    chance = random.Random(seed)
    first = next(at for at, step in enumerate(disk.steps) if step.word == "open") + 1
    lossy = damaged = most = 0
    for _ in range(cuts):
        with tempfile.TemporaryDirectory() as folder:
            cut = chance.randint(first, len(disk.steps))
            acknowledged = after_power_cut(disk.steps, cut, Path(folder), chance) - {"open"}
            connection = sqlite3.connect(Path(folder) / "log.sqlite")
            try:
                damaged += connection.execute("PRAGMA integrity_check").fetchone() != ("ok",)
                kept = {scan_id for (scan_id,) in connection.execute("SELECT scan_id FROM scans")}
            except sqlite3.DatabaseError:
                kept = set()
            finally:
                connection.close()
            lost = len(acknowledged - kept)
            lossy += lost > 0
            most = max(most, lost)
    return lossy, damaged, most


def main() -> None:
    """Print both runs, each in a process of its own; fail if ours loses or the control does not."""
    ask = argparse.ArgumentParser(description="simulated power cuts")
    ask.add_argument("--cuts", type=int, default=600)
    ask.add_argument("--scans", type=int, default=600)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--mode", choices=("FULL", "NORMAL"), help="one run only; prints three numbers")
    given = ask.parse_args()
    if given.mode:
        if given.mode == "NORMAL":
            weaken()
        with tempfile.TemporaryDirectory() as folder:
            print(*judge(write(Path(folder), given.scans), given.cuts, given.seed))
        return
    told = {}
    for mode in ("FULL", "NORMAL"):
        same = ["--cuts", str(given.cuts), "--scans", str(given.scans), "--seed", str(given.seed)]
        ran = subprocess.run([sys.executable, __file__, "--mode", mode, *same], stdout=subprocess.PIPE, check=True)
        told[mode] = lossy, damaged, most = [int(number) for number in ran.stdout.split()]
        print(f"synchronous={mode:6}: {lossy} of {given.cuts} cuts lost scans (at most {most}), {damaged} damaged")
    sys.exit(1 if told["FULL"][0] or told["FULL"][1] or not told["NORMAL"][0] else 0)


if __name__ == "__main__":
    main()
