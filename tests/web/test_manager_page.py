"""The pages of the manager and the administrator in a real browser: phone and desk, with and without scripts."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from entry_service.core.model import Scan
from entry_service.store.log import scans
from entry_service.store.sites import devices, posters

from .browser import axe_violations, desktop, phone, serving, too_wide

SIZES = [pytest.param(phone, id="phone"), pytest.param(desktop, id="desktop")]
PAGES = {
    "manager": ["/manager", "/manager/GP-001/poster", "/manager/GP-001/devices"],
    "admin": [
        "/admin",
        "/admin/facilities/new",
        "/admin/facilities/GP-001",
        "/admin/accounts",
        "/admin/accounts/new",
        "/admin/accounts/A-staff",
        "/manager/GP-002",
    ],
}


@pytest.fixture
def enter(services, clock):
    """Return a function by which so many people come to GP-001."""

    def come(count, start=0):
        at = clock() - timedelta(minutes=5)
        many = [
            Scan(
                scan_id=f"scan-{start + number:05}",
                facility_id="GP-001",
                pid=(start + number).to_bytes(8, "big"),
                direction="in",
                source="staff_scan",
                confidence="high",
                scanned_at=at,
                received_at=at,
            )
            for number in range(count)
        ]
        services.store.write(lambda db: scans.append_many(db, many))
        for scan in many:
            services.occupancy.apply(scan)

    return come


@pytest.fixture
def visit(app, browser, person):
    """Return a function that opens a page as a role; afterwards no page may have complained."""
    pages = []
    with serving(app) as origin:

        def open_page(role, path, size=desktop, **options):
            page = size(browser, origin, **options)
            cookie = person(role).client.get_cookie("session")
            page.context.add_cookies([{"name": "session", "value": cookie.value, "url": origin}])
            pages.append(page)
            page.goto(path)
            return page

        yield open_page
        complaints = [said for page in pages for said in page.complaints if "status of 4" not in said]
        for page in pages:
            page.context.close()
    assert complaints == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("role", PAGES)
def test_no_page_asks_for_scrolling_sideways_or_violates_axe(visit, enter, person, size, role):
    enter(55)
    person("manager").post("/manager/GP-001/poster", {"epoch": ""})
    page = visit(role, PAGES[role][0], size)
    for path in PAGES[role]:
        page.goto(path)
        for summary in page.locator("details > summary").all():
            summary.click()
        assert axe_violations(page) == [], path
        assert not too_wide(page), path


@pytest.mark.parametrize("size", SIZES)
def test_a_refused_form_leads_to_the_first_wrong_field(visit, size):
    page = visit("admin", "/admin/facilities/new", size)
    page.locator("#name").fill("새 도서관")
    page.locator("#lat").fill("126.9")
    page.locator("#sensitive, [name=sensitive]").check()
    page.locator("form.stack .button-primary").click()
    assert axe_violations(page) == []
    assert not too_wide(page)
    expect(page.locator("#name")).to_have_value("새 도서관")
    expect(page.locator("#lat")).to_have_value("126.9")
    expect(page.locator("[name=sensitive]")).to_be_checked()
    page.locator(".form-errors a", has_text="위도").click()
    expect(page.locator("#lat")).to_be_focused()


def test_the_number_inside_follows_the_door_without_reloading(visit, enter):
    enter(10)
    page = visit("manager", "/manager")
    board = page.locator("#now-board")
    expect(page.locator("#now-value")).to_have_text("10")
    expect(board).to_have_attribute("data-crowding", "relaxed")
    enter(48, start=100)
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#now-value")).to_have_text("58")
    expect(board).to_have_attribute("data-crowding", "crowded")
    expect(page.locator("#now-word")).to_have_text("붐빔")
    expect(page.locator("#now-read")).to_have_text("18:00:00 기준")
    assert page.locator("#now-meter").evaluate("meter => meter.value") == 58
    enter(10, start=200)
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#now-word")).to_have_text("만석(입장 제한)")
    expect(page.locator("#now-value")).to_have_text("68")


def test_a_failed_refresh_says_from_when_the_number_is(visit, enter):
    enter(3)
    page = visit("manager", "/manager")
    page.route("**/occupancy", lambda route: route.fulfill(status=404, body="gone"))
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#now-read")).to_have_text("새로 고치지 못했습니다. 18:00 기준입니다.")
    expect(page.locator("#now-value")).to_have_text("3")
    page.unroute("**/occupancy")
    page.context.clear_cookies()
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#now-read")).to_have_text("로그인이 끝났습니다. 다시 로그인하시기 바랍니다.")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_manager_issues_posters_and_revokes_a_device(visit, services, javascript):
    page = visit("manager", "/manager/GP-001/poster", phone, java_script_enabled=javascript)
    for epoch in (1, 2):
        button = page.get_by_role("button", name="발급", exact=True)
        if not button.is_visible():
            page.locator("summary", has_text="새 포스터 발급").click()
        button.click()
        expect(page.locator(".notice-success")).to_contain_text(f"제{epoch}차 포스터를 발급했습니다")
    with services.store.read() as db:
        assert [poster.epoch for poster in posters.of_facility(db, "GP-001")] == [2, 1]
    with page.expect_download() as downloading:
        page.get_by_role("link", name="PDF 내려받기 (한국어)").click()
    assert downloading.value.suggested_filename == "GP-001-poster-2-ko.pdf"
    page.locator(".facility-menu a", has_text="기기").click()
    page.locator("summary", has_text="등록 해제").click()
    page.get_by_role("button", name="등록 해제").click()
    expect(page.locator(".device-ended")).to_contain_text("해제됨")
    with services.store.read() as db:
        assert devices.all(db, "GP-001")[0].device.revoked_at is not None


@pytest.mark.parametrize("javascript", [True, False])
def test_an_administrator_registers_a_facility_and_its_manager_signs_in(visit, browser, javascript):
    page = visit("admin", "/admin", phone, java_script_enabled=javascript)
    page.get_by_role("link", name="시설 등록").click()
    page.locator("#name").fill("수리산 작은도서관")
    page.locator("#category").select_option("도서관")
    page.locator("#address").fill("경기도 군포시 수리산로 1")
    page.locator("#lat").fill("37.3498")
    page.locator("#lon").fill("126.92537")
    page.locator("#capacity").fill("46")
    page.get_by_role("button", name="등록", exact=True).click()
    expect(page.locator("h1")).to_have_text("수리산 작은도서관")
    facility_id = re.search(r"/manager/([^/]+)/poster", page.url)[1]
    page.goto(f"/admin/accounts/new?facility_id={facility_id}")
    page.locator("#login").fill("suri-lib")
    page.get_by_role("button", name="추가", exact=True).click()
    password = page.locator("#password").inner_text()
    page.get_by_role("link", name="전달했습니다").click()
    page.get_by_role("button", name="로그아웃").click()
    page.goto("/login")
    page.locator("#login").fill("suri-lib")
    page.locator("#password").fill(password)
    page.get_by_role("button", name="로그인").click()
    expect(page.locator("h1")).to_have_text("수리산 작은도서관")
    expect(page.locator(".now-figure")).to_contain_text("정원 46명")
