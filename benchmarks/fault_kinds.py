"""The faults of ``benchmarks/faults.py``: how each begins under a running service, and how it ends."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import create_engine, make_url, text

from benchmarks.door_load import DoorServer
from entry_service import clock
from entry_service.serve import Server, read_address
from entry_service.settings import read_settings

DISK = "32m"  # of the file system that is filled
LEFT = 64 * 1024  # bytes at a time until it is full
SHIFT = "clock-shift"  # a file in var: seconds by which the server's clock is wrong
RESTART_SECONDS = 30


@dataclass
class Site:
    """Where a fault happens: the folder, the service, and PostgreSQL where there is one."""

    folder: Path
    url: str
    server: DoorServer
    held: list[object] = field(default_factory=list)
    command_again: list[str] = field(default_factory=list)  # how PostgreSQL was started
    owner: int = 0  # by whom

    def end(self) -> None:
        """End what a fault left running."""
        for one in self.held:
            one.close()
        if self.server.var.is_mount():
            subprocess.run(["umount", str(self.server.var)], check=True)
        if self.url:
            with suppress(ProcessLookupError, FileNotFoundError):
                os.kill(postmaster(self), signal.SIGQUIT)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault; ``own_mounts``: it needs a file system of its own (benchmarks/faults.py starts it so)."""

    begin: Callable[[Site], None]
    end: Callable[[Site], None]
    postgresql: bool = False
    own_mounts: bool = False
    prepare: Callable[[Site], None] = lambda site: None
    command: Callable[[Site], list[str] | None] = lambda site: None


def rows_of_log(site: Site) -> Counter:
    """Return how many rows each scan_id has."""
    if site.url:
        return Counter(name for [name] in ask(site, "SELECT scan_id FROM scans"))
    database = sqlite3.connect(f"file:{site.server.var / 'log.sqlite'}?mode=ro", uri=True)
    try:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return Counter(name for [name] in database.execute("SELECT scan_id FROM scans"))
    finally:
        database.close()


