"""Callers who send a byte a second: does a door still get its answers, with and without the proxies we ship?

    python benchmarks/slow_bodies.py [--seconds 20] [--slow 64] [--only caddy]

A real server (SQLite, one process, its usual 16 threads). Before it, in turn, nobody, nginx and Caddy with the
files of deploy/proxy, only their ports, certificate and host replaced. ``--slow`` callers open a request each and
send its body byte by byte, begin again when they are cut off; one door scans on and on. Prints the share of the
door's scans that were acknowledged, its slowest answers, and how many slow callers were cut off. Exit code 1 where
a proxy that is installed here keeps a door waiting for more than a second or leaves one scan in a thousand.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from benchmarks.door_load import ROOT, Client, DoorServer, connected, free_port, scans
from entry_service import clock, lan

PROXY = ROOT / "deploy" / "proxy"
A_SCAN_EVERY = 0.05  # seconds
ENOUGH, SLOWEST = 0.999, 1.0  # of the scans; seconds of the 99th percentile
UP = 10  # seconds a proxy takes to listen, at the most


@dataclass(frozen=True)
class Found:
    """What a door met while slow callers held on."""

    sent: int
    acknowledged: int
    seconds: np.ndarray  # of each scan
    cut_off: int
    metrics: int  # the status that the figures of the machine answer with

    @property
    def share(self) -> float:
        """Return the share of scans that were acknowledged."""
        return self.acknowledged / self.sent

    @property
    def slow(self) -> float:
        """Return the 99th percentile of the answers, in seconds."""
        return float(np.percentile(self.seconds, 99))


def nginx(folder: Path, port: int, service: int, key: Path, certificate: Path) -> list[str]:
    """Write the shipped file for these ports; return the command that serves it in the foreground."""
    server = (PROXY / "nginx.conf").read_text(encoding="utf-8")
    for old, new in {
        "127.0.0.1:8000": f"127.0.0.1:{service}",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "/etc/ssl/entry.example.crt": str(certificate),
        "/etc/ssl/private/entry.example.key": str(key),
        "/var/log/nginx/entry-log.error.log": str(folder / "error.log"),
        "entry.example": "127.0.0.1",
    }.items():
        server = server.replace(old, new)
    paths = "".join(
        f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    head = f"daemon off; pid {folder / 'pid'}; error_log {folder / 'main.log'} crit; worker_processes 1;"
    (folder / "nginx.conf").write_text(f"{head} events {{}} http {{ {paths} {server} }}", encoding="utf-8")
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, port: int, service: int, key: Path, certificate: Path) -> list[str]:
    """Do the same with Caddy."""
    server = (PROXY / "Caddyfile").read_text(encoding="utf-8")
    for old, new in {
        "127.0.0.1:8000": f"127.0.0.1:{service}",
        "/etc/ssl/entry.example.crt": str(certificate),
        "/etc/ssl/private/entry.example.key": str(key),
        "entry.example {": f"https://127.0.0.1:{port} {{",
        "{\n\tservers": "{\n\tadmin off\n\tauto_https disable_redirects\n\tservers",
    }.items():
        assert old in server, old
        server = server.replace(old, new)
    (folder / "Caddyfile").write_text(server, encoding="utf-8")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


PROXIES = {"nginx": nginx, "caddy": caddy}


class Slow(threading.Thread):
    """One caller who sends a byte a second of a request that never ends."""

    def __init__(self, port: int, *, tls: bool, until: float) -> None:
        """Begin at once."""
        super().__init__(daemon=True)
        self._port, self._tls, self._until = port, tls, until
        self.cut_off = 0
        self.start()

    def run(self) -> None:
        """Call until the end, again after being cut off."""
        while time.monotonic() < self._until:
            with suppress(OSError), connected(self._port, tls=self._tls) as way:
                head = f"POST /api/v1/scans HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
                way.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 900\r\n\r\n".encode())
                way.settimeout(1)
                while time.monotonic() < self._until:
                    way.sendall(b"x")
                    try:
                        if not way.recv(1_000):
                            break
                    except TimeoutError:
                        continue
            self.cut_off += time.monotonic() < self._until
            time.sleep(0.1)


def run(name: str, seconds: float, slow: int) -> Found:
    """Let slow callers hold on while a door scans; ``name`` of the proxy, empty for none."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slow-")))
        server = DoorServer(folder / "var")
        now = clock.now()
        issuer = server.furnish(now)
        server.start()
        stack.callback(server.stop)
        port = stack.enter_context(standing(name, folder, server.port)) if name else server.port
        until = time.monotonic() + seconds
        callers = [Slow(port, tls=bool(name), until=until) for _ in range(slow)]
        time.sleep(min(2.0, seconds / 4))  # they have all sent something
        sent, took, good = 0, [], 0
        for _, body in scans(issuer, now):
            if time.monotonic() >= until:
                break
            begun = time.monotonic()
            sent += 1
            with suppress(OSError):
                good += _scan(port, body, tls=bool(name)) == 200
            took.append(time.monotonic() - begun)
            time.sleep(A_SCAN_EVERY)
        for one in callers:
            one.join()
        metrics = status(port, "/metrics", tls=bool(name))
        return Found(sent, good, np.array(took), sum(one.cut_off for one in callers), metrics)


