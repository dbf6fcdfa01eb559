"""The service worker in a real Chromium: pages open without network, of one release, nothing personal is kept."""

import json
import re
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from entry_service.web.frame import offline, shells

from ..browser import axe_violations
from ..scanner import types
from .door import kept

CACHED = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const { pathname } = new URL(request.url);
      const answer = await cache.match(request);
      const text = /html|json/.test(answer.headers.get("Content-Type")) ? await answer.text() : "";
      (found[name] ??= {})[pathname] = text;
    }
  }
  return found;
}"""


def cached(page: Page) -> dict[str, dict[str, str]]:
    """Return what every cache of the origin holds: path and, of pages, the text."""
    return page.evaluate(CACHED)


def loaded_by(page: Page) -> set[str]:
    """Return the paths of everything the page and its workers asked the service for, but the API."""
    found = {re.sub(r"^https?://[^/]+|[?#].*$", "", url) for url in page.requested}
    return {path for path in found if not path.startswith("/api/") and path not in {"/sw.js", "/favicon.ico"}}


def imported_when_needed(shell: shells.Shell) -> set[str]:
    """Return the scripts that a page loads only for what somebody asks of it."""
    scripts = [address for address in shell.files() if address.startswith("/static/js/")]
    texts = {address: shells.source(address).read_text(encoding="utf-8") for address in scripts}
    asked = re.compile(r"""\bimport\(["']([^"']+)["']\)""")
    return {urljoin(address, name) for address, text in texts.items() for name in asked.findall(text)}


WITH_A_MESSAGE = "/static/js/common/notices.js"  # is in a page only where something was just done


@pytest.mark.parametrize("path", ["/pass", "/staff"])
def test_the_list_is_what_a_browser_really_loads(town, path):
    context = town.context(workers="block")  # which would load all of the list by itself
    page = context.new_page()
    page.requested = []
    context.on("request", lambda request: page.requested.append(request.url))
    page.goto(path, wait_until="networkidle")
    page.wait_for_timeout(1_500)  # the reader of the camera loads in a worker of its own
    shell = offline.PAGES[path]
    listed = {*shell.files(), path, offline.MANIFESTS[path]}
    for name in (*imported_when_needed(shell), WITH_A_MESSAGE):
        page.evaluate("(name) => import(name)", name)
    loaded = loaded_by(page)
    assert sorted(loaded - listed) == []
    unused = sorted(listed - loaded - {offline.MANIFESTS[path]})
    assert [address for address in unused if not address.startswith("/vendor/fonts/")] == []


def test_both_pages_open_again_without_network(town):
    context = town.context()
    for path in ("/pass", "/staff"):
        page = context.new_page()
        page.goto(path)
        kept(page)
    context.set_offline(True)
    page = context.new_page()
    failures = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto("/staff")
    expect(page.locator("#verdict")).to_be_visible()
    expect(page.locator('[data-part="word"]')).to_have_text("준비")
    page.goto("/pass?lang=ko")
    expect(page.locator("#pass-new")).to_be_visible()
    assert failures == []


def test_a_service_that_does_not_answer_is_waited_for_a_moment_only(town):
    page = town.door()
    with town.down():
        page.reload()
        expect(page.locator("#verdict")).to_be_visible()
        assert axe_violations(page) == []


def test_a_page_that_is_not_kept_says_that_it_needs_the_network(town):
    page = town.door()
    page.context.set_offline(True)
    page.goto("/officer")
    expect(page.locator("h1")).to_have_text("네트워크에 연결되지 않았습니다")
    assert axe_violations(page) == []
    page.get_by_role("link", name="출입 확인 열기").click()
    expect(page.locator("#verdict")).to_be_visible()


def test_what_is_kept_holds_no_token_no_moment_and_nothing_of_the_api(town, person):
    context = town.context()
    staff = person("staff")
    session = staff.client.get_cookie("session").value
    context.add_cookies([{"name": "session", "value": session, "url": town.origin}])
    for path in ("/pass", "/staff"):
        page = context.new_page()
        page.goto(path)
        kept(page)
    [files] = cached(page).values()
    assert {"/pass", "/staff", "/offline"} <= set(files)
    assert [path for path in files if path.startswith("/api/")] == []
    for path in ("/pass", "/staff", "/offline"):
        text = files[path]
        assert re.search(r'name="csrf-token" content=""', text), path
        assert re.findall(r'name="csrf_token" value="([^"]+)"', text) == []
        assert "/logout" not in text
    data = re.search(r'id="page-data">(.*?)</script>', files["/pass"], re.S)[1]
    assert json.loads(data)["server_time"] is None


def test_a_kept_page_still_gets_its_scans_through(town, visitor, clock):
    """Its token is empty: the first post fetches one."""
    page = town.door()
    with town.down():
        page.reload()
        expect(page.locator("#verdict")).to_be_visible()
    types(page, visitor.code(clock()))
    expect(page.locator("#results li").first).to_contain_text("입장")
    assert [row.outcome for row in town.rows()] == ["accepted"]


def test_a_device_that_is_not_enrolled_any_more_loses_the_kept_page(town):
    page = town.door()
    page.context.clear_cookies()
    page.goto("/staff")
    expect(page).to_have_url(re.compile("/login"))
    page.context.set_offline(True)
    page.goto("/staff")
    expect(page.locator("h1")).to_have_text("네트워크에 연결되지 않았습니다")


def test_a_visitor_does_not_pay_for_the_door(town):
    context = town.context(token=None)
    page = context.new_page()
    page.goto("/pass")
    kept(page)
    [files] = cached(page).values()
    assert not [path for path in files if path.endswith(".wasm") or path == "/staff"]
