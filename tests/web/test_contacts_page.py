"""The contact list in a real browser: one click or key a state, and the list is not read again for it."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from .browser import axe_violations, desktop, phone, serving, too_wide
from .conftest import browser as browser
from .revealed import reveal
from .test_disclosure import case_id as case_id

DAY = timedelta(days=1)


@pytest.fixture
def open_page(app, services, clock, browser, person, case_id):
    """Return a function that opens the contact list as an officer sees it; pages may not complain."""
    reveal(services, case_id, clock())
    session = person("officer").client.get_cookie("session").value
    pages = []

    with serving(app) as origin:

        def open_it(size=desktop, path="", **options):
            page = size(browser, origin, **options)
            pages.append(page)
            page.context.add_cookies([{"name": "session", "value": session, "url": origin}])
            page.goto(f"/officer/cases/{case_id}/contacts{path}")
            return page

        yield open_it
        complaints = [said for page in pages for said in page.complaints]
        for page in pages:
            page.context.close()
    assert complaints == []


def readings(services, clock) -> int:
    return services.vault.audit.count("contacts_read", "A-officer", clock() - DAY)


def test_a_click_notes_the_state_and_reads_nobody_again(open_page, services, clock, case_id):
    page = open_page()
    before = readings(services, clock)
    contact = page.locator("#c-5")
    expect(contact.get_by_role("button", name="연락 전")).to_have_attribute("aria-pressed", "true")
    contact.get_by_role("button", name="검사함").click()
    expect(contact.get_by_role("button", name="검사함")).to_have_attribute("aria-pressed", "true")
    expect(contact.get_by_role("button", name="연락 전")).to_have_attribute("aria-pressed", "false")
    expect(contact.locator(".told")).to_contain_text("officer")
    expect(page.locator('[data-count="tested"]')).to_have_text("2")
    expect(page.locator("#done")).to_have_text("4")
    assert readings(services, clock) == before
    assert [change.state for change in services.vault.case_files.states(case_id) if change.number == 5] == [
        "tested"
    ]


def test_the_keyboard_does_the_same(open_page):
    page = open_page()
    button = page.locator("#c-6").get_by_role("button", name="연락함")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()


def test_without_a_script_the_same_button_sends_a_form(open_page):
    page = open_page(java_script_enabled=False)
    page.locator("#c-7").get_by_role("button", name="종결").click()
    expect(page.locator("#c-7").get_by_role("button", name="종결")).to_have_attribute("aria-pressed", "true")


def test_a_note_that_fails_is_told_and_shows_no_state_that_is_not_kept(open_page):
    page = open_page()
    page.route("**/contacts/5", lambda route: route.abort())
    page.locator("#c-5").get_by_role("button", name="연락함").click()
    expect(page.locator("#c-5 .told")).to_contain_text("저장하지 못했습니다")
    expect(page.locator("#c-5").get_by_role("button", name="연락 전")).to_have_attribute("aria-pressed", "true")
    page.complaints.clear()  # the request that was cut off


def test_one_state_is_shown_by_its_filter_and_the_page_fits_a_phone(open_page):
    page = open_page(phone)
    page.get_by_role("navigation", name="상태로 찾기").get_by_role("link", name="격리 중").click()
    expect(page.locator(".contact")).to_have_count(1)
    assert not too_wide(page)
    assert axe_violations(page) == []


def test_the_printed_list_is_a4_across_with_the_mark_on_every_page(open_page):
    page = open_page()
    page.get_by_role("button", name="인쇄", exact=True).click()
    expect(page.locator("h1")).to_have_text("접촉자 검토 명단")
    assert axe_violations(page) == []
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="인쇄")).to_be_hidden()
    for part in ("thead", "tfoot"):
        expect(page.locator(f".whole > {part} .mark")).to_contain_text("무단 배포 금지")
        display = page.locator(f".whole > {part}").evaluate("one => getComputedStyle(one).display")
        assert display == {"thead": "table-header-group", "tfoot": "table-footer-group"}[part]
    whole = page.pdf(prefer_css_page_size=True)
    assert b"/MediaBox [0 0 841.91998 594.95996]" in whole or b"/MediaBox [0 0 842" in whole


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("percent", ["100", "150"])
def test_every_state_can_be_read_whole_on_a_phone(open_page, language, percent):
    page = open_page(phone, f"?lang={language}")
    page.evaluate("(percent) => document.documentElement.dataset.text = percent", percent)
    cut = "(all) => all.filter((row) => row.scrollWidth > row.clientWidth).length"
    assert page.locator(".contact-states").count() > 3
    assert page.locator(".contact-states").evaluate_all(cut) == 0
    assert not too_wide(page)
