"""The real server, a process of its own: it keeps what it acknowledged, stops gracefully and says where it is."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from uuid import uuid4

import pytest

from entry_service import clock
from entry_service.core.model import Device, Facility
from entry_service.serve import Address, for_address, read_address, worker_count
from entry_service.services import Services, open_services, prepare
from entry_service.settings import Settings, SettingsRefused, keep_secret
from entry_service.store.log import scans
from entry_service.store.sites import devices, facilities
from entry_service.web.frame.sessions import token_hash
from tests.web.camera import PERSON, phone_with_pass

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "token of the only door of this test"
SECONDS_TO_START = 90  # eight other tests may want the same two cores


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def var(tmp_path) -> Path:
    """Return the folder of a migrated service with one facility and one staff device."""
    settings = Settings(var=tmp_path / "var", demo=True)
    prepare(settings)
    keep_secret(settings)
    with opened(settings.var) as services:
        services.store.write(furnish)
    return settings.var


def furnish(db) -> None:
    place = {"lon": 126.93, "lat": 37.36, "coord_quality": "simulated", "address": "경기도 군포시"}
    facilities.add(db, Facility(facility_id="GP-001", name="산본도서관", category="library", **place))
    device = Device(device_id="D-1", facility_id="GP-001", name="정문")
    devices.add(db, device, token_hash(TOKEN), clock.now())


@contextmanager
def opened(var: Path) -> Iterator[Services]:
    services = open_services(Settings(var=var, demo=True), clock.now())
    try:
        yield services
    finally:
        services.close()


@contextmanager
def serving(var: Path, *words: str, port: int, https: bool = False, **environ: str) -> Iterator[subprocess.Popen]:
    """Start `serve` and wait until it answers; end it, whatever happened."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ENTRY_")}
    command = [sys.executable, "-m", "entry_service", "serve", "--bind", f"127.0.0.1:{port}", *words]
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**clean, "ENTRY_VAR": str(var), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(SECONDS_TO_START * 10):
            assert server.poll() is None, server.communicate()
            if answers(port, https):
                break
            time.sleep(0.1)
        yield server
    finally:
        if server.poll() is None:
            server.kill()
        server.communicate()


def answers(port: int, https: bool) -> bool:
    try:
        return ask(port, "GET", "/healthz", https=https)[0] == 200
    except OSError:
        return False


def ask(port: int, method: str, path: str, body: object = None, *, https: bool = False) -> tuple[int, dict, bytes]:
    """Send one request as the staff device; return status, headers and body."""
    trusting = ssl._create_unverified_context() if https else None
    kind = (
        (lambda: HTTPSConnection("127.0.0.1", port, timeout=20, context=trusting))
        if https
        else (lambda: HTTPConnection("127.0.0.1", port, timeout=20))
    )
    connection = kind()
    try:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read()
    finally:
        connection.close()


def stop(server: subprocess.Popen, how: int = signal.SIGTERM) -> tuple[str, str]:
    """Ask the server to stop and return what it wrote."""
    server.send_signal(how)
    out, err = server.communicate(timeout=60)
    assert server.returncode == 0, err
    return out, err


def test_every_scan_acknowledged_before_the_stop_is_in_the_log(var):
    with opened(var) as services:
        phone = phone_with_pass(services, clock.now())
    port, acknowledged, ended = free_port(), [], threading.Event()

    def scan_on() -> None:
        while not ended.is_set():
            now = clock.now()
            scan_id = str(uuid4())
            body = {"scan_id": scan_id, "text": phone.code(now), "direction": "in", "scanned_at": now.isoformat()}
            try:
                status, _, _ = ask(port, "POST", "/api/v1/scans", {**body, "gate": ""})
            except OSError:  # the door is closed
                return
            if status in {200, 201, 422}:
                acknowledged.append(scan_id)

    with serving(var, port=port) as server:
        doors = [threading.Thread(target=scan_on) for _ in range(6)]
        for door in doors:
            door.start()
        deadline = time.monotonic() + 60
        while len(acknowledged) < 60 and time.monotonic() < deadline:
            time.sleep(0.05)
        _, err = stop(server)
        ended.set()
        for door in doors:
            door.join()
    assert len(acknowledged) >= 60
    with opened(var) as services, services.store.read() as db:  # the lock was given back
        assert [one for one in acknowledged if scans.find_scan(db, one) is None] == []
    lines = [json.loads(line) for line in err.splitlines()]
    told = [line["event"] for line in lines if line["event"] not in {"refused", "reserve taken"}]
    assert told == ["started", "stopped"]
    secret = [TOKEN, PERSON.name, "00001234", acknowledged[0]]
    assert [text for text in secret if text in err] == []


