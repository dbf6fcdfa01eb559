"""Print the machine seconds and clicks of a duty officer, from the log-in to a printed plan, in a real Chromium.

A small demo city with its planted outbreak is built; its watcher runs beside the service. The officer signs in
with both factors, sees the map, goes to the plan from what is to be done there, asks for it with the form's own
values, waits, and opens the sheet of each team, which becomes a PDF. A step's seconds run to the moment when its
result is drawn; people's reading, typing and waiting for a code are not in it. Medians of ``--repeat``.
``python benchmarks/duty_officer.py [--scale 0.2] [--days 28] [--repeat 3]``
"""

import argparse
import re
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Page

from benchmarks.demo_city import demo_city, officer_of, sign_in
from entry_service import clock
from entry_service.core.time_codes import step_of
from entry_service.settings import Settings

MAP_DRAWN = "#unit-status:not([hidden])"  # the hottest place is told: everything is drawn
SIGNING_IN_CLICKS = 2


class Duty:
    """What an officer did: machine seconds of each step in order, clicks, pages of paper."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.clicks = 0
        self.sheets: list[bytes] = []

    @contextmanager
    def step(self, name: str, clicks: int) -> Iterator[None]:
        """Take the time of a step."""
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started
        self.clicks += clicks


def on_duty(page: Page, officer: dict[str, str]) -> Duty:
    """Go the way from the log-in to the printed plan."""
    done = Duty()
    with done.step("log in, two factors", SIGNING_IN_CLICKS):
        sign_in(page, officer)
    with done.step("map drawn, hottest place told", 0):
        page.locator(MAP_DRAWN).wait_for()
    with done.step("to the plans", 1):
        page.get_by_role("link", name="소독·방문 계획").click()
        page.wait_for_load_state()
    with done.step("ask, until the plan is shown", 1):
        page.get_by_role("button", name="계획 만들기").click()
        page.wait_for_url("**/officer/plans/*")
        page.wait_for_load_state()
    with done.step("sheets of all teams, printed as PDF", 1):
        page.get_by_role("link", name="인쇄").first.click()
        page.wait_for_url("**/teams**")
        page.wait_for_load_state()
        done.sheets.append(page.pdf(prefer_css_page_size=True))
    return done


def measure(settings: Settings, repeat: int) -> list[Duty]:
    """Do it a few times, each in a browser without a session."""
    done, used = [], -1
    for _ in range(repeat):
        while step_of(clock.now()) <= used:  # a code is taken once
            time.sleep(1)
        used = step_of(clock.now()) + 1  # the step may change while the password is typed
        with officer_of(settings) as (page, officer):
            done.append(on_duty(page, officer))
            assert page.complaints == [], page.complaints
    return done


def tell(done: list[Duty]) -> None:
    """Print the medians."""
    print(f"{'machine seconds, median (and longest)':<42}{'':>10}")
    for name in done[0].seconds:
        each = [one.seconds[name] for one in done]
        print(f"{name:<42}{statistics.median(each):>10.1f} ({max(each):.1f})")
    totals = [sum(one.seconds.values()) for one in done]
    print(f"{'log-in to printed plan':<42}{statistics.median(totals):>10.1f} ({max(totals):.1f})")
    first = done[0]
    pages = sum(len(re.findall(rb"/Type\s*/Page\b", sheet)) for sheet in first.sheets)
    print(f"clicks {first.clicks}, sheets {len(first.sheets)}, pages of paper {pages}, times {len(done)}")


def main() -> None:
    """Build the city, start its watcher, and be on duty in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=0.2)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--repeat", type=int, default=3)
    asked = parser.parse_args()
    with demo_city(scale=asked.scale, days=asked.days) as settings:
        tell(measure(settings, asked.repeat))


if __name__ == "__main__":
    main()
