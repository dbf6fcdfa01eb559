"""The controls of the officer's map: time, comparison, search, table, file, mouse and keyboard."""

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from tests.demo.result_fixture import HOT

from .browser import desktop, phone
from .test_map_page import choose, picture, run, visit  # noqa: F401 (fixtures)

NEXT, BACK = "한 시간 다음", "한 시간 이전"


def layer_fetches(page):
    return page.evaluate(
        "() => performance.getEntriesByType('resource').filter((one) => /i16$/.test(one.name)).length"
    )


def test_the_hour_moves_by_button_slider_day_and_play_without_fetching_inside_a_day(visit, run):  # noqa: F811
    page = visit()
    choose(page, "population")
    label, marks = page.locator("#time-label"), page.locator(".visit-mark:not(.sample)")
    expect(marks).to_have_text(["7"])
    assert label.inner_text() == "19:00"  # opens at the hour that matters
    page.wait_for_load_state("networkidle")
    fetched, evening = layer_fetches(page), picture(page)
    page.get_by_role("button", name=NEXT).click()
    expect(label).to_have_text("20:00")
    page.locator("#time-hour").press("ArrowRight")
    expect(label).to_have_text("21:00")
    expect(marks).to_have_count(0)
    page.locator("#time-hour").press("Home")
    expect(label).to_have_text("00:00")
    page.wait_for_function("was => document.querySelector('#map canvas').toDataURL() !== was", arg=evening)
    assert layer_fetches(page) == fetched
    page.get_by_role("button", name=BACK).click()
    expect(page.locator("#time-day")).to_have_value("2020-08-14")
    assert page.locator("#time-hour").get_attribute("aria-valuetext") == "2020. 8. 14.(금) · 임시공휴일 23:00"
    page.get_by_role("button", name="재생").click()
    expect(label).not_to_have_text("23:00")
    page.get_by_role("button", name="멈춤").click()
    expect(page.get_by_role("button", name="재생")).to_have_attribute("aria-pressed", "false")


def test_two_times_are_compared_unit_by_unit(visit, run):  # noqa: F811
    page = visit()
    choose(page, "compare")
    page.locator("#base-day").select_option("2020-08-13")
    page.locator("#base-hour").select_option("19")
    expect(page.locator("#compare-now")).to_have_text("2020. 8. 13.(목) 19:00")
    expect(page.locator("#unit-hour")).to_contain_text("명에서 0명 바뀌었습니다")
    page.locator("#base-hour").select_option("4")
    told = r"기준 시각\(2020\. 8\. 13\.\(목\) 04:00\)의 [\d,]+명에서 [+−][\d,]+명 바뀌었습니다\."
    expect(page.locator("#unit-hour")).to_contain_text(re.compile(told))
    heads = page.locator("#layer-rows thead th").all_inner_texts()
    assert [head.split()[0] for head in heads] == ["구역", "변화(명)", "기준", "지금"]


@pytest.mark.parametrize(
    ("wanted", "found"), [("산본도서관", "시설"), ("당정역", "역"), ("금정동", "동"), (HOT[1], "구역")]
)
def test_a_facility_a_station_a_dong_and_a_unit_are_found_by_keyboard(visit, run, wanted, found):  # noqa: F811
    page = visit()
    before = page.locator("#map .leaflet-control-scale-line").inner_text()
    expect(page.locator("#unit-next")).to_be_visible()
    box = page.get_by_role("combobox", name="곳, 구역, 시설, 동 찾기")
    box.press_sequentially(wanted)
    option = page.locator("#search-found").get_by_role("option").first
    expect(option).to_contain_text(found)
    box.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(page.locator("#search-found")).to_be_hidden()
    expect(page.locator("#map .leaflet-control-scale-line")).not_to_have_text(before)
    if found == "구역":
        expect(page.locator("#unit-code")).to_have_text(HOT[1])
    if found == "시설":
        expect(page.locator("#unit-facilities .chosen")).to_contain_text("산본도서관")


def test_a_facility_is_found_by_who_typed_before_the_facilities_came(visit, run):  # noqa: F811
    held = []
    page = visit(path="/officer/cases", wait="")
    page.route("**/facilities.json", lambda route: held.append(route))
    page.goto("/officer")
    page.wait_for_selector("body[data-ready=map]")
    page.locator("#search").fill("산본도서관")
    expect(page.locator("#search-message")).to_have_text("‘산본도서관’에 맞는 곳이 없습니다.")
    for route in held:
        route.continue_()
    expect(page.locator("#search-found").get_by_role("option")).to_contain_text("시설")
    assert held


