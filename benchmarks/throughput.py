"""Durable single scans through HTTP ÷ an empty view: same server, same load, alternating rounds, medians.

Four things are asked in each round, all of gunicorn with one process and 16 threads: an empty view of a bare Flask
application; an empty view of our own, behind the same hooks (caller, headers, language); scans of passes that the
server has not seen (``SLOTS_SINCE_ISSUE`` hashes and a signature each); scans of passes it knows, one slot later
each time. Processor time an answer is the server's alone and travels better than the rates, which clients share.
``python benchmarks/throughput.py [--rounds 5] [--seconds 4] [--clients 32]``
"""

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask

from benchmarks.door_load import Client, DoorServer, scans_of_pass, some_scans
from entry_service import clock
from entry_service.core.passes import IssuerKey
from entry_service.serve import Server, read_address
from entry_service.settings import Settings
from entry_service.web.access import read_access

LOADERS = 2  # client processes
COLD_A_SECOND, WARM_A_SECOND = 2_500, 4_000  # more than one process can take: so many are prepared
TURNS = 100  # slots in which a known pass is read again
EMPTY = "/empty"
SCANS = "/api/v1/scans"
WHAT = {
    "bare": "empty view, bare Flask",
    "inside": "empty view, our hooks",
    "cold": "scans, unknown passes",
    "warm": "scans, known passes",
}


class BareServer(Server):
    """The same server with nothing behind it."""

    def load(self) -> Flask:
        """Return an application with one view that does nothing."""
        app = Flask("bare")
        app.add_url_rule(EMPTY, "empty", lambda: "", methods=["POST"])
        return app


class InsideServer(Server):
    """The service with one more view, which does nothing and is declared as the scan is."""

    def load(self) -> Flask:
        """Return the service."""
        app = super().load()

        def empty() -> str:
            return ""

        empty.access = read_access("device")
        app.add_url_rule(EMPTY, "empty", empty, methods=["POST"])
        return app


def serve(var: str, port: int, *, bare: bool) -> None:
    """Serve until the process is stopped."""
    kind = BareServer if bare else InsideServer
    kind(Settings(var=Path(var), demo=True), read_address(f"127.0.0.1:{port}"), clock=clock.now).run()


def load(port: int, path: str, work: list[bytes], clients: int, seconds: float, start, answers) -> None:
    """Post from ``clients`` connections for ``seconds``; put (refused, out of work, latencies in ms) there."""
    done: list[float] = []
    refused: list[int] = []
    idle: list[int] = []

    def one(own: list[bytes]) -> None:
        client = Client(port, path)
        start.wait()
        end = time.monotonic() + seconds
        for body in own:
            begun = time.monotonic()
            if begun > end:
                break
            status = client.post(body)
            if status == 200:
                done.append(1_000 * (time.monotonic() - begun))
            else:
                refused.append(status)
        else:
            idle.append(1)
        client.close()

    threads = [threading.Thread(target=one, args=(work[at::clients],)) for at in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 60)
    answers.put((len(refused), len(idle), done))


