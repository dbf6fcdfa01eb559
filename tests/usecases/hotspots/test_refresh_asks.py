"""Who refreshes asks once, later after a failure, and stands in no officer's way."""

import json
import time
from datetime import timedelta

import pytest

from analytics.watch.requests import take, waiting_request
from entry_service.core.errors import Unavailable
from entry_service.store.database import reserve
from entry_service.usecases.hotspots import run_analytics
from entry_service.usecases.hotspots.asking import RunBusy
from entry_service.usecases.hotspots.refresh_results import Refreshing, refresh_if_due
from entry_service.usecases.hotspots.run_analytics import ask_for_plan, ask_for_run, kept_hours
from entry_service.usecases.hotspots.run_status import run_status
from tests.usecases.refreshing import EVERY, ID, LATER, databases, kind, late, log, refreshed
from tests.usecases.small_log import LIBRARY, at
from tests.web.openapi_runs import watcher

__all__ = ["databases", "kind", "log"]
PROGRESS = {"kind": "hotspots", "state": "running", "updated_at": "2020-08-20T14:21:00+09:00"}


def test_what_fails_is_tried_again_later_and_later_and_not_on_a_disk_without_room(log, monkeypatch):
    def fails(*_, **__):
        raise Unavailable("추출하지 못했습니다.")

    late(log)
    results = log.services.settings.results_dir
    with watcher(results):
        (results / "asked.json").write_text("of an officer")
        with monkeypatch.context() as broken:
            broken.setattr(run_analytics, "extract_beside", fails)
            tried = [minute for minute in range(60) if refreshed(log, LATER + timedelta(minutes=minute))]
        assert tried == [0, 10, 30]
        assert run_status(results).progress.error == {"ko": "추출하지 못했습니다."}
        assert (results / "asked.json").read_text() == "of an officer"
        later = LATER + timedelta(minutes=71)
        with monkeypatch.context() as full:
            full.setattr(reserve, "_free", lambda folder: 15 * reserve.MEGABYTE)
            assert not refreshed(log, later)
        assert refreshed(log, later)
        (results / "refresh.json").unlink()
        log.scan(42, LIBRARY, "18 12:00", "in", received_at=later + timedelta(minutes=1))
        assert refreshed(log, later + timedelta(minutes=5))


@pytest.mark.parametrize("way", ["no thread", "no room"])
def test_a_request_that_could_not_begin_lets_the_next_one_ask(log, monkeypatch, way):
    def fails(*_):
        raise RuntimeError("no thread") if way == "no thread" else OSError(28, "no room")

    services, asked = log.services, {"draw": ID, "now": LATER}
    with watcher(services.settings.results_dir):
        with pytest.raises(RuntimeError if way == "no thread" else Unavailable):
            ask_for_run(services, kept_hours(LATER, 28), beside=fails, **asked)
        assert ask_for_plan(services, {}, **asked) == ID


def test_officers_are_not_refused_because_of_a_refresh_and_theirs_comes_first(log):
    late(log)
    services, work = log.services, []
    results = services.settings.results_dir

    def run(draw):
        return ask_for_run(services, kept_hours(LATER, 28), draw=draw, now=LATER, beside=lambda work: work())

    with watcher(results):
        assert refreshed(log, beside=work.append)  # its extract is being written
        assert ask_for_plan(services, {}, draw="a" * 16, now=LATER) == "a" * 16
        assert run_status(results).progress.id == "a" * 16
        with pytest.raises(RunBusy):
            ask_for_plan(services, {}, draw="b" * 16, now=LATER)
        (results / "request.json").unlink()
        work.pop()()
        assert run_status(results).progress.id == ID  # it waits
        assert run("c" * 16)
        assert waiting_request(results).id == "c" * 16
        take(results, waiting_request(results))
        assert waiting_request(results) is None  # the refresh knew less
        told = json.dumps({**PROGRESS, "id": ID})
        (results / "progress.json").write_text(told)
        assert ask_for_plan(services, {}, draw="d" * 16, now=LATER)  # behind the refresh that runs
        (results / "request.json").unlink()
        (results / "progress.json").write_text(told.replace(ID, "e" * 16))
        with pytest.raises(RunBusy):
            ask_for_plan(services, {}, draw="f" * 16, now=LATER)


def test_the_extract_of_the_result_that_is_shown_stays(log):
    services = log.services
    results, home = services.settings.results_dir, services.settings.var / "extract"
    with watcher(results):
        (results / "run-1").mkdir()
        (results / "latest").symlink_to("run-1")
        (results / "watch.json").write_text(json.dumps({"extracts": {"run-1": "20200820T140300-0000"}}))
        for minute in range(4):
            now = LATER + timedelta(minutes=minute)
            ask_for_run(services, kept_hours(now, 28), draw=ID, now=now, beside=lambda work: work())
            (results / "request.json").unlink()
    kept = sorted(path.name for path in home.iterdir())
    assert (len(kept), kept[0]) == (4, "20200820T140300-0000")


def test_two_that_find_it_due_at_once_are_one(log):
    """Between the look and the lock somebody else may have refreshed."""
    late(log)
    made = []

    def draw():
        if not made:
            made.append(True)
            assert refreshed(log)
            (log.services.settings.results_dir / "refresh.json").unlink()
        return ID

    with watcher(log.services.settings.results_dir):
        assert not refresh_if_due(log.services, kept_hours(LATER, 28), every=EVERY, draw=draw, now=LATER)


def test_one_run_is_asked_for_and_none_while_it_is_on_its_way_or_nobody_takes_it(log):
    late(log)
    services = log.services

    assert not refreshed(log)  # no watcher
    results = services.settings.results_dir
    with watcher(results):
        assert refreshed(log)
        asked = json.loads((results / "refresh.json").read_text())
        made = services.settings.var / "extract" / asked["parameters"]["extract"] / "datapackage.json"
        said = json.loads(made.read_text())
        assert said["end"] == "2020-08-20T14:00:00+09:00"
        late_again = at("20 14:40")
        log.scan(41, LIBRARY, "18 13:00", "in", received_at=at("20 14:30"))
        assert not refreshed(log, late_again)  # not taken yet
        (results / "refresh.json").unlink()
        assert refreshed(log, late_again)


def test_the_thread_looks_by_itself_and_ends_when_it_is_told_to(log, monkeypatch):
    monkeypatch.setattr("entry_service.usecases.hotspots.refresh_results.LOOK_EVERY", 0.01)
    late(log)
    asked = []
    monkeypatch.setattr(
        "entry_service.usecases.hotspots.refresh_results.ask_for_run", lambda *_, **how: asked.append(how["now"])
    )
    thread = Refreshing(log.services, lambda: LATER, lambda now: kept_hours(now, 28), every=EVERY, draw=lambda: ID)
    while not asked:
        time.sleep(0.01)
    thread.close()
    assert set(asked) == {LATER}
