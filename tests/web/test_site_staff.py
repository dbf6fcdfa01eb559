"""Testing sites with numbers on the officer's page, in the workbook and on paper; older plans still open."""

import json
from datetime import timedelta

import pytest

from tests.demo.result_fixture import write_results
from tests.workbooks import sheet_rows

from .openapi_runs import watcher
from .planned import DAY, at, plan_of, usual_stops, write_plan
from .test_plan_pages import HOME, PLAN
from .test_run_api import PLANS, post

SITES, HOURS = 3, 4  # sheets of the workbook
CAME = (30.2, 41.7, 12.0)


@pytest.fixture
def staffed(services, settings):
    plan = plan_of(PLAN, usual_stops())
    hours = [
        {
            "start": (at(DAY, 16) + timedelta(hours=number)).isoformat(),
            "people": people,
            "teams_needed": 6 + number,
            "wait_minutes": 7.6 + number,
            "waiting": 0.0,
        }
        for number, people in enumerate(CAME)
    ]
    plan["sites"][0] |= {"people": sum(CAME), "teams": 8, "staff": 32, "wait_minutes": 9.6, "hours": hours}
    plan["parameters"] |= {"tests": 84, "tests_per_hour": 6.0, "team_staff": 4, "wait_minutes": 15.0}
    return write_plan(settings.var, plan)


def test_page_workbook_and_sheet_tell_people_teams_and_wait_by_the_hour(person, staffed):
    officer = person("officer")
    page, paper = (officer.get(path).get_data(as_text=True) for path in (HOME, f"{HOME}/teams"))
    for shown in (page, paper):
        assert "예상 84명 · 8개 조(32명) · 가장 붐비는 시간의 평균 대기 10분" in shown
        assert "한 조(4명)가 한 시간에 6명을 검사한다고 보았습니다." in shown
        assert shown.count('<td class="number">42</td>') == 1
    book = officer.get(f"{HOME}/plan.xlsx").data
    head, row = sheet_rows(book, SITES)[:2]
    told = dict(zip(head, row, strict=True))
    assert (told["예상 인원"], told["검사 조"], told["인력(명)"], told["가장 긴 평균 대기(분)"]) == (84, 8, 32, 10)
    assert [row[2:5] for row in sheet_rows(book, HOURS)[1:]] == [[30, 6, 8], [42, 7, 9], [12, 8, 10]]
    assert "선별검사소" not in officer.get(f"{HOME}/teams/1").get_data(as_text=True)  # one team's own sheet


def test_a_plan_of_an_earlier_release_opens_without_numbers(person, services, settings):
    write_plan(settings.var, plan_of(PLAN, usual_stops()))
    officer = person("officer")
    page = officer.get(HOME).get_data(as_text=True)
    assert "선별검사소와 인력 제안" in page
    assert "예상" not in page.split('id="sites-heading"')[1].split("</section>")[0]
    row = sheet_rows(officer.get(f"{HOME}/plan.xlsx").data, SITES)[1]
    assert row[7:11] == [None] * 4


def test_the_form_begins_without_numbers_and_then_with_what_was_asked_last(person, services, settings):
    empty = person("officer").get("/officer/plans").get_data(as_text=True)
    assert 'name="tests" type="number" min="0" max="100000" value=""' in empty
    plan = plan_of(PLAN, usual_stops())
    plan["parameters"] |= {"tests": 84, "site_teams": 5}
    write_plan(settings.var, plan)
    filled = person("officer").get("/officer/plans").get_data(as_text=True)
    assert 'max="100000" value="84"' in filled
    assert 'max="200" value="5"' in filled


def test_people_and_testing_teams_are_asked_of_the_analytics(person, settings):
    write_results(settings.results_dir / "run-1")
    officer = person("officer")
    with watcher(settings.results_dir):
        answer = post(officer, PLANS, {"teams": 1, "tests": 300, "site_teams": 9})
        assert answer.status_code == 202
        told = json.loads((settings.results_dir / "request.json").read_text(encoding="utf-8"))["parameters"]
        assert (told["tests"], told["site_teams"]) == (300, 9)
    for wrong in ({"tests": -1}, {"site_teams": 0}):
        assert post(officer, PLANS, {"teams": 1, **wrong}).status_code == 422
