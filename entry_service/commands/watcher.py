"""The watcher of the analytics beside `serve --demo`: a program of its own, started and ended by us."""

import subprocess
import sys
from pathlib import Path

from entry_service.demo.facts import DATA
from entry_service.demo.feed import known_files
from entry_service.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
GRACE_SECONDS = 10


def watch_command(settings: Settings, *, once: bool = False) -> list[str]:
    """Return the arguments after ``python`` that watch the demo city's folders, or do once what there is to do."""
    var = settings.var.resolve()
    return [
        *("-m", "analytics", "watch", "--once" if once else "--stop-with-stdin", "--inbox", str(var / "inbox")),
        *("--results", str(settings.results_dir.resolve()), "--extracts", str(var / "extract")),
        *("--plans", str(var / "plans"), "--store", str(var / "population")),
        *("--reports", str(settings.reports_dir.resolve()), "--public", str(settings.public_dir.resolve())),
        *("--dongs", str(DATA / "gunpo_legal_dong.geojson")),
        *("--population", *map(str, known_files(settings)), "--units", str(var / "demo" / "units.geojson")),
    ]


class Watcher:
    """The running program. It ends by itself when its standard input closes, so it never outlives us."""

    def __init__(self, settings: Settings) -> None:
        """Start it; what it says goes to ``var/demo/watch.log``."""
        with (settings.var / "demo" / "watch.log").open("ab") as log:
            self._program = subprocess.Popen(
                [sys.executable, *watch_command(settings)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the service, which then ends it
            )

    def close(self) -> None:
        """End it, gently first."""
        self._program.terminate()
        try:
            self._program.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()
