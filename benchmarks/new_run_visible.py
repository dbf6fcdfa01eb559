"""Print how long new results take until they are shown on an open map, in a real Chromium, with a real watcher.

A small demo city is built; its watcher runs beside the service. With the officer's map open, "run now" is pressed
a few times, and a population file is dropped into the inbox. Seconds from the click (or the drop) until the run
begins, until the pointer `latest` moves, and until the page, which asks for the status by itself, has drawn it.
Beside it: the same run as a fresh command, and the processor time of an extract made anew and of one taken over.
``python benchmarks/new_run_visible.py [--scale 0.2] [--days 16] [--runs 3]``
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Page

from benchmarks.demo_city import LONGEST_S, demo_city, officer_of, sign_in
from entry_service import clock
from entry_service.commands.demo import hotspots_command
from entry_service.commands.watcher import ROOT
from entry_service.core.times import day_start
from entry_service.demo.calendar import demo_days
from entry_service.demo.feed import feed_next
from entry_service.demo.state import read_state
from entry_service.services import open_services
from entry_service.settings import Settings
from entry_service.usecases.hotspots.extract import write_extract
from entry_service.usecases.hotspots.run_status import run_status
from entry_service.web.officer.result_folders import newest

SHOWN = """run => document.querySelector('[data-run-part="details"]').textContent.includes(run)
  && !document.getElementById("run-now").disabled"""  # the button comes back when everything is drawn


@dataclass(frozen=True)
class Seconds:
    """Since the click or the drop: the request (or the file) was taken, `latest` moved, the page shows it."""

    taken: float
    latest: float
    visible: float


def until(holds: Callable[[], object]) -> None:
    """Wait until it holds."""
    end = time.monotonic() + LONGEST_S
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def measure(settings: Settings, page: Page, begin: Callable[[], object]) -> Seconds:
    """Begin something, and say when each part of it was done."""
    results, before = settings.results_dir, newest(settings.results_dir).path.name
    last = run_status(results).progress
    started = time.perf_counter()
    begin()

    def taken() -> bool:
        told = run_status(results).progress
        return told is not None and told.step not in ("log_extract", "waiting") and told != last

    until(taken)
    seconds = [time.perf_counter() - started]
    until(lambda: newest(results).path.name != before)
    seconds.append(time.perf_counter() - started)
    run = newest(results).path.name
    page.wait_for_function(SHOWN, arg=run, timeout=1_000 * LONGEST_S)
    return Seconds(*seconds, time.perf_counter() - started)


def fresh_command(settings: Settings) -> float:
    """Return the seconds that the command takes which does the same in a process of its own."""
    command = [part.replace("/results/demo", "/fresh/demo") for part in hotspots_command(settings)]
    started = time.perf_counter()
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - started


def tell_extracts(settings: Settings) -> None:
    """Print the processor seconds of an extract made anew, and of one that takes over what did not change."""
    days = demo_days(read_state(settings).days)
    period = {"start": day_start(days[0]), "end": day_start(days[-1] + timedelta(days=1)), "as_of": clock.now()}
    services = open_services(settings, clock.now(), writer=False)
    first, second = (settings.var / "extract" / name for name in ("anew", "taken-over"))
    for name, folder, previous in (("made anew", first, None), ("taken over", second, first)):
        began = time.process_time()
        told = write_extract(services, folder, previous=previous, **period)
        spent = time.process_time() - began
        print(
            f"an extract {name}: {spent:.1f} s of processor, {told.days_taken_over} of {len(days)} days taken over"
        )
    services.close()


def tell(name: str, measured: list[Seconds]) -> None:
    """Print the medians of some measurements."""
    parts = [statistics.median(getattr(one, part) for one in measured) for part in ("taken", "latest", "visible")]
    print(f"{name:<34}{parts[0]:>9.1f}{parts[1]:>9.1f}{parts[2]:>9.1f}{parts[2] - parts[1]:>14.1f}")


def journey(settings: Settings, runs: int) -> None:
    """Sign in, open the map, press "run now" a few times, and let a file come in."""
    with officer_of(settings) as (page, officer):
        sign_in(page, officer)
        page.wait_for_function("() => !document.getElementById('run-now').disabled")
        asked = [measure(settings, page, page.get_by_role("button", name="지금 분석").click) for _ in range(runs)]
        fed = measure(settings, page, lambda: feed_next(settings))
    print(f"{'seconds since the click or drop':<34}{'taken':>9}{'latest':>9}{'visible':>9}{'page alone':>14}")
    tell("run now, the first", asked[:1])
    tell("run now, later ones (median)", asked[1:] or asked)
    tell("a file in the inbox", [fed])
    fresh = fresh_command(settings)
    run = statistics.median(one.latest - one.taken for one in asked[1:] or asked)
    print(f"the run in the watcher {run:.1f} s ÷ as a fresh command {fresh:.1f} s = {run / fresh:.2f}")


def main() -> None:
    """Build the city, start its watcher, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=0.2)
    parser.add_argument("--days", type=int, default=16)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with demo_city(scale=asked.scale, days=asked.days) as settings:
        journey(settings, asked.runs)
        tell_extracts(settings)


if __name__ == "__main__":
    main()
