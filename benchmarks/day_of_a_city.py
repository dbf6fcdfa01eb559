"""A day of a whole city in minutes: do memory, threads, open files and journals stay where they are?

    python benchmarks/day_of_a_city.py [--scans 400000] [--minutes 10] [--days 2] [--postgresql] [--workers 2]

A real server whose clock runs so fast that 24 hours pass in ``--minutes``. Visitors come to all doors by the hour
of the day, half of them leave by the door, one of ten gets a pass from the service just before; monitoring asks
for figures, a door for its page. Every quarter of a simulated hour each process of the service is measured:
resident memory, open files, threads; and the databases and their journals. Prints a line an hour and, after six
hours of warming up, the slope an hour of each, with what it would come to in a day. Exit code 1 where a scan was
refused, where memory grows by more than a KiB a visitor, or files or threads by more than one in a day.
"""

import argparse
import heapq
import json
import os
import random
import sys
import tempfile
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from benchmarks.door_load import DoorServer, LastingClient
from benchmarks.outage_load import Visitor
from benchmarks.postgresql_process import PostgreSQL
from entry_service import clock
from entry_service.core.times import day_start, kst_day
from entry_service.serve import Server, read_address
from entry_service.settings import read_settings
from tests.databases import private_server

HOURS = 24
WARMING = 6
A_QUARTER, A_MOMENT = 0.25, 0.05
DAY = timedelta(days=1)
# Shares of a day's visitors by hour, those of the demo city's multi-use facilities.
SHARES = np.array(
    [1, 1, 1, 1, 1, 2, 4, 8, 10, 10, 11, 16, 18, 14, 12, 12, 13, 15, 17, 15, 11, 8, 4, 2], dtype=float
)
SHORTEST = timedelta(minutes=1)
STAYS = timedelta(minutes=15), timedelta(minutes=90)
ASKS_FOR_A_PASS = 10  # one visitor of so many
CLIENTS, THREADS = 12, 64
TICK = 0.02  # seconds
KIB_A_VISITOR = 1.0  # on SQLite who is inside is kept in memory: half of this for two days, then forgotten
ENOUGH = 0.9  # of the scans that were wished: a day that nobody came to proves nothing


