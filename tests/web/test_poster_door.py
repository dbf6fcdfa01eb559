"""The poster outside opening hours, while it is replaced and when it is reported; several tickets of one phone."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from entry_service.core.posters import poster_id
from entry_service.store.sites import facilities, posters
from entry_service.usecases.sites.report_poster import open_reports

from .browser import axe_violations, desktop, phone, serving, too_wide
from .forms import text
from .test_poster_entry import OLD, POSTER, enter, fill, hung, rows  # noqa: F401

UNKNOWN, OFFICE = poster_id(bytes(10), 3), poster_id(bytes(range(2, 12)), 1)


@pytest.fixture
def hours(services):
    """The library is open from nine to six."""
    library = replace(services.facility("GP-001"), opens=9, closes=18)
    services.store.write(lambda db: facilities.update_facility(db, library))


@pytest.fixture
def office(services, clock):
    hanging = posters.Poster(poster_id=OFFICE, facility_id="GP-002", epoch=1, valid_from=clock())
    services.store.write(lambda db: posters.add(db, hanging))


def test_an_hour_after_closing_the_form_is_refused_in_words_and_in_the_log(person, services, clock, hours):
    visitor = person()
    assert enter(visitor).status_code == 303
    form = fill(visitor)
    clock.passes(minutes=59, seconds=59)
    assert "운영 시간이 아닙니다" not in text(visitor.get(f"/E/{POSTER}"))
    clock.passes(seconds=1)
    page = text(visitor.get(f"/E/{POSTER}"))
    assert "지금은 운영 시간이 아닙니다(운영 시간 09:00 – 18:00)" in page
    assert 'name="phone"' not in page
    for _ in range(2):
        refused = visitor.client.post(f"/E/{POSTER}", data=form)
        assert (refused.status_code, "직원에게 말씀하시기 바랍니다" in text(refused)) == (422, True)
    logged = rows(services, clock, refused=True)
    assert [row.outcome for row in logged] == ["accepted", "facility_closed"]
    assert logged[1].pid is None
    assert visitor.post("/ticket/leave").status_code == 303  # leaving is never refused


def test_a_poster_that_is_being_replaced_says_so(person):
    assert "새 포스터로 바뀌는 중입니다" in text(person().get(f"/E/{OLD}"))
    assert "바뀌는 중" not in text(person().get(f"/E/{POSTER}"))


@pytest.mark.parametrize(
    ("children", "status"), [("0", 303), ("1", 303), ("", 303), ("2", 422), ("-1", 422), ("x", 422)]
)
def test_children_come_with_an_adult(person, services, clock, children, status):
    visitor = person()
    answer = enter(visitor, children=children)
    assert answer.status_code == status
    if status == 303:
        assert [row.children for row in rows(services, clock)] == [int(children or 0)]
        assert ("(어린이 1명 포함)" in text(visitor.get("/ticket"))) == (children == "1")
    else:
        assert re.search(r'id="children-error">[^<]*어른이 한 명은', text(answer))


@pytest.mark.parametrize("poster", [POSTER, OLD, UNKNOWN])
def test_a_poster_can_be_reported_also_one_that_nobody_hung(person, services, poster):
    visitor = person()
    assert "포스터 신고" in text(visitor.get(f"/E/{poster}"))
    told = visitor.post(f"/E/{poster}/report", {"reason": "covered"})
    assert (told.status_code, told.headers["Location"]) == (303, f"/E/{poster}")
    assert "알려 주셔서 고맙습니다" in text(visitor.get(f"/E/{poster}"))
    [kept] = open_reports(services, None)
    assert (kept.poster_id, kept.reason) == (poster, "covered")


def test_what_is_no_reason_or_no_poster_is_refused(person, services):
    assert person().post(f"/E/{POSTER}/report", {"reason": "no"}).status_code == 422
    assert person().post("/E/1/report", {"reason": "other"}).status_code == 422
    assert person().client.post(f"/E/{POSTER}/report", data={"reason": "other"}).status_code == 400
    assert open_reports(services, None) == []


def test_a_program_gets_a_refusal_it_can_read(person):
    gone = person().get(f"/E/{UNKNOWN}", headers={"Accept": "application/json"})
    assert (gone.status_code, gone.json["code"]) == (404, "not_found")


def test_the_manager_sees_reports_and_marks_them(person, services):
    person().post(f"/E/{OLD}/report", {"reason": "elsewhere"})
    manager = person("manager")
    page = text(manager.get("/manager/GP-001/poster"))
    assert all(
        words in page for words in ("방문자가 포스터를 신고하였습니다", "다른 곳에 붙어 있음", "제6차 포스터")
    )
    [report] = open_reports(services, "GP-001")
    assert person("approver").post(f"/poster-reports/{report.report_id}/settle").status_code == 403
    assert manager.post(f"/poster-reports/{report.report_id}/settle").status_code == 422
    done = manager.post(f"/poster-reports/{report.report_id}/settle", {"result": "not_found"})
    assert done.headers["Location"] == "/manager/GP-001/poster"
    page = text(manager.get("/manager/GP-001/poster"))
    assert "복사본이 없는 것으로 기록했습니다" in page
    assert "신고하였습니다" not in page


def test_the_administrator_sees_those_of_unknown_posters_too(person, services):
    person().post(f"/E/{UNKNOWN}/report", {"reason": "other"})
    assert person("manager").get("/admin/poster-reports").status_code == 403
    admin = person("admin")
    assert "신고된 포스터가 있습니다: 1건" in text(admin.get("/admin"))
    assert "등록되지 않은 포스터" in text(admin.get("/admin/poster-reports"))
    [report] = open_reports(services, None)
    settle = f"/poster-reports/{report.report_id}/settle"
    assert person("manager").post(settle, {"result": "seen"}).status_code == 404
    done = admin.post(settle, {"from": "all", "result": "seen"})
    assert done.headers["Location"] == "/admin/poster-reports"
    assert "확인할 신고가 없습니다" in text(admin.get("/admin/poster-reports"))


def test_a_phone_keeps_the_last_few_tickets_and_each_leaves_by_itself(person, services, clock, office):
    visitor = person()
    enter(visitor)
    clock.passes(minutes=5)
    enter(visitor, OFFICE)
    page = text(visitor.get("/ticket"))
    assert page.index("군포시청") < page.index("산본도서관")
    assert "이 휴대전화의 다른 입장권" in page
    library = re.findall(r'name="scan_id" value="([^"]+)"', page)[-1]
    visitor.post("/ticket/leave", {"scan_id": library})
    assert [row.direction for row in rows(services, clock)] == ["in", "out"]
    page = text(visitor.get("/ticket"))
    assert all(words in page for words in ("퇴장 완료", "군포시청"))
    visitor.post("/ticket/forget", {"scan_id": library})
    assert "산본도서관" not in text(visitor.get("/ticket"))
    assert visitor.post("/ticket/leave", {"scan_id": library}).status_code == 404
    for _ in range(6):
        clock.passes(minutes=1)
        enter(visitor, OFFICE)
    assert len(visitor.client.get_cookie("ticket").value) < 4_000
    assert len(re.findall("군포시청", text(visitor.get("/ticket")))) > 3


def test_the_ticket_carries_the_mark_of_its_hour(person, clock, office):
    visitor, looks = person(), []
    enter(visitor)
    for minutes in (0, 59, 1):
        clock.passes(minutes=minutes)
        looks.append(re.search(r'data-colour="(\w+)" data-shape="(\w+)"', text(visitor.get("/ticket"))).groups())
    assert looks[0] == looks[1] != looks[2]


@pytest.fixture(params=[phone, desktop])
def page(request, browser, app):
    with serving(app) as origin:
        opened = request.param(browser, origin)
        yield opened
        assert opened.complaints == []
        opened.context.close()


def take_ticket(page):
    page.goto(f"/E/{POSTER}")
    page.locator("#name").fill("시험방문자")
    page.locator("#phone").fill("010-0391-4826")
    page.locator("#consent").check()
    page.get_by_role("button", name="입장 등록").click()
    page.wait_for_url("**/ticket")


def test_the_ticket_lives_on_without_a_network_and_turns_its_mark(page, clock):
    page.clock.install(time=clock())
    take_ticket(page)
    mark = page.locator("#hour-mark")
    first = mark.text_content(), mark.get_attribute("data-shape"), mark.get_attribute("data-colour")
    page.context.set_offline(True)
    page.clock.fast_forward(3_600_000)
    expect(page.locator("#ticket-now")).to_have_text(re.compile("19:00:0[0-9]"))
    assert (mark.text_content(), mark.get_attribute("data-shape"), mark.get_attribute("data-colour")) != first
    page.get_by_role("button", name="퇴장").click()
    expect(page.get_by_role("alert")).to_contain_text("입장권은 그대로 쓸 수 있습니다")
    page.clock.fast_forward(24 * 3_600_000)
    expect(mark).to_be_hidden()  # rather none than a wrong one
    page.context.set_offline(False)
    page.get_by_role("button", name="퇴장").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("퇴장 완료")


def test_the_band_moves_and_stands_still_where_motion_is_unwanted(browser, app):
    with serving(app) as origin:
        for motion, moves in (("no-preference", True), ("reduce", False)):
            page = phone(browser, origin, reduced_motion=motion)
            take_ticket(page)
            left = "() => document.querySelector('.ticket-band p').getBoundingClientRect().left"
            before = page.evaluate(left)
            page.wait_for_timeout(400)
            assert (page.evaluate(left) != before) is moves
            assert page.get_by_text("띠는 멈추어 있습니다").is_visible() is not moves
            expect(page.locator("#ticket-now")).to_have_text(re.compile("18:00:0[1-9]"))
            assert (axe_violations(page), too_wide(page)) == ([], False)
            page.context.close()


def test_reporting_in_a_browser(page, services):
    page.goto(f"/E/{UNKNOWN}")
    page.complaints.clear()  # the browser reports the 404
    assert (axe_violations(page), too_wide(page)) == ([], False)
    page.get_by_text("포스터 신고", exact=True).click()
    page.get_by_label("덧붙인 스티커").check()
    assert axe_violations(page) == []
    page.get_by_role("button", name="신고하기").click()
    expect(page.get_by_text("알려 주셔서 고맙습니다")).to_be_visible()
    page.complaints.clear()
    assert len(open_reports(services, None)) == 1


def test_the_closed_poster_in_a_browser(page, clock, hours):
    clock.now += timedelta(hours=5)
    page.goto(f"/E/{POSTER}")
    expect(page.get_by_text("지금은 운영 시간이 아닙니다")).to_be_visible()
    assert (axe_violations(page), too_wide(page)) == ([], False)


def test_the_staff_page_shows_the_mark_that_the_tickets_carry(person, device):
    visitor = person()
    enter(visitor)
    marked = re.compile(r'data-colour="(\w+)" data-shape="(\w+)"')
    ticket, door = text(visitor.get("/ticket")), text(person().get("/staff", headers=device))
    assert marked.search(ticket).groups() == marked.search(door).groups()
    assert "지금 입장권의 표시" in door
