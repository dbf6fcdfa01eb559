"""The officer's map in a real browser, on a phone and on a desk: every layer, and what is said of a place."""

import json
import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.demo.layer_fixture import BLIND, add_layers
from tests.demo.result_fixture import HOT, write_results

from .browser import axe_violations, desktop, phone, serving, too_wide

SIZES = [pytest.param(phone, id="phone"), pytest.param(desktop, id="desktop")]
READERS = [pytest.param(phone, "ko", id="phone ko"), pytest.param(desktop, "en", id="desktop en")]
SHEET = re.compile(rb"/Type\s*/Page\b(?!s)")
LAYERS = ("hotspots", "population", "surge", "difference", "compare", "risk", "coverage", "emerging", "facilities")


@pytest.fixture
def run(settings):
    return add_layers(write_results(settings.results_dir / "run-1"))


@pytest.fixture
def visit(app, browser, person):
    """Return a function that opens a page as an officer; a complaint of the browser fails the test."""
    pages = []
    with serving(app) as origin:
        cookie = person("officer").client.get_cookie("session")

        def open_page(size=desktop, path="/officer", wait="body[data-ready=map]", allow=False, **options):
            page = size(browser, origin, **options)
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


def picture(page):
    """Return what the units' canvas shows, as text."""
    return page.evaluate("() => document.querySelector('#map .leaflet-overlay-pane canvas').toDataURL()")


def choose(page, layer):
    """Choose a layer and wait until its legend and table are there."""
    page.locator(f"input[name=layer][value={layer}]").check(force=True)
    name = page.locator(f"label:has(input[name=layer][value={layer}]) span").inner_text()
    expect(page.locator("#table-caption")).to_contain_text(name)


@pytest.mark.parametrize(("size", "language"), READERS)
def test_every_layer_is_drawn_told_in_words_and_listed_and_axe_finds_nothing(visit, run, size, language):
    page = visit(size, f"/officer?lang={language}")
    seen = set()
    for layer in LAYERS:
        choose(page, layer)
        if layer == "compare":  # one time of it looks like the layer of that time
            page.locator("input[name=view][value=change]").check(force=True)
            expect(page.locator("#map-told")).to_contain_text("→")
        expect(page.locator("#layer-absent")).to_be_hidden()
        assert page.locator("#layer-words").inner_text()
        assert page.locator("#legend li").count() > 0
        seen.add(picture(page))
        assert axe_violations(page) == [], layer
        assert not too_wide(page), layer
    assert len(seen) == len(LAYERS)


def test_the_map_prints_on_one_sheet_with_its_legend_and_place(visit, run):
    page = visit(path="/officer#layer=population")
    expect(page.locator("#unit-sentences")).to_contain_text("시공간 추세")
    assert len(SHEET.findall(page.pdf(prefer_css_page_size=True))) == 1
    page.emulate_media(media="print")
    for part in ("#map", "#legend", "#unit-panel", ".run-facts", "[data-run-part=notices]"):
        expect(page.locator(part)).to_be_visible()
    for part in (".layer-choice", ".officer-menu", "#search", "#layer-rows", "#time-play"):
        expect(page.locator(part)).to_be_hidden()


@pytest.mark.parametrize("choice", ["?contrast=high", "?lang=en"])
def test_contrast_and_english_are_whole(visit, run, choice):
    page = visit(phone, f"/officer{choice}")
    choose(page, "surge")
    assert axe_violations(page) == []
    assert not too_wide(page)
    if "en" in choice:
        assert not re.search("[가-힣]", page.locator("#unit-next, #legend").first.inner_text())


def test_an_older_result_works_and_says_which_layers_it_lacks_and_why(visit, settings):
    write_results(settings.results_dir / "run-1")
    page = visit()
    for layer in ("surge", "difference", "emerging"):
        choose(page, layer)
        expect(page.locator("#layer-absent")).to_contain_text("이전 판의 분석이 만든 결과입니다")
    choose(page, "coverage")  # its cells are drawn, the blind spots are missing
    expect(page.locator("#layer-absent")).to_be_visible()
    assert page.locator("#legend li").count() == 6
    choose(page, "population")
    expect(page.locator("#layer-absent")).to_be_hidden()
    assert page.locator("#legend li").count() == 11


def test_a_run_without_hourly_figures_shows_its_verdicts(visit, settings):
    shutil.rmtree(write_results(settings.results_dir / "run-1") / "unit_hours")
    page = visit(phone)
    assert page.locator("#unit-title").inner_text().startswith("군포1동")
    assert page.locator(".time-control").count() == 0
    choose(page, "population")
    expect(page.locator("#layer-absent")).to_contain_text("시각별 유동인구가 없어")
    assert axe_violations(page) == []


