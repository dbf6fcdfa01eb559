"""Kill the server with SIGKILL under load, again and again: no acknowledged scan may be lost, none doubled.

Client threads post scans over HTTP; a scan without an answer is sent again after the restart, with its scan_id. At
the end the log itself is read. Prints what was acknowledged, lost and doubled; exits non-zero on loss.
``python benchmarks/kill9.py [--cycles 20] [--clients 12] [--seed 1]``
"""

import argparse
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.door_load import Client, DoorServer, some_scans
from entry_service import clock

PER_CYCLE_AND_CLIENT = 400  # more than a client can post in the longest cycle
SHORTEST, LONGEST = 0.15, 0.9  # seconds of load before the kill


@dataclass
class Oracle:
    """What the clients were told: scan_id → acknowledged or not; kept outside of the server."""

    acknowledged: set[str] = field(default_factory=set)
    unanswered: dict[str, bytes] = field(default_factory=dict)
    statuses: Counter = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def told(self, scan_id: str, body: bytes, status: int | None) -> None:
        """Note the answer to one scan; None means that there was none."""
        with self.lock:
            self.statuses[status] += 1
            if status == 200:
                self.acknowledged.add(scan_id)
                self.unanswered.pop(scan_id, None)
            else:
                self.unanswered[scan_id] = body


def post_until_cut(port: int, work: list[tuple[str, bytes]], oracle: Oracle) -> None:
    """Post one scan after the other until the connection breaks or the work is done."""
    try:
        client = Client(port)
    except OSError:
        return
    for scan_id, body in work:
        try:
            oracle.told(scan_id, body, client.post(body))
        except (OSError, ValueError):
            oracle.told(scan_id, body, None)
            break
    client.close()


def rows(database: Path) -> Counter:
    """Return how many rows each scan_id has; raise if the file is damaged."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return Counter(scan_id for (scan_id,) in connection.execute("SELECT scan_id FROM scans"))
    finally:
        connection.close()


def run(var: Path, cycles: int, clients: int, seed: int) -> dict[str, object]:
    """Run the cycles and return the figures."""
    chance = random.Random(seed)
    server, oracle = DoorServer(var), Oracle()
    issuer = server.furnish(clock.now())
    slowest_start, number = 0.0, 0
    try:
        for cycle in range(cycles + 1):  # one start more: it takes what the last kill left unanswered
            begun = time.monotonic()
            server.start()
            slowest_start = max(slowest_start, time.monotonic() - begun)
            last = cycle == cycles
            again = list(oracle.unanswered.items())
            share = 0 if last else PER_CYCLE_AND_CLIENT
            fresh = some_scans(issuer, clock.now(), clients * share, number)
            number += len(fresh)
            threads = [
                threading.Thread(
                    target=post_until_cut,
                    args=(server.port, again[at::clients] + fresh[at::clients], oracle),
                )
                for at in range(clients)
            ]
            for thread in threads:
                thread.start()
            if not last:
                time.sleep(chance.uniform(SHORTEST, LONGEST))
                server.kill()
            for thread in threads:
                thread.join(60)
    finally:
        server.kill()
    kept = rows(var / "log.sqlite")
    return {
        "cycles": cycles,
        "acknowledged": len(oracle.acknowledged),
        "lost": len(oracle.acknowledged - kept.keys()),
        "doubled": sum(count > 1 for count in kept.values()),
        "unanswered at the end": len(oracle.unanswered),
        "cut off and sent again": oracle.statuses[None],
        "other answers": sum(n for status, n in oracle.statuses.items() if status not in (200, None)),
        "slowest start in s": round(slowest_start, 1),
    }


def main() -> None:
    """Print the figures of one run."""
    ask = argparse.ArgumentParser(description="kill -9 under load")
    ask.add_argument("--cycles", type=int, default=20)
    ask.add_argument("--clients", type=int, default=12)
    ask.add_argument("--seed", type=int, default=1)
    given = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(Path(folder), given.cycles, given.clients, given.seed)
    for name, value in figures.items():
        print(f"{name:>24}: {value}")
    sys.exit(1 if figures["lost"] or figures["doubled"] or figures["unanswered at the end"] else 0)


if __name__ == "__main__":
    main()
