"""Asking for a run: who may, what is dropped for the watcher, what pages are told; with a lock for a watcher."""

import json
import os
from datetime import date, datetime, timedelta

import pytest

from entry_service.core.model import Case, IndexVisit
from entry_service.core.times import KST
from entry_service.store.cases import cases
from entry_service.store.plans import field_checks
from entry_service.store.sites import facilities
from entry_service.usecases.hotspots import run_analytics
from entry_service.usecases.hotspots.asking import RunBusy
from entry_service.usecases.hotspots.run_status import run_status
from tests.demo.result_fixture import write_results
from tests.field_notes import check

from .conftest import facility
from .openapi_runs import extracted, watcher

STATUS, RUNS, PLANS = (f"/api/v1/results/{name}" for name in ("status", "runs", "plans"))
ID = "0123456789abcdef"


@pytest.fixture
def results(settings):
    settings.results_dir.mkdir(parents=True)
    return settings.results_dir


@pytest.fixture
def officer(person):
    return person("officer")


def post(officer, path, body=None):
    return officer.client.post(path, json=body or {}, headers={"X-CSRFToken": officer.token()})


def say(results, name="progress.json", **changes):
    told = {"id": ID, "kind": "hotspots", "state": "running", "step": "gi_star", "title": {"ko": "가", "en": "a"}}
    told |= {"done": 1, "of": 4, "fraction": 0.5, "started_at": "2020-08-25T18:00:00+09:00", "run": None}
    told |= {"updated_at": "2020-08-25T18:00:01.200+09:00", "error": None} | changes
    (results / name).write_text(json.dumps(told))


def test_before_any_result_the_status_says_so(officer):
    told = officer.get(STATUS).get_json()
    assert told == {"latest": None, "as_of": None, "created": None, "watching": False, "progress": None}


def test_the_status_follows_the_pointer_and_is_not_sent_twice(officer, results):
    for name in ("20200829T001000-aaaa", "20200829T002000-bbbb"):
        write_results(results / name)
    (results / "latest").symlink_to("20200829T001000-aaaa")
    first = officer.get(STATUS)
    assert first.get_json()["latest"] == "20200829T001000-aaaa"
    assert first.get_json()["as_of"] == "2020-08-29T00:00:00+09:00"
    again = officer.get(STATUS, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    (results / "next").symlink_to("20200829T002000-bbbb")
    os.replace(results / "next", results / "latest")
    moved = officer.get(STATUS, headers={"If-None-Match": first.headers["ETag"]})
    assert moved.get_json()["latest"] == "20200829T002000-bbbb"


@pytest.mark.parametrize("target", ["gone", "broken"])
def test_a_pointer_that_leads_to_no_whole_run_is_passed_over(officer, results, target):
    write_results(results / "run-1")
    (write_results(results / "broken") / "hotspots.geojson").unlink()
    (results / "latest").symlink_to(target)
    assert officer.get(STATUS).get_json()["latest"] == "run-1"


def test_a_run_writes_an_extract_of_what_is_known_now_and_asks_for_it(officer, results, settings, clock):
    with watcher(results):
        answer = post(officer, RUNS)
        assert answer.status_code == 202
        assert answer.get_json()["status"] == STATUS
        extracted()
        told = officer.get(STATUS).get_json()["progress"]
    asked = json.loads((results / "request.json").read_text())
    assert (asked["id"], asked["kind"]) == (answer.get_json()["id"], "hotspots")
    made = json.loads((settings.var / "extract" / asked["parameters"]["extract"] / "datapackage.json").read_text())
    assert datetime.fromisoformat(made["as_of"]) == clock()
    assert made["start"] == "2020-07-29T00:00:00+09:00"  # the 28 days of retention, of which today is one
    assert made["end"] == "2020-08-25T18:00:00+09:00"  # today too, as far as its hours are over
    assert (told["id"], told["state"], told["fraction"]) == (asked["id"], "waiting", asked["before"])
    assert (results / "request.json").stat().st_mode & 0o077 == 0
    assert not (results / "asked.json").exists()


def test_one_run_at_a_time(officer, results):
    with watcher(results):
        assert post(officer, RUNS).status_code == 202
        assert post(officer, RUNS).get_json()["code"] == "run_busy"
        extracted()
        assert post(officer, RUNS).status_code == 409  # not taken yet
        (results / "request.json").unlink()
        say(results)
        assert post(officer, RUNS).status_code == 409  # running
        say(results, state="done", run="run-1")
        assert post(officer, RUNS).status_code == 202
        extracted()


def test_without_a_watcher_nothing_is_written(officer, results):
    answer = post(officer, RUNS)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "no_watcher")
    assert sorted(path.name for path in results.iterdir()) == ["asking.lock"]


def test_while_the_extract_is_written_the_page_sees_how_far_it_is(services, results, clock):
    work = []
    period = run_analytics.kept_hours(clock(), 28)
    with watcher(results):
        run_analytics.ask_for_run(services, period, draw=ID, now=clock(), beside=work.append)
        told = run_status(results).progress
        assert (told.id, told.state, told.step, told.fraction) == (ID, "running", "log_extract", 0.0)
        with pytest.raises(RunBusy):
            run_analytics.ask_for_run(services, period, draw="f" * 16, now=clock())
        work[0]()
        assert run_status(results).progress.state == "waiting"


