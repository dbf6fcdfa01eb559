"""The officers' menu on every page: one line on a phone that opens, and the map on a phone's first screen."""

import pytest
from playwright.sync_api import expect

from .browser import PHONE, axe_violations, desktop, phone
from .test_map_page import run, visit  # noqa: F401 (fixtures)

PAGES = ("/officer/cases", "/officer", "/officer/places", "/officer/message", "/officer/report")


@pytest.mark.parametrize("path", PAGES)
def test_on_a_phone_the_menu_is_one_line_that_opens_by_keyboard(visit, run, path):  # noqa: F811
    page = visit(phone, path, wait="h1")
    links, summary = page.locator(".officer-menu a:visible"), page.locator(".officer-menu summary")
    expect(links).to_have_count(0)
    assert page.locator(".officer-menu").bounding_box()["height"] < 60
    summary.focus()
    page.keyboard.press("Enter")
    expect(links.nth(9)).to_be_visible()
    expect(page.locator(".officer-menu a[aria-current]:visible")).to_have_attribute("href", path)
    assert axe_violations(page) == []
    page.keyboard.press("Tab")
    expect(links.first).to_be_focused()


def test_on_a_desk_it_is_a_row(visit, run):  # noqa: F811
    page = visit(desktop)
    expect(page.locator(".officer-menu a:visible")).to_have_count(10)
    expect(page.locator(".officer-menu summary")).to_be_hidden()


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("layer", ["hotspots", "population"])
def test_map_hour_and_legend_are_on_the_first_screen_of_a_phone(visit, run, layer, language):  # noqa: F811
    page = visit(phone, f"/officer?lang={language}#layer={layer}")
    for part in ("#map", "#time-hour", "#time-play", "#legend"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= PHONE["height"], part
    assert page.locator("#map").bounding_box()["height"] >= 260
