"""New results on an open map, taken without a reload and without losing the view; runs; failures."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.demo.layer_fixture import add_layers
from tests.demo.result_fixture import HOT, write_results

from .browser import axe_violations
from .test_map_page import choose, run, visit  # noqa: F401 (fixtures)

STATUS = "**/api/v1/results/status"
RUNNING = {"id": "1", "kind": "hotspots", "state": "running", "step": "scan", "done": 3, "of": 8, "fraction": 0.4}
RUNNING |= {
    "title": {"ko": "군집을 찾습니다", "en": "Searching"},
    "started_at": None,
    "updated_at": "",
    "run": None,
}
RUNNING |= {"error": None}


@pytest.fixture
def tell(run):  # noqa: F811
    """Return a function that lets a page's questions about progress be answered so."""
    shown = json.loads((run / "summary.json").read_text())

    def answer(page, progress=None, *, watching=True):
        told = {"latest": run.name, "as_of": shown["as_of"], "created": shown["created"]}
        told |= {"watching": watching, "progress": progress}
        page.unroute(STATUS)
        page.route(STATUS, lambda route: route.fulfill(json=told))

    return answer


def test_a_new_result_appears_on_the_open_page_and_the_view_stays(visit, run, settings):  # noqa: F811
    page = visit(path="/officer#layer=population&day=2020-08-14&hour=8")
    page.evaluate("() => (window.same = true)")
    shown = page.locator("#map .leaflet-control-scale-line")
    whole = shown.inner_text()
    page.get_by_role("button", name="핫스팟 확대").click()
    expect(shown).not_to_have_text(whole)
    scale = shown.inner_text()
    write = add_layers(write_results(settings.results_dir / ".run-2", as_of="2020-09-01T00:00:00+09:00", seed=2))
    write.rename(settings.results_dir / "run-2")
    expect(page.locator(".run-facts")).to_contain_text("2020. 9. 1.(화)")
    expect(page.locator("#live-said")).to_have_text("새 결과로 바뀌었습니다.")
    assert page.evaluate("() => window.same") is True
    assert page.locator("#time-label").inner_text() == "08:00"
    assert page.locator("#time-day").input_value() == "2020-08-14"
    assert page.locator("input[name=layer][value=population]").is_checked()
    assert shown.inner_text() == scale
    expect(page.locator("#unit-code")).to_have_text(HOT[0])
    expect(page.locator("#table-caption")).to_contain_text("유동인구")
    assert page.evaluate("() => document.body.innerText.includes('run-2')") or "run-2" in page.content()


def test_until_the_new_result_is_drawn_the_old_one_is_not_called_the_newest(visit, settings, run):  # noqa: F811
    page = visit()
    expect(page.locator("#live-said")).not_to_have_text("새 결과를 확인하고 있습니다.")
    held = []
    page.route("**/officer", lambda route: held.append(route))
    write = add_layers(write_results(settings.results_dir / ".run-2", as_of="2020-09-01T00:00:00+09:00", seed=2))
    write.rename(settings.results_dir / "run-2")
    expect(page.locator("#live-said")).to_have_text("새 결과를 확인하고 있습니다.")
    expect(page.get_by_role("button", name="지금 분석")).to_be_disabled()
    held.pop().continue_()
    expect(page.locator(".run-facts")).to_contain_text("2020. 9. 1.(화)")
    expect(page.locator("#live-said")).to_have_text("새 결과로 바뀌었습니다.")


def test_a_new_result_that_cannot_be_fetched_is_shown_in_no_part_and_tried_again(visit, settings, run):  # noqa: F811
    page = visit(allow=True)
    before = page.locator(".run-facts").inner_text()
    page.route("**/units.json", lambda route: route.abort())
    write = add_layers(write_results(settings.results_dir / ".run-2", as_of="2020-09-01T00:00:00+09:00", seed=2))
    write.rename(settings.results_dir / "run-2")
    expect(page.locator("#live-said")).to_contain_text("화면의 결과는 그대로입니다")
    assert page.locator(".run-facts").inner_text() == before
    page.unroute("**/units.json")
    expect(page.locator(".run-facts")).to_contain_text("2020. 9. 1.(화)")


