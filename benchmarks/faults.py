"""Faults under load: what doors were told stays in the log, once, and the pause they see has an end.

A real server and doors that read at a steady rate; whatever is not acknowledged is sent again with its scan_id,
as devices do. In the middle the fault comes, holds for ``--seconds`` and goes. Then the log itself is read. Prints
for each fault: entries acknowledged, lost, doubled, refused for good, the longest time without an acknowledgement,
and the answers that were none. Everything is on this machine, and what is started here is ended here.
``python benchmarks/faults.py [--only NAME …] [--seconds 3] [--doors 8] [--rate 100]``
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.door_load import Client, DoorServer, some_scans
from benchmarks.fault_kinds import FAULTS, Site, rows_of_log
from benchmarks.postgresql_process import PostgreSQL, small_disk
from entry_service import clock
from tests.databases import private_server

BEFORE, AFTER = 1.0, 1.0  # seconds of load before the fault, and after it has gone
PAUSE = 0.1  # before something is sent again
PATIENCE = 60  # seconds after the fault until every scan must have its answer
FINAL = set(range(400, 500)) - {429}  # answers that a device does not send again after
SCANS, SYNC = "/api/v1/scans", "/api/v1/sync"


@dataclass
class Told:
    """What the doors were told: kept outside of the server."""

    asked: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    answers: Counter = field(default_factory=Counter)
    moments: list[float] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)  # acknowledged at, seconds since it was read
    others: list[tuple[float, int | None]] = field(default_factory=list)  # answers that were no acknowledgement
    lock: threading.Lock = field(default_factory=threading.Lock)
    no_more: threading.Event = field(default_factory=threading.Event)
    give_up: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, many: int) -> None:
        """Wait until so many were acknowledged, or patience ends."""
        limit = time.monotonic() + PATIENCE
        while len(self.acknowledged) < many and time.monotonic() < limit:
            time.sleep(PAUSE)

    def note(self, scan_id: str, status: int | None, begun: float) -> bool:
        """Note one answer; None means that there was none. Say whether the scan is done with."""
        with self.lock:
            self.answers[status] += 1
            at = time.monotonic()
            if status == 200:
                self.acknowledged.add(scan_id)
                self.moments.append(at)
                self.waits.append((at, at - begun))
            else:
                self.others.append((at, status))
            if status == 200:
                return True
            if status in FINAL:
                self.refused.add(scan_id)
        return status in FINAL

    @property
    def longest_pause(self) -> float:
        """Return the longest time between two acknowledgements, whoever got them."""
        ordered = sorted(self.moments)
        return max((later - at for at, later in zip(ordered, ordered[1:], strict=False)), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came of one fault."""

    acknowledged: int
    lost: int
    doubled: int
    refused: int
    unanswered: int
    longest_pause: float
    other: dict[int | None, int]


def run(name: str, seconds: float, doors: int, rate: float) -> Figures:
    """Let one fault happen under load, and read the log afterwards."""
    fault = FAULTS[name]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        disk = stack.enter_context(small_disk(fault.disk)) if fault.disk else None
        url = stack.enter_context(private_server(disk)) if fault.postgresql else ""
        site = Site(folder=folder, server=DoorServer(folder / "var", url), disk=disk or folder / "var")
        stack.callback(site.end)
        if url:
            site.postgresql = PostgreSQL(url, folder / "postgresql.log")
        fault.prepare(site)
        issuer = site.server.furnish(clock.now(), more=doors - 1)
        site.server.start(fault.command(site), workers=2 if url else 0)
        stack.callback(site.server.stop)
        work = some_scans(issuer, clock.now(), int(rate * (BEFORE + seconds + AFTER + PATIENCE)))
        told = Told()
        threads = [
            threading.Thread(target=read_on, args=([site.server.port], at, work[at::doors], doors / rate, told))
            for at in range(doors)
        ]
        stack.callback(told.give_up.set)  # whatever breaks, no door goes on
        for thread in threads:
            thread.start()
        told.wait_for(2 * doors)
        time.sleep(BEFORE)
        fault.begin(site)
        time.sleep(seconds)
        fault.end(site)
        told.wait_for(len(told.acknowledged) + 2 * doors)
        time.sleep(AFTER)
        told.no_more.set()
        for thread in threads:
            thread.join(PATIENCE)
        told.give_up.set()
        for thread in threads:
            thread.join()
        kept = rows_of_log(site)
    return Figures(
        acknowledged=len(told.acknowledged),
        lost=len(told.acknowledged - kept.keys()),
        doubled=sum(many > 1 for many in kept.values()),
        refused=len(told.refused),
        unanswered=len(told.asked - told.acknowledged - told.refused),
        longest_pause=told.longest_pause,
        other={status: many for status, many in told.answers.items() if status != 200},
    )


def read_on(
    ports: Sequence[int],
    device: int,
    work: Sequence[tuple[str, bytes]],
    pause: float,
    told: Told,
    path: str = SCANS,
) -> None:
    """Post one scan after the other at a steady rate; each again and again until it has its answer.

    Of several ports the next one is taken where one gives no answer, as a proxy in front of two services does.
    """
    client: Client | None = None
    there = cycle(ports)
    port = next(there)
    due = time.monotonic()
    for scan_id, body in work:
        due = max(due + pause, time.monotonic())  # visitors who could not enter do not all come back at once
        time.sleep(max(due - time.monotonic(), 0))
        if told.no_more.is_set() or told.give_up.is_set():
            break
        told.asked.add(scan_id)
        begun = time.monotonic()
        while not told.give_up.is_set():
            try:
                client = client or Client(port, path, device=device)
                status = client.post(body)
                if path == SYNC and status == 200 and b'"outcome"' not in client.answer:
                    status = 400  # its one item was refused
            except (OSError, ValueError):
                client, status = None, None
                port = next(there)
            if told.note(scan_id, status, begun):
                break
            time.sleep(PAUSE)
    if client is not None:
        client.close()


def main() -> None:
    """Print a line for each fault; exit with 1 where an acknowledged entry is missing or twice there."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--only", nargs="+", choices=FAULTS, default=list(FAULTS), metavar="NAME")
    ask.add_argument("--seconds", type=float, default=3)
    ask.add_argument("--doors", type=int, default=8)
    ask.add_argument("--rate", type=float, default=100, help="scans a second of all doors")
    ask.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = ask.parse_args()
    failed = False
    if not given.inside:
        print(
            f"{'fault':28}{'acknowledged':>13}{'lost':>6}{'doubled':>9}{'refused':>9}{'longest pause':>15}   other"
        )
    for name in given.only:
        if FAULTS[name].disk and os.geteuid() != 0:
            print(f"{name:28}  left out: only root gives PostgreSQL a disk of its own", flush=True)
            continue
        if FAULTS[name].own_mounts and not given.inside:  # a file system of its own, which goes with the process
            again = [sys.executable, __file__, "--inside", "--only", name, "--seconds", str(given.seconds)]
            again += ["--doors", str(given.doors), "--rate", str(given.rate)]
            sys.stdout.flush()
            apart = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
            failed |= subprocess.run([*apart, *again]).returncode != 0
            continue
        found = run(name, given.seconds, given.doors, given.rate)
        figures = f"{found.acknowledged:13,}{found.lost:6}{found.doubled:9}{found.refused:9}"
        print(f"{name:28}{figures}{found.longest_pause:13.1f} s   {found.other}", flush=True)
        failed |= bool(found.lost or found.doubled or found.unanswered)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
