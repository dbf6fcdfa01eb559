"""Both pages can be installed as apps, each with its own name and start; an old copy still knows the time."""

import json
import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from entry_service.core.passes import read_pass
from entry_service.web.frame import offline, pages, shells

from ..browser import axe_violations
from ..pass_page.visitor import fill, get_pass, seen
from .door import kept


@pytest.mark.parametrize(("path", "name"), [("/pass", "방문자 출입증"), ("/staff", "출입 확인")])
def test_a_browser_finds_nothing_that_speaks_against_installing(town, path, name):
    page = town.context().new_page()
    page.goto(path)
    kept(page)
    asked = page.context.new_cdp_session(page)
    manifest = asked.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["name"] == name
    errors = asked.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []


@pytest.mark.parametrize("path", ["/pass", "/staff"])
def test_a_browser_without_service_worker_says_that_the_page_must_stay_open(town, path):
    page = town.context(script="delete Navigator.prototype.serviceWorker").new_page()
    page.goto(path)
    expect(page.locator("#offline-notice")).to_contain_text("이 화면을 닫지 마시기 바랍니다")
    assert page.locator("html").get_attribute("data-offline") == "no"
    assert axe_violations(page) == []


@pytest.mark.parametrize("page", ["/pass", "/staff"])
def test_a_manifest_speaks_the_language_of_the_page_and_its_pictures_are_there(person, page):
    someone = person()
    told = {lang: someone.get(f"{page}.webmanifest?lang={lang}").json for lang in ("ko", "en")}
    for lang, manifest in told.items():
        assert (manifest["lang"], manifest["start_url"], manifest["scope"]) == (lang, page, page)
        assert manifest["display"] == "standalone"
    for icon in told["ko"]["icons"]:
        file = pages.STATIC / icon["src"].removeprefix("/static/")
        assert 100 < file.stat().st_size < 200_000
    assert {icon["purpose"] for icon in told["ko"]["icons"]} == {"any", "maskable"}


def test_a_worker_is_asked_for_anew_and_named_after_what_it_keeps(person, app):
    answer = person().get("/sw.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.mimetype == "text/javascript"
    version = re.search(r'"version":"(\w{16})"', answer.get_data(as_text=True))[1]
    assert person().get("/pass").headers[offline.RELEASE_HEADER] == version
    again = person().get("/sw.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_only_pages_that_may_be_kept_carry_the_release(person, app):
    assert offline.RELEASE_HEADER not in person().get("/login").headers
    assert offline.RELEASE_HEADER not in person("staff").get("/staff").headers  # the form that enrols
    assert offline.RELEASE_HEADER not in person().get("/staff").headers


@pytest.mark.parametrize(
    "name", ["static/js/door/page.js", "static/css/base.css", "entry_service/web/templates/base.html"]
)
def test_a_changed_file_is_another_release(tmp_path, monkeypatch, name):

    before = shells.release(offline.PAGES)
    assert shells.release(offline.PAGES) == before
    changed = shells.ROOT / name
    real = type(changed).read_bytes
    monkeypatch.setattr(type(changed), "read_bytes", lambda path: real(path) + (b" " if path == changed else b""))
    assert shells.release(offline.PAGES) != before


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=7)])
def test_an_old_copy_of_the_pass_page_goes_by_the_clock_it_knew(town, services, clock, ahead):
    page = town.context(token=None).new_page()
    page.clock.install(time=clock() + ahead)
    page.goto("/pass")
    fill(page)
    get_pass(page)
    kept(page)
    page.context.set_offline(True)
    clock.passes(minutes=40)
    page.clock.fast_forward(40 * 60_000)
    page.reload()
    expect(page.locator("#pass-view")).to_be_visible()
    read_pass(seen(page).text, at=clock(), keys=services.public_keys, behind=1, ahead=1)
