"""Fifty doors come back after six hours without the service: is every scan there once, how soon, and who waits.

A real server is asked by live doors at a steady rate, first alone, then while the others come back within ten
seconds with 54,000 queued scans in batches of 200. One answer in ten is lost on the way, and its items are sent
again in other batches. Afterwards the log itself is read. The exit code is 1 where a scan is missing, doubled or
refused.
``python benchmarks/outage.py [--doors 50] [--scans 1080] [--live 20] [--seed 1]``
"""

import argparse
import multiprocessing
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.door_load import FACILITY, Client, DoorServer, scans
from benchmarks.outage_load import BATCH, EVERY, Door, queue_of
from entry_service import clock
from entry_service.core.model import Device
from entry_service.core.passes import IssuerKey
from entry_service.services import open_services
from entry_service.settings import Settings
from entry_service.store.log.scans import scans_between
from entry_service.store.sites import devices
from entry_service.web.frame.sessions import token_hash

LIVE_DOORS = 4
IDLE_SECONDS = 10
JITTER = 10.0  # seconds within which all doors come back


@dataclass(frozen=True)
class Figures:
    """What a run gave; latencies of live scans in ms."""

    queued: int
    drained: float
    idle: list[float]
    meanwhile: list[float]
    missing: int
    refused: int
    batches: int
    lost: int
    turned_away: int
    cpu: float  # seconds of the server's processor time while they drained, live scans included

    @property
    def whole(self) -> bool:
        """Say whether every scan is in the log once and accepted."""
        return not self.missing and not self.refused