def test_a_unit_that_the_new_result_does_not_have_is_left(visit, settings, run):  # noqa: F811
    shapes = json.loads((run / "hotspots.geojson").read_text(encoding="utf-8"))
    last = max(feature["properties"]["unit_code"] for feature in shapes["features"])
    page = visit(path=f"/officer#unit={last}")
    expect(page.locator("#unit-code")).to_have_text(last)
    write = add_layers(write_results(settings.results_dir / ".run-2", as_of="2020-09-01T00:00:00+09:00", seed=2))
    shapes["features"] = [one for one in shapes["features"] if one["properties"]["unit_code"] != last]
    (write / "hotspots.geojson").write_text(json.dumps(shapes, ensure_ascii=False), encoding="utf-8")
    write.rename(settings.results_dir / "run-2")
    expect(page.locator("#unit-code")).to_have_text(HOT[0])


LATE = """async () => {
  const { Loader } = await import("/static/js/officer/map-loader.js");
  const c = { page: { layers: { population: { scale: 1 } } }, facilities: [], units: { find: () => 0 } };
  const loader = new Loader(c);
  const of = (run, when) => ({
    events: async () => (await when, { entries: [], index_visits: [[0, 0, run]] }),
    layer: async () => new Int16Array(24).fill(run),
    facilities: async () => (await when, [{ unit_code: "x", run }]),
  });
  let answer;
  loader.data = of(1, new Promise((resolve) => (answer = resolve)));
  const late = [loader.day("2020-08-14"), loader.facilities()];
  Object.assign(loader, { data: of(2), days: new Map() }); // as take() does when a run comes
  answer();
  await Promise.all(late);
  const day = await loader.day("2020-08-14");
  await loader.facilities();
  return [day.visits[0], day.value("population", 0, 0), c.facilities[0].run];
}"""


def test_an_answer_of_the_earlier_run_that_comes_late_is_no_figure_of_the_new_one(visit, run):  # noqa: F811
    assert visit().evaluate(LATE) == [2, 2, 2]


def test_a_run_is_asked_for_and_its_progress_is_shown(visit, tell):  # noqa: F811
    page = visit()
    asked = []
    tell(page)
    button = page.get_by_role("button", name="지금 분석")
    expect(button).to_be_enabled()

    def take(route):
        asked.append(route.request.headers.get("x-csrftoken"))
        tell(page, RUNNING)
        route.fulfill(status=202, json={"id": "1", "kind": "hotspots", "status": ""})

    page.route("**/api/v1/results/runs", take)
    button.click()
    expect(page.locator("#live-said")).to_have_text("분석 중: 군집을 찾습니다")
    expect(page.locator("#live-bar")).to_have_attribute("value", "40")
    expect(page.locator("#live-percent")).to_have_text("40%")
    expect(button).to_be_disabled()
    assert axe_violations(page) == []
    assert [bool(token) for token in asked] == [True]
    tell(page, RUNNING | {"state": "done", "fraction": 1, "run": "run-1"})
    expect(page.locator("#live-said")).to_have_text("최신 결과를 보고 있습니다.")
    expect(button).to_be_enabled()


def test_a_failure_is_told_in_plain_words_and_the_last_result_stays(visit, tell):  # noqa: F811
    page = visit()
    error = {"ko": "유동인구 파일의 열을 알 수 없습니다.", "en": "Unknown columns."}
    tell(page, RUNNING | {"state": "failed", "error": error})
    said = page.locator("#live-said")
    expect(said).to_have_text(re.compile("^분석하지 못했습니다. 유동인구 파일의 열.* 그대로 있습니다.$"))
    tell(page, RUNNING | {"kind": "plan", "state": "failed", "error": error})
    expect(said).to_have_text("방역 계획을 만들지 못했습니다. 유동인구 파일의 열을 알 수 없습니다.")
    choose(page, "population")
    assert page.locator("#layer-rows tbody tr").count() == 20
    assert axe_violations(page) == []


def test_without_a_watcher_the_page_says_so_and_whom_to_ask(visit, run):  # noqa: F811
    page = visit()
    expect(page.locator("#live-said")).to_contain_text("분석 감시가 꺼져 있어")
    expect(page.get_by_role("button", name="지금 분석")).to_be_disabled()


def test_a_server_that_cannot_be_reached_takes_nothing_away(visit, run):  # noqa: F811
    page = visit(allow=True)
    page.route(STATUS, lambda route: route.abort())
    expect(page.locator("#live-said")).to_contain_text("화면의 결과는 그대로입니다")
    choose(page, "surge")
    assert page.locator("#legend li").count() == 7


def test_the_first_result_opens_the_map(visit, settings):  # noqa: F811
    page = visit(wait="#live")
    expect(page.locator("#live-said")).to_contain_text("분석 감시가 꺼져 있어")
    write = write_results(settings.results_dir / ".run-1")
    write.rename(settings.results_dir / "run-1")
    page.wait_for_selector("body[data-ready=map]")