@pytest.mark.real
def test_a_request_in_flight_at_the_stop_is_answered(var):
    port = free_port()
    with serving(var, port=port) as server:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as slow:
            slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            time.sleep(1)  # accepted, and waiting in a thread for the rest
            server.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            slow.sendall(b"Connection: close\r\n\r\n")
            assert b"200 OK" in slow.makefile("rb").readline()
        server.communicate(timeout=60)
        assert server.returncode == 0


@pytest.mark.real
def test_a_second_server_on_the_same_log_is_refused_with_a_sentence(var):
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ENTRY_")}
    with serving(var, port=port) as server:
        for second, sentence in ((port, "Address already in use"), (free_port(), "다른 프로세스가 출입 기록을")):
            refused = subprocess.run(
                [sys.executable, "-m", "entry_service", "serve", "--bind", f"127.0.0.1:{second}"],
                cwd=ROOT,
                env={**clean, "ENTRY_VAR": str(var)},
                capture_output=True,
                text=True,
                timeout=SECONDS_TO_START,
            )
            assert refused.returncode in {1, 2}
            assert sentence in refused.stderr
            assert "Traceback" not in refused.stderr
        server.send_signal(signal.SIGHUP)  # would start a second writer
        server.send_signal(signal.SIGTTIN)
        time.sleep(1)
        assert answers(port, https=False)
        _, err = stop(server, signal.SIGINT)
    assert err.count("signal ignored") == 2


@pytest.mark.real
def test_on_this_machine_cookies_need_no_https_and_the_address_is_printed(var):
    port = free_port()
    with serving(var, port=port) as server:
        _, headers, _ = ask(port, "GET", "/login")
        assert "__Host-" not in headers["Set-Cookie"]
        assert "Secure" not in headers["Set-Cookie"]
        out, _ = stop(server)
    assert f"http://127.0.0.1:{port}" in out


@pytest.mark.real
def test_lan_serves_https_with_secure_cookies_and_a_qr_code(var):
    port = free_port()
    with serving(var, "--lan", port=port, https=True) as server:
        _, headers, _ = ask(port, "GET", "/login", https=True)
        assert re.search(r"__Host-form=.*; Secure", headers["Set-Cookie"])
        out, _ = stop(server)
    assert re.search(rf"https://[\d.]+:{port}", out)
    assert out.count("█") > 100


def test_an_address_is_read_or_refused():
    assert read_address("127.0.0.1:8000") == Address(host="127.0.0.1", port=8000)
    assert str(read_address("[::1]:80")) == "[::1]:80"
    for wrong in ("8000", "host", ":80", "host:port", "host:0", "host:70000", "host:80/x", "me@host:80", ""):
        with pytest.raises(SettingsRefused):
            read_address(wrong)


@pytest.mark.parametrize(
    ("host", "https", "given", "origin", "secure"),
    [
        ("127.0.0.1", False, set(), "http://127.0.0.1:80", False),
        ("127.0.0.1", False, {"ENTRY_SECURE_COOKIES"}, "http://127.0.0.1:80", True),
        ("127.0.0.1", False, {"ENTRY_ORIGIN"}, "https://entry.example", True),  # behind a proxy
        ("192.0.2.7", False, set(), "http://192.0.2.7:80", True),
        ("192.0.2.7", True, set(), "https://192.0.2.7:80", True),
    ],
)
def test_only_http_on_this_machine_goes_without_secure_cookies(host, https, given, origin, secure):
    settings = Settings(origin="https://entry.example")
    fitted = for_address(settings, Address(host=host, port=80), https=https, given=given)
    assert (fitted.origin, fitted.secure_cookies) == (origin, secure)


def test_postgresql_gets_a_process_a_core_and_one_more():
    url = "postgresql+psycopg://host/db"
    assert worker_count(Settings(log_url=url, vault_url=url)) == (os.cpu_count() or 1) + 1
    assert worker_count(Settings(log_url=url, vault_url=url, workers=7)) == 7
    assert worker_count(Settings()) == 1
    with pytest.raises(SettingsRefused):
        worker_count(Settings(log_url=url, workers=2))  # the vault is still embedded
    assert worker_count(Settings(log_url=url, vault_socket="/run/vault.sock", workers=2)) == 2  # not by us
    with pytest.raises(SettingsRefused):
        worker_count(Settings(vault_socket="/run/vault.sock", workers=2))
