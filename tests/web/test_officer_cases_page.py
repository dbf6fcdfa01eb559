"""The case register in a real browser: with and without JavaScript, on a phone and a desk, by keyboard alone."""

import pytest
from playwright.sync_api import expect

from .browser import axe_violations, desktop, phone, serving, too_wide

SIZES = [pytest.param(phone, id="phone"), pytest.param(desktop, id="desktop")]


@pytest.fixture
def visit(app, browser, person):
    """Return a function that opens the register as an officer."""
    pages = []
    with serving(app) as origin:
        cookie = person("officer").client.get_cookie("session")

        def open_page(size=desktop, **options):
            page = size(browser, origin, **options)
            page.context.add_cookies([{"name": "session", "value": cookie.value, "url": origin}])
            pages.append(page)
            page.goto("/officer/cases")
            return page

        yield open_page
        complaints = [said for page in pages for said in page.complaints if "status of 4" not in said]
        for page in pages:
            page.context.close()
    assert complaints == []


def fill(page):
    page.locator("#number").fill("군포-37")
    page.locator("#onset").fill("2020-08-24")
    page.locator("#place-0-facility").fill("GP-001")
    page.locator("#place-0-start").fill("2020-08-24T14:00")
    page.locator("#place-0-end").fill("2020-08-24T15:30")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("javascript", [True, False])
def test_a_case_is_registered_with_three_places(visit, size, javascript):
    page = visit(size, java_script_enabled=javascript)
    fill(page)
    page.locator("#place-1-facility").fill("군포시청")
    page.locator("#place-1-day").fill("2020-08-23")
    page.get_by_role("button", name="장소 추가").click()
    page.locator("#place-2-facility").fill("산본도서관")
    page.locator("#place-2-day").fill("2020-08-20")
    page.locator("#case-form .button-primary").click()
    expect(page.locator("h1")).to_have_text("확진자 군포-37")
    expect(page.locator("main .notice-success")).to_contain_text("지표 방문 2건을 등록했습니다")
    expect(page.locator("main .notice-info")).to_contain_text("노출 기간 밖의 방문 1건은 제외했습니다")
    assert page.locator(".case-visits tbody th").all_inner_texts() == ["군포시청 GP-002", "산본도서관 GP-001"]
    page.reload()
    assert page.locator("main .notice").count() == 0  # said once


@pytest.mark.parametrize("javascript", [True, False])  # False is also how it goes before the script has loaded
def test_a_new_row_is_empty_numbered_and_takes_the_focus(visit, javascript):
    page = visit(java_script_enabled=javascript)
    fill(page)
    page.locator("#case-form").evaluate("form => form.noValidate = true")
    page.locator("#place-1-facility").fill("없는 곳")
    page.locator("#case-form .button-primary").click()
    expect(page.locator("#place-1-facility-error")).to_be_visible()
    page.get_by_role("button", name="장소 추가").click()
    expect(page.locator("#place-2-facility")).to_be_focused()
    row = page.locator("fieldset[data-row='2']")
    assert row.locator("legend").inner_text() == "장소 3"
    assert row.locator(".error, [aria-invalid]").count() == 0
    assert [box.input_value() for box in row.locator("input").all()] == [""] * 4
    expect(row.get_by_label("시설 이름 또는 번호")).to_have_attribute("name", "place-2-facility")
    assert page.locator("#place-1-facility").input_value() == "없는 곳"
    if javascript:  # axe is a script
        assert axe_violations(page) == []


def test_facilities_are_offered_while_typing(visit):
    page = visit()
    page.locator("#place-0-facility").press_sequentially("산본")
    page.wait_for_selector("#facility-options option", state="attached")
    options = page.locator("#facility-options option")
    assert [option.get_attribute("value") for option in options.all()] == ["산본도서관 (GP-001)"]
    page.locator("#place-0-facility").fill("군포시")
    expect(options).to_have_count(0)  # a sensitive facility is not listed


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("choice", ["", "?contrast=high"])
def test_axe_finds_nothing_before_and_after_an_error_and_the_error_is_led_to(visit, size, choice):
    page = visit(size)
    page.goto(f"/officer/cases{choice}")
    assert axe_violations(page) == []
    assert not too_wide(page)
    fill(page)
    page.locator("#place-0-end").fill("")
    page.locator(".case-passes summary").click()
    page.locator("#passes").fill("EPC1 이것은 출입증이 아닙니다")
    page.locator("#case-form .button-primary").click()
    expect(page.locator("#summary")).to_be_focused()
    assert axe_violations(page) == []
    assert not too_wide(page)
    page.locator("#summary a").first.click()
    assert page.evaluate("() => location.hash") == "#place-0-end"
    assert page.locator("#passes").input_value() == "EPC1 이것은 출입증이 아닙니다"


@pytest.mark.parametrize("size", SIZES)
def test_the_page_of_a_case_fits_and_axe_finds_nothing(visit, size):
    page = visit(size)
    fill(page)
    page.locator("#case-form .button-primary").click()
    expect(page.locator("h1")).to_have_text("확진자 군포-37")
    assert axe_violations(page) == []
    assert not too_wide(page)


def test_enter_registers_and_does_not_add_a_row(visit):
    page = visit()
    fill(page)
    page.locator("#number").press("Enter")
    expect(page.locator("h1")).to_have_text("확진자 군포-37")


def test_a_code_read_by_a_scanner_into_the_passes_does_not_send_the_form(visit):
    page = visit()
    page.locator(".case-passes summary").click()
    page.locator("#passes").focus()
    page.keyboard.type("EPC1 AB\n")
    page.keyboard.type("EPC1 CD\n")
    assert page.url.endswith("/officer/cases")
    assert page.locator("#passes").input_value() == "EPC1 AB\nEPC1 CD\n"
