"""The pass as large as the screen, for a camera that is far away and for eyes that see little."""

from playwright.sync_api import expect

from ..browser import axe_violations, desktop, too_wide
from .visitor import accepted, fill, get_pass, later, typed_code

NO_FULLSCREEN = "delete Element.prototype.requestFullscreen; delete Document.prototype.exitFullscreen;"


def large(page):
    page.get_by_role("button", name="크게 보기").click()
    expect(page.locator("#pass-full")).to_be_visible()


def test_the_symbol_grows_and_goes_on_changing(open_pass, services, clock):
    page = open_pass(desktop)
    fill(page)
    get_pass(page)
    before = page.locator("#pass-qr").bounding_box()["width"]
    large(page)
    page.wait_for_function("() => document.fullscreenElement !== null")
    expect(page.locator("#pass-full")).to_contain_text("화면 밝기를 가장 높게")
    assert page.locator("#pass-qr").bounding_box()["width"] > before * 1.1
    index = accepted(services, page, clock()).i
    later(page, clock, seconds=15)
    expect(page.locator("#pass-qr")).to_have_attribute("data-slot", str(index + 1))
    assert accepted(services, page, clock()).i == index + 1
    assert (axe_violations(page), too_wide(page)) == ([], False)
    page.get_by_role("button", name="닫기").click()
    page.wait_for_function("() => document.fullscreenElement === null")
    expect(page.locator("#pass-full")).to_be_hidden()
    assert abs(page.locator("#pass-qr").bounding_box()["width"] - before) < 2
    accepted(services, page, clock())


def test_without_a_fullscreen_api_it_fills_the_window(open_pass, services, clock):
    page = open_pass(script=NO_FULLSCREEN)
    fill(page)
    get_pass(page)
    large(page)
    box = page.locator("#pass-full").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    code = typed_code(page)
    assert len(code) == 11
    accepted(services, page, clock())
    for part in ("#pass-qr", "#pass-typed", "#full-close"):  # all of it without scrolling
        seen = page.locator(part).bounding_box()
        assert seen["y"] >= 0
        assert seen["y"] + seen["height"] <= 844
    page.keyboard.press("Escape")
    expect(page.locator("#pass-full")).to_be_hidden()
    accepted(services, page, clock())


def test_a_wide_and_low_screen_shows_the_whole_symbol(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    page.set_viewport_size({"width": 844, "height": 390})  # a phone that is turned
    large(page)
    box = page.locator("#pass-qr").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 390
    accepted(services, page, clock())


def test_when_the_day_ends_in_full_view_the_form_comes(open_pass, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    page.context.set_offline(True)
    large(page)
    later(page, clock, hours=25)
    expect(page.locator("#form-error")).to_contain_text("출입증 기간이 끝났습니다")
    expect(page.locator("#pass-full")).to_be_hidden()


def test_the_code_is_an_image_that_says_what_it_is_and_how_long_it_holds(open_pass, clock):
    """Nothing is announced while codes change: a screen reader hears of it when it asks."""
    page = open_pass()
    fill(page)
    get_pass(page)
    image = page.get_by_role("img", name="시***자 님 출입증 QR 코드, 23:50:15까지 유효")
    expect(image).to_be_visible()
    page.evaluate(
        """() => {
      window.heard = [];
      const live = document.querySelectorAll("[aria-live]:not([aria-live=off]), [role=status], [role=alert]");
      for (const region of live) {
        new MutationObserver(() => heard.push(region.textContent)).observe(region, {
          childList: true, characterData: true, subtree: true,
        });
      }
    }"""
    )
    later(page, clock, seconds=45)
    expect(page.get_by_role("img", name="23:51:00까지 유효")).to_be_visible()
    assert page.evaluate("heard") == []
