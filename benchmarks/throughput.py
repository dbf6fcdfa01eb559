"""Durable single scans through HTTP ÷ an empty view: same server, same load, alternating rounds, medians.

Asked in each round, all of gunicorn with one process (on PostgreSQL one a core and one more): an empty view of a
bare Flask application; an empty view of our own, behind the same hooks (caller, headers, language); scans of
passes the server has not seen (``SLOTS_SINCE_ISSUE`` hashes and a signature each); scans of passes it knows, each
one slot later; these again at the rate of the national lunch peak, for the time an answer takes then. Each client
is a door of its own. Processor time an answer is the server's alone and travels better than the rates, which
clients share. ``python benchmarks/throughput.py [--rounds 5] [--seconds 4] [--clients 32] [--postgresql]``
"""

import argparse
import statistics
import sys
import tempfile
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask

from benchmarks.door_load import Client, DoorServer, scans_of_pass, some_scans
from benchmarks.post_load import Load, post
from entry_service import clock
from entry_service.core.passes import IssuerKey
from entry_service.serve import Server, read_address
from entry_service.settings import read_settings
from entry_service.web.frame.access import read_access
from tests.databases import private_server

COLD_A_SECOND, WARM_A_SECOND = 3_000, 8_000  # more than one process can take: so many are prepared
TURNS = 100  # slots in which a known pass is read again
PEAK = 417  # scans a second of the whole nation at lunch, December 2021
EMPTY = "/empty"
SCANS = "/api/v1/scans"
WHAT = {
    "bare": "empty view, bare Flask",
    "inside": "empty view, our hooks",
    "cold": "scans, unknown passes",
    "warm": "scans, known passes",
    "peak": "scans at 417/s",
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


def serve(port: int, *, bare: bool) -> None:
    """Serve until the process is stopped."""
    kind = BareServer if bare else InsideServer
    kind(read_settings(), read_address(f"127.0.0.1:{port}"), clock=clock.now).run()


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

    def __init__(self, folder: Path, seconds: float, clients: int, database: str = "") -> None:
        """Furnish a service; nothing runs yet."""
        self.door, self.bare = DoorServer(folder / "door", database), DoorServer(folder / "bare", database)
        self.bare.var.mkdir()
        self.issuer: IssuerKey = self.door.furnish(clock.now(), more=clients - 1)
        self.seconds, self.clients = seconds, clients
        self.figures = {name: Figures() for name in WHAT}
        self._number = 0

    def round(self) -> None:
        """Ask all four once."""
        now = clock.now()
        empty = [b"{}"] * int(60_000 * self.seconds)
        cold = [body for _, body in some_scans(self.issuer, now, int(COLD_A_SECOND * self.seconds), self._number)]
        self._number += len(cold)
        first, later = self._known_passes(now)
        self._run(self.bare, ["--serve", "bare"], [("bare", EMPTY, empty)])
        self._run(self.door, ["--serve", "inside"], [("inside", EMPTY, empty), ("cold", SCANS, cold)])
        half = len(later) // 2
        asked = [("", SCANS, first), ("warm", SCANS, later[:half]), ("peak", SCANS, later[half:])]
        self._run(self.door, ["--serve", "inside"], asked)

    def _known_passes(self, now: datetime) -> tuple[list[bytes], list[bytes]]:
        """Return the first scan of each pass, and all later ones: those of one slot before those of the next."""
        many = int(WARM_A_SECOND * self.seconds) // TURNS // self.clients * self.clients  # each stays at one door
        passes = [list(scans_of_pass(self.issuer, now, self._number + at, TURNS + 1)) for at in range(1, many + 1)]
        self._number += many
        slots = list(zip(*passes, strict=True))
        return [body for _, body in slots[0]], [body for slot in slots[1:] for _, body in slot]

    def _run(self, server: DoorServer, command: list[str], asked: list[tuple[str, str, list[bytes]]]) -> None:
        server.start([sys.executable, __file__, *command, "--port", str(server.port)])
        try:
            for name, path, work in asked:
                if not name:  # so that the server knows these passes
                    for number in range(self.clients):
                        client = Client(server.port, path, number)
                        assert all(client.post(body) == 200 for body in work[number :: self.clients])
                        client.close()
                    continue
                before = server.cpu_seconds()
                rate = PEAK if name == "peak" else None
                latencies = post(server.port, path, work, Load(self.clients, self.seconds, rate))
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
    ask.add_argument("--postgresql", action="store_true", help="a server of its own, one process a core and one")
    ask.add_argument("--port", type=int, help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.serve:
        serve(given.port, bare=given.serve == "bare")
    with tempfile.TemporaryDirectory() as folder, private_server() if given.postgresql else nullcontext("") as url:
        bench = Bench(Path(folder), given.seconds, given.clients, url)
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
