"""A real server on a log of its own, and clients that post scans to it: for the benchmarks of the entry log."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPException
from itertools import count, islice
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import Connection

from entry_service.core.model import Device, Facility
from entry_service.core.passes import IssuerKey, PassHeader, SignedPass, chain, code_text, sign_pass
from entry_service.core.times import day_number, day_start, kst_day
from entry_service.services import open_services, prepare
from entry_service.settings import Settings
from entry_service.store.sites import devices, facilities
from entry_service.web.frame.sessions import token_hash

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "token of a device in a benchmark"
FACILITY = "GP-001"
SLOT = 15
SLOTS_SINCE_ISSUE = 240  # a pass that was opened an hour ago: so many hashes until its root
REQUEST_SECONDS = 10
START_SECONDS = 60


@dataclass
class DoorServer:
    """A service in ``var``, started and killed as a process group; ``database`` is a URL for log and vault."""

    var: Path
    database: str = ""
    port: int = field(default_factory=lambda: free_port())
    root: Path = ROOT  # whose code is served
    _process: subprocess.Popen | None = None

    def furnish(self, now: datetime, more: int = 0) -> IssuerKey:
        """Make databases and keys, a facility with a device and ``more`` of them; return the key of passes."""
        settings = Settings(var=self.var, demo=True, log_url=self.database, vault_url=self.database)
        prepare(settings)
        services = open_services(settings, now)
        place = {"lon": 126.93, "lat": 37.36, "coord_quality": "simulated", "address": "경기도 군포시"}
        names = [FACILITY, *(f"GP-{number + 2:03}" for number in range(more))]
        known = [Facility(facility_id=name, name="도서관", category="library", **place) for name in names]

        def write(db: Connection) -> None:
            facilities.add_many(db, known)
            for number, name in enumerate(names):
                device = Device(device_id=f"D-{number + 1}", facility_id=name, name="정문")
                devices.add(db, device, token_hash(token(number)), now)

        services.store.write(write)
        services.close()
        return services.issuer

    def start(self, command: list[str] | None = None, workers: int = 0) -> None:
        """Start ``serve`` (or another command) and wait until it answers: a port opens well before its worker.

        ``workers`` 0: as many processes as the service chooses by itself.
        """
        serve = [sys.executable, "-m", "entry_service", "serve", "--bind", f"127.0.0.1:{self.port}"]
        environment = {**os.environ, "ENTRY_VAR": str(self.var), "ENTRY_DEMO": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= {"ENTRY_LOG_URL": self.database, "ENTRY_VAULT_URL": self.database}
        environment |= {"ENTRY_WORKERS": str(workers)}
        log = (self.var / "server.log").open("ab")
        self._process = subprocess.Popen(
            command or serve, cwd=self.root, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=end - time.monotonic()).close()
                return
            except HTTPError as answer:  # an answer too: the bare view of the benchmarks knows no such page
                answer.close()
                return
            except (OSError, HTTPException):
                time.sleep(0.02)
        self.kill()
        raise RuntimeError(f"the server did not start:\n{(self.var / 'server.log').read_text()[-2000:]}")

    def cpu_seconds(self) -> float:
        """Return the processor time that the group has used so far: it means something on a busy machine too."""
        used = sum(int(fields[11]) + int(fields[12]) for fields in self._group().values())
        return used / os.sysconf("SC_CLK_TCK")

    def processes(self) -> list[int]:
        """Return the processes of the group, the parent first."""
        return sorted(self._group())

    def _group(self) -> dict[int, list[str]]:
        """Return the fields of ``/proc/…/stat`` behind the name of each process of the group."""
        found = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:  # ended meanwhile
                continue
            if int(fields[2]) == self._process.pid:
                found[int(stat.parent.name)] = fields
        return found

    def kill(self) -> None:
        """Send SIGKILL to the whole group, at once."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the server to stop, and wait."""
        self._end(signal.SIGTERM)

    def _end(self, how: int) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, how)
            self._process.wait(60)
        self._process = None


