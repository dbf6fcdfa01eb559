"""A copied poster on a phone: reported, found, its entries before the health centre, replaced, and taken back."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from entry_service.core.actors import Actor
from entry_service.store.log.doubts import Wanted
from entry_service.store.sites import posters
from entry_service.usecases.sites import settle_report
from entry_service.usecases.sites.report_poster import open_reports, results
from entry_service.usecases.sites.watch import listed

from .browser import axe_violations, phone, serving, too_wide
from .forms import text
from .sign_in import sign_in
from .test_poster_entry import POSTER, enter, hung  # noqa: F401

HOUR = timedelta(hours=1)


def waiting(services):
    return listed(services, Wanted(), limit=9).total


def reported(person, times=1):
    for _press in range(times):
        assert person().post(f"/E/{POSTER}/report", {"reason": "elsewhere"}).status_code == 303


def test_an_officer_settles_a_report_of_any_facility_and_is_told_what_came_of_it(person, services, clock):
    enter(person())
    reported(person, 2)
    officer = person("officer")
    page = text(officer.get("/officer/watch"))
    assert "포스터 복사본 신고" in page
    assert "판단을 기다리는 기록이 없습니다" in page
    [report, _other] = open_reports(services, None)
    address = f"/poster-reports/{report.report_id}/settle"
    assert officer.post(address, {"result": "maybe"}).status_code == 422
    done = officer.post(address, {"result": "found", "from": "watch"})
    assert (done.status_code, done.headers["Location"]) == (303, "/officer/watch")
    page = text(officer.get("/officer/watch"))
    for words in (
        "출입 기록 1건은 보건소가 판단할 때까지 보류합니다",
        "복사된 포스터",
        "복사본 있음",
        "officer · ",
    ):
        assert words in page
    assert "포스터 복사본 신고" not in page
    assert waiting(services) == 1
    [row] = services.vault.audit.entries(clock() - HOUR, clock() + HOUR, action="poster_report_settled")
    assert (row.role, row.outcome, row.rows) == ("officer", "found", 1)


@pytest.mark.parametrize(
    ("role", "origin", "back"),
    [
        ("officer", "watch", "/officer/watch"),
        ("admin", "all", "/admin/poster-reports"),
        ("manager", "", "/manager/GP-001/poster"),
    ],
)
def test_who_was_overtaken_is_told_so_and_sees_what_holds(person, services, monkeypatch, role, origin, back):
    enter(person())
    reported(person)
    [report] = open_reports(services, None)
    whole, other = settle_report._doubt, Actor(account_id="A-other", role="admin")

    def overtaken(services, one, window, result, now):
        if result == "found":
            asked = {"actor": other, "facility_id": None, "now": now}
            settle_report.settle_report(services, report.report_id, "not_found", **asked)
        return whole(services, one, window, result, now)

    monkeypatch.setattr(settle_report, "_doubt", overtaken)
    client = person(role)
    done = client.post(f"/poster-reports/{report.report_id}/settle", {"result": "found", "from": origin})
    assert (done.status_code, done.headers["Location"]) == (303, back)
    page = text(client.get(back))
    assert "그사이 다른 사람이 이 신고의 결과를 다르게 정했습니다" in page
    assert "복사본이 있는 것으로 기록했습니다" not in page
    assert (waiting(services), [one.result for one in results(services, None)]) == (0, ["not_found"])


def test_a_manager_finds_a_copy_replaces_the_poster_and_takes_it_back(browser, app, person, services, tmp_path):
    enter(person())
    reported(person)
    with serving(app) as origin:
        page = phone(browser, origin)
        sign_in(page, app, "manager")
        page.goto("/manager/GP-001/poster")
        expect(page.get_by_text("신고만으로는 빼지 않습니다")).to_be_visible()
        look(page, tmp_path / "reported")
        page.get_by_role("button", name="복사본 있음").click()
        expect(page.get_by_text("출입 기록 1건은 보건소가 판단할 때까지 보류합니다")).to_be_visible()
        copied = page.get_by_role("region", name="이 포스터의 복사본이 있습니다")
        look(page, tmp_path / "found")
        assert waiting(services) == 1
        copied.get_by_role("button", name="새 포스터 발급").click()
        expect(page.get_by_text("차 포스터를 발급했습니다")).to_be_visible()
        expect(copied).to_have_count(0)
        page.get_by_role("button", name="복사본 없음으로 바꾸기").click()
        expect(page.get_by_text("보류했던 출입 기록 1건을 다시 셉니다")).to_be_visible()
        look(page, tmp_path / "not-found")
        assert page.complaints == []
        page.context.close()
    assert waiting(services) == 0
    [result] = results(services, "GP-001")
    with services.store.read() as db:
        assert (result.result, posters.find(db, POSTER).copied_at) == ("not_found", None)


def look(page, path):
    assert (axe_violations(page), too_wide(page)) == ([], False)
    page.screenshot(path=f"{path}-390.png", full_page=True)
