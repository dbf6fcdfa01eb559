"""A new release of the page: told, taken over without a mixture, and the old queue is sent by it."""

from playwright.sync_api import Page, expect

from ..browser import axe_violations
from ..scanner import types
from .door import drained, in_the_log_once, kept, waits


def release_of(page: Page) -> list[str]:
    return page.evaluate("() => caches.keys()")


def test_a_new_release_is_told_takes_over_on_a_press_and_sends_the_old_queue(town, app, visitor, clock):
    page = town.door()
    page.context.set_offline(True)
    types(page, visitor.code(clock()))
    waits(page, 1)
    before = release_of(page)
    app.extensions["release"] = "f" * 16
    page.context.set_offline(False)
    page.evaluate("async () => (await navigator.serviceWorker.getRegistration()).update()")
    expect(page.locator("#offline-notice")).to_contain_text("새 버전이 있습니다")
    assert axe_violations(page) == []
    page.get_by_role("button", name="새로 고침").click()
    expect(page.locator("html")).to_have_attribute("data-offline", "ready")
    page.wait_for_function("async () => (await caches.keys()).length === 1")
    assert release_of(page) == ["entry-" + "f" * 16] != before
    expect(page.locator("#offline-notice")).to_be_hidden()
    drained(page)
    assert len(in_the_log_once(town)) == 1


def test_a_page_that_came_from_the_new_release_needs_no_press(town, app):
    page = town.door()
    app.extensions["release"] = "e" * 16
    page.reload()
    page.wait_for_function("async () => (await caches.keys()).join() === 'entry-eeeeeeeeeeeeeeee'")
    expect(page.locator("#offline-notice")).to_be_hidden()
    kept(page)
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("#verdict")).to_be_visible()
