"""What stays of results, plans and reports when runs come every five minutes."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from analytics.watch.keeping import DAYS, keep_newest
from analytics.watch.settings import Watched

FIRST = date(2020, 8, 3)


@pytest.fixture
def watched(tmp_path) -> Watched:
    places = {name: tmp_path / name for name in ("inbox", "results", "extracts", "plans", "store", "reports")}
    for folder in places.values():
        folder.mkdir()
    return Watched(**places, units=tmp_path / "units.geojson", keep=2)


def run(day: int, minute: int) -> str:
    return f"{FIRST + timedelta(days=day):%Y%m%d}T09{minute:02d}00-aaaa"


def make(folder, *names: str) -> None:
    for name in names:
        (folder / name).mkdir()


def make_plan(watched: Watched, name: str, result: str) -> None:
    make(watched.plans, name)
    (watched.plans / name / "plan.json").write_text(json.dumps({"result": result}))


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_of_each_day_the_last_report_stays_for_four_weeks_with_its_result(watched):
    every = [run(day, minute) for day in range(DAYS + 2) for minute in (0, 5)]
    make(watched.results, *every)
    make(watched.reports, *every)
    keep_newest(watched, {every[-1]})
    last = [run(day, 5) for day in range(2, DAYS + 2)]
    assert names(watched.reports) == last
    assert names(watched.results) == sorted({*last, run(DAYS + 1, 0)})


def test_a_plan_keeps_its_result_for_four_weeks_however_many_plans_a_day_has(watched):
    make(watched.results, *(run(0, minute) for minute in range(20)))
    for minute in range(10):
        make_plan(watched, run(0, 30 + minute), run(0, 3))
    make_plan(watched, "by-hand", run(0, 4))
    keep_newest(watched, {None})
    assert len(names(watched.plans)) == 11
    assert names(watched.results) == [run(0, 3), run(0, 4), run(0, 18), run(0, 19)]
    for day in range(1, DAYS + 1):
        make_plan(watched, run(day, 30), run(0, 5))
    keep_newest(watched, {None})
    assert names(watched.plans) == [*(run(day, 30) for day in range(1, DAYS + 1)), "by-hand"]
    assert names(watched.results) == [run(0, 4), run(0, 18), run(0, 19)]


def test_what_is_shown_stays_and_so_does_what_a_person_named(watched):
    make(watched.results, *(run(0, minute) for minute in range(5)), "by-hand", ".hidden")
    keep_newest(replace(watched, reports=None), {run(0, 1), None})
    assert names(watched.results) == [".hidden", run(0, 1), run(0, 3), run(0, 4), "by-hand"]
