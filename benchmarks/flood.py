"""A flood over HTTP: fake poster entries from many addresses, and real visitors between them.

Prints shares and ratios: how many of the fakes are held, how many of the real ones count, and what a staff scan
waits during the flood, as a multiple of what it waits before. ``--fakes 5000`` is the flood of threat T21, faster
than in ten minutes.
"""

import argparse
import os
import random
import re
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import urlencode

from door_load import FACILITY, Client, DoorServer, some_scans

from entry_service.core.posters import poster_id
from entry_service.services import open_services
from entry_service.settings import Settings
from entry_service.store.sites import facilities, posters

POSTER = poster_id(bytes(range(10)), 1)
CAPACITY, STAFF_SCANS, VERIFIED, BOTS = 200, 60, 20, 6
PHONE = "010-0000-4711"


class Visitor:
    """A browser at the poster's form; a bot's address changes with each post."""

    def __init__(self, port: int, seed: int) -> None:
        """Load the form once: its token serves for every post after it."""
        self._line = HTTPConnection("127.0.0.1", port, timeout=30)
        self._random = random.Random(seed)
        self._line.request("GET", f"/E/{POSTER}")
        answer = self._line.getresponse()
        page = answer.read().decode()
        self._cookie = "; ".join(value.split(";")[0] for value in answer.headers.get_all("Set-Cookie") or [])
        self._token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    def enter(self, phone: str, certificate: str = "") -> int:
        """Send the form with a new number; return the status."""
        form = {
            "csrf_token": self._token,
            "scan_id": token_urlsafe(16),
            "kind": "phone",
            "name": "방문자",
            "phone": phone,
            "party_size": "1",
            "consent": "yes",
            "certificate": certificate,
        }
        address = ".".join(str(self._random.randrange(1, 255)) for _ in range(4))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": self._cookie,
            "X-Forwarded-For": address,
        }
        return self._send("POST", f"/E/{POSTER}", urlencode(form), headers)[0]

    def certificate(self, phone: str) -> str:
        """Verify the number by the simulated message and return the certificate."""
        ask = f'{{"phone": "{phone}"}}'
        _, told = self._send("POST", "/api/v1/verifications", ask, {"Content-Type": "application/json"})
        verification = re.search(r'"verification_id":"([^"]+)"', told)[1]
        _, page = self._send("GET", "/simulator/sms", None, {"Cookie": self._cookie})
        code = re.search(r'message-text">\D*(?:\[[^\]]*\])?\D*(\d{6})', page)[1]
        confirm = f'{{"phone": "{phone}", "code": "{code}"}}'
        path = f"/api/v1/verifications/{verification}/confirm"
        _, told = self._send("POST", path, confirm, {"Content-Type": "application/json"})
        return re.search(r'"certificate":"([^"]+)"', told)[1]

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        self._line.request(method, path, body.encode() if body else None, headers)
        answer = self._line.getresponse()
        return answer.status, answer.read().decode()


def main() -> None:
    """Run the flood on a server of its own and print what came of it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--fakes", type=int, default=2_000, help="entries of the flood  [default: 2000]")
    fakes = asked.parse_args().fakes
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ENTRY_TRUSTED_PROXIES": "1", "ENTRY_SMS": "simulator"}
        server = DoorServer(Path(folder))
        now = datetime.now(UTC)
        issuer = server.furnish(now)
        hang_poster(server.var, now)
        server.start()
        try:
            run(server, some_scans(issuer, now, 2 * STAFF_SCANS), fakes)
        finally:
            server.stop()
        report(server.var, fakes)


def hang_poster(var: Path, now: datetime) -> None:
    """Give the facility its size and its poster."""
    services = open_services(Settings(var=var, demo=True), now)
    sized = replace(services.facility(FACILITY), capacity=CAPACITY)
    poster = posters.Poster(poster_id=POSTER, facility_id=FACILITY, epoch=1, valid_from=now)
    services.store.write(lambda db: facilities.update_facility(db, sized))
    services.store.write(lambda db: posters.add(db, poster))
    services.close()


def run(server: DoorServer, scans: list[tuple[str, bytes]], fakes: int) -> None:
    """Let staff scan on an idle server, then again while bots and verified visitors send the form."""
    door = Client(server.port)
    idle = [waited(door, body) for _, body in scans[:STAFF_SCANS]]
    real = Visitor(server.port, 0)
    certificate = real.certificate(PHONE)
    busy: list[float] = []
    done = threading.Event()

    def staff() -> None:
        for place, (_, body) in enumerate(scans[STAFF_SCANS:]):
            busy.append(waited(door, body))
            if place % (STAFF_SCANS // VERIFIED) == 0:
                assert real.enter(PHONE, certificate) == 303
            done.wait(0.05)

    with ThreadPoolExecutor(BOTS + 1) as pool:
        begun = time.monotonic()
        waiting = pool.submit(staff)
        share = -(-fakes // BOTS)
        bots = [
            pool.submit(attack, server.port, bot * share, min((bot + 1) * share, fakes)) for bot in range(BOTS)
        ]
        accepted = sum(bot.result() for bot in bots)
        seconds = time.monotonic() - begun
        waiting.result()
    door.close()
    print(f"fakes answered like visitors: {accepted / fakes:.3f} of {fakes}, {accepted / seconds:.0f} a second")
    print(f"staff scan during the flood ÷ before, median: {statistics.median(busy) / statistics.median(idle):.1f}")
    print(f"staff scan during the flood ÷ before, worst: {max(busy) / max(idle):.1f}")


def attack(port: int, first: int, end: int) -> int:
    """Send fake entries, each of another number; return how many were taken."""
    bot = Visitor(port, first + 1)
    return sum(bot.enter(f"010-{number // 10_000:04}-{number % 10_000:04}") == 303 for number in range(first, end))


def waited(door: Client, body: bytes) -> float:
    """Post one scan; return the seconds until it was durable."""
    begun = time.monotonic()
    assert door.post(body) == 200
    return time.monotonic() - begun


def report(var: Path, fakes: int) -> None:
    """Print, from the log of the stopped server, what counts and what is held."""
    from entry_service.usecases.doors.log_scan import inside_now
    from entry_service.usecases.doors.quarantine import floods

    now = datetime.now(UTC)
    services = open_services(Settings(var=var, demo=True), now)
    real = 2 * STAFF_SCANS + VERIFIED
    held = sum(flood.held for flood in floods(services, FACILITY, now))
    inside = inside_now(services, services.facility(FACILITY), now)
    services.close()
    print(f"fakes held: {held / fakes:.3f}")
    print(f"people inside by the log ÷ real ones: {inside / real:.3f}")


if __name__ == "__main__":
    main()
