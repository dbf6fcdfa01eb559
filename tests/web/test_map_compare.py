"""Two times of one figure: side by side on a desk, one after the other on a phone, and the biggest changes."""

import pytest
from playwright.sync_api import expect

from .browser import axe_violations, desktop, phone, too_wide
from .test_map_page import choose, picture, run, visit  # noqa: F811, F401 (fixtures)

TWO = "#layer=compare&day=2020-08-14&hour=19&baseDay=2020-08-14&baseHour=4"


def base_picture(page):
    return page.evaluate("() => document.querySelector('#map-base .leaflet-overlay-pane canvas').toDataURL()")


def test_a_desk_shows_both_times_beside_each_other_and_they_move_together(visit, run):  # noqa: F811
    page = visit(desktop, f"/officer{TWO}")
    base, now = page.locator("#map-base"), page.locator("#map")
    expect(page.locator("#map-base-told")).to_contain_text("04:00")
    expect(page.locator("#map-told")).to_contain_text("19:00")
    sizes = [box.bounding_box() for box in (base, now)]
    assert sizes[0]["x"] + sizes[0]["width"] < sizes[1]["x"]
    assert abs(sizes[0]["width"] - sizes[1]["width"]) < 2
    before, pane = (
        base_picture(page),
        "() => document.querySelector('#map-base .leaflet-map-pane').style.transform",
    )
    assert before != picture(page)
    shown = page.evaluate(pane)
    now.focus()
    page.keyboard.press("+")
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function(f"was => ({pane})() !== was", arg=shown)
    expect(page.locator(".map-pair.side-by-side")).to_have_count(1)
    assert axe_violations(page) == []
    page.locator("input[value=change]").check(force=True)
    expect(base).to_be_hidden()
    expect(page.locator("#map-told")).to_contain_text("→")
    expect(page.locator("#legend li")).to_have_count(8)  # seven classes of change, and none
    choose(page, "population")
    expect(page.locator("#map-told")).to_be_hidden()


def test_a_phone_turns_from_one_time_to_the_other(visit, run):  # noqa: F811
    page = visit(phone, f"/officer{TWO}")
    expect(page.locator("#map-base")).to_be_hidden()
    expect(page.locator("#map-told")).to_contain_text("19:00")
    evening, now = picture(page), page.locator("input[name=view][value=now]")
    now.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#map-told")).to_contain_text("04:00")
    assert picture(page) != evening
    page.keyboard.press("ArrowRight")
    expect(page.locator("#map-told")).to_contain_text("19:00")
    assert picture(page) == evening
    assert axe_violations(page) == []
    assert not too_wide(page)


@pytest.mark.parametrize("measure", ["population", "surge"])
def test_the_table_begins_with_the_biggest_changes_up_or_down(visit, run, measure):  # noqa: F811
    page = visit(desktop, f"/officer{TWO}&measure={measure}")
    expect(page.locator("#table-caption")).to_contain_text("04:00 →")
    cells = page.locator("#layer-rows tbody td:nth-child(2)").all_inner_texts()
    changes = [int(text.replace(",", "").replace("−", "-").replace("+", "")) for text in cells]
    assert len(changes) == 20
    assert [abs(one) for one in changes] == sorted((abs(one) for one in changes), reverse=True)
    shares = page.locator("#layer-rows tbody tr").first.locator("td").all_inner_texts()
    change, before, after = (int(text.replace(",", "").replace("−", "-").replace("+", "")) for text in shares)
    assert abs(after - before - change) <= 1  # each is rounded


def test_columns_name_their_units_and_places_that_are_surely_worse_come_first(visit, run):  # noqa: F811
    page = visit(desktop)
    expect(page.locator("#layer-rows tbody tr").first).to_be_visible()
    heads = page.locator("#layer-rows thead th").all_inner_texts()
    assert [head.split("\n")[0].split("↕")[0].strip() for head in heads[3:9]] == [
        "확진자(명)", "방문(번)", "기대(번)", "상대위험도(배)", "95% 하한(배)", "95% 상한(배)",
    ]  # fmt: skip
    lows = page.locator("#layer-rows tbody td:nth-child(8)").all_inner_texts()[2:]  # after the hot ones
    known = [float(text.replace(",", "")) for text in lows if text != "–"]
    assert known == sorted(known, reverse=True)
    choose(page, "emerging")
    patterns = page.locator("#layer-rows tbody td:nth-child(2)")
    expect(patterns.first).to_have_text("새 핫스팟")
