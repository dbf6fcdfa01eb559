"""The faults of ``benchmarks/faults.py``: how each begins under a running service, and how it ends."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import create_engine, text

from benchmarks.door_load import DoorServer
from benchmarks.postgresql_process import PostgreSQL
from entry_service import clock
from entry_service.serve import Server, read_address
from entry_service.settings import read_settings

DISK = "32m"  # of the file system that is filled: too small for a reserve
DISK_WITH_RESERVE = "96m"
POSTGRESQL_DISK = "320m"
LAST, TRIES = 1 << 20, 100
WRITES = "pwrite64,pwritev,ftruncate,fallocate"  # what SQLite and PostgreSQL write with
SHIFT = "clock-shift"  # a file in var: seconds by which the server's clock is wrong


@dataclass
class Site:
    """Where a fault happens: the folder, the service, and PostgreSQL where there is one."""

    folder: Path
    server: DoorServer
    disk: Path  # that is filled: the service's, or PostgreSQL's
    postgresql: PostgreSQL | None = None
    held: list[object] = field(default_factory=list)

    def end(self) -> None:
        """End what a fault left running."""
        for one in self.held:
            one.close()
        if self.postgresql:
            self.postgresql.close()
        if self.server.var.is_mount():
            subprocess.run(["umount", str(self.server.var)], check=True)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault.

    ``own_mounts``: it needs a file system of its own (benchmarks/faults.py starts it so).
    ``disk``: the size of one for PostgreSQL, which only root can make.
    """

    begin: Callable[[Site], None]
    end: Callable[[Site], None]
    postgresql: bool = False
    own_mounts: bool = False
    disk: str = ""
    prepare: Callable[[Site], None] = lambda site: None
    command: Callable[[Site], list[str] | None] = lambda site: None


def rows_of_log(site: Site) -> Counter:
    """Return how many rows each scan_id has."""
    if site.postgresql:
        return Counter(name for [name] in site.postgresql.ask("SELECT scan_id FROM scans"))
    database = sqlite3.connect(f"file:{site.server.var / 'log.sqlite'}?mode=ro", uri=True)
    try:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return Counter(name for [name] in database.execute("SELECT scan_id FROM scans"))
    finally:
        database.close()


def lock_file(site: Site) -> None:
    """Take the log away from the service, as a stranger's tool could."""
    database = sqlite3.connect(site.server.var / "log.sqlite", isolation_level=None, timeout=10)
    database.execute("BEGIN EXCLUSIVE")
    site.held.append(database)


def lock_table(site: Site) -> None:
    """Take the table of scans away from everybody."""
    engine = create_engine(site.postgresql.url)
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


def on_a_disk(size: str) -> Callable[[Site], None]:
    """Return what puts the service's folder on a small file system."""

    def prepare(site: Site) -> None:
        site.server.var.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(site.server.var)]
        subprocess.run(mount, check=True)

    return prepare


def fill_disk(site: Site) -> None:
    """Fill it to the last byte: most of it at leisure, the rest at once, so that nobody gives way meanwhile."""
    with (site.disk / "ballast").open("wb") as ballast:
        most = _free(site.disk) - LAST
        os.posix_fallocate(ballast.fileno(), 0, most)
        for _ in range(TRIES):  # somebody else took of it meanwhile
            with suppress(OSError):
                os.posix_fallocate(ballast.fileno(), most, _free(site.disk))
                return
    raise RuntimeError("the disk cannot be filled")


def _free(disk: Path) -> int:
    room = os.statvfs(disk)
    return room.f_bfree * room.f_frsize


def free_disk(site: Site) -> None:
    """Make room again; a PostgreSQL that could not even recover is started, as systemd would."""
    (site.disk / "ballast").unlink()
    if site.postgresql:
        site.postgresql.ensure()


def refuse_writes(site: Site) -> None:
    """Let every write to the disk of the log fail, as where the kernel made it read-only under whoever writes."""
    processes = site.postgresql.processes() if site.postgresql else site.server.processes()
    words = ["strace", "--quiet=all", "-f", "-o", "/dev/null", "-e", f"trace={WRITES}"]
    words += ["-e", f"inject={WRITES}:error=EROFS", *(f"--attach={process}" for process in processes)]
    site.held.append(Attached(subprocess.Popen(words)))


def allow_writes(site: Site) -> None:
    """Let them go on; a PostgreSQL that could not recover meanwhile is started, as systemd would."""
    let_go(site)
    if site.postgresql:
        site.postgresql.ensure()


@dataclass
class Attached:
    """A tracer, which lets go when it is asked to end."""

    process: subprocess.Popen

    def close(self) -> None:
        """Let the service go on as before."""
        self.process.terminate()
        self.process.wait(10)


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
    begin, end = lambda site: site.postgresql.stop(how), lambda site: site.postgresql.start()
    return Fault(begin=begin, end=end, postgresql=True)


def _clock(**by: float) -> Fault:
    return Fault(begin=shift_clock(**by), end=right_clock, command=with_shifted_clock)


FAULTS = {
    "postgresql-fast": _restart(signal.SIGINT),
    "postgresql-immediate": _restart(signal.SIGQUIT),
    "postgresql-kill": _restart(signal.SIGKILL),
    "postgresql-locked": Fault(begin=lock_table, end=let_go, postgresql=True),
    "sqlite-locked": Fault(begin=lock_file, end=let_go),
    "postgresql-disk-full": Fault(
        begin=fill_disk, end=free_disk, postgresql=True, own_mounts=True, disk=POSTGRESQL_DISK
    ),
    "postgresql-read-only": Fault(begin=refuse_writes, end=allow_writes, postgresql=True),
    "sqlite-disk-full": Fault(begin=fill_disk, end=free_disk, prepare=on_a_disk(DISK), own_mounts=True),
    "sqlite-disk-full-with-reserve": Fault(
        begin=fill_disk, end=free_disk, prepare=on_a_disk(DISK_WITH_RESERVE), own_mounts=True
    ),
    "sqlite-read-only": Fault(begin=refuse_writes, end=allow_writes),
    "clock-20-days-ahead": _clock(days=20),
    "clock-1-day-back": _clock(days=-1),
}


if __name__ == "__main__":
    Server(read_settings(), read_address(f"127.0.0.1:{sys.argv[1]}"), clock=shifted).run()
