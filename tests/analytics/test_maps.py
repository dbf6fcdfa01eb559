"""The maps: a page from disk without network, three words told apart without colour, a picture without boxes."""

import json
import re
from types import SimpleNamespace
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib import font_manager
from PIL import Image

from analytics.hotspots import find_hotspots
from analytics.outputs import fonts, map_html, map_png
from analytics.outputs.shapes import beside
from analytics.parameters import Parameters
from tests.analytics.test_hotspots import QUICK, planted
from tests.analytics.town import CODES, NOW, squares
from tests.web.browser import axe_violations, chromium, desktop, phone


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    town, visits, where = planted()
    out = folder / "results"
    inputs = town.write(folder, visits)
    return where, out, find_hotspots(**inputs, out=out, created=NOW, parameters=Parameters(**QUICK)), town


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.mark.parametrize("size", [phone, desktop], ids=["phone", "desktop"])
def test_the_page_opens_from_disk_without_network_and_shows_why_a_unit_is_hot(run, browser, size):
    where, out, found, _ = run
    page = size(browser, "http://127.0.0.1:1")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((out / "map.html").as_uri())
    assert page.locator("#units path").count() == 36
    assert page.locator("#panel-title").inner_text() == found.verdict.units.loc[where, "name"]
    assert "서로 다른 확진자" in page.locator("#panel-text").inner_text()
    page.get_by_role("button", name="모의 8동").first.click()
    assert page.locator("#panel-title").inner_text() == "모의 8동"
    zoomed = page.locator("#map").get_attribute("viewBox")
    page.get_by_role("button", name="전체 보기").click()
    assert page.locator("#map").get_attribute("viewBox") != zoomed
    page.locator('#units path[data-unit="35"]').click()
    assert page.locator("#panel-status").inner_text() == "자료 없음"
    assert "지도에 나타낼 수 있는 출입 기록이 없습니다" in page.locator("#panel-text").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.complaints == []
    assert axe_violations(page) == []
    page.context.close()


def test_the_three_words_differ_by_pattern_and_outline(run):
    text = (run[1] / "map.html").read_text(encoding="utf-8")
    look = {word: re.search(rf"#units \.{word} {{([^}}]*)}}", text)[1] for word in ("hot", "calm", "none")}
    assert "url(#stripes)" in look["hot"]
    assert "url(#dots)" in look["none"]
    assert "url(" not in look["calm"]
    styles = map_png.STYLE
    assert len({(style["hatch"], style["linewidth"]) for style in styles.values()}) == 3


def test_the_page_is_well_formed_names_no_facility_and_escapes_names(run, tmp_path):
    _, out, found, town = run
    text = (out / "map.html").read_text(encoding="utf-8")
    assert not re.search(r"\bf\d{3}\b", re.sub(r"base64,[^\"]*", "", text))
    svg = re.search(r'<svg id="map".*?</svg>', text, re.S)[0]
    assert len(ElementTree.fromstring(svg).findall(".//path[@data-unit]")) == 36
    units = found.study.units[["geometry"]].join(found.verdict.units)
    units["name"] = '</script><script>alert("x")</script>&'
    map_html.write_html(tmp_path / "map.html", units, found.verdict, found.summary)
    text = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text
    data = re.search(r'id="data">(.*?)</script>', text, re.S)[1]
    assert json.loads(data)["units"][0]["name"] == '</script><script>alert("x")</script>&'


def test_the_picture_has_a_korean_font_or_speaks_english_and_never_draws_boxes(run, tmp_path, monkeypatch):
    _, out, found, _ = run
    units = found.study.units[["geometry"]].join(found.verdict.units)
    none = fonts.korean_face.__wrapped__(tmp_path, ())
    assert none.language == "en"
    assert none.drawable("핫 hot") == "· hot"
    monkeypatch.setattr(map_png, "korean_face", lambda: none)
    map_png.write_png(tmp_path / "english.png", units, found.verdict, found.summary)  # a box would be a warning
    english, korean = (np.asarray(Image.open(path)) for path in (tmp_path / "english.png", out / "map.png"))
    assert english.shape == korean.shape
    assert english.std() > 20
    if fonts.BUNDLED.is_dir():
        face = fonts.korean_face()
        assert (face.language, face.family) == ("ko", "Pretendard GOV")
        assert "Pretendard" in font_manager.findfont("Pretendard GOV")
        assert (english != korean).any()
        assert "font/woff" in fonts.embedded_fonts("핫스팟 지도")
    assert fonts.embedded_fonts("핫스팟", tmp_path) == ""


def test_the_geopackage_holds_units_and_clusters_in_metres(run):
    where, out, found, _ = run
    units = gpd.read_file(out / "hotspots.gpkg", layer="hotspots").set_index("unit_code")
    clusters = gpd.read_file(out / "hotspots.gpkg", layer="clusters")
    assert units.index.tolist() == CODES.tolist()
    assert units.crs.to_epsg() == 5179
    assert units.loc[where, "status"] == "hot"
    assert len(clusters) == len(found.verdict.clusters)
    assert clusters.geometry.iloc[0].contains(units.geometry[where].centroid)


def test_a_map_without_hot_units_says_so(run, tmp_path):
    _, _, found, _ = run
    units = found.study.units[["geometry"]].join(found.verdict.units)
    units["status"] = units["status"].replace("hot", "not significant")
    summary = found.summary | {"parameters": found.summary["parameters"] | {"alpha": 1e-6}}
    map_html.write_html(tmp_path / "map.html", units, found.verdict, summary)
    map_png.write_png(tmp_path / "map.png", units, found.verdict, summary)
    text = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "핫스팟은 없습니다" in text
    assert '"first":null' in text


def test_ranks_keep_off_the_other_clusters_and_each_other():
    cells = squares()
    clusters = pd.DataFrame({"members": [(CODES[0],), (CODES[1],), (CODES[12],), (CODES[6],)]})
    reach, discs = 100.0, []
    for (x, y), side in beside(cells, clusters, reach):
        discs.append(shapely.Point(x + side[0] * reach, y + side[1] * reach).buffer(0.9 * reach))
    for number, disc in enumerate(discs):
        others = [cells.geometry[members[0]] for n, members in enumerate(clusters["members"]) if n != number]
        assert not any(disc.intersects(other) for other in [*others, *discs[:number]])


def test_the_picture_tells_how_many_units_a_cluster_has():
    units = squares()
    alone, three = (SimpleNamespace(centre=CODES[3], members=CODES[3:end]) for end in (4, 6))
    assert map_png._where(units, three, "ko") == " · 모의 4동 외 2곳"
    assert map_png._where(units, three, "en") == " · and 2 more units"
    assert map_png._where(units, alone, "ko") == " · 모의 4동"
    assert map_png._where(units.assign(name=""), alone, "ko") == ""
