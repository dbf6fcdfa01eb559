"""The officer's map in a real browser, on a phone and on a desk."""

import json
import math
import re
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect

from entry_service.demo.facts import rows
from tests.demo.result_fixture import HOT, write_results

from .browser import axe_violations, desktop, phone, serving, too_wide

SCALE = ".leaflet-control-scale-line"
SIZES = [pytest.param(phone, id="phone"), pytest.param(desktop, id="desktop")]


@pytest.fixture
def run(settings):
    return write_results(settings.results_dir / "run-1")


@pytest.fixture
def visit(app, browser, person):
    """Return a function that opens a page as an officer; a complaint of the browser fails the test."""
    pages = []
    with serving(app) as origin:
        cookie = person("officer").client.get_cookie("session")

        def open_page(size=desktop, path="/officer", wait="body[data-ready=map]", allow=False):
            page = size(browser, origin)
            page.context.add_cookies([{"name": "session", "value": cookie.value, "url": origin}])
            page.allowed = allow
            pages.append(page)
            page.goto(path)
            if wait:
                page.wait_for_selector(wait)
            return page

        yield open_page
        complaints = [said for page in pages if not page.allowed for said in page.complaints]
        for page in pages:
            page.context.close()
    assert complaints == []


def place_of(page):
    """Return lon, lat → pixel of the window, from where the stations stand on the drawn map."""
    marks = {
        mark.inner_text(): mark.bounding_box() for mark in page.locator(".station-mark").all() if mark.inner_text()
    }
    known, x, y = [], [], []
    for station in rows("stations.csv"):
        if station["name_ko"] in marks:
            box = marks[station["name_ko"]]
            known.append([float(station["lon"]), mercator(float(station["lat"])), 1])
            x.append(box["x"] + box["width"] / 2)
            y.append(box["y"] + box["height"] / 2)
    assert len(known) >= 4
    across, down = (np.linalg.lstsq(np.array(known), np.array(axis), rcond=None)[0] for axis in (x, y))
    return lambda lon, lat: tuple(float(np.dot(axis, [lon, mercator(lat), 1])) for axis in (across, down))


def mercator(lat):
    return math.degrees(math.log(math.tan(math.radians(45 + lat / 2))))


def centre(feature):
    ring = feature["geometry"]["coordinates"][0]
    return sum(lon for lon, _ in ring[:-1]) / (len(ring) - 1), sum(lat for _, lat in ring[:-1]) / (len(ring) - 1)


@pytest.mark.parametrize("size", SIZES)
def test_every_unit_is_drawn_where_it_lies_and_tells_of_itself_when_touched(visit, run, size):
    page = visit(size)
    features = json.loads((run / "hotspots.geojson").read_text())["features"]
    page.locator("#map").scroll_into_view_if_needed()
    pixel, frame = place_of(page), page.locator("#map").bounding_box()
    seen = set()
    for feature in [f for f in features if f["properties"]["status"] == "hot"] + features[::19]:
        x, y = pixel(*centre(feature))
        assert frame["x"] < x < frame["x"] + frame["width"], feature["properties"]["unit_code"]
        page.mouse.click(x, y)
        assert feature["properties"]["unit_code"] in page.locator("#unit-panel").inner_text()
        seen.add(feature["properties"]["status"])
    assert seen == {"hot", "not significant", "no data"}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("choice", ["", "?contrast=high", "?lang=en"])
def test_the_page_fits_its_screen_and_axe_finds_nothing(visit, run, size, choice):
    page = visit(size, f"/officer{choice}")
    assert axe_violations(page) == []
    assert not too_wide(page)
    page.locator("input[value=population]").check(force=True)
    assert axe_violations(page) == []


def test_what_the_figures_are_of_is_on_the_page(visit, run):
    page = visit(phone)
    assert "자료 기준\n2020. 8. 29.(토) 00:00" in page.locator(".run-facts").inner_text()
    page.locator(".run-details summary").click()
    facts = page.locator(".run-details").inner_text()
    assert re.search(r"2020-08-29T00:00:00\+09:00.*씨앗.*1.*0\.1\.0.*alpha.*0\.05.*replicates.*999", facts, re.S)


def test_the_legend_has_words_for_all_that_is_drawn(visit, run):
    page = visit()
    legend = page.locator("#legend-verdict").inner_text()
    assert [word in legend for word in ("핫스팟", "유의하지 않음", "자료 없음", "확진자 방문 수")] == [True] * 4
    assert page.locator("#legend-population").is_hidden()
    page.locator("input[value=population]").check(force=True)
    grades = page.locator("#legend-population li").all_inner_texts()
    assert page.locator("#legend-verdict").is_hidden()
    assert len(grades) == 11
    assert [name in line for name, line in zip(("매우 한산", "보통", "매우 붐빔"), grades[0:10:4], strict=False)]
    assert re.search(r"10\s+매우 붐빔\s+[\d,]+명 이상", grades[9])


def painted(page):
    """Return the picture that the map has painted, as text."""
    return page.evaluate("() => document.querySelector('#map .leaflet-overlay-pane canvas').toDataURL()")