@contextmanager
def standing(name: str, folder: Path, service: int) -> Iterator[int]:
    """Let the proxy stand before the service; give its port."""
    port = free_port()
    certificate, key, _ = lan.certificate(folder, clock.now())
    command = PROXIES[name](folder, port, service, key, certificate)
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    path = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    with (folder / "proxy.log").open("wb") as log:
        proxy = subprocess.Popen(command, env=environment | path, stdout=log, stderr=log)
    try:
        _listening(proxy, port, folder)
        yield port
    finally:
        _end(proxy)


def _scan(port: int, body: bytes, *, tls: bool) -> int:
    """Scan over a connection of its own, as a device after a pause does."""
    client = Client(port, tls=tls)
    try:
        return client.post(body)
    finally:
        client.close()


def status(port: int, path: str, *, tls: bool = True) -> int:
    """Ask for a page; return the status of the answer."""
    with connected(port, tls=tls) as way:
        way.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        return int(way.recv(100).split(b" ", 2)[1])


def _listening(proxy: subprocess.Popen, port: int, folder: Path) -> None:
    """Wait until the proxy takes connections."""
    end = time.monotonic() + UP
    while time.monotonic() < end and proxy.poll() is None:
        with suppress(OSError):
            connected(port, tls=True).close()
            return
        time.sleep(0.05)
    raise RuntimeError("\n".join(file.read_text() for file in folder.glob("*.log")))


def _end(proxy: subprocess.Popen) -> None:
    proxy.send_signal(signal.SIGTERM)
    try:
        proxy.wait(5)
    except subprocess.TimeoutExpired:
        proxy.kill()
        proxy.wait(5)


def main() -> None:
    """Try nobody and each proxy that is installed here."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--seconds", type=float, default=20)
    ask.add_argument("--slow", type=int, default=64, help="callers; the server has 16 threads")
    ask.add_argument("--only", choices=sorted(PROXIES), help="this proxy alone")
    given = ask.parse_args()
    held = True
    for name in [given.only] if given.only else ["", *PROXIES]:
        if name and not shutil.which(name):
            print(f"{name:8} is not installed here")
            continue
        found = run(name, given.seconds, given.slow)
        told = f"{found.acknowledged:,} of {found.sent:,} scans ({found.share:.1%})"
        print(f"{name or 'nobody':8} {told}, 99 % within {found.slow:.2f} s; {found.cut_off} slow callers cut off")
        held &= not name or (found.share >= ENOUGH and found.slow < SLOWEST)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
