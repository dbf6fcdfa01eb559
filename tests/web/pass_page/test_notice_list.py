"""What a phone says of a list that is old or unusable, of what was withdrawn, and of a proof that is refused."""

from datetime import timedelta
from urllib.parse import urljoin

from playwright.sync_api import expect

from entry_service.core.actors import Actor
from entry_service.core.doubt_rules import Doubt
from entry_service.store.log import doubts, scans
from entry_service.usecases.sites.watch import decide

from ..browser import axe_violations, too_wide
from .test_my_records import comes, open_my
from .test_notices import READY, answering, look, open_notices
from .visitor import fill, get_pass, later


def test_a_list_that_is_old_or_could_not_be_used_does_not_say_that_there_is_nothing(open_pass, services, clock):
    page = open_pass(service_workers="allow")
    fill(page)
    get_pass(page)
    open_notices(page)
    page.get_by_role("button", name="알림 켜기").click()
    expect(page.locator("#notice-clear")).to_be_visible()
    page.wait_for_function(READY)
    later(page, clock, hours=1)
    page.route("**/api/v1/notices", answering({"body": "{}", "kid": 1, "signature": ""}))
    look(page)
    expect(page.locator("#notice-clear")).to_be_hidden()
    page.reload()  # it is remembered
    expect(page.locator("#notice-age")).to_contain_text("서명을 확인하지 못해")
    page.goto(urljoin(page.url, "/pass"))
    expect(page.locator("#notice-standing")).to_contain_text("확인하지 못해 쓰지 않았습니다")
    page.unroute("**/api/v1/notices")
    open_notices(page)
    look(page)
    expect(page.locator("#notice-clear")).to_be_visible()
    page.goto(urljoin(page.url, "/pass"))
    expect(page.locator("#notice-standing")).to_contain_text("겹치는 방문이 없습니다")
    page.context.set_offline(True)
    later(page, clock, days=2, hours=1)
    page.reload()
    expect(page.locator("#notice-standing")).to_contain_text("목록이 오래되었습니다")
    open_notices(page)
    expect(page.locator("#notice-age")).to_contain_text("2일 지났습니다")
    expect(page.locator("#notice-clear")).to_be_hidden()
    page.context.set_offline(False)
    page.complaints.clear()  # the browser reports what it could not fetch


SETTLED = """async ({ state, visits, now }) => {
  const { settled } = await import("/static/js/pass/notices.js");
  return settled(state, visits, now);
}"""


def test_withdrawn_is_said_only_of_what_the_health_centre_withdrew(open_pass, clock):
    page = open_pass()
    now = clock().timestamp() * 1_000
    visit = {"facility_id": "GP-001", "entered_at": "2020-08-25T01:00:00Z", "left_at": None, "holder": "own"}
    visit |= {"label": "", "pid": "x", "name": "산본도서관"}
    row = {"facility_id": "GP-001", "name": "산본도서관", "start": "2020-08-25T02:00:00Z", "by_date": False}
    row |= {"end": "2020-08-25T03:00:00Z", "until": "2020-09-08T03:00:00Z", "advice": "high", "stay_minutes": 90}
    rule = {"high_minutes": 15, "after_minutes": 30, "days": 14}

    def settle(state: dict, places: list, visits: list) -> dict:
        listed = {"stopped_at": None, "rule": rule, "places": places}
        return page.evaluate(SETTLED, {"state": {**state, "list": listed}, "visits": visits, "now": now})

    told = settle({"told": [], "over": []}, [row], [visit])
    assert [one["grade"] for one in told["told"]] == ["high"]
    left = {**visit, "left_at": "2020-08-25T01:30:00Z"}
    learnt = settle(told, [row], [left])
    assert (learnt["told"], learnt["over"]) == ([], [])
    longer = {**row, "end": "2020-08-25T04:00:00Z"}  # the visit of another case was joined to it
    assert settle(told, [longer], [left])["over"] == []
    shorter = {**row, "start": "2020-08-25T02:45:00Z"}
    for places in ([], [shorter], [{**row, "facility_id": "GP-003"}]):
        assert len(settle(told, places, [left])["over"]) == 1


def test_a_proof_that_is_refused_takes_no_known_visit_away(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    comes(services, page)
    open_notices(page)
    page.get_by_role("button", name="알림 켜기").click()
    expect(page.locator("#notice-visits li")).to_have_count(1)
    later(page, clock, hours=1)
    refused = {"code": "proof_refused", "sentence": "x"}
    page.route("**/api/v1/my/visits", lambda route: route.fulfill(status=422, json=refused))
    with page.expect_response("**/api/v1/my/visits"):
        look(page)
    expect(page.locator("#notice-visits li")).to_have_count(1)
    assert page.locator("#notice-age").get_attribute("class") == "hint"  # that is an answer
    page.complaints.clear()  # the browser reports the refusal


def test_a_visit_that_is_doubted_is_told_once_somebody_decided_however_late(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    comes(services, page)
    [entry] = _entries(services, clock())
    why = [Doubt("outside_hours")]
    services.store.write(lambda db: doubts.note(db, entry.scan_id, "GP-001", entry.scanned_at, why, clock()))
    open_notices(page)
    page.get_by_role("button", name="알림 켜기").click()
    expect(page.locator("#notice-clear")).to_be_visible()
    expect(page.locator("#notice-visits li")).to_have_count(0)
    open_my(page)
    expect(page.locator(".my-visits li")).to_contain_text("사실 확인 중")
    assert axe_violations(page) == []
    assert not too_wide(page)
    later(page, clock, days=5)
    officer = Actor(account_id="A-officer", role="officer")
    given = {"decision": "counts", "why": "open_late", "actor": officer, "now": clock()}
    decide(services, [entry.scan_id], **given)
    open_notices(page)
    look(page)
    expect(page.locator("#notice-visits li")).to_have_count(1)


def _entries(services, now):
    with services.store.read() as db:
        return scans.scans_between(db, "GP-001", now - timedelta(hours=1), now + timedelta(hours=1))
