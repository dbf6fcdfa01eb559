"""Durable single scans through HTTP ÷ an empty Flask view: same server, same load, alternating runs, medians.

Both run in gunicorn, one process with 16 threads; clients are other processes with keep-alive connections. Each
scan is of a visitor whose pass the server has not seen: hashes, signature, neighbours, row, flush.
``python benchmarks/throughput.py [--rounds 5] [--seconds 4] [--clients 32]``
"""

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask

from benchmarks.door_load import Client, DoorServer, some_scans
from entry_service import clock
from entry_service.serve import Server, read_address
from entry_service.settings import Settings

LOADERS = 2  # client processes
SCANS_A_SECOND = 1_500  # more than one process can take: so many are prepared
EMPTY_TIMES = 4  # the empty view takes more, and does not mind the same scan again


class EmptyServer(Server):
    """The same server with nothing behind it."""

    def load(self) -> Flask:
        """Return an application with one view that does nothing."""
        app = Flask("empty")
        app.add_url_rule("/api/v1/scans", "scan", lambda: "", methods=["POST"])
        return app


def serve_empty(port: str) -> None:
    """Serve the empty view until the process is stopped."""
    EmptyServer(Settings(demo=True), read_address(f"127.0.0.1:{port}"), clock=clock.now).run()


def load(port: int, work: list[tuple[str, bytes]], clients: int, seconds: float, start, answers) -> None:
    """Post from ``clients`` connections for ``seconds``; put (done, refused, latencies in ms) into ``answers``."""

    done: list[float] = []
    refused: list[int] = []

    def one(own: list[tuple[str, bytes]]) -> None:
        client = Client(port)
        start.wait()
        end = time.monotonic() + seconds
        for _, body in own:
            begun = time.monotonic()
            if begun > end:
                break
            status = client.post(body)
            (done if status == 200 else refused).append(1_000 * (time.monotonic() - begun))
        client.close()

    threads = [threading.Thread(target=one, args=(work[at::clients],)) for at in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 60)
    answers.put((len(done), len(refused), done))


def measure(port: int, work: list[tuple[str, bytes]], clients: int, seconds: float) -> tuple[float, list[float]]:
    """Return (answers a second, latencies in ms); raise if any scan was refused."""
    spawn = multiprocessing.get_context("fork")
    start, answers = spawn.Event(), spawn.Queue()
    shares = [work[at::LOADERS] for at in range(LOADERS)]
    loaders = [
        spawn.Process(target=load, args=(port, share, clients // LOADERS, seconds, start, answers), daemon=True)
        for share in shares
    ]
    for loader in loaders:
        loader.start()
    time.sleep(0.5)
    start.set()
    told = [answers.get(timeout=seconds + 90) for _ in loaders]
    for loader in loaders:
        loader.join(30)
    if any(refused for _, refused, _ in told):
        raise RuntimeError("scans were refused")
    return sum(done for done, _, _ in told) / seconds, [ms for _, _, own in told for ms in own]


def run(folder: Path, rounds: int, seconds: float, clients: int) -> dict[str, list]:
    """Alternate between the servers; return answers a second, CPU ms an answer (of each round) and latencies."""
    rates: dict[str, list] = {"scans": [], "empty": [], "latency": [], "scans cpu": [], "empty cpu": []}
    number, prepared = 0, int(SCANS_A_SECOND * seconds)
    door = DoorServer(folder / "door")
    (folder / "empty").mkdir()
    issuer = door.furnish(clock.now())
    empty = DoorServer(folder / "empty")
    for _ in range(rounds):
        for name, server in (("scans", door), ("empty", empty)):
            work = some_scans(issuer, clock.now(), prepared, number)
            number += prepared
            server.start([sys.executable, __file__, "--empty", str(server.port)] if name == "empty" else None)
            try:
                before = server.cpu_seconds()
                rate, latencies = measure(
                    server.port, work * (EMPTY_TIMES if name == "empty" else 1), clients, seconds
                )
                used = server.cpu_seconds() - before
            finally:
                server.stop()
            rates[name].append(rate)
            rates[f"{name} cpu"].append(1_000 * used / (rate * seconds))
            rates["latency"] += latencies if name == "scans" else []
    return rates


def main() -> None:
    """Print the ratio and what it is made of."""
    ask = argparse.ArgumentParser(description="durable scans a second ÷ an empty view")
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--seconds", type=float, default=4)
    ask.add_argument("--clients", type=int, default=32)
    ask.add_argument("--empty", metavar="PORT", help="serve the empty view there")
    given = ask.parse_args()
    if given.empty:
        serve_empty(given.empty)
    with tempfile.TemporaryDirectory() as folder:
        rates = run(Path(folder), given.rounds, given.seconds, given.clients)
    scans, empty = statistics.median(rates["scans"]), statistics.median(rates["empty"])
    cpu = {name: statistics.median(rates[f"{name} cpu"]) for name in ("scans", "empty")}
    latency = statistics.quantiles(rates["latency"], n=100)
    print(f"durable scans: {scans:,.0f}/s  {[round(rate) for rate in rates['scans']]}")
    print(f"empty view:    {empty:,.0f}/s  {[round(rate) for rate in rates['empty']]}")
    print(f"ratio:         {scans / empty:.2f}")
    print(
        f"CPU an answer: {cpu['scans']:.2f} ms ÷ {cpu['empty']:.2f} ms, {cpu['empty'] / cpu['scans']:.2f} inverted"
    )
    print(f"a scan takes:  median {latency[49]:.0f} ms, p99 {latency[98]:.0f} ms, with {given.clients} at once")


if __name__ == "__main__":
    main()
