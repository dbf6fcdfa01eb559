"""Scans a second through HTTP with 1, 2 and 4 processes on one PostgreSQL, as ratios to one process.

A private server, one log, passes that are read for the first time, 32 clients; rounds alternate, medians. The
clients, PostgreSQL and the service share the cores of this machine: with few cores more processes cannot be
faster, and the ratio shows whether they stand in each other's way.
``python benchmarks/workers.py [--workers 1 2 4] [--rounds 3] [--seconds 4] [--clients 32]``
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.door_load import DoorServer, some_scans
from benchmarks.post_load import Load, post
from benchmarks.throughput import COLD_A_SECOND, SCANS
from entry_service import clock
from tests.databases import private_server


def main() -> None:
    """Print a line for each number of processes."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--seconds", type=float, default=4)
    ask.add_argument("--clients", type=int, default=32)
    given = ask.parse_args()
    rates: dict[int, list[float]] = {workers: [] for workers in given.workers}
    costs: dict[int, list[float]] = {workers: [] for workers in given.workers}
    with tempfile.TemporaryDirectory() as folder, private_server() as url:
        server = DoorServer(Path(folder) / "door", url)
        issuer = server.furnish(clock.now(), more=given.clients - 1)
        many = int(COLD_A_SECOND * given.seconds)
        for turn in range(given.rounds * len(given.workers)):
            workers = given.workers[turn % len(given.workers)]
            work = [body for _, body in some_scans(issuer, clock.now(), many, turn * many)]
            server.start(workers=workers)
            try:
                before = server.cpu_seconds()
                answered = len(post(server.port, SCANS, work, Load(given.clients, given.seconds)))
                costs[workers].append(1_000 * (server.cpu_seconds() - before) / answered)
            finally:
                server.stop()
            rates[workers].append(answered / given.seconds)
    one = statistics.median(rates[given.workers[0]])
    print(f"medians of {given.rounds} rounds, {given.clients} clients, {os.cpu_count()} cores")
    print("processes   scans/s   ÷ first   service CPU ms a scan   rounds")
    for workers, own in rates.items():
        rate, cost = statistics.median(own), statistics.median(costs[workers])
        print(f"{workers:9}{rate:10,.0f}{rate / one:10.2f}{cost:24.2f}   {[round(each) for each in own]}")


if __name__ == "__main__":
    main()