def test_the_hour_moves_by_button_slider_day_and_play(visit, run):
    page = visit()
    label, marks = page.locator("#time-label"), page.locator(".leaflet-marks-pane .visit-mark")
    assert (label.inner_text(), marks.all_inner_texts()) == ("19:00", ["7"])  # opens at the hour that matters
    page.get_by_role("button", name="한 시간 다음").click()
    assert (label.inner_text(), marks.all_inner_texts()) == ("20:00", ["7"])
    page.locator("#time-hour").press("ArrowRight")
    assert (label.inner_text(), marks.count()) == ("21:00", 0)
    page.locator("#time-hour").press("End")
    page.get_by_role("button", name="한 시간 다음").click()
    assert (label.inner_text(), page.locator("#time-day").input_value()) == ("00:00", "2020-08-14")
    assert page.locator("#time-hour").get_attribute("aria-valuetext") == "2020. 8. 14.(금) 00:00"
    page.locator("#time-day").select_option("2020-08-13")
    page.get_by_role("button", name="재생").click()
    expect(label).not_to_have_text("00:00")
    page.get_by_role("button", name="멈춤").click()
    expect(page.get_by_role("button", name="재생")).to_have_attribute("aria-pressed", "false")


def test_floating_population_is_painted_anew_for_each_hour(visit, run):
    page = visit()
    verdicts = painted(page)
    page.locator("input[value=population]").check(force=True)
    page.wait_for_function("was => document.querySelector('#map canvas').toDataURL() !== was", arg=verdicts)
    evening = painted(page)
    page.locator("#time-hour").press("Home")
    page.wait_for_function("was => document.querySelector('#map canvas').toDataURL() !== was", arg=evening)


def test_the_panel_tells_a_hot_unit_in_whole_sentences_with_interval_and_second_opinion(visit, run):
    page = visit()
    page.locator(f".unit-table [data-unit='{HOT[0]}']").click()
    told = page.locator("#unit-sentences p").all_inner_texts()
    assert told == [
        "확진자 7명이 8번 방문했습니다.",
        "사람들이 머문 시간에 비례하면 0.34번이 예상됩니다.",
        "다른 곳에 견준 상대위험도는 24배입니다(95% 구간 12–49배).",
        "우연으로 보기 어려운 군집에 들어 있습니다(확진자 단위 스캔 p = 0.001). 그래서 핫스팟입니다.",
        "둘째 의견인 Gi*도 같은 쪽을 가리킵니다(z = 6.1, q = 0.001).",
        "출입 기록은 이곳에 머문 사람 가운데 약 3.1%를 포착합니다.",
        told[6],
    ]
    hour = r"2020\. 8\. 13\.\(목\) 19:00의 유동인구는 [\d,]+명, \d+등급\(.+\)입니다\. .*확진자 방문은 7건입니다\."
    assert re.fullmatch(hour, told[6])
    assert page.locator("tr.selected").count() == 1


def test_a_unit_without_data_is_not_called_safe(visit, run):
    features = json.loads((run / "hotspots.geojson").read_text())["features"]
    page = visit()
    unknown = next(feature for feature in features if feature["properties"]["status"] == "no data")
    page.locator("#map").scroll_into_view_if_needed()
    page.mouse.click(*place_of(page)(*centre(unknown)))
    told = page.locator("#unit-panel").inner_text()
    assert "자료 없음" in told
    assert "판단하지 않았습니다. 지도에 나타낼 수 있는 출입 기록이 없는 구역입니다." in told


@pytest.mark.parametrize("size", SIZES)
def test_everything_is_reached_without_a_mouse(visit, run, size):
    page = visit(size)
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("() => document.activeElement.id || document.activeElement.dataset.unit || ''"))
        if HOT[1] in reached and HOT[0] in reached:
            break
    assert {"map", "show-hot", "show-all", "time-play", "time-day", "time-hour", *HOT} <= reached
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "unit-panel"
    assert "핫스팟" in page.locator("#unit-panel").inner_text()


def test_hot_units_can_be_brought_close_and_the_whole_city_back(visit, run):
    page = visit()
    whole = page.locator(SCALE).inner_text()
    page.get_by_role("button", name="핫스팟 확대").click()
    expect(page.locator(SCALE)).not_to_have_text(whole)
    page.get_by_role("button", name="전체 보기").click()
    expect(page.locator(SCALE)).to_have_text(whole)


def test_a_day_that_cannot_be_loaded_is_said_and_comes_later(visit, run):
    page = visit(allow=True)
    page.route("**/unit_hours/2020-08-14.json", lambda route: route.abort())
    page.locator("#time-day").select_option("2020-08-14")
    expect(page.locator("#map-message")).to_contain_text("불러오지 못했습니다")
    page.unroute("**/unit_hours/2020-08-14.json")
    page.get_by_role("button", name="한 시간 다음").click()
    expect(page.locator("#map-message")).to_have_text("")


def test_units_that_cannot_be_loaded_are_said(visit, run):
    page = visit(path="/login", wait=None, allow=True)
    page.route("**/hotspots.geojson", lambda route: route.abort())
    page.goto("/officer")
    expect(page.locator("#map-message")).to_contain_text("불러오지 못했습니다")


@pytest.mark.parametrize("size", SIZES)
def test_a_run_without_hourly_figures_shows_its_verdicts(visit, run, size):
    shutil.rmtree(run / "unit_hours")
    page = visit(size)
    assert page.locator("#unit-title").inner_text().startswith("군포1동")
    assert page.locator(".time-control, .view-choice").count() == 0
    assert axe_violations(page) == []


@pytest.mark.parametrize("size", SIZES)
def test_before_the_first_result_the_page_says_how_to_make_one(visit, size):
    page = visit(size, wait="h1")
    assert page.locator("h1").inner_text() == "아직 분석 결과가 없습니다"
    assert axe_violations(page) == []
    assert not too_wide(page)


def test_nobody_sees_the_map_without_signing_in_and_the_sign_in_leads_to_it(app, browser, run):
    with serving(app) as origin:
        page = phone(browser, origin)
        page.goto("/officer")
        assert page.url.endswith("/login?next=%2Fofficer")
        assert page.complaints == []
        page.context.close()