def ask(site: Site, statement: str) -> list:
    """Run one statement on PostgreSQL by itself and return its rows."""
    engine = create_engine(site.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        result = db.execute(text(statement))
        rows = result.all() if result.returns_rows else []
    engine.dispose()
    return rows


def postmaster(site: Site) -> int:
    """Return the process of the PostgreSQL that runs on the site's data."""
    return int((data_of(site) / "postmaster.pid").read_text().split()[0])


def data_of(site: Site) -> Path:
    """Return the folder of PostgreSQL's data, where its socket is too."""
    return Path(str(make_url(site.url).query["host"]))


def stop_postgresql(how: int) -> Callable[[Site], None]:
    """Return a fault that ends PostgreSQL by a signal; its command is kept, to start it again."""

    def begin(site: Site) -> None:
        process = postmaster(site)
        site.command_again = Path(f"/proc/{process}/cmdline").read_bytes().decode().split("\0")[:-1]
        site.owner = Path(f"/proc/{process}").stat().st_uid
        os.kill(process, how)
        wait_for(lambda: not is_running(process))

    return begin


def is_running(process: int) -> bool:
    """Say whether a process is there; one that has ended is cleared away, else PostgreSQL takes it for alive."""
    with suppress(ChildProcessError):
        os.waitpid(process, os.WNOHANG)
    return Path(f"/proc/{process}").exists()


def start_postgresql(site: Site) -> None:
    """Start it again on the same data, and again while processes of the last one hold its memory."""

    def started() -> bool:
        log = (site.folder / "postgresql.log").open("ab")
        again = {"stdout": log, "stderr": log, "cwd": "/", "user": site.owner, "extra_groups": []}
        if os.geteuid() != 0:
            del again["user"], again["extra_groups"]
        process = subprocess.Popen(site.command_again, **again)
        log.close()
        site.held.append(Ending(process))
        while process.poll() is None:
            with suppress(Exception):
                ask(site, "SELECT 1")
                return True
            time.sleep(0.05)
        return False

    wait_for(started)


@dataclass
class Ending:
    """A process that ends with the site."""

    process: subprocess.Popen

    def close(self) -> None:
        """End it at once: its data are thrown away."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
        self.process.wait(RESTART_SECONDS)


def wait_for(done: Callable[[], bool]) -> None:
    """Wait until it is so."""
    limit = time.monotonic() + RESTART_SECONDS
    while not done():
        if time.monotonic() > limit:
            raise TimeoutError("PostgreSQL did not do as it was told")
        time.sleep(0.05)


def lock_file(site: Site) -> None:
    """Take the log away from the service, as a stranger's tool could."""
    database = sqlite3.connect(site.server.var / "log.sqlite", isolation_level=None, timeout=10)
    database.execute("BEGIN EXCLUSIVE")
    site.held.append(database)


def lock_table(site: Site) -> None:
    """Take the table of scans away from everybody."""
    engine = create_engine(site.url)
    connection = engine.connect()
    connection.execute(text("LOCK TABLE scans IN ACCESS EXCLUSIVE MODE"))
    site.held += [connection, Disposing(engine)]


@dataclass
class Disposing:
    """An engine that is given up with the site."""

    engine: object

    def close(self) -> None:
        """Close its connections."""
        self.engine.dispose()


def let_go(site: Site) -> None:
    """Give back what is held."""
    while site.held:
        site.held.pop(0).close()


def small_disk(site: Site) -> None:
    """Put the service's folder on a small file system."""
    site.server.var.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs", str(site.server.var)]
    subprocess.run(mount, check=True)


def fill_disk(site: Site) -> None:
    """Fill it to the last byte."""
    with (site.server.var / "ballast").open("wb", buffering=0) as ballast:
        for piece in (b"\0" * LEFT, b"\0"):
            with suppress(OSError):
                while True:
                    ballast.write(piece)


def free_disk(site: Site) -> None:
    """Make room again."""
    (site.server.var / "ballast").unlink()


def shift_clock(**by: float) -> Callable[[Site], None]:
    """Return a fault that sets the service's clock wrong."""

    def begin(site: Site) -> None:
        (site.server.var / SHIFT).write_text(str(timedelta(**by).total_seconds()))

    return begin


def right_clock(site: Site) -> None:
    """Set the clock right again."""
    (site.server.var / SHIFT).unlink()


def with_shifted_clock(site: Site) -> list[str]:
    """Return the command of a service whose clock follows the file."""
    return [sys.executable, __file__, str(site.server.port)]


def shifted() -> datetime:
    """Return the present as a machine with a wrong clock would."""
    try:
        seconds = float((read_settings().var / SHIFT).read_text())
    except (OSError, ValueError):
        seconds = 0.0
    return clock.now() + timedelta(seconds=seconds)


def _restart(how: int) -> Fault:
    return Fault(begin=stop_postgresql(how), end=start_postgresql, postgresql=True)


def _clock(**by: float) -> Fault:
    return Fault(begin=shift_clock(**by), end=right_clock, command=with_shifted_clock)


FAULTS = {
    "postgresql-fast": _restart(signal.SIGINT),
    "postgresql-immediate": _restart(signal.SIGQUIT),
    "postgresql-kill": _restart(signal.SIGKILL),
    "postgresql-locked": Fault(begin=lock_table, end=let_go, postgresql=True),
    "sqlite-locked": Fault(begin=lock_file, end=let_go),
    "sqlite-disk-full": Fault(begin=fill_disk, end=free_disk, prepare=small_disk, own_mounts=True),
    "clock-20-days-ahead": _clock(days=20),
    "clock-1-day-back": _clock(days=-1),
}


if __name__ == "__main__":
    Server(read_settings(), read_address(f"127.0.0.1:{sys.argv[1]}"), clock=shifted).run()