@dataclass(frozen=True)
class Fast:
    """A clock that began at the last midnight in Korea and runs faster."""

    begun: float  # seconds, as the machine has them
    midnight: datetime
    faster: float

    def now(self) -> datetime:
        """Return the present of the simulated day."""
        return self.midnight + timedelta(seconds=self.hour() * 3600)

    def hour(self) -> float:
        """Return the simulated hours since midnight."""
        return (clock.now().timestamp() - self.begun) * self.faster / 3600

    def tonight(self, hour: float) -> datetime:
        """Return the end of the day that an hour lies in: a pass is of one day."""
        return self.midnight + (int(hour) // HOURS + 1) * DAY


@dataclass
class Day:
    """What came of the load; ``seen``: simulated hour → figures by name."""

    sent: int = 0
    passes: int = 0
    refused: dict[str, int] = field(default_factory=dict)  # status and code
    seen: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def visitors(given: argparse.Namespace, share: int, fast: Fast, issuer, day: Day, port: int) -> None:
    """Bring one client's share of the day's visitors to their doors, at their hours."""
    dice = random.Random(share)
    client, asking = LastingClient(port), LastingClient(port, "/api/v1/passes")
    leaving: list[tuple[float, int, Visitor, int]] = []
    shares = np.tile(SHARES / SHARES.sum(), given.days)
    wanted = np.concatenate([[0], np.cumsum(shares)]) * given.scans / 2 / CLIENTS
    number = share << 32
    come, last = 0, HOURS * given.days - A_MOMENT
    while (hour := fast.hour()) < last:
        due = int(np.interp(hour, np.arange(wanted.size), wanted))
        while come < due and fast.hour() < last:
            come, number = come + 1, number + 1
            door = dice.randrange(given.facilities)
            tonight = fast.tonight(fast.hour())
            at = min(fast.now(), tonight - 2 * SHORTEST)
            stay = dice.uniform(*(stay.total_seconds() for stay in STAYS))
            if come % ASKS_FOR_A_PASS == 0:
                ask_for_a_pass(asking, number, at, day)
            ends = max(min(timedelta(seconds=stay), tonight - at - timedelta(minutes=1)), SHORTEST)
            visitor = Visitor.coming(issuer, (1 << 61 | number).to_bytes(8, "big"), at, ends)
            scan(client, visitor, door, "in", number, at, day)
            if ends > SHORTEST:
                heapq.heappush(leaving, (hour + ends.total_seconds() / 3600 - 0.01, number, visitor, door))
        while leaving and leaving[0][0] <= hour and fast.hour() < last:
            _, one, visitor, door = heapq.heappop(leaving)
            scan(client, visitor, door, "out", one | 1 << 60, fast.now(), day)
        time.sleep(TICK)
    client.close()
    asking.close()


def scan(
    client: LastingClient, visitor: Visitor, door: int, direction: str, number: int, at: datetime, day: Day
) -> None:
    """Read one code at a door."""
    last = visitor.signed.header.slot_start(len(visitor.elements) - 1)
    at = min(at, last)
    body = {"scan_id": f"{number:032x}", "text": visitor.code(at), "direction": direction}
    note(day, client.post(json.dumps({**body, "scanned_at": at.isoformat()}).encode(), door), 200, client)


def ask_for_a_pass(client: LastingClient, number: int, at: datetime, day: Day) -> None:
    """Get a pass from the service, with a contact that goes into the vault."""
    root = urlsafe_b64encode(number.to_bytes(16, "big")).rstrip(b"=").decode()
    wanted = {"day": f"{kst_day(at)}", "root": root, "first_slot": 0, "slot_count": 5_760, "slot_seconds": 15}
    body = {
        "name": "시험방문자",
        "phone": f"010-0{number % 1000:03}-{number // 1000 % 10_000:04}",
        "days": [wanted],
    }
    status = client.post(json.dumps(body).encode())
    note(day, status, 201, client)
    day.passes += status == 201


def note(day: Day, status: int, wanted: int, line: LastingClient) -> None:
    """Count one answer; what was refused by its code."""
    with day.lock:
        day.sent += 1
        if status != wanted:
            told = json.loads(line.answer)
            code = f"{status} {told.get('code')} {told.get('field', '')}".strip()
            day.refused[code] = day.refused.get(code, 0) + 1


def warm_up(port: int) -> None:
    """Let every thread of the service answer once: a pool that fills is no leak."""
    lines = [LastingClient(port) for _ in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda line: line.post(b"{}"), lines))
    for line in lines:
        line.close()


def watch(server: DoorServer, postgresql: PostgreSQL | None, fast: Fast, day: Day, hours: int) -> None:
    """Measure every quarter of a simulated hour, and ask as monitoring and doors do."""
    due = A_QUARTER
    while (hour := fast.hour()) < hours:
        if hour >= due:
            day.seen.append((hour, figures(server, postgresql)))
            due += A_QUARTER
            for path in ("/metrics", "/healthz", "/login", "/static/css/base.css"):
                urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=30).read()
        time.sleep(TICK)


def figures(server: DoorServer, postgresql: PostgreSQL | None) -> dict[str, float]:
    """Return what is measured now; memory in MiB, sizes in MB."""
    found: dict[str, float] = {}
    for place, process in enumerate(server.processes()):
        name = "parent" if place == 0 else f"worker {place}"
        status = Path(f"/proc/{process}/status").read_text()
        told = dict(line.split(":", 1) for line in status.splitlines())
        found[f"{name} MiB"] = int(told["VmRSS"].split()[0]) / 1024
        found[f"{name} threads"] = int(told["Threads"])
        found[f"{name} files"] = sum(not one.startswith("socket:") for one in open_files(process))
    for file in ("log.sqlite", "log.sqlite-wal", "vault.sqlite", "vault.sqlite-wal"):
        if (server.var / file).exists():
            found[f"{file} MB"] = (server.var / file).stat().st_size / 1e6
    if postgresql is not None:
        [[size]] = postgresql.ask("SELECT pg_database_size(current_database())")
        [[journal]] = postgresql.ask("SELECT sum(size) FROM pg_ls_waldir()")
        found |= {"database MB": float(size) / 1e6, "WAL MB": float(journal) / 1e6}
    return found


