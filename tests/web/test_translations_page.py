"""English in a real browser: its longer words fit a phone and a desk, above all the verdict at the door."""

import json

import pytest

from tests.demo.result_fixture import write_results

from .browser import axe_violations, chromium, desktop, phone, serving, too_wide
from .conftest import TOKENS

SIZES = [pytest.param(phone, id="phone"), pytest.param(desktop, id="desktop")]
PAGES = [
    (None, "/"),
    (None, "/pass"),
    (None, "/login"),
    ("manager", "/manager"),
    ("manager", "/manager/GP-001/poster"),
    ("officer", "/officer"),
    ("officer", "/officer/cases"),
    ("admin", "/admin"),
    ("admin", "/admin/facilities/new"),
    ("admin", "/admin/accounts"),
]
SAY = """([word, line]) => {
  const verdict = document.querySelector("#verdict");
  verdict.dataset.tone = "refused";
  verdict.dataset.length = word.length > 6 ? "longer" : word.length > 3 ? "long" : "short";
  verdict.querySelector("[data-part=word]").textContent = word;
  verdict.querySelector("[data-part=line]").textContent = line;
  const said = document.createRange();
  const inside = ["word", "line"].every((part) => {
    said.selectNodeContents(verdict.querySelector(`[data-part=${part}]`));
    const [text, box] = [said.getBoundingClientRect(), verdict.getBoundingClientRect()];
    return text.left >= box.left && text.right <= box.right && text.top >= box.top && text.bottom <= box.bottom;
  });
  return inside;
}"""


@pytest.fixture(scope="module")
def browser():
    with chromium("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream") as started:
        yield started


@pytest.mark.parametrize("size", SIZES)
def test_no_page_is_wider_than_the_screen(app, settings, person, browser, size):
    write_results(settings.results_dir / "run-1")
    sessions = {
        role: person(role).client.get_cookie("session").value for role in {role for role, _ in PAGES if role}
    }
    with serving(app) as origin:
        page = size(browser, origin)
        page.context.add_cookies([{"name": "lang", "value": "en", "url": origin}])
        for role, path in PAGES:
            if role:
                page.context.add_cookies([{"name": "session", "value": sessions[role], "url": origin}])
            page.goto(path)
            assert (path, page.locator("html").get_attribute("lang"), too_wide(page)) == (path, "en", False)
            assert (path, axe_violations(page)) == (path, [])
        page.context.close()
    assert page.complaints == []


@pytest.mark.parametrize("size", SIZES)
def test_every_verdict_at_the_door_can_be_read_whole(app, browser, size):
    with serving(app) as origin:
        page = size(browser, origin)
        page.context.add_cookies(
            [
                {"name": name, "value": value, "url": origin}
                for name, value in (("lang", "en"), ("device", TOKENS["GP-001"]))
            ]
        )
        page.goto("/staff")
        words = json.loads(page.locator("#page-data").text_content())["words"]["verdicts"]
        assert words["in"][0] == "In"
        cut = [said for said in words.values() if not page.evaluate(SAY, said)]
        page.context.close()
    assert len(words) > 15
    assert cut == []
