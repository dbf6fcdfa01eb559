"""Durable rows a second of the store alone, by how many callers write at once: what sharing a flush brings.

``python benchmarks/group_commit.py [--seconds 2]``
"""

import argparse
import sqlite3
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from entry_service.core.model import Scan
from entry_service.store.database.engine import Store, open_store
from entry_service.store.database.migrate import migrate
from entry_service.store.log import scans

AT = datetime(2020, 8, 25, 3, 0, tzinfo=UTC)
CALLERS = (1, 4, 16, 64)


def rows_a_second(store: Store, callers: int, seconds: float, numbers: count) -> float:
    """Return how many single appends were acknowledged a second."""
    done: list[int] = []
    end = time.monotonic() + seconds

    def work() -> None:
        own = 0
        while time.monotonic() < end:
            number = next(numbers)
            scan = Scan(
                scan_id=f"scan-{number}", facility_id="GP-001", pid=number.to_bytes(8, "big"), direction="in",
                source="staff_scan", confidence="high", scanned_at=AT, received_at=AT,
            )  # fmt: skip
            store.write(lambda db, scan=scan: scans.append_scan(db, scan))
            own += 1
        done.append(own)

    threads = [threading.Thread(target=work) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / seconds


def main() -> None:
    """Print one line for each number of callers."""
    ask = argparse.ArgumentParser(description="durable rows a second by callers at once")
    ask.add_argument("--seconds", type=float, default=2)
    seconds = ask.parse_args().seconds
    print(f"SQLite {sqlite3.sqlite_version}, WAL, synchronous=FULL")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'log.sqlite'}"
        migrate(url)
        store = open_store(url, writer=True)
        numbers = count(1)
        alone = 0.0
        for callers in CALLERS:
            rate = rows_a_second(store, callers, seconds, numbers)
            alone = alone or rate
            print(f"{callers:3} callers: {rate:7,.0f} rows/s, {rate / alone:4.1f} times one caller")
        store.close()


if __name__ == "__main__":
    main()
