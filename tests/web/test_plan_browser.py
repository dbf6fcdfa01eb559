"""The officer's plan in a real Chromium: asked for, watched, looked at, printed."""

import fcntl
import json
import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from analytics.planning.parameters import asked
from entry_service.store.plans import field_checks
from entry_service.store.sites import facilities
from tests.demo.result_fixture import write_results
from tests.field_notes import check

from .browser import axe_violations, desktop, phone, serving, too_wide
from .conftest import facility
from .planned import DAY, plan_of, stop, usual_stops, write_plan
from .sign_in import sign_in

pytestmark = pytest.mark.real
MADE = "20200825T180000-abcd"
PAGE = re.compile(rb"/Type\s*/Page[^s]")


@contextmanager
def watcher(results):
    """Hold the lock as a watcher of the analytics does."""
    results.mkdir(parents=True, exist_ok=True)
    with (results / "watch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def told(results, request: dict, state: str, fraction: float, **facts: object) -> None:
    """Tell how far the plan is, as the watcher does."""
    progress = {"id": request["id"], "kind": "plan", "state": state, "step": "plan_routes", "done": 1, "of": 2}
    words = {"title": {"ko": "조별 동선을 정합니다", "en": "Laying the ways"}, "fraction": fraction}
    times = {"started_at": None, "updated_at": "2020-08-25T18:00:00+09:00", "run": None, "error": None}
    file = results / "progress.json"
    file.with_suffix(".new").write_text(json.dumps({**progress, **words, **times, **facts}), encoding="utf-8")
    file.with_suffix(".new").rename(file)


def officer(page, app):
    """Sign the page in as an officer."""
    sign_in(page, app, "officer")
    return page


def test_a_plan_is_asked_for_watched_and_opened(app, services, settings, browser):
    results = settings.results_dir
    write_results(results / "run-1")
    services.store.write(lambda db: field_checks.append(db, check()))
    with serving(app) as origin:
        page = officer(desktop(browser, origin), app)
        page.goto("/officer/plans")
        expect(page.locator("#progress-said")).to_contain_text("분석 프로그램이 실행되고 있지 않아")
        expect(page.locator("#ask-button")).to_be_disabled()
        assert axe_violations(page) == []
        with watcher(results):
            expect(page.locator("#ask-button")).to_be_enabled()
            page.get_by_label("날짜").fill(DAY.isoformat())
            page.get_by_label("조 수").fill("3")
            page.get_by_label("소독제").select_option("quat")
            page.get_by_label("출발", exact=True).fill("22:00")
            page.get_by_label("복귀").fill("02:00")
            expect(page.locator("#ask-overnight")).to_be_visible()
            page.get_by_label("들어가는 시각").select_option("agreed")
            page.get_by_role("button", name="계획 만들기").click()
            expect(page.locator("#progress-said")).to_contain_text("차례를 기다리고")
            request = json.loads((results / "request.json").read_text(encoding="utf-8"))
            parameters = asked({name: value for name, value in request["parameters"].items() if name != "result"})
            assert (parameters.teams, parameters.agent, parameters.hours) == (3, "quat", 4.0)
            assert parameters.begin.isoformat() == "2020-08-25T22:00:00+09:00"
            assert parameters.entry == "agreed"
            assert parameters.done == ("d-GP-001",)
            told(results, request, "running", 0.5)
            expect(page.locator("#progress-said")).to_contain_text("조별 동선을 정합니다 (50%)")
            write_plan(settings.var, plan_of(MADE, usual_stops()))
            told(results, request, "done", 1.0, run=MADE)
            page.wait_for_url(f"**/officer/plans/{MADE}")
            expect(page.locator("#plan-map .plan-pin")).to_have_count(6)
        assert page.complaints == []


@pytest.mark.parametrize("made", [True, False])
def test_another_run_that_began_before_the_page_saw_the_end_lets_nobody_wait(app, settings, browser, made):
    results = settings.results_dir
    write_results(results / "run-1")
    with serving(app) as origin, watcher(results):
        page = officer(desktop(browser, origin), app)
        page.goto("/officer/plans")
        page.get_by_role("button", name="계획 만들기").click()
        expect(page.locator("#progress-said")).to_contain_text("차례를 기다리고")
        request = json.loads((results / "request.json").read_text(encoding="utf-8"))
        plan = f"20200825T180000-{request['id'][:4]}"
        if made:
            write_plan(settings.var, plan_of(plan, usual_stops()))
        told(results, {"id": "of-another"}, "done", 1.0, run="run-1")
        (results / "request.json").unlink()
        if made:
            page.wait_for_url(f"**/officer/plans/{plan}")
        else:
            expect(page.locator("#ask-error")).to_contain_text("요청한 계획을 찾지 못했습니다.")
            expect(page.locator("#ask-button")).to_be_enabled()
        assert page.complaints == []


def test_a_plan_reads_well_on_desk_and_phone(app, services, settings, browser):
    services.store.write(lambda db: facilities.add(db, facility("GP-003", "중앙시장")))
    write_plan(settings.var, plan_of(MADE, usual_stops()))
    with serving(app) as origin:
        for open_page in (desktop, phone):
            page = officer(open_page(browser, origin), app)
            page.goto(f"/officer/plans/{MADE}")
            page.get_by_text("이유와 변경").first.click()
            expect(page.locator("#plan-map .plan-station").first).to_be_attached()
            change = page.locator(".plan-change").first
            expect(change.locator("[name=reason]")).to_have_js_property("required", False)
            change.locator("[name=team]").select_option("drop")
            expect(change.locator("[name=reason]")).to_have_js_property("required", True)
            assert axe_violations(page) == []
            assert not too_wide(page)
            assert page.complaints == []


@pytest.mark.parametrize(("stops", "pages"), [(1, 1), (10, 1), (24, 2)])
def test_a_sheet_prints_on_few_pages(app, services, settings, browser, stops, pages):
    many = [stop(f"PL-{number:03}", number) for number in range(1, stops + 1)]

    def add(db) -> None:
        for one in many:
            facilities.add(db, facility(one["facility_id"], "산본중앙공원 앞 상가 지하 1층"))

    services.store.write(add)
    write_plan(settings.var, plan_of(MADE, many))
    with serving(app) as origin:
        page = officer(desktop(browser, origin), app)
        page.goto(f"/officer/plans/{MADE}/teams/1")
        assert "확진자" not in page.locator("main").inner_text()
        assert len(PAGE.findall(page.pdf(prefer_css_page_size=True))) == pages


def test_all_sheets_print_at_once_each_on_its_own_page(app, services, settings, browser):
    write_plan(settings.var, plan_of(MADE, usual_stops()))
    with serving(app) as origin:
        page = officer(desktop(browser, origin), app)
        page.goto(f"/officer/plans/{MADE}")
        page.get_by_role("link", name="모두 인쇄").click()
        assert page.locator(".sheet").count() == 3  # two teams and the testing sites
        assert page.get_by_text("보건소 031-390-0114").count() == 2
        assert page.get_by_text("긴급 119").count() == 2
        assert axe_violations(page) == []
        assert len(PAGE.findall(page.pdf(prefer_css_page_size=True))) == 3


def test_a_plan_is_sent_out_and_a_stop_is_noted_for_a_team(app, services, settings, browser):
    write_plan(settings.var, plan_of(MADE, usual_stops()))
    with serving(app) as origin:
        page = officer(phone(browser, origin), app)
        page.goto(f"/officer/plans/{MADE}")
        page.locator(".plan-team").first.get_by_role("button", name="배정").click()
        offered = page.locator(".plan-team").last.get_by_role("option", name="field (1조)")
        expect(offered).to_be_disabled()
        page.get_by_role("button", name="조에 보내기").click()
        expect(page.locator(".plan-send")).to_contain_text("조에 보냄")
        row = page.locator("#s-d-GP-001")
        row.get_by_text("이유와 변경").click()
        row.get_by_text("조를 대신해 기록").click()
        note = row.locator(".plan-note")
        note.get_by_label("시작").fill("11:00")
        note.get_by_label("끝").fill("11:35")
        assert axe_violations(page) == []
        assert not too_wide(page)
        note.get_by_role("button", name="기록 남기기").click()
        expect(page.locator("#worked")).to_contain_text("11:00–11:35")
        expect(row).to_contain_text("11:35 · officer")
        assert page.complaints == []