def open_files(process: int) -> Iterator[str]:
    """Give what each descriptor of a process is; those that are closed meanwhile are left out."""
    for one in os.listdir(f"/proc/{process}/fd"):
        with suppress(FileNotFoundError):
            yield os.readlink(f"/proc/{process}/fd/{one}")


def run(given: argparse.Namespace) -> Day:
    """Let the day pass and return what was seen."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="day-")))
        url = stack.enter_context(private_server()) if given.postgresql else ""
        server = DoorServer(folder / "var", url)
        postgresql = PostgreSQL(url, folder / "postgresql.log") if url else None
        midnight = day_start(kst_day(clock.now()))
        issuer = server.furnish(midnight, more=given.facilities - 1)
        faster = HOURS * 60 / given.minutes
        fast = Fast(clock.now().timestamp() + 8, midnight, faster)  # the server takes some seconds to start
        command = [sys.executable, __file__, "--serve", str(server.port), str(fast.begun), midnight.isoformat()]
        environment = ["env", "ENTRY_PUBLIC_PER_MINUTE=1000000", *command, str(faster)]
        server.start(environment, workers=given.workers if url else 0)
        stack.callback(server.stop)
        warm_up(server.port)
        time.sleep(max(fast.begun - clock.now().timestamp(), 0))
        day = Day()
        with ThreadPoolExecutor(CLIENTS) as pool:
            load = [pool.submit(visitors, given, n, fast, issuer, day, server.port) for n in range(CLIENTS)]
            watch(server, postgresql, fast, day, HOURS * given.days)
            for one in load:
                one.result()  # a client that broke is told
    return day


def tell(day: Day, scans: int, days: int) -> bool:
    """Print a line an hour and the slopes; return whether everything is flat."""
    settled = HOURS * (days - 1) + (WARMING if days == 1 else 0)
    names = list(day.seen[-1][1])
    print("hour  " + "  ".join(f"{name:>16}" for name in names))
    for hour, found in day.seen[3::4]:
        print(f"{hour:4.0f}  " + "  ".join(f"{found.get(name, 0):16,.1f}" for name in names))
    flat = not day.refused and day.sent > scans * days * ENOUGH
    warm = [(hour, found) for hour, found in day.seen if hour >= settled]
    hours = np.array([hour for hour, _ in warm])
    visitors = day.sent / 2 / days * SHARES[settled % HOURS :].sum() / SHARES.sum()
    print(f"\nslope after {settled:2} hours     an hour    in a day")
    for name in names:
        values = np.array([found.get(name, 0.0) for _, found in warm])
        slope = float(np.polyfit(hours, values, 1)[0])
        print(f"{name:22}{slope:12.3f}{slope * HOURS:12.2f}")
        if name.endswith("MiB"):
            grown = 1024 * slope * (HOURS * days - settled) / visitors
            print(f"{'':22}{grown:12.2f} KiB a visitor")
            flat &= grown < KIB_A_VISITOR
        elif name.endswith(("threads", "files")):
            flat &= slope * HOURS < 1
    print(f"requests {day.sent:,}, of these passes {day.passes:,}, refused {day.refused or 0}; flat: {flat}")
    return flat


def serve(port: str, begun: str, midnight: str, faster: str) -> None:
    """Serve with the fast clock; before its time it stands at midnight."""
    fast = Fast(float(begun), datetime.fromisoformat(midnight), float(faster))
    Server(read_settings(), read_address(f"127.0.0.1:{port}"), clock=lambda: max(fast.now(), fast.midnight)).run()


def main() -> None:
    """Run the day, or the server of it."""
    if sys.argv[1:2] == ["--serve"]:
        serve(*sys.argv[2:])
        return
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--scans", type=int, default=400_000, help="in the day, ways in and out")
    ask.add_argument("--minutes", type=float, default=10, help="that a day takes")
    ask.add_argument("--days", type=int, default=1, help="one after the other; the last is judged")
    ask.add_argument("--facilities", type=int, default=1_700)
    ask.add_argument("--postgresql", action="store_true")
    ask.add_argument("--workers", type=int, default=2, help="processes on PostgreSQL")
    given = ask.parse_args()
    sys.exit(0 if tell(run(given), given.scans, given.days) else 1)


if __name__ == "__main__":
    main()
