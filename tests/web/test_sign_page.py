"""The sign on its screen: large enough, fresh by itself, honest about its age, in words and without a mouse."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from entry_service.store.sites import facilities, zones
from entry_service.store.sites.zones import Zone
from entry_service.usecases.doors.limits import set_distancing
from entry_service.usecases.doors.log_scan import append
from entry_service.usecases.sites.signs import renew_sign
from tests.store.conftest import scan

from .browser import axe_violations, desktop, phone, screenshots, serving, too_wide
from .sign_in import sign_in

PICTURES = Path(os.environ.get("PICTURES", "/nowhere"))
SCREEN, STANDING = {"width": 1920, "height": 1080}, {"width": 1080, "height": 1920}


@pytest.fixture
def origin(app):
    with serving(app) as served:
        yield served


@pytest.fixture
def sign(services, clock):
    return f"/sign/{renew_sign(services, 'GP-001', now=clock(), random=os.urandom)}"


def enters(services, clock, number, party=1, zone=""):
    one = scan(f"scan-{number}", pid=number.to_bytes(8, "big"), party_size=party, zone=zone,
               scanned_at=clock(), received_at=clock())  # fmt: skip
    append(services, one)


def seen(page, name):
    if PICTURES.is_dir():
        screenshots(page, PICTURES, name)


def large(page, selector):
    """Return the height of the letters in pixels."""
    return page.locator(selector).evaluate("one => parseFloat(getComputedStyle(one).fontSize)")


def test_a_screen_shows_the_figures_large_and_keeps_them_fresh(browser, origin, sign, services, clock):
    enters(services, clock, 1, party=20)
    page = desktop(browser, origin)
    page.set_viewport_size(SCREEN)
    page.goto(sign)
    expect(page.locator("#sign-inside")).to_have_text("20")
    seen(page, "sign-1080p")
    assert large(page, "#sign-inside") >= 200  # a fifth of the screen: 13 cm on 32 inches, readable from 5 m
    assert large(page, "#sign-word") >= 80
    assert page.locator(".sign-state .sign-bars").get_attribute("data-lit") == "1"
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    enters(services, clock, 2, party=20)
    enters(services, clock, 3, party=14)
    expect(page.locator("#sign-inside")).to_have_text("54")
    expect(page.locator("#sign-word")).to_have_text("붐빔")
    expect(page.locator("#sign-say")).to_have_text("6명 더 들어올 수 있습니다.")
    assert page.locator("#sign").get_attribute("data-state") == "crowded"
    assert axe_violations(page) == []
    seen(page, "sign-crowded")
    enters(services, clock, 4, party=6)
    expect(page.locator("#sign-word")).to_have_text("만석(입장 제한)")
    seen(page, "sign-full")
    assert axe_violations(page) == []
    assert page.complaints == []


@pytest.mark.parametrize(("size", "name"), [(STANDING, "standing"), ({"width": 1440, "height": 900}, "1440")])
def test_zones_have_their_own_lines_standing_and_lying(browser, origin, sign, services, clock, size, name):
    def furnish(db):
        for number, title in enumerate(["열람실", "전시실", "어린이실"]):
            zones.add(db, Zone(zone_id=f"Z-{number}", facility_id="GP-001", name=title, capacity=20 - number))

    services.store.write(furnish)
    enters(services, clock, 1, party=19, zone="Z-0")
    enters(services, clock, 2, party=19, zone="Z-1")
    page = desktop(browser, origin)
    page.set_viewport_size(size)
    page.goto(sign)
    seen(page, f"sign-zones-{name}")
    rows = page.locator("[data-zone]")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("어린이실")
    expect(page.locator("[data-zone='Z-1']")).to_contain_text("만석(입장 제한)")
    lit = [one.get_attribute("data-lit") for one in page.locator(".sign-bars").all()]
    assert lit == ["2", "1", "4", "5"]  # 38 of 60; nobody of 18, 19 of 20, 19 of 19
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert not too_wide(page)
    assert axe_violations(page) == []
    enters(services, clock, 3, party=1, zone="Z-0")
    expect(page.locator("[data-zone='Z-0']")).to_contain_text("만석(입장 제한)")
    services.store.write(lambda db: zones.retire(db, "GP-001", "Z-2", clock()))
    expect(rows).to_have_count(2)


def test_a_phone_sees_it_too_and_every_state_is_said_in_words(browser, origin, sign, services, clock):
    page = phone(browser, origin)
    page.goto(sign)
    seen(page, "sign-390")
    assert not too_wide(page)
    assert axe_violations(page) == []
    set_distancing(services, "2020-11", "2.5", by="A-admin", now=clock())
    clock.passes(hours=14)  # 08:00 of the next morning
    page.goto(f"{sign}?lang=en")
    assert page.locator("html").get_attribute("lang") == "en"
    clock.passes(hours=-10)  # 22:00
    page.goto(f"{sign}?lang=ko")
    expect(page.locator("#sign-word")).to_have_text("여유")
    library = replace(services.facility("GP-001"), opens=7, closes=21)
    services.store.write(lambda db: facilities.update_facility(db, library))
    page.goto(sign)
    expect(page.locator("#sign-word")).to_have_text("지금은 운영 시간이 아닙니다.")
    seen(page, "sign-390-shut")
    assert axe_violations(page) == []


def test_without_answers_the_sign_says_how_old_its_figures_are(browser, origin, sign):
    page = desktop(browser, origin)
    page.clock.install()
    page.goto(sign)
    expect(page.locator("#sign-trouble")).to_be_hidden()
    page.route("**/api/v1/signs/*", lambda route: route.abort())
    page.clock.run_for(20_000)
    expect(page.locator("#sign-trouble")).to_be_hidden()
    page.clock.run_for(15_000)
    expect(page.locator("#sign-trouble")).to_have_text("지금 인원을 받지 못하고 있습니다. 18:00 기준입니다.")
    page.clock.run_for(150_000)
    expect(page.locator("#sign-trouble")).to_contain_text("3분 전 인원입니다.")
    seen(page, "sign-old")
    assert axe_violations(page) == []
    page.unroute("**/api/v1/signs/*")
    page.clock.resume()
    expect(page.locator("#sign-trouble")).to_be_hidden(timeout=15_000)


def test_thousands_fit_on_the_screen(browser, origin, sign, services, clock):
    stadium = replace(services.facility("GP-001"), capacity=21_998)
    services.store.write(lambda db: facilities.update_facility(db, stadium))
    services.forget_facilities()
    for size, name in ((SCREEN, "1080p"), (STANDING, "standing"), ({"width": 390, "height": 844}, "390")):
        page = desktop(browser, origin)
        page.set_viewport_size(size)
        page.goto(sign)
        seen(page, f"sign-long-{name}")
        assert not too_wide(page)
        figure, column = (
            page.locator(f"{selector}").bounding_box() for selector in (".sign-limit dd", ".sign-figures")
        )
        assert figure["width"] <= column["width"]


def test_a_sign_whose_address_was_renewed_says_so(browser, origin, sign, services, clock):
    page = desktop(browser, origin)
    page.goto(sign)
    renew_sign(services, "GP-001", now=clock(), random=os.urandom)
    expect(page.locator("#sign-trouble")).to_contain_text("주소가 바뀌었습니다")


def test_the_languages_go_round_and_stop_at_a_key(browser, origin, sign):
    page = desktop(browser, origin)
    page.clock.install()
    page.goto(f"{sign}?lang=all")
    html = page.locator("html")
    expect(html).to_have_attribute("lang", "ko")
    told = []
    for _turn in range(6):
        page.clock.run_for(8_000)
        told.append(html.get_attribute("lang"))
    assert told == ["en", "ko", "zh-Hans", "ko", "vi", "ko"]
    page.locator("#sign-stop").focus()
    page.keyboard.press("Enter")
    page.clock.run_for(30_000)
    expect(html).to_have_attribute("lang", "ko")
    expect(page.locator("#sign-stop")).to_have_text("언어 번갈아 보이기")
    page.keyboard.press("Enter")
    page.clock.run_for(8_000)
    expect(html).to_have_attribute("lang", "en")


@pytest.mark.parametrize("has_lock", [True, False])
def test_the_screen_stays_on_where_the_browser_can_and_else_the_sign_says_so(browser, origin, sign, has_lock):
    page = desktop(browser, origin)
    answer = "Promise.resolve({addEventListener() {}})" if has_lock else "Promise.reject(new Error('none'))"
    lock = f"{{request: () => {{ window.asked = true; return {answer}; }}}}"
    page.add_init_script(f"Object.defineProperty(navigator, 'wakeLock', {{value: {lock}}})")
    page.goto(sign)
    page.wait_for_function("window.asked")
    if has_lock:
        expect(page.locator("#sign-sleep")).to_be_hidden()
    else:
        expect(page.locator("#sign-sleep")).to_be_visible()


def test_without_a_wake_lock_in_the_browser_nothing_breaks(browser, origin, sign):
    page = desktop(browser, origin)
    page.add_init_script("Object.defineProperty(navigator, 'wakeLock', {value: undefined})")
    page.goto(sign)
    expect(page.locator("#sign-sleep")).to_be_visible()
    assert page.complaints == []


@pytest.mark.parametrize("open_page", [phone, desktop])
def test_the_distancing_page_is_whole_on_phone_and_desk(browser, origin, app, open_page):
    page = open_page(browser, origin)
    sign_in(page, app, "admin")
    page.goto("/admin/distancing?choice=2020-11+2")
    width = page.viewport_size["width"]
    seen(page, f"distancing-{width}")
    assert not too_wide(page)
    assert axe_violations(page) == []
    page.get_by_role("button", name="2020년 11월 체계 2단계 적용").press("Enter")
    expect(page.get_by_text("지금 적용 중: 2020년 11월 체계 2단계")).to_be_visible()
    seen(page, f"distancing-set-{width}")
    assert axe_violations(page) == []
    page.goto("/manager/GP-001/sign")
    page.get_by_role("button", name="안내판 만들기").press("Enter")
    expect(page.get_by_role("link", name="안내판 열기", exact=True)).to_be_visible()
    seen(page, f"manager-sign-{width}")
    assert axe_violations(page) == []
    assert not too_wide(page)
