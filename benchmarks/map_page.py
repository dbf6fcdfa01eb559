"""How fast is the officer's map at 50 m: 14,592 cells of Gunpo by the hour, 28 days, in Chromium without a GPU?

Prints the time to the first useful paint (all cells with their verdict), the time of a step of the slider (median
and 95th percentile, to the drawn canvas and to the next frame), the memory of the page, and the bytes sent. The
result folder is made as `benchmarks/hotspots_gunpo.py` makes it, or taken with `--results` (the folder above it).
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask
from playwright.sync_api import CDPSession, Page

from entry_service import create_app, passwords
from entry_service.services import open_services
from entry_service.settings import Settings
from tests.prepared import prepare_copy
from tests.web.browser import chromium, desktop, serving
from tests.web.conftest import PASSWORD, Clock, Person, furnish_service

STEPS = 60
STEP = """async (hour) => {
  const slider = document.getElementById("time-hour");
  const drawn = () => performance.getEntriesByName("map-drawn").length;
  const before = drawn();
  const began = performance.now();
  slider.value = String(hour);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  while (drawn() === before) await new Promise((resolve) => setTimeout(resolve));
  const done = performance.getEntriesByName("map-drawn")[before].startTime - began;
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return [done, performance.now() - began];
}"""
PAINTED = "() => performance.getEntriesByName('map-drawn')[0].startTime"


@contextmanager
def service(results: Path) -> Iterator[tuple[Flask, str]]:
    """Give the service on these results and the session of an officer."""
    with tempfile.TemporaryDirectory(prefix="map-page-") as folder:
        settings = Settings(
            var=Path(folder) / "var",
            results=str(results),
            secret="a secret of the benchmark, long enough",
            secure_cookies=False,
            demo=True,
        )
        prepare_copy(settings)
        clock = Clock()
        services = open_services(settings, clock())
        furnish_service(services, clock(), passwords.hash_password(PASSWORD))
        app = create_app(settings, services, clock=clock)
        officer = Person(app.test_client())
        officer.signs_in("officer")
        yield app, officer.client.get_cookie("session").value
        services.close()


def watched(page: Page) -> tuple[CDPSession, list[int]]:
    """Return the inspector of a page, and the bytes of every answer that it gets from now on."""
    inspector, sent = page.context.new_cdp_session(page), []
    inspector.send("Network.enable")
    inspector.on("Network.loadingFinished", lambda told: sent.append(int(told["encodedDataLength"])))
    return inspector, sent


def memory(inspector: CDPSession) -> str:
    """Return what the page's scripts hold after a collection: objects, and numbers beside them."""
    inspector.send("HeapProfiler.collectGarbage")
    used = inspector.send("Runtime.getHeapUsage")
    beside = used.get("backingStorageSize", 0)
    return f"{used['usedSize'] / 2**20:.1f} MB of objects, {beside / 2**20:.1f} MB of numbers and pixels"


def steps(page: Page, layer: str) -> None:
    """Print how long a step of the hour takes in a layer."""
    page.locator(f"input[name=layer][value={layer}]").check(force=True)
    page.wait_for_load_state("networkidle")
    took = [page.evaluate(STEP, at * 7 % 24) for at in range(STEPS)]
    for name, column in (("drawn", 0), ("next frame", 1)):
        found = sorted(one[column] for one in took)
        p95 = found[int(0.95 * len(found))]
        print(f"{layer}: {name} {statistics.median(found):.1f} ms, p95 {p95:.1f} ms ({STEPS} steps)")


def measure(results: Path, rounds: int) -> None:
    """Print the figures of the page on the newest run of a folder of results."""
    with service(results) as (app, session), serving(app) as origin, chromium() as browser:
        painted = []
        for turn in range(rounds + 1):  # the first fills the service's caches, as the first officer of a run does
            page = desktop(browser, origin)
            page.context.add_cookies([{"name": "session", "value": session, "url": origin}])
            inspector, sent = watched(page)
            page.goto("/officer")
            page.wait_for_selector("body[data-ready=map]")
            painted.append(page.evaluate(PAINTED))
            page.wait_for_load_state("networkidle")
            if turn < rounds:
                page.context.close()
        print(
            f"first useful paint: {statistics.median(painted[1:]):.0f} ms of {rounds}; new run {painted[0]:.0f} ms"
        )
        print(f"bytes sent to a map with verdicts, panel and day: {sum(sent) / 1e3:.0f} kB in {len(sent)} answers")
        print(f"memory: {memory(inspector)}")
        for layer in ("population", "surge", "compare"):
            steps(page, layer)
        print(f"memory after {3 * STEPS} steps: {memory(inspector)}; bytes {sum(sent) / 1e3:.0f} kB")
        page.context.close()


def main() -> None:
    """Take or make the results, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, help="folder with a result folder; default: made anew at 50 m")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    if asked.results:
        return measure(asked.results.resolve(), asked.rounds)
    from hotspots_gunpo import make, run

    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "results"
        made.mkdir()
        make(made, 50, [72], 1)
        run(made, "log-72")
        measure(made, asked.rounds)
    return None


if __name__ == "__main__":
    main()
