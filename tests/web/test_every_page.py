"""Every page of the service, as the router knows them: readable, named, narrow enough, without a violation of axe.

In Korean and English, and in all four languages where visitors read; with usual and high contrast, chosen by the
link of the page itself; at the usual size of text and at 150 %.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from entry_service.web.frame.i18n import TAGS

from . import accessible, furnished
from .browser import axe_violations, chromium, phone, too_wide
from .conftest import PASSWORD, ROLES
from .town import CAMERA, DEVICE, NOBODY, open_town, walk

PAGES = [
    pytest.param(rule, who, language, id=f"{rule.rule} {who} {language}")
    for rule, who, languages in walk()
    for language in languages
]


@pytest.fixture(scope="module")
def town(tmp_path_factory, password_hash):
    with open_town(tmp_path_factory.mktemp("town") / "var", password_hash) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser():
    with chromium(*CAMERA) as started:
        yield started


@pytest.fixture
def visit(browser, town):
    """Return a function that opens a page as somebody; afterwards it may not have complained."""
    pages: list[Page] = []

    def open_page(path: str, who: str, language: str = "ko") -> Page:
        page = phone(browser, town.origin)
        pages.append(page)
        page.context.add_cookies(town.cookies_of(who, language))
        page.goto(path)
        return page

    yield open_page
    complaints = [said for page in pages for said in page.complaints]
    for page in pages:
        page.context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def reading(browser, town):
    """Return a function that gives everybody one page for the whole walk: a new one costs more than reading."""
    pages: dict[str, Page] = {}

    def page_of(who: str) -> Page:
        if who not in pages or pages[who].is_closed():
            pages[who] = phone(browser, town.origin)
        return pages[who]

    yield page_of
    for page in pages.values():
        page.context.close()


@pytest.fixture
def read(reading, town):
    """Return a function that opens the page of a rule as somebody, with the cookies of one who just arrived."""
    opened: list[Page] = []

    def open_page(rule, who: str, language: str) -> Page:
        page = reading(who)
        opened.append(page)
        page.goto("about:blank")  # what the page before still says is not this one's
        page.complaints.clear()
        page.context.clear_cookies()
        page.context.add_cookies(town.cookies_of(who, language))
        page.goto(furnished.address(rule, town.known))
        return page

    yield open_page
    assert [said for page in opened for said in page.complaints] == []


def unnamed_controls(page: Page) -> list[str]:
    """Return the controls of the accessibility tree that a screen reader would announce without a name."""
    tree = page.locator("body").aria_snapshot().splitlines()
    kinds = ("button", "link", "textbox", "combobox", "checkbox", "radio", "slider", "searchbox", "spinbutton")
    bare = {f"- {kind}" for kind in kinds}
    return [line.strip() for line in tree if line.strip().split(" [")[0].rstrip(":") in bare]


@pytest.mark.parametrize(("rule", "who", "language"), PAGES)
def test_a_page_is_readable_by_everybody_who_may_open_it(read, rule, who, language):
    page = read(rule, who, language)
    assert page.locator("html").get_attribute("lang") == TAGS.get(language, language)
    assert page.locator("h1:visible").count() == 1
    name, _, service = page.title().rpartition(" · ")
    assert name
    assert service
    assert unnamed_controls(page) == []
    assert not too_wide(page)
    assert axe_violations(page) == []
    if language == "ko":  # sizes and colours are the same in every language
        assert accessible.complaints(page) == []
        page.evaluate("() => document.documentElement.dataset.contrast = 'high'")
        assert axe_violations(page) == []
    page.evaluate("() => document.documentElement.dataset.text = '150'")
    assert not too_wide(page)


def test_the_walk_knows_every_role_and_most_pages():
    """Were the router's list empty, everything above would pass."""
    seen = {param.values[1] for param in PAGES}
    assert seen == {NOBODY, DEVICE, *ROLES}
    assert len({param.values[0].rule for param in PAGES}) > 25


@pytest.mark.parametrize("path", ["/", "/login", "/pass"])
def test_contrast_and_size_are_chosen_by_keyboard_without_losing_what_was_typed(visit, path):
    page = visit(path, NOBODY)
    field = page.locator("input:visible:not([type=checkbox], [type=radio])").first
    if field.count():
        field.fill("시험방문자")
    root = page.locator("html")
    for name, attribute, value in (
        ("고대비 화면", "data-contrast", "high"),
        ("글자 크기 150%", "data-text", "150"),
    ):
        link = page.get_by_role("link", name=name)
        link.focus()
        page.keyboard.press("Enter")
        expect(root).to_have_attribute(attribute, value)
        expect(link).to_have_attribute("aria-current", "true")
    if field.count():
        expect(field).to_have_value("시험방문자")
    assert not too_wide(page)
    page.goto("/login")
    expect(root).to_have_attribute("data-contrast", "high")
    expect(root).to_have_attribute("data-text", "150")
    size = page.evaluate("() => parseFloat(getComputedStyle(document.body).fontSize)")
    assert size == pytest.approx(17 * 1.5)


def test_from_the_sign_in_to_a_new_device_by_keyboard_alone(visit):
    """What has the focus is said by its name, as a screen reader says it; nothing is clicked."""
    page = visit("/login", NOBODY)

    def press_to(role: str, name: str | re.Pattern, *, most: int = 60) -> None:
        target = page.get_by_role(role, name=name, exact=True)
        for _ in range(most):
            if target.evaluate_all("found => found.some((one) => one === document.activeElement)"):
                outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none"
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{most} times Tab do not lead to {name}")

    press_to("textbox", "아이디")
    page.keyboard.type("manager")
    press_to("textbox", "비밀번호")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/manager")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    press_to("link", "기기")
    page.keyboard.press("Enter")
    page.wait_for_url("**/devices")
    press_to("link", "기기 추가")
    page.keyboard.press("Enter")
    page.wait_for_url("**/devices/new")
    press_to("textbox", "출입구 이름")
    page.keyboard.type("서문")
    press_to("combobox", "안쪽 구역")
    page.keyboard.press("ArrowDown")
    press_to("radio", re.compile("^안내대"))
    page.keyboard.press("ArrowDown")
    press_to("button", "초대 QR 만들기")
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="초대 QR")).to_be_visible()
    facts = page.locator(".invitation .pairs")
    expect(facts).to_contain_text("서문")
    expect(facts).to_contain_text("출입문")
