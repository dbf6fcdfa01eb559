"""A small town's folders, a real watcher on them, and what the tests ask of both."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.analytics.town import make_town

ROOT = Path(__file__).resolve().parents[2]
QUICK = ["--replicates", "99", "--gi-replicates", "99", "--max-radius", "600"]
SOON = ["--poll", "0.1", "--settle", "0.4", "--patience", "3"]
LONG = 240  # seconds; many others may want the same two cores


@dataclass(frozen=True)
class Folders:
    """The folders of a watcher, and the town's files: one of population a day, units, and an extract."""

    var: Path
    days: tuple[Path, ...]
    units: Path

    @property
    def inbox(self) -> Path:
        return self.var / "inbox"

    @property
    def results(self) -> Path:
        return self.var / "results"

    def command(self, *more: str) -> list[str]:
        told = ["--inbox", self.inbox, "--results", self.results, "--extracts", self.var / "extract"]
        command = [sys.executable, "-W", "error", "-m", "analytics", "watch", *map(str, told)]
        return [*command, "--units", str(self.units), *QUICK, *SOON, *more]

    def drop(self, *days: int) -> None:
        """Put days into the inbox as a careful person does: copied under another name, then renamed."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        for day in days:
            draft = self.inbox / f"{self.days[day].name}.part"
            shutil.copy(self.days[day], draft)
            draft.rename(self.inbox / self.days[day].name)

    def ask(self, request: str = "0123456789abcdef", kind: str = "hotspots", **parameters: object) -> None:
        self.results.mkdir(parents=True, exist_ok=True)
        asked = {"id": request, "kind": kind, "asked_at": "2020-09-01T09:00:00+09:00", "parameters": parameters}
        draft = self.results / ".asked"
        draft.write_text(json.dumps(asked))
        draft.rename(self.results / "request.json")

    def progress(self) -> dict:
        file = self.results / "progress.json"
        return json.loads(file.read_text()) if file.exists() else {}

    def latest(self) -> str | None:
        pointer = self.results / "latest"
        return pointer.readlink().name if pointer.is_symlink() else None

    def runs(self) -> list[str]:
        return sorted(path.parent.name for path in self.results.glob("2*/summary.json"))

    def hidden(self) -> list[str]:
        return [path.name for path in self.results.glob(".2*")]

    def stored(self) -> list[str]:
        return sorted(path.name for path in (self.var / "population").glob("2*/*.csv"))

    def days_of(self, run: str) -> dict:
        return json.loads((self.results / run / "summary.json").read_text())["population"]["days"]


def town_folders(folder: Path) -> Folders:
    """Write a town of seven days into the folder."""
    town = make_town(31, days=7)
    written = town.write(folder / "town", town.cases(10))
    var = folder / "var"
    shutil.copytree(written["extract"], var / "extract" / "first")
    head, *rows = written["population"][0].read_text("cp949").splitlines()
    files = []
    for day in sorted({row[:10] for row in rows}):
        lines = [head, *(row for row in rows if row.startswith(day))]
        file = folder / f"day-{day.strip(chr(34))}.csv"
        file.write_text("\r\n".join(lines) + "\r\n", "cp949", newline="")
        files.append(file)
    return Folders(var, tuple(files), written["units"])


def once(folders: Folders, *more: str, code: int = 0) -> str:
    """Let a watcher do what there is to do and end; return what it said."""
    command = folders.command("--once", *more)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONG, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@contextmanager
def watching(folders: Folders, *more: str) -> Iterator[subprocess.Popen]:
    """Run a watcher; end it, whatever happened."""
    log = folders.var / "watch.log"
    with log.open("a") as out:
        program = subprocess.Popen(folders.command(*more), cwd=ROOT, stdin=subprocess.PIPE, stdout=out, stderr=out)
    try:
        until(lambda: "watching" in log.read_text() or program.poll() is not None)
        yield program
    finally:
        if program.poll() is None:
            program.send_signal(signal.SIGKILL)
        program.wait()
        program.stdin.close()


def until(holds: Callable[[], object], seconds: float = LONG) -> None:
    """Wait until it holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def kill(program: subprocess.Popen) -> None:
    """End a process as a power cut does."""
    os.kill(program.pid, signal.SIGKILL)
    program.wait()