def token(number: int) -> str:
    """Return the token of a device, counted from 0."""
    return f"{TOKEN} {number}" if number else TOKEN


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scans(issuer: IssuerKey, now: datetime, first: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield (scan_id, body): every scan is of another visitor, whose pass the server sees for the first time."""
    for number in count(first + 1):
        yield next(scans_of_pass(issuer, now, number, 1))


def scans_of_pass(issuer: IssuerKey, now: datetime, number: int, turns: int) -> Iterator[tuple[str, bytes]]:
    """Yield (scan_id, body) of one visitor in the ``turns`` slots that end with the present one.

    The first is ``SLOTS_SINCE_ISSUE`` hashes from the root (fewer soon after midnight), each later one a single
    hash from the one before.
    """
    current = int((now - day_start(kst_day(now))).total_seconds()) // SLOT
    first_slot = max(current - turns - SLOTS_SINCE_ISSUE + 2, 0)
    slots = current - first_slot + 1
    pid = number.to_bytes(8, "big")
    elements = chain(pid * 2, slots)
    header = PassHeader(issuer.kid, day_number(kst_day(now)), pid, first_slot, slots, SLOT)
    signed = SignedPass(header, elements[0], sign_pass(header, elements[0], issuer))
    for i in range(max(slots - turns, 0) + 1, slots + 1):
        scan_id = str(UUID(int=number << 32 | i))
        at = (header.slot_start(i) + timedelta(seconds=1)).isoformat()
        text = code_text(signed, i, elements[i])
        body = {"scan_id": scan_id, "text": text, "direction": "in", "scanned_at": at, "gate": ""}
        yield scan_id, json.dumps(body).encode()


def some_scans(issuer: IssuerKey, now: datetime, many: int, first: int = 0) -> list[tuple[str, bytes]]:
    """Return ``many`` scans, numbered from ``first``."""
    return list(islice(scans(issuer, now, first), many))


def connected(port: int, *, tls: bool = False) -> socket.socket:
    """Return a connection to this machine; with ``tls`` its certificate is our own and not looked at."""
    way = socket.create_connection(("127.0.0.1", port), REQUEST_SECONDS)
    way.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not tls:
        return way
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(way, server_hostname="127.0.0.1")


class Client:
    """One keep-alive connection; every request ends within ``REQUEST_SECONDS``."""

    def __init__(self, port: int, path: str = "/api/v1/scans", device: int = 0, *, tls: bool = False) -> None:
        """Connect; every post goes to ``path``, as the device of that number."""
        self._socket = connected(port, tls=tls)
        self._rest = b""
        self.answer = b""  # the body of the last one
        self._start = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        self.speak_as(device)

    def speak_as(self, device: int) -> None:
        """Post as the device of that number from now on."""
        rest = f"Authorization: Bearer {token(device)}\r\nContent-Length: %d\r\n\r\n"
        self._head = (self._start + rest).encode()

    def post(self, body: bytes) -> int:
        """Send one scan and return the status of its answer; raise ``OSError`` when there is none."""
        self._socket.sendall(self._head % len(body) + body)
        while b"\r\n\r\n" not in self._rest:
            self._receive()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(self._rest) < length:
            self._receive()
        self.answer, self._rest = self._rest[:length], self._rest[length:]
        return int(head.split(b" ", 2)[1])

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _receive(self) -> None:
        got = self._socket.recv(65_536)
        if not got:
            raise ConnectionResetError("the server hung up")
        self._rest += got


class LastingClient:
    """A connection that is opened again where the server has closed it meanwhile."""

    def __init__(self, port: int, path: str = "/api/v1/scans") -> None:
        """Open it at the first post."""
        self._to = port, path
        self.answer = b""
        self._client: Client | None = None

    def post(self, body: bytes, device: int = 0) -> int:
        """Send a body as a device and return the status; what got no answer is sent again."""
        while True:
            try:
                self._client = self._client or Client(*self._to)
                self._client.speak_as(device)
                status = self._client.post(body)
                self.answer = self._client.answer
                return status
            except ConnectionError:
                self.close()

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()
            self._client = None