def test_an_extract_that_cannot_be_written_is_told_in_both_languages(officer, results, settings):
    (settings.var / "extract").write_text("in the way")
    with watcher(results):
        assert post(officer, RUNS).status_code == 202
        extracted()
        told = officer.get(STATUS).get_json()["progress"]
        assert told["state"] == "failed"
        assert told["error"]["ko"].endswith("바랍니다.")
        assert told["error"]["en"].startswith("Nothing can be recorded now")
        assert not (results / "request.json").exists()
        (settings.var / "extract").unlink()
        assert post(officer, RUNS).status_code == 202  # and the next one may be asked for
        extracted()
        assert (results / "request.json").exists()


def test_a_second_run_takes_over_what_the_first_one_wrote(officer, results, settings, clock):
    with watcher(results):
        for _ in range(2):
            clock.passes(minutes=1)
            (results / "request.json").unlink(missing_ok=True)
            assert post(officer, RUNS).status_code == 202
            extracted()
    first, second = sorted((settings.var / "extract").iterdir())
    days = [sorted(path.name for path in (folder / "facility_hours").iterdir()) for folder in (first, second)]
    assert days[0] == days[1]
    assert len(days[0]) == 28
    wanted = json.loads((results / "request.json").read_text())["parameters"]["extract"]
    assert wanted == second.name


def test_a_run_whose_watcher_died_is_a_failed_one(officer, results):
    say(results)
    told = officer.get(STATUS).get_json()
    assert (told["watching"], told["progress"]["state"]) == (False, "failed")
    assert set(told["progress"]["error"]) == {"ko", "en"}
    with watcher(results):
        assert officer.get(STATUS).get_json()["progress"]["state"] == "running"


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"id": "x", "state": "running", "updated_at": "now"}'])
def test_what_cannot_be_read_breaks_no_page(officer, results, content):
    for name in ("progress.json", "request.json", "asked.json"):
        (results / name).write_text(content)
    assert officer.get(STATUS).get_json()["progress"] is None


def test_only_a_few_extracts_stay_and_those_that_a_person_named(officer, results, settings, clock):
    named = settings.var / "extract" / "nightly"
    named.mkdir(parents=True)
    with watcher(results):
        for _ in range(5):
            clock.passes(minutes=1)
            assert post(officer, RUNS).status_code == 202
            extracted()
            (results / "request.json").unlink()
    assert named.exists()
    assert len(list(named.parent.iterdir())) == 1 + run_analytics.EXTRACTS_KEPT


def test_a_plan_is_asked_for_the_result_that_is_shown(officer, results):
    assert post(officer, PLANS).status_code == 404
    write_results(results / "run-1")
    with watcher(results):
        answer = post(officer, PLANS, {"teams": 3, "begin": "2020-08-26T13:00:00+09:00", "hours": 4.5, "sites": 0})
        assert answer.status_code == 202
    asked = json.loads((results / "request.json").read_text())
    wanted = {"teams": 3, "begin": "2020-08-26T13:00:00+09:00", "hours": 4.5, "sites": 0, "result": "run-1"}
    wanted |= {"agent": "hypochlorite", "start": None, "done": [], "disinfected": [], "entry": "opening"}
    wanted |= {"tests": None, "site_teams": None}
    assert (asked["kind"], asked["parameters"]) == ("plan", wanted)


def test_without_a_time_a_plan_is_of_the_next_morning_without_what_is_done_by_then(officer, results, services):
    write_results(results / "run-1")
    services.store.write(lambda db: field_checks.append(db, check(day=date(2020, 8, 29))))
    with watcher(results):
        assert post(officer, PLANS).status_code == 202
    asked = json.loads((results / "request.json").read_text())["parameters"]
    assert (asked["begin"], asked["done"]) == ("2020-08-29T09:00:00+09:00", ["d-GP-001"])


def test_a_plan_leaves_out_what_was_disinfected_after_the_last_case_was_there(officer, results, services):
    write_results(results / "run-1")
    noon = datetime(2020, 8, 25, 12, tzinfo=KST)  # of the notes

    def furnish(db):
        facts = {"registered_at": noon, "onset": None, "specimen_date": noon.date(), "isolated_on": None}
        cases.add_case(db, Case(case_id="C-1", number="시험-1", **facts))
        for name, ended in (("GP-001", noon), ("GP-003", noon + timedelta(hours=1)), ("GP-004", noon)):
            if name != "GP-001":
                facilities.add(db, facility(name, f"모의 {name}", sensitive=name == "GP-004"))
            visit = {"start": noon - timedelta(hours=3), "end": ended, "known_at": noon}
            cases.add_index_visits(db, [IndexVisit(case_id="C-1", facility_id=name, **visit)], "place")
            field_checks.append(db, check(f"check-{name}", stop_id=f"d-{name}"))

    services.store.write(furnish)
    with watcher(results):
        assert post(officer, PLANS, {"begin": "2020-08-26T13:00:00+09:00"}).status_code == 202
    asked = json.loads((results / "request.json").read_text())["parameters"]
    assert (asked["done"], asked["disinfected"]) == ([], ["d-GP-001"])


@pytest.mark.parametrize("wrong", [{"teams": 0}, {"hours": 25}, {"begin": "2020-08-26T13:00:00"}, {"street": "x"}])
def test_a_plan_that_cannot_be_is_refused_at_once(officer, results, wrong):
    write_results(results / "run-1")
    with watcher(results):
        assert post(officer, PLANS, wrong).get_json()["code"] == "bad_input"
    assert not (results / "request.json").exists()


def test_the_token_of_the_page_is_asked_for(officer, results):
    with watcher(results):
        assert officer.client.post(RUNS, json={}).get_json()["code"] == "csrf"