def test_the_panel_tells_why_a_unit_is_hot_how_sure_and_what_to_do(visit, run):
    page = visit()
    expect(page.locator("#unit-sentences")).to_contain_text("시공간 추세: 새 핫스팟.")
    assert page.locator("#unit-where").inner_text() == "군포역에서 북쪽으로 약 200 m"
    assert page.locator("#unit-figure").inner_text().split("\n") == [
        "24.3배",
        "다른 곳에 견준 위험(95% 구간 12.2–48.6배)",
    ]
    assert page.locator("#unit-sentences p").all_inner_texts() == [
        "확진자 7명이 8번 방문했습니다.",
        "우연으로 보기 어려운 군집에 들어 있어 핫스팟입니다.",
        "시공간 추세: 새 핫스팟.",
    ]
    assert page.locator("#unit-grounds p").first.is_hidden()
    page.locator("#unit-grounds summary").click()
    assert page.locator("#unit-grounds p").all_inner_texts() == [
        "분석 기간 전체에서, 사람들이 머문 시간에 비례하면 0.34번이 예상됩니다. 배수는 여기서 나옵니다.",
        "둘째 의견인 Gi*도 같은 쪽을 가리킵니다(z = 6.1, q = 0.001).",
        "확진자 단위 스캔 p = 0.001",
        "출입 기록은 이곳에 머문 사람 가운데 약 3.1%를 포착합니다.",
    ]
    hour = r"2020\. 8\. 13\.\(목\) 19:00의 유동인구는 [\d,]+명, \d+등급\(.+\)입니다\. "
    hour += r"세 시간 전보다 \+500명입니다\. .*7건"
    assert re.match(hour, page.locator("#unit-hour").inner_text())
    assert page.locator("#unit-chart rect").count() == 24
    assert page.locator("#unit-chart rect.visited, #unit-chart rect.chosen").count() == 2
    steps = page.locator("#unit-next").inner_text()
    assert "소독·방문 대상에 넣습니다" in steps
    assert "세 시간 새 500명 늘었습니다" in steps
    links = page.locator("#unit-next a").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    assert {"/officer/cases", "/officer/places/new"} <= set(links)
    for link in links:
        assert page.request.get(link).ok


def test_a_place_without_data_is_not_called_safe_and_a_blind_spot_is_named(visit, run):
    page = visit(path=f"/officer#layer=coverage&unit={BLIND}")
    expect(page.locator("#unit-panel")).to_contain_text(
        "기록이 닿지 않는 곳 1위입니다. 머문 시간의 10%만 기록에 보이고"
    )
    assert page.locator(".blind-mark:not(.sample)").all_inner_texts() == ["1"]
    features = json.loads((run / "hotspots.geojson").read_text())["features"]
    unknown = next(one["properties"] for one in features if one["properties"]["status"] == "no data")
    page.goto(f"/officer?again#unit={unknown['unit_code']}")
    expect(page.locator("#unit-status")).to_have_text("자료 없음")
    expect(page.locator("#unit-next")).to_contain_text("안전하다고 보지 않습니다")


def test_nobody_sees_the_map_without_signing_in_and_the_sign_in_leads_to_it(app, browser, run):
    with serving(app) as origin:
        page = phone(browser, origin)
        page.goto("/officer")
        assert page.url.endswith("/login?next=%2Fofficer")
        assert page.complaints == []
        page.context.close()


@pytest.mark.parametrize("size", SIZES)
def test_before_the_first_result_the_page_says_how_to_make_one(visit, size):
    page = visit(size, wait="h1")
    assert page.locator("h1").inner_text() == "아직 분석 결과가 없습니다"
    assert axe_violations(page) == []
    assert not too_wide(page)


def test_hot_units_are_those_that_the_table_names(visit, run):
    page = visit()
    rows = page.locator("#layer-rows tbody tr")
    assert [code in rows.nth(at).inner_text() for at, code in enumerate(sorted(HOT))] == [True, True]
    assert page.locator("#legend li").first.inner_text().split() == ["스캔과", "Gi*", "모두", "핫스팟", "2곳"]


def test_units_of_any_shape_are_painted_where_they_lie(visit, settings):
    """A run by dong: outlines instead of a grid, one of them with a hole."""
    folder = write_results(settings.results_dir / "run-1")
    shutil.rmtree(folder / "unit_hours")
    file = folder / "hotspots.geojson"
    cell = json.loads(file.read_text())["features"][0]["properties"]
    hole = [[126.93, 37.36], [126.94, 37.36], [126.94, 37.37], [126.93, 37.37], [126.93, 37.36]]
    west = [[126.92, 37.35], [126.95, 37.35], [126.95, 37.38], [126.92, 37.38], [126.92, 37.35]]
    east = [[126.95, 37.35], [126.98, 37.35], [126.98, 37.38], [126.95, 37.38], [126.95, 37.35]]
    shapes = {"4141051000": [west, hole], "4141052000": [east]}
    features = [
        {
            "type": "Feature",
            "properties": cell | {"unit_code": code, "name": f"동 {code}"},
            "geometry": {"type": "Polygon", "coordinates": rings},
        }
        for code, rings in shapes.items()
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    page = visit()
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map").bounding_box()
    code = page.locator("#unit-code")
    for share, expected in ((0.55, "4141052000"), (0.45, "4141051000")):  # both sides of the common edge
        page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] * 0.2)
        expect(code).to_have_text(expected)
    alpha = """([x, y]) => {
      const canvas = document.querySelector('#map .leaflet-overlay-pane canvas');
      const [box, map] = [canvas, document.getElementById('map')].map((one) => one.getBoundingClientRect());
      const fine = canvas.width / box.width;
      const away = [map.x + map.width * x - box.x, map.y + map.height * y - box.y];
      const [column, row] = away.map((one) => Math.round(one * fine));
      return canvas.getContext('2d').getImageData(column, row, 1, 1).data[3];
    }"""
    assert page.evaluate(alpha, [0.45, 0.2]) > 0
    assert page.evaluate(alpha, [0.28, 0.5]) == 0  # the hole


def test_a_day_is_compared_with_what_is_usual_in_the_chart_and_in_words(visit, run):
    page = visit(path="/officer#layer=difference&day=2020-08-14&hour=19")
    expect(page.locator("#unit-chart figcaption")).to_contain_text("막대는 이날, 선은 평소입니다.")
    assert page.locator("#unit-chart path.usual").count() == 1
    usual = re.compile("같은 종류의 날 1일의 중앙값 [\\d,]+명보다")
    expect(page.locator("#unit-hour")).to_contain_text(usual)
