"""The checklist of a disinfection team, in a real Chromium: without network, on two phones, reloaded."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from entry_service.store.plans import field_checks, plans
from entry_service.store.plans.plans import GivenTeam
from entry_service.store.sites import facilities
from tests.field_notes import given, sent

from ..browser import axe_violations, too_wide
from ..conftest import PASSWORD, facility
from ..planned import DAY, plan_of, usual_stops, write_plan
from .door import Town, kept

pytestmark = pytest.mark.real

PLAN = "20200825T080000-abcd"
CHECKS = "/api/v1/field/checks"


@pytest.fixture
def team(town: Town, services, settings, clock) -> Town:
    """Return the town with a plan in which the account ``field`` is team 1."""

    def write(db) -> None:
        facilities.add(db, facility("GP-003", "중앙시장"))
        given = {"given_by": "A-officer", "given_at": clock()}
        plans.give_team(db, GivenTeam(plan_id=PLAN, day=DAY, account_id="A-field", team=1, **given))
        plans.send(db, sent(PLAN))

    services.store.write(write)
    write_plan(settings.var, plan_of(PLAN, usual_stops()))
    return town


def phone_of(town: Town) -> Page:
    """Return a phone on which the account has signed in and the checklist is kept."""
    page = town.context(token=None).new_page()
    page.goto("/login?next=/field")
    page.get_by_label("아이디").fill("field")
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    expect(page.locator("#count")).to_contain_text("2곳 중 0곳")
    kept(page)
    return page


def stop(page: Page, name: str):
    return page.locator(".field-stop", has_text=name)


def done(page: Page, name: str, remark: str = "") -> None:
    """Note that a place was disinfected."""
    card = stop(page, name)
    card.get_by_role("button", name="점검표 적기").click()
    card.get_by_role("button", name="지금 시작").click()
    card.get_by_text("출입문 손잡이").click()
    card.get_by_label("환기(분)").fill("30")
    card.get_by_label("비고").fill(remark)
    card.get_by_role("button", name="저장").click()


def arrived(page: Page, *names: str) -> None:
    """Wait until the service has answered for what was noted of these places, and nothing waits to be sent."""
    for name in names:
        expect(stop(page, name).locator(".badge")).to_have_text(re.compile("^(완료|못함)$"), timeout=60_000)
    expect(page.locator("#waiting")).to_be_hidden(timeout=60_000)


def notes(town: Town):
    """Return every note of the day, by stop."""
    with town.services.store.read() as db:
        return field_checks.of_day(db, DAY)


def posts(town: Town) -> list[str]:
    """Return the ids of all notes that arrived, in the order of their arrival."""
    return [one["check_id"] for path, body in town.posts if path == CHECKS for one in body["checks"]]


def test_a_note_made_without_network_is_sent_once_when_it_is_back(team, clock):
    page = phone_of(team)
    with team.down():
        page.reload()
        expect(page.locator("#connection")).to_contain_text("오프라인")
        done(page, "산본도서관", "3층 화장실 잠김")
        expect(stop(page, "산본도서관")).to_contain_text("완료 · 전송 대기")
        expect(page.locator("#waiting")).to_contain_text("전송 대기 1건")
        page.reload()  # and again nothing is lost
        expect(stop(page, "산본도서관")).to_contain_text("완료 · 전송 대기")
        expect(page.locator("#count")).to_contain_text("2곳 중 1곳")
        assert axe_violations(page) == []
        assert not too_wide(page)
    expect(page.locator("#waiting")).to_be_hidden(timeout=60_000)
    expect(stop(page, "산본도서관")).to_contain_text("재개 8. 26. (수)")
    [note] = notes(team)["d-GP-001"]
    assert (note.state, note.agent, note.ppm, note.surfaces) == ("done", "hypochlorite", 1_000, ("handles",))
    assert (note.aired_minutes, note.remark, note.account_id) == (30, "3층 화장실 잠김", "A-field")
    assert abs(note.judged_at - clock()) < timedelta(minutes=2)  # this machine's clock is years off
    assert posts(team) == [note.check_id]


def test_an_answer_that_was_lost_makes_no_second_note(team):
    page = phone_of(team)
    lost = []

    def middle(application, environ, start_response):
        body = application(environ, start_response)
        if environ["PATH_INFO"] != CHECKS or lost:
            return body
        lost.append(b"".join(body))  # it was kept; nobody learns of it
        raise ConnectionError("lost")

    team.middle = middle
    done(page, "산본도서관")
    arrived(page, "산본도서관")
    [note] = notes(team)["d-GP-001"]
    assert lost
    assert posts(team) == [note.check_id] * 2


def test_two_phones_of_a_team_see_and_lose_nothing_of_each_other(team):
    one, other = phone_of(team), phone_of(team)
    with team.down():
        done(one, "산본도서관")
        card = stop(other, "산본도서관")
        card.get_by_role("button", name="점검표 적기").click()
        card.get_by_role("radio", name="못함").check()
        card.get_by_label("하지 못한 사유").select_option("closed")
        card.get_by_label("시작").fill("00:00")
        card.get_by_role("button", name="저장").click()
        done(other, "중앙시장")
    arrived(one, "산본도서관")
    arrived(other, "산본도서관", "중앙시장")
    found = notes(team)
    assert sorted(note.state for note in found["d-GP-001"]) == ["could_not", "done"]
    assert [note.state for note in found["d-GP-003"]] == ["done"]
    one.reload()
    expect(stop(one, "중앙시장")).to_contain_text("완료")


def test_half_a_form_is_there_after_a_reload_and_a_number_is_refused(team):
    page = phone_of(team)
    card = stop(page, "중앙시장")
    card.get_by_role("button", name="점검표 적기").click()
    card.get_by_text("승강기 단추").click()
    card.get_by_label("비고").fill("관리인 010-0000-1234")
    card.get_by_role("button", name="지금 시작").click()
    card.get_by_role("button", name="저장").click()
    expect(card.get_by_role("alert")).to_contain_text("번호를 지우시기 바랍니다")
    page.reload()
    expect(stop(page, "중앙시장")).to_contain_text("적는 중")
    stop(page, "중앙시장").get_by_role("button", name="점검표 적기").click()
    expect(stop(page, "중앙시장").get_by_label("승강기 단추")).to_be_checked()
    assert notes(team) == {}


def test_a_sign_in_that_ended_keeps_the_note_until_the_next_one(team):
    page = phone_of(team)
    context: BrowserContext = page.context
    cookies = [cookie for cookie in context.cookies() if cookie["name"] != "session"]
    context.clear_cookies()
    context.add_cookies(cookies)
    done(page, "산본도서관")
    expect(page.locator("#connection")).to_contain_text("로그인이 끝났습니다")
    page.locator("#sign-in").click()
    page.get_by_label("아이디").fill("field")
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    expect(stop(page, "산본도서관")).to_contain_text("재개 8. 26. (수)", timeout=60_000)
    assert len(notes(team)["d-GP-001"]) == 1


def send_newer(town: Town, plan_id: str, stops: list[dict], day: date = DAY) -> None:
    """Send out another plan, in which the account is team 1."""
    write_plan(town.app.extensions["settings"].var, plan_of(plan_id, stops, day=day))

    def write(db) -> None:
        plans.give_team(db, given(1, plan=plan_id, day=day))
        plans.send(db, sent(plan_id, day))

    town.services.store.write(write)


def test_a_note_of_yesterday_says_nothing_of_the_same_place_today(team):
    page = phone_of(team)
    with team.down():
        done(page, "산본도서관")
        expect(page.locator("#count")).to_contain_text("2곳 중 1곳")
        tomorrow = DAY + timedelta(days=1)
        send_newer(team, "20200826T120000-abcd", usual_stops(tomorrow), tomorrow)
    with page.expect_response(lambda answer: answer.url.endswith(CHECKS), timeout=60_000):
        page.reload()  # asks for the stops first, then sends
    expect(page.locator("#waiting")).to_be_hidden(timeout=60_000)
    expect(page.locator("#count")).to_contain_text("2곳 중 0곳")
    expect(stop(page, "산본도서관")).to_contain_text("예정")
    expect(page.locator("#change")).to_be_hidden()  # another day is no change
    assert len(notes(team)["d-GP-001"]) == 1


WHOSE = """async () => {
  const { FieldService } = await import("/static/js/field/service.js");
  const service = Object.assign(new FieldService(null), { facilityId: "A-field" }); // somebody signed in meanwhile
  const through = window.fetch;
  let sent;
  window.fetch = (path, options) => {
    if (path !== "/api/v1/field/checks") return through(path, options);
    sent = JSON.parse(options.body);
    return Promise.resolve(new Response('{"results": []}'));
  };
  await service.sync([{ facility: "A-other", clock: service.clock.facts(), item: {} }]);
  return sent.account_id;
}"""


def test_a_note_is_sent_as_of_whoever_made_it(team):
    assert phone_of(team).evaluate(WHOSE) == "A-other"
