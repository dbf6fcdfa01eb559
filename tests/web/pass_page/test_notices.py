"""Notices on a phone, with the real service worker: found there, told there, withdrawn, and nobody else knows."""

import json
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from entry_service.core.actors import Actor
from entry_service.store.cases import published_places
from entry_service.usecases.cases.draft_places import choices, draft_places
from entry_service.usecases.cases.notice_stop import stop_notices
from entry_service.usecases.cases.publish import publish, withdraw
from entry_service.usecases.cases.register_case import PlaceTold, register_case

from ..browser import axe_violations, too_wide
from .test_my_records import comes
from .visitor import fill, get_pass, kept, later

OFFICER = Actor(account_id="A-officer", role="officer")
HOUR = timedelta(hours=1)
READY = "() => document.documentElement.dataset.offline === 'ready'"
NEVER = ("자가격리", "격리하", "외출 금지", "위반")


@pytest.fixture
def place(services, clock):
    """Return a function that publishes a visit of a case to the library and gives the number of its row."""

    def tell(start, end) -> int:
        now = clock()
        told = {"onset": None, "specimen_date": now.date(), "passes": [], "now": now}
        where = PlaceTold(facility_id="GP-001", start=start, end=end)
        case = register_case(services, number=f"군포-{now:%d%H%M}", places=[where], **told).case
        visits = [visit for one in choices(services, now, case.case_id).open for visit in one.visit_ids]
        draft_places(services, visits, by="A-officer", now=now)
        with services.store.read() as db:
            [draft] = published_places.live(db, "draft", now)
        publish(services, [draft.place_id], actor=OFFICER, now=now)
        return draft.place_id

    return tell


def open_notices(page: Page) -> list[tuple[str, dict]]:
    """Open the page of notices; return what it asks the API from now on, with what it sends."""
    asked: list[tuple[str, dict]] = []

    def note(request) -> None:
        if "/api/" in request.url:
            asked.append((request.url.partition("/api/")[2], request.post_data_json or {}))

    page.on("request", note)
    page.goto(urljoin(page.url, "/pass/notice"))
    return asked


def answering(answer: dict):
    """Return what gives a page this answer in place of the service's."""
    return lambda route: route.fulfill(json=answer)


def look(page: Page) -> None:
    page.locator("#notice-said").evaluate("said => { said.textContent = ''; }")
    page.get_by_role("button", name="지금 확인").click()
    expect(page.locator("#notice-said")).not_to_be_empty()


def test_a_visit_is_told_offline_too_and_withdrawn_when_the_place_is(open_pass, services, clock, place):
    page = open_pass(service_workers="allow")
    fill(page)
    get_pass(page)
    comes(services, page)
    entered = clock()
    asked = open_notices(page)
    expect(page.locator("#notice-on")).to_be_hidden()
    assert asked == []  # off: nothing is asked, nothing kept
    assert "entry.visits" not in kept(page)
    page.get_by_role("button", name="알림 켜기").click()
    expect(page.locator("#notice-clear")).to_be_visible()
    expect(page.locator("#notice-visits li")).to_contain_text("산본도서관")
    page.wait_for_function(READY)
    before = list(asked)

    later(page, clock, hours=1)
    number = place(entered - HOUR / 2, entered + HOUR / 2)
    asked.clear()
    look(page)
    card = page.locator(".notice-card-high")
    expect(card).to_contain_text("산본도서관")
    for words in ("15분 이상", "선별진료소", "1339", "격리 통지가 아닙니다", "어림"):
        expect(card).to_contain_text(words)
    assert not any(word in card.inner_text() for word in NEVER)
    assert axe_violations(page) == []
    assert not too_wide(page)
    # what it asks is the same whatever it finds: about one pass a question, and for the list
    kinds = [{(path, len(sent.get("proofs", []))) for path, sent in some} for some in (before, asked)]
    assert kinds == [{("v1/my/visits", 1), ("v1/notices", 0)}] * 2

    page.context.set_offline(True)
    later(page, clock, days=2, hours=1)
    page.goto(urljoin(page.url, "/pass/notice"))
    expect(page.locator(".notice-card-high")).to_be_visible()
    expect(page.locator("#notice-age")).to_contain_text("목록이 2일 지났습니다")
    expect(page.locator("#notice-age")).to_contain_text("연결되지 않아")
    page.context.set_offline(False)
    withdraw(services, number, actor=OFFICER, now=clock())
    look(page)
    expect(page.locator(".notice-card")).to_have_count(1)
    expect(page.locator(".notice-card")).to_contain_text("알림을 거두었습니다")
    expect(page.locator("#notice-clear")).to_be_visible()
    page.complaints.clear()  # the browser reports what it could not fetch


