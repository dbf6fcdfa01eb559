"""Print the processor seconds of a refresh of the officer's map: an hour of today goes by, and is shown.

A demo city is built, its last day at two in the afternoon. Then an hour goes by: its population comes, the extract
takes over what did not change, the hotspots are run in a process that has the statistics loaded (as the watcher
has), reports are made, and the service works out what the map asks first. Beside it a look that finds nothing new.
``python benchmarks/refresh_seconds.py [--scale 1] [--days 28] [--cells 100] [--var FOLDER]``; ``--cells``: the map
on cells of so many metres instead of the demo's 250, population shared out by area. ``--var``: a demo city that is
there already.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from analytics.geography import cells_over, read_outline, write_units
from analytics.hotspots import find_hotspots
from analytics.reports.write import write_reports
from entry_service import clock
from entry_service.demo.build import build
from entry_service.demo.facts import DATA
from entry_service.demo.feed import feed_next, held_files, known_files
from entry_service.log_period import log_period
from entry_service.services import open_services
from entry_service.settings import Settings
from entry_service.usecases.hotspots.extract_beside import extract_beside
from entry_service.usecases.hotspots.refresh_results import is_due
from entry_service.web.officer.result_folders import run_in
from entry_service.web.officer.results_ahead import work_out

DONGS = DATA / "gunpo_legal_dong.geojson"
Made = TypeVar("Made")


def used() -> float:
    """Return the processor seconds of this process and of those that it waited for."""
    times = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in times)


def measured(what: str, work: Callable[[], Made]) -> Made:
    """Do the work and print what it took."""
    cpu, wall = used(), time.perf_counter()
    made = work()
    print(f"{what:<58}{used() - cpu:>9.1f}{time.perf_counter() - wall:>9.1f}", flush=True)
    return made


@contextmanager
def city(asked: argparse.Namespace) -> Iterator[Settings]:
    """Give the settings of a demo city, which is built where none is given."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(var=asked.var or Path(folder) / "var", demo=True, sms="simulator")
        if asked.var is None:
            build(settings, now=clock.now(), scale=asked.scale, days=asked.days)
        yield settings


def refresh(settings: Settings, cells: int | None) -> None:
    """Let an hour go by and measure what follows."""
    home = Path(tempfile.mkdtemp(dir=settings.var, prefix="bench-"))
    units = settings.var / "demo" / "units.geojson"
    more = {}
    if cells:
        more["population_units"], units = units, home / "cells.geojson"
        write_units(cells_over(read_outline(DONGS), cells), units)
    services = open_services(settings, clock.now(), writer=False)

    def extract(name: str, previous: Path | None) -> Path:
        period, now = log_period(settings, clock.now()), clock.now()
        facts = {"as_of": now, "start": period.start, "end": period.end, "previous": previous}
        extract_beside(services, home / name, **facts, told=lambda _part: None)
        return home / name

    def run(extracted: Path, name: str) -> Path:
        files = [*(settings.var / "inbox").glob("*.zip"), *known_files(settings)]
        find_hotspots(extracted, files, units, home / name, created=clock.now(), **more)
        return home / name

    print(f"{'':<58}{'cpu, s':>9}{'wall, s':>9}")
    before = measured("extract made anew", lambda: extract("first", settings.var / "nowhere"))
    measured("first run in a process, loading and compiling", lambda: run(before, "run-1"))
    assert held_files(settings), "the last day of this city is over"
    feed_next(settings)
    now = measured("extract an hour later, days taken over", lambda: extract("second", before))
    made = measured("run an hour later", lambda: run(now, "run-2"))
    measured("reports of the run", lambda: write_reports(made, home / "reports", areas=DONGS))
    measured("the service works out what the map asks first", lambda: work_out(run_in(made)))
    now.rename(settings.var / "extract" / home.name)
    look = log_period(settings, clock.now())
    due = {"every": timedelta(0), "now": clock.now() + timedelta(minutes=5)}
    assert not measured("a look that finds nothing new", lambda: is_due(services, look, **due))
    services.close()


def main() -> None:
    """Build the city and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--cells", type=int, choices=(50, 100, 250, 500))
    parser.add_argument("--var", type=Path)
    asked = parser.parse_args()
    with city(asked) as settings:
        refresh(settings, asked.cells)


if __name__ == "__main__":
    main()
