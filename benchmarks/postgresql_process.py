"""A private PostgreSQL as its machine has it: its process ends and is started again, its disk is small."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

RESTART_SECONDS = 30


class PostgreSQL:
    """The server at a URL whose host is the folder of its data; ``log`` is a file for what it says later."""

    def __init__(self, url: str, log: Path) -> None:
        """Keep how it was started, and by whom."""
        self.url, self._log = url, log
        self.data = Path(str(make_url(url).query["host"]))
        process = self.postmaster()
        self._command = Path(f"/proc/{process}/cmdline").read_bytes().decode().split("\0")[:-1]
        self._owner = Path(f"/proc/{process}").stat().st_uid
        self._started: list[subprocess.Popen] = []

    def postmaster(self) -> int:
        """Return its main process."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def processes(self) -> list[int]:
        """Return its main process and those that it began."""
        first, found = self.postmaster(), []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # ended meanwhile
                if int(stat.read_text().rpartition(")")[2].split()[1]) == first:
                    found.append(int(stat.parent.name))
        return [first, *found]

    def ask(self, statement: str) -> list:
        """Run one statement by itself and return its rows."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as db:
                result = db.execute(text(statement))
                return result.all() if result.returns_rows else []
        finally:
            engine.dispose()

    def answers(self) -> bool:
        """Say whether it takes connections."""
        with suppress(Exception):
            self.ask("SELECT 1")
            return True
        return False

    def stop(self, how: int) -> None:
        """End it by a signal, and wait."""
        process = self.postmaster()
        os.kill(process, how)
        wait_for(lambda: not is_running(process))

    def start(self) -> None:
        """Start it on the same data, and again while processes of the last one hold its memory."""

        def started() -> bool:
            with self._log.open("ab") as log:
                again = {"stdout": log, "stderr": log, "cwd": "/", "user": self._owner, "extra_groups": []}
                if os.geteuid() != 0:
                    del again["user"], again["extra_groups"]
                process = subprocess.Popen(self._command, **again)
            self._started.append(process)
            while process.poll() is None:
                if self.answers():
                    return True
                time.sleep(0.05)
            return False

        wait_for(started)

    def ensure(self) -> None:
        """Start it where it has ended by itself, as systemd does (``Restart=always``)."""
        try:
            ended = not is_running(self.postmaster())
        except FileNotFoundError:
            ended = True
        if ended:
            self.start()

    def close(self) -> None:
        """End it at once: its data are thrown away."""
        with suppress(ProcessLookupError, FileNotFoundError):
            os.kill(self.postmaster(), signal.SIGQUIT)
        for process in self._started:
            if process.poll() is None:
                process.send_signal(signal.SIGQUIT)
            process.wait(RESTART_SECONDS)


def is_running(process: int) -> bool:
    """Say whether a process is there; one that has ended is cleared away, else PostgreSQL takes it for alive."""
    with suppress(ChildProcessError):
        os.waitpid(process, os.WNOHANG)
    return Path(f"/proc/{process}").exists()


def wait_for(done: Callable[[], bool]) -> None:
    """Wait until it is so."""
    limit = time.monotonic() + RESTART_SECONDS
    while not done():
        if time.monotonic() > limit:
            raise TimeoutError("PostgreSQL did not do as it was told")
        time.sleep(0.05)


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """Give a folder on a file system of its own, which everybody may enter; only root can make one."""
    folder = Path(tempfile.mkdtemp(prefix="disk-"))
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", folder], check=True)
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
    finally:
        folder.rmdir()
