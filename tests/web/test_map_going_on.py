"""Today on the officer's map: its hours that have come, up to now; new ones arrive on the open page."""

import json
import threading
import time
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from playwright.sync_api import expect

from entry_service.core.times import KST
from entry_service.web.officer import run_units
from entry_service.web.officer.map_summary import first_hour, page_facts
from entry_service.web.officer.plan_pages import _defaults
from entry_service.web.officer.result_folders import newest
from entry_service.web.officer.results_ahead import ResultsAhead, work_out
from tests.demo.layer_fixture import MISSING, add_layers, let_go_on
from tests.demo.result_fixture import write_results

from .browser import axe_violations, phone, too_wide
from .test_map_page import choose, visit  # noqa: F401 (fixture)

TODAY, HOURS = "2020-08-14", 15
UNTIL = "2020-08-14T14:00:00+09:00"


@pytest.fixture
def run(settings):
    return let_go_on(add_layers(write_results(settings.results_dir / "run-1")), HOURS, until=UNTIL)


def come_later(settings, hours):
    """Put a newer run of the same day in place."""
    made = add_layers(write_results(settings.results_dir / ".run-2", as_of="2020-09-01T00:00:00+09:00", seed=2))
    let_go_on(made, hours, until=f"2020-08-14T{hours:02d}:00:00+09:00").rename(settings.results_dir / "run-2")


def test_the_map_opens_at_the_newest_hour_and_goes_on_with_a_new_result(visit, run, settings):  # noqa: F811
    page = visit(phone)
    label, slider = page.locator("#time-label"), page.locator("#time-hour")
    expect(label).to_have_text("14:00")
    assert page.locator("#time-day").input_value() == TODAY
    assert slider.get_attribute("max") == "14"
    told = page.locator("[data-run-part=going-on]")
    assert "아직 끝나지 않은 날입니다. 유동인구는 15시, 출입 기록은 14시까지" in told.inner_text()
    expect(page.locator(".run-facts")).to_contain_text("14:00")
    choose(page, "difference")
    expect(page.locator("#legend-hint")).to_have_text("같은 종류의 날 1일과 견줍니다.")
    expect(page.locator("#unit-hour")).to_contain_text("같은 종류의 날 3일의 중앙값")
    assert "견준 날(일)" in page.locator("#layer-rows thead").inner_text()
    slider.press("End")
    expect(label).to_have_text("14:00")
    page.get_by_role("button", name="한 시간 다음").click()  # after now comes the beginning
    expect(page.locator("#time-day")).to_have_value("2020-08-13")
    expect(label).to_have_text("00:00")
    slider.press("End")
    expect(label).to_have_text("23:00")
    page.locator("#time-day").select_option(TODAY)  # has no 23:00 yet
    expect(label).to_have_text("14:00")
    assert axe_violations(page) == []
    assert not too_wide(page)
    come_later(settings, HOURS + 1)
    expect(page.locator("#live-said")).to_have_text("새 결과로 바뀌었습니다.")
    expect(label).to_have_text("15:00")
    assert slider.get_attribute("max") == "15"
    choose(page, "compare")
    page.locator("#base-day").select_option(TODAY)
    page.locator("#base-hour").select_option("20")
    expect(page.locator("#map-base-told")).to_contain_text("20:00")


def test_whoever_looks_at_another_hour_stays_there(visit, run, settings):  # noqa: F811
    page = visit(path="/officer#layer=population&day=2020-08-14&hour=9")
    expect(page.locator("#time-label")).to_have_text("09:00")
    come_later(settings, HOURS + 1)
    expect(page.locator("#live-said")).to_have_text("새 결과로 바뀌었습니다.")
    expect(page.locator("#time-label")).to_have_text("09:00")


def test_where_the_usual_rests_on_is_served_beside_the_layers(run, person):
    officer = person("officer")
    answer = officer.get(f"/api/v1/results/latest/layers/rests_on/{TODAY}.i16")
    assert set(np.frombuffer(answer.data, "<i2").tolist()) == {3}
    people = np.frombuffer(officer.get(f"/api/v1/results/latest/layers/population/{TODAY}.i16").data, "<i2")
    assert (people.reshape(24, -1)[HOURS:] == MISSING).all()
    (run / "map" / TODAY / "rests_on.i16.gz").unlink()
    assert officer.get(f"/api/v1/results/latest/layers/rests_on/{TODAY}.i16").status_code == 404


def test_a_run_of_whole_days_opens_as_ever(settings):
    run = newest(add_layers(write_results(settings.results_dir / "run-1")).parent)
    facts = page_facts(run)
    assert (facts.going_on, facts.until) == (None, None)
    assert first_hour(run, facts) == {"day": "2020-08-13", "hour": 19}


@pytest.mark.parametrize(
    ("now", "until", "day", "start"),
    [
        ("2020-08-14T14:03", "14:00", "2020-08-14", "15:00"),
        ("2020-08-14T08:03", "08:00", "2020-08-14", "13:00"),  # as it stands in the form
        ("2020-08-14T16:03", "16:00", "2020-08-14", "13:00"),  # too late for this day: as ever
        ("2020-08-15T10:00", "14:00", "2020-08-15", "13:00"),  # an old result
    ],
)
def test_a_plan_is_for_this_afternoon_from_the_next_hour_on(
    app, settings, run, monkeypatch, now, until, day, start
):
    summary = json.loads((run / "summary.json").read_text())
    summary["period"]["until"] = f"2020-08-14T{until}:00+09:00"
    (run / "summary.json").write_text(json.dumps(summary, indent=1))
    at = datetime.fromisoformat(now).replace(tzinfo=KST)
    monkeypatch.setattr("entry_service.web.officer.plan_pages.now", lambda: at)
    served = replace(settings, demo=False, sms="off")
    monkeypatch.setattr("entry_service.web.officer.plan_pages.settings", lambda: served)
    with app.test_request_context():
        told = _defaults(None)
    assert (str(told["day"]), told["start"]) == (day, start)


def test_what_a_new_result_needs_is_worked_out_before_anybody_asks(settings, monkeypatch):
    add_layers(write_results(settings.results_dir / "run-1"))
    worked = []
    monkeypatch.setattr(
        "entry_service.web.officer.results_ahead.work_out", lambda run: worked.append(run.path.name)
    )
    ahead = ResultsAhead(settings.results_dir, every=0.01)
    until(lambda: worked == ["run-1"])
    come_later(settings, HOURS)
    until(lambda: worked == ["run-1", "run-2"])
    time.sleep(0.1)
    ahead.close()
    assert worked == ["run-1", "run-2"]


def until(holds, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_whoever_asks_meanwhile_waits_for_it_and_does_not_do_it_again(settings, monkeypatch):
    run = newest(add_layers(write_results(settings.results_dir / "run-1")).parent)
    made, shapes = [], run_units.shapes
    monkeypatch.setattr(run_units, "shapes", lambda *facts: made.append(1) or time.sleep(0.2) or shapes(*facts))
    threads = [threading.Thread(target=work_out, args=(run,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]