def test_a_stop_hides_every_notice_and_a_notice_ends_after_its_days(open_pass, services, clock, place):
    page = open_pass()
    fill(page)
    get_pass(page)
    comes(services, page)
    entered = clock()
    open_notices(page)
    page.get_by_role("button", name="알림 켜기").click()
    expect(page.locator("#notice-visits li")).to_have_count(1)
    later(page, clock, hours=1)
    place(entered - 2 * HOUR, entered)  # had left as the visitor came: just after
    look(page)
    expect(page.locator(".notice-card-low")).to_contain_text("같은 날 다녀갔습니다")
    page.goto(urljoin(page.url, "/pass"))
    expect(page.locator("#notice-standing")).to_have_text("확인할 알림이 1건 있습니다.")
    assert axe_violations(page) == []
    open_notices(page)
    stop_notices(services, "잘못 공개하여 확인 중", actor=OFFICER, now=clock())
    look(page)
    expect(page.locator("#notice-stopped")).to_contain_text("모든 알림을 멈추었습니다")
    expect(page.locator(".notice-card")).to_have_count(0)
    assert len(json.loads(kept(page)["entry.notices"])["told"]) == 1  # it may go on
    later(page, clock, days=14)
    page.reload()
    expect(page.locator("#notice-stopped")).to_be_visible()
    assert json.loads(kept(page)["entry.notices"])["told"] == []
    page.get_by_role("button", name="끄고 모두 지우기").click()
    expect(page.locator("#notice-off")).to_be_visible()
    assert {"entry.visits", "entry.notices"} & kept(page).keys() == set()


def test_a_list_that_is_not_ours_or_older_is_not_used(open_pass, services, clock, place):
    page = open_pass()
    fill(page)
    get_pass(page)
    comes(services, page)
    entered = clock()
    open_notices(page)
    page.get_by_role("button", name="알림 켜기").click()
    expect(page.locator("#notice-clear")).to_be_visible()
    with page.expect_response("**/api/v1/notices") as came:
        page.get_by_role("button", name="지금 확인").click()
    assert came.value.status == 304
    later(page, clock, hours=1)
    page.goto(urljoin(page.url, "/pass/notice"))  # an hour later too: nothing has changed
    with page.expect_response("**/api/v1/notices") as came:
        page.get_by_role("button", name="지금 확인").click()
    assert came.value.status == 304
    old = page.evaluate("async () => (await (await fetch('/api/v1/notices')).json())")
    later(page, clock, hours=1)
    number = place(entered - HOUR / 2, entered + HOUR / 2)
    look(page)
    expect(page.locator(".notice-card-high")).to_be_visible()
    withdraw(services, number, actor=OFFICER, now=clock())
    forged = {**old, "body": old["body"].replace('"places":[]', '"places":[ ]')}
    for answer, words in ((old, "가진 것보다 오래되어"), (forged, "서명을 확인하지 못해")):
        page.route("**/api/v1/notices", answering(answer))
        look(page)
        expect(page.locator("#notice-age")).to_contain_text(words)
        expect(page.locator(".notice-card-high")).to_be_visible()
        page.unroute("**/api/v1/notices")
    page.locator("#notice-visits button").click()  # what the phone forgets is told no more
    expect(page.locator(".notice-card")).to_have_count(0)
    expect(page.locator("#notice-no-visits")).to_be_visible()


def running_on(page: Page, path: str) -> list:
    """Let questions of a path wait; return what waits, each for its ``continue_``."""
    waiting: list = []
    page.route(path, lambda route: waiting.append(route))
    return waiting


@pytest.mark.parametrize("path", ["**/api/v1/my/visits", "**/api/v1/notices"])
def test_what_was_turned_off_is_not_brought_back_by_a_question_that_still_runs(open_pass, services, path):
    page = open_pass()
    fill(page)
    get_pass(page)
    comes(services, page)
    asked = open_notices(page)
    waiting = running_on(page, path)
    with page.expect_request(path):
        page.get_by_role("button", name="알림 켜기").click()
    expect(page.locator("#notice-look")).to_be_disabled()
    page.get_by_role("button", name="끄고 모두 지우기").click()
    count = len(asked)
    with page.expect_response(path):
        waiting[0].continue_()
    expect(page.locator("#notice-look")).to_be_enabled()
    assert {"entry.visits", "entry.notices"} & kept(page).keys() == set()
    assert len(asked) == count  # nothing more is asked either
    expect(page.locator("#notice-off")).to_be_visible()
    expect(page.locator("#notice-said")).to_have_text("알림을 끄고 모두 지웠습니다.")


def test_the_pass_page_asks_nothing_once_notices_are_off(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    open_notices(page)
    page.get_by_role("button", name="알림 켜기").click()
    expect(page.locator("#notice-clear")).to_be_visible()
    page.goto(urljoin(page.url, "/pass"))
    expect(page.locator("#notice-standing")).to_contain_text("겹치는 방문이 없습니다")
    page.evaluate("() => ['entry.notices', 'entry.visits'].forEach((name) => localStorage.removeItem(name))")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator("#notice-standing")).to_have_text("노출 알림이 꺼져 있습니다.")
    page.wait_for_timeout(300)
    assert not [url for url in asked if "/api/v1/notices" in url or "/my/visits" in url]
    assert "entry.notices" not in kept(page)


def test_a_forgotten_visit_does_not_come_back_while_its_pass_is_asked_about(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    comes(services, page)
    open_notices(page)
    page.get_by_role("button", name="알림 켜기").click()
    page.locator("#notice-visits button").click()
    expect(page.locator("#notice-no-visits")).to_be_visible()
    later(page, clock, hours=1)
    with page.expect_response(lambda one: "/my/visits" in one.url and one.json()["days"][0]["visits"]):
        look(page)  # the service knows it still
    expect(page.locator("#notice-no-visits")).to_be_visible()
    assert json.loads(kept(page)["entry.visits"])["of"] == []
    later(page, clock, days=15)  # then nothing is kept of it either
    page.reload()
    look(page)
    assert json.loads(kept(page).get("entry.visits", '{"forgotten": {}}'))["forgotten"] == {}
