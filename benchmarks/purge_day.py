"""How long the destruction of a city's day takes, and how long a scan at a door waits meanwhile.

Two days of 1,700 facilities are filled and one is destroyed, while a thread appends a scan every few milliseconds,
as doors do. ``python benchmarks/purge_day.py [--scans 18000 300000] [--postgresql]``
"""

import argparse
import hashlib
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from entry_service.core.model import Contact, Facility, Scan
from entry_service.core.retention import Reading
from entry_service.core.times import KST, day_start
from entry_service.services import open_services, prepare
from entry_service.settings import Settings
from entry_service.store.log import scans
from entry_service.store.retention import retention
from entry_service.store.sites import facilities
from entry_service.usecases.retention.purge import purge
from entry_service.vault.sealing import seal
from tests.databases import private_server

NOW = datetime(2020, 9, 30, 0, 30, tzinfo=KST)
DAYS = (NOW - timedelta(days=28), NOW - timedelta(days=27))
PAUSE = 0.005  # seconds between two scans at the doors
FACILITIES = 1_700


def main() -> None:
    """Measure and print one line a size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scans", type=int, nargs="+", default=[18_000, 300_000])
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    print("scans a day   destroyed in   scans/s    a door waits: median · 99 % · longest (ms)")
    for many in asked.scans:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            url = stack.enter_context(private_server()) if asked.postgresql else ""
            seconds, waits = measure(Path(folder), url, many)
        slowest = sorted(waits)[int(len(waits) * 0.99)]
        shown = " · ".join(f"{1_000 * wait:.1f}" for wait in (statistics.median(waits), slowest, max(waits)))
        print(f"{many:11,}   {seconds:10.1f} s   {many / seconds:7,.0f}    {shown}")


def measure(folder: Path, url: str, many: int) -> tuple[float, list[float]]:
    """Return seconds of the destruction of one day, and the waits of scans meanwhile."""
    settings = Settings(var=folder / "var", log_url=url, vault_url=url)
    prepare(settings)
    services = open_services(settings, NOW)
    try:
        mark = Reading(wall=NOW, boot_id="one", boot_seconds=0.0)
        services.store.write(lambda db: fill_facilities(db))
        services.store.write(lambda db: retention.set_only_mark(db, mark))
        for at in DAYS:
            fill(services, at.date(), many)
        ended, waits = threading.Event(), []
        door = threading.Thread(target=scan_on, args=(services, ended, waits))
        door.start()
        begun = time.perf_counter()
        done = purge(services, mark)
        seconds = time.perf_counter() - begun
        ended.set()
        door.join()
        assert (done.scans, done.contacts) == (many, many // 2), done
        return seconds, waits
    finally:
        services.close()


def fill_facilities(db: object) -> None:
    """Register the facilities of the city."""
    place = {"category": "library", "address": "경기도 군포시 산본로 1", "lon": 126.93, "lat": 37.36}
    for number in range(FACILITIES):
        name = f"F-{number:04}"
        facilities.add(db, Facility(facility_id=name, name=name, coord_quality="simulated", **place))


def fill(services, day, many: int) -> None:
    """Fill a day: every pass comes in and goes out."""
    start, key = day_start(day), services.vault.public_key(day)
    step = timedelta(hours=23) / many

    def scan(number: int) -> Scan:
        at = start + number * step
        return Scan(
            scan_id=f"{day}-{number}",
            facility_id=f"F-{number // 2 % FACILITIES:04}",
            pid=pid_of(day, number // 2),
            direction="out" if number % 2 else "in",
            source="staff_scan",
            confidence="high",
            scanned_at=at,
            received_at=at,
        )

    for first in range(0, many, 20_000):
        chunk = [scan(number) for number in range(first, min(first + 20_000, many))]
        services.store.write(lambda db, chunk=chunk: scans.append_many(db, chunk))
    for first in range(0, many // 2, 10_000):
        deposits = []
        for number in range(first, min(first + 10_000, many // 2)):
            contact = Contact(name="시험방문자", phone=f"+82100{number:07}", residence="경기도 군포시")
            pid = pid_of(day, number)
            deposits.append((pid, seal(key, day, pid, contact), contact))
        services.vault.deposit_many(day, deposits)


def pid_of(day, number: int) -> bytes:
    """Return a pass of a day."""
    return hashlib.sha256(f"{day}{number}".encode()).digest()[:8]


def scan_on(services, ended: threading.Event, waits: list[float]) -> None:
    """Append a scan every few milliseconds and keep how long each took."""
    number = 0
    while not ended.is_set():
        number += 1
        scan = Scan(
            scan_id=f"live-{number}",
            facility_id="F-0001",
            pid=number.to_bytes(8, "big"),
            direction="in",
            source="staff_scan",
            confidence="high",
            scanned_at=NOW,
            received_at=NOW,
        )
        begun = time.perf_counter()
        services.store.write(lambda db, scan=scan: scans.append_scan(db, scan))
        waits.append(time.perf_counter() - begun)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