class Live:
    """Live doors in a process of their own, at a steady rate until told to stop."""

    def __init__(self, port: int, rate: float, work: list[bytes]) -> None:
        """Begin; answers are kept with the time they were asked for."""
        fork = multiprocessing.get_context("fork")
        self._stop, self._answers = fork.Event(), fork.Queue()
        self._process = fork.Process(target=self._load, args=(port, rate, work), daemon=True)
        self._process.start()

    def end(self) -> tuple[list[tuple[float, float]], int]:
        """Return (asked at, ms) of each answer, and how many were refused."""
        self._stop.set()
        told, refused = self._answers.get(timeout=60)
        self._process.join(30)
        self._answers.close()
        return told, refused

    def _load(self, port: int, rate: float, work: list[bytes]) -> None:
        told: list[tuple[float, float]] = []
        refused: list[int] = []

        def one(number: int) -> None:
            client, begun = Client(port), time.monotonic()
            for turn, body in enumerate(work[number::LIVE_DOORS]):
                due = begun + (turn + number / LIVE_DOORS) * LIVE_DOORS / rate
                if self._stop.wait(max(due - time.monotonic(), 0)):
                    break
                asked = time.monotonic()
                status = client.post(body)
                told.append((asked, 1_000 * (time.monotonic() - asked)))
                if status != 200:
                    refused.append(status)
            client.close()

        threads = [threading.Thread(target=one, args=(number,)) for number in range(LIVE_DOORS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._answers.put((told, len(refused)))


def run(
    var: Path,
    *,
    doors: int,
    many: int,
    live: float,
    seed: int,
    batch: int = BATCH,
    idle: float = IDLE_SECONDS,
    jitter: float = JITTER,
) -> Figures:
    """Let the doors come back to a server in ``var`` and read its log afterwards."""
    server = DoorServer(var)
    now = clock.now()
    issuer = server.furnish(now)
    back = [_door(server, issuer, number, many, now, seed, batch) for number in range(doors)]
    _enrol(server, back, now)
    seconds = idle + jitter + 120
    work = [body for _, body in islice(scans(issuer, now), int(live * seconds) + LIVE_DOORS)]
    server.start()
    try:
        at_the_door = Live(server.port, live, work)
        time.sleep(idle)
        begun, used = time.monotonic(), server.cpu_seconds()
        threads = [threading.Thread(target=door.drain, args=(jitter,)) for door in back]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ended, used = max(door.done_at for door in back), server.cpu_seconds() - used
        told, turned_away = at_the_door.end()
    finally:
        server.stop()
    missing, refused = _missing(server, back, len(told) - turned_away)
    return Figures(
        queued=doors * many,
        drained=ended - begun,
        idle=[ms for asked, ms in told[LIVE_DOORS:] if asked < begun],  # without the first on each connection
        meanwhile=[ms for asked, ms in told if begun <= asked <= ended],
        missing=missing,
        refused=refused + turned_away,
        batches=sum(door.batches for door in back),
        lost=sum(door.lost for door in back),
        turned_away=sum(door.turned_away for door in back),
        cpu=used,
    )


def _door(
    server: DoorServer, issuer: IssuerKey, number: int, many: int, now: object, seed: int, batch: int
) -> Door:
    queue = list(queue_of(issuer, number, many, now))
    return Door(server.port, f"token of door {number}", queue, random.Random(seed * 1_000 + number), batch)


def _enrol(server: DoorServer, back: list[Door], now: object) -> None:
    services = open_services(Settings(var=server.var, demo=True), now)
    for number, door in enumerate(back):
        device = Device(device_id=f"D-back-{number}", facility_id=FACILITY, name=f"{number}번 문")
        services.store.write(lambda db, one=device, own=door: devices.add(db, one, token_hash(own.token), now))
    services.close()


def _missing(server: DoorServer, back: list[Door], live: int) -> tuple[int, int]:
    """Return how many queued or live scans the log does not hold exactly once, and how many were refused."""
    now = clock.now()
    services = open_services(Settings(var=server.var, demo=True), now)
    with services.store.read() as db:
        rows = scans_between(db, None, now - timedelta(days=2), now + timedelta(days=1), refused=True)
    services.close()
    times = Counter(row.scan_id for row in rows)
    queued = [scan_id for door in back for scan_id, _ in door.queue]
    missing = sum(times[scan_id] != 1 for scan_id in queued) + abs(len(rows) - len(queued) - live)
    told = Counter(outcome for door in back for outcome in door.answers.values())
    return missing, len(queued) - told["accepted"] + sum(row.outcome != "accepted" for row in rows)


def _line(name: str, ms: list[float]) -> str:
    cuts = statistics.quantiles(ms, n=100) if len(ms) > 1 else [0.0] * 99
    return f"{name:28}{len(ms):8,}{cuts[49]:10.1f}{cuts[98]:10.1f}"


def main() -> None:
    """Print drain time, both latencies and their ratios, and what the log holds."""
    ask = argparse.ArgumentParser(description="doors come back after an outage")
    ask.add_argument("--doors", type=int, default=50)
    ask.add_argument("--scans", type=int, default=1_080)
    ask.add_argument("--live", type=float, default=20, help="live scans a second")
    ask.add_argument("--seed", type=int, default=1)
    asked = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = run(Path(folder) / "var", doors=asked.doors, many=asked.scans, live=asked.live, seed=asked.seed)
    hours = asked.scans * EVERY / timedelta(hours=1)
    print(f"{asked.doors} doors back after {hours:.1f} h with {told.queued:,} scans, all within {JITTER:.0f} s")
    print(f"{told.batches} batches, of which {told.lost} answers lost, {told.turned_away} times told to wait")
    each = f"{1_000 * told.cpu / told.queued:.2f} ms of the server's processor a scan"
    print(f"drained in {told.drained:.1f} s, {told.queued / told.drained:,.0f} scans/s; {each}")
    print(f"{'live scans':28}{'':>8}{'p50 ms':>10}{'p99 ms':>10}")
    print(_line("idle server", told.idle))
    print(_line("while the queues drain", told.meanwhile))
    idle, busy = (statistics.quantiles(ms, n=100) for ms in (told.idle, told.meanwhile))
    print(f"{'÷ idle':28}{'':>8}{busy[49] / idle[49]:10.1f}{busy[98] / idle[98]:10.1f}")
    print(f"missing or doubled {told.missing}, refused {told.refused}")
    sys.exit(0 if told.whole else 1)


if __name__ == "__main__":
    main()
