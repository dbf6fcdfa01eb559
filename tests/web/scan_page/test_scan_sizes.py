"""The door on every screen: phone, tablet and counter, with larger text, more contrast and in English."""

import pytest
from playwright.sync_api import expect

from ..browser import axe_violations, desktop, phone, too_wide
from ..camera import phone_with_pass
from ..scanner import types
from .door import quiet, sees, verdict


def tablet(browser, origin, **options):
    page = phone(browser, origin, **options)
    page.set_viewport_size({"width": 820, "height": 1180})
    return page


def small_phone(browser, origin, **options):
    page = phone(browser, origin, **options)
    page.set_viewport_size({"width": 320, "height": 568})
    return page


@pytest.mark.parametrize("look", [small_phone, phone, tablet, desktop])
@pytest.mark.parametrize("choice", ["text=100", "text=150&lang=en", "contrast=high"])
def test_nothing_is_cut_off_and_axe_finds_nothing(door, visitor, clock, look, choice):
    with door(look=look) as page:
        page.goto(f"/staff?{choice}")
        quiet(page)
        page.locator('[data-of="people"][data-step="1"]').click()
        types(page, visitor.code(clock()))
        expect(verdict(page)).to_have_attribute("data-tone", "in")
        page.locator('[data-of="people"][data-step="1"]').click()
        assert axe_violations(page) == []
        assert not too_wide(page)
        cut = """() => [...document.querySelectorAll(".button, .direction span, .stepper-name, .door-word")]
          .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
          .map((one) => `${one.className}: ${one.textContent.trim()}`)"""
        assert page.evaluate(cut) == []
        if look is phone and choice == "text=100":
            thumb = page.locator("#direction").bounding_box()  # without scrolling, in the lower half of the screen
            assert page.viewport_size["height"] / 2 < thumb["y"] < page.viewport_size["height"] - thumb["height"]


def test_whoever_has_scrolled_down_still_sees_the_verdict(door, visitor, services, clock):
    other = phone_with_pass(services, clock(), seed=b"2")
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        strip = page.locator("#strip")
        expect(verdict(page)).to_have_attribute("data-tone", "ready")
        page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")
        expect(strip).to_be_hidden()
        types(page, other.code(clock()))
        expect(strip).to_be_visible()
        expect(strip).to_have_text("입장")
        assert axe_violations(page) == []
        expect(strip).to_be_hidden(timeout=8_000)