def post(port: int, path: str, work: list[bytes], clients: int, seconds: float) -> list[float]:
    """Return the latencies in ms; raise if an answer was a refusal or there was too little to post."""
    fork = multiprocessing.get_context("fork")
    start, answers = fork.Event(), fork.Queue()
    shares = [work[at::LOADERS] for at in range(LOADERS)]
    rest = (clients // LOADERS, seconds, start, answers)
    loaders = [fork.Process(target=load, args=(port, path, share, *rest), daemon=True) for share in shares]
    for loader in loaders:
        loader.start()
    time.sleep(0.5)
    start.set()
    told = [answers.get(timeout=seconds + 90) for _ in loaders]
    for loader in loaders:
        loader.join(30)
    if any(refused or idle for refused, idle, _ in told):
        raise RuntimeError(f"(refused, clients out of work): {[each[:2] for each in told]}")
    return [ms for _, _, own in told for ms in own]


@dataclass
class Figures:
    """What the rounds gave: answers a second and CPU ms an answer of each round, latencies of all."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return the median of the rounds, answers a second."""
        return statistics.median(self.rates)

    @property
    def cost(self) -> float:
        """Return the median of the rounds, CPU ms an answer."""
        return statistics.median(self.cpu)


class Bench:
    """Both servers, and the passes that are read."""

    def __init__(self, folder: Path, seconds: float, clients: int) -> None:
        """Furnish a service; nothing runs yet."""
        self.door, self.bare = DoorServer(folder / "door"), DoorServer(folder / "bare")
        self.bare.var.mkdir()
        self.issuer: IssuerKey = self.door.furnish(clock.now())
        self.seconds, self.clients = seconds, clients
        self.figures = {name: Figures() for name in WHAT}
        self._number = 0

    def round(self) -> None:
        """Ask all four once."""
        now = clock.now()
        empty = [b"{}"] * int(5_000 * self.seconds)
        cold = [body for _, body in some_scans(self.issuer, now, int(COLD_A_SECOND * self.seconds), self._number)]
        self._number += len(cold)
        first, later = self._known_passes(now)
        self._run(self.bare, ["--serve", "bare"], [("bare", EMPTY, empty)])
        self._run(self.door, ["--serve", "inside"], [("inside", EMPTY, empty), ("cold", SCANS, cold)])
        self._run(self.door, ["--serve", "inside"], [("", SCANS, first), ("warm", SCANS, later)])

    def _known_passes(self, now: datetime) -> tuple[list[bytes], list[bytes]]:
        """Return the first scan of each pass, and all later ones: those of one slot before those of the next."""
        many = int(WARM_A_SECOND * self.seconds) // TURNS
        passes = [list(scans_of_pass(self.issuer, now, self._number + at, TURNS + 1)) for at in range(1, many + 1)]
        self._number += many
        slots = list(zip(*passes, strict=True))
        return [body for _, body in slots[0]], [body for slot in slots[1:] for _, body in slot]

    def _run(self, server: DoorServer, command: list[str], asked: list[tuple[str, str, list[bytes]]]) -> None:
        server.start([sys.executable, __file__, *command, "--var", str(server.var), "--port", str(server.port)])
        try:
            for name, path, work in asked:
                if not name:  # so that the server knows these passes
                    client = Client(server.port, path)
                    assert all(client.post(body) == 200 for body in work)
                    client.close()
                    continue
                before = server.cpu_seconds()
                latencies = post(server.port, path, work, self.clients, self.seconds)
                used = server.cpu_seconds() - before
                figures = self.figures[name]
                figures.rates.append(len(latencies) / self.seconds)
                figures.cpu.append(1_000 * used / len(latencies))
                figures.latencies += latencies
        finally:
            server.stop()


def main() -> None:
    """Print each rate, its ratio to both empty views, and the same of the processor time."""
    ask = argparse.ArgumentParser(description="durable scans a second ÷ an empty view")
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--seconds", type=float, default=4)
    ask.add_argument("--clients", type=int, default=32)
    ask.add_argument("--serve", choices=("bare", "inside"), help=argparse.SUPPRESS)
    ask.add_argument("--var", help=argparse.SUPPRESS)
    ask.add_argument("--port", type=int, help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.serve:
        serve(given.var, given.port, bare=given.serve == "bare")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), given.seconds, given.clients)
        for _ in range(given.rounds):
            bench.round()
    bare, inside = bench.figures["bare"], bench.figures["inside"]
    print(f"medians of {given.rounds} rounds, {given.clients} clients; CPU is the server's, user and system")
    titles = ("÷ bare", "÷ ours", "CPU ms", "bare ÷", "ours ÷", "p50 ms", "p99 ms")
    print(f"{'':24}{'/s':>7}" + "".join(f"{title:>8}" for title in titles))
    for name, what in WHAT.items():
        own = bench.figures[name]
        ratios = f"{own.rate / bare.rate:8.2f}{own.rate / inside.rate:8.2f}"
        costs = f"{own.cost:8.2f}{bare.cost / own.cost:8.2f}{inside.cost / own.cost:8.2f}"
        cuts = statistics.quantiles(own.latencies, n=100)
        waits = f"{cuts[49]:8.1f}{cuts[98]:8.1f}   rounds {[round(rate) for rate in own.rates]}"
        print(f"{what:24}{own.rate:7,.0f}{ratios}{costs}{waits}")


if __name__ == "__main__":
    main()