def test_what_cannot_be_found_is_said(visit, run):  # noqa: F811
    page = visit(phone)
    page.locator("#search").fill("없는 곳")
    expect(page.locator("#search-message")).to_have_text("‘없는 곳’에 맞는 곳이 없습니다.")


def test_the_table_is_sorted_paged_and_walked_by_arrows(visit, run):  # noqa: F811
    page = visit()
    choose(page, "population")
    people = page.locator("#layer-rows tbody td:nth-child(2)")
    expect(page.locator("#page-told")).to_have_text("1–20 / 585")
    shown = [int(text.replace(",", "")) for text in people.all_inner_texts()]
    assert shown == sorted(shown, reverse=True)
    head = page.locator("th[data-key=people]")
    assert head.get_attribute("aria-sort") == "descending"
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="다음", exact=True).click()
    expect(page.locator("#page-told")).to_have_text("21–40 / 585")
    links = page.locator("#layer-rows .unit-link")
    assert links.evaluate_all("all => all.filter((one) => one.tabIndex === 0).length") == 1
    links.first.focus()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(links.last).to_be_focused()
    name = links.last.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#unit-panel")).to_be_focused()
    assert name == f"{page.locator('#unit-title').inner_text()} {page.locator('#unit-code').inner_text()}"


def test_the_file_opens_in_excel_and_has_every_row(visit, run):  # noqa: F811
    page = visit()
    choose(page, "population")
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV 내려받기").click()
    content = saved.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert table[0] == ["구역", "유동인구(명)", "등급(1–10)"]
    assert len(table) == 586
    assert saved.value.suggested_filename.endswith(".csv")


def test_the_map_is_walked_by_arrow_keys_and_read_with_enter(visit, run):  # noqa: F811
    page = visit()
    code = page.locator("#unit-code")
    page.locator("#map").focus()
    assert page.locator("#map-keys").is_visible()
    assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("ArrowDown")
    expect(code).to_have_text(HOT[1])  # the neighbour to the south
    expect(page.locator("#unit-said")).to_contain_text(f"{HOT[1]}. 핫스팟.")
    page.keyboard.press("ArrowUp")
    expect(code).to_have_text(HOT[0])
    scale = page.locator("#map .leaflet-control-scale-line").inner_text()
    page.keyboard.press("+")
    expect(page.locator("#map .leaflet-control-scale-line")).not_to_have_text(scale)
    page.keyboard.press("Enter")
    expect(page.locator("#unit-panel")).to_be_focused()


@pytest.mark.parametrize("size", [pytest.param(phone, id="phone"), pytest.param(desktop, id="desktop")])
def test_every_control_is_reached_without_a_mouse(visit, run, size):  # noqa: F811
    page = visit(size)
    reached = set()
    for _ in range(70):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("() => document.activeElement.id || document.activeElement.className || ''"))
    wanted = {
        "search",
        "show-hot",
        "show-all",
        "map",
        "time-day",
        "time-back",
        "time-play",
        "time-forward",
        "time-hour",
    }
    assert wanted | {"table-csv", "sort", "unit-link", "page-forward"} <= reached


def test_a_unit_tells_of_itself_where_it_is_touched(visit, run):  # noqa: F811
    page = visit(phone)
    page.get_by_role("button", name="핫스팟 확대").click()
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map").bounding_box()
    page.wait_for_timeout(500)  # Leaflet's zoom
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - 12)
    expect(page.locator("#unit-code")).to_have_text(re.compile("|".join(HOT)))


def test_what_is_looked_at_is_kept_in_the_address(visit, run):  # noqa: F811
    page = visit(path="/officer#layer=population&day=2020-08-14&hour=8")
    assert page.locator("#time-label").inner_text() == "08:00"
    assert page.locator("input[name=layer][value=population]").is_checked()
    page.get_by_role("button", name=NEXT).click()
    page.wait_for_function("() => location.hash.includes('hour=9')")
    page.reload()
    page.wait_for_selector("body[data-ready=map]")
    assert page.locator("#time-label").inner_text() == "09:00"


def test_a_day_that_cannot_be_loaded_is_said_and_comes_later(visit, run):  # noqa: F811
    page = visit(allow=True)
    choose(page, "population")
    page.route("**/2020-08-14.i16", lambda route: route.abort())
    page.locator("#time-day").select_option("2020-08-14")
    expect(page.locator("#map-message")).to_contain_text("불러오지 못했습니다")
    page.unroute("**/2020-08-14.i16")
    page.get_by_role("button", name=NEXT).click()
    expect(page.locator("#map-message")).to_have_text("")
