"""The real page at the door in a real Chromium: a code is filmed, judged, logged, and its verdict shown."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from entry_service import create_app

from ..browser import axe_violations, chromium, desktop, phone, serving, too_wide
from ..camera import camera_arguments, film, filming, forged, qr_picture
from ..conftest import PASSWORD, TOKENS
from ..scanner import types
from .door import at_the_door, quiet, rows, sees, verdict

pytestmark = pytest.mark.real


@pytest.fixture
def door(app, tmp_path):
    """Return a context manager that opens the scan page before a camera that sees the text."""

    @contextmanager
    def open_door(text, *, look=phone):
        with serving(app) as origin, chromium(*filming(tmp_path / "camera.mjpeg", text)) as browser:
            yield at_the_door(browser, origin, look=look)

    return open_door


def test_a_filmed_pass_is_logged_once_and_says_come_in(door, visitor, services, clock):
    with door(visitor.code(clock())) as page:
        sees(page, "in", "입장")
        expect(page.locator("#inside")).to_contain_text("1 / 60")
        page.wait_for_timeout(2_500)  # the film goes on: the same code stays in sight
        [row] = rows(services)
        assert (row.outcome, row.direction, row.gate) == ("accepted", "in", "정문")
        assert row.pid == visitor.signed.header.pid
        assert abs(row.scanned_at - row.received_at) < timedelta(seconds=2)
        expect(page.locator("#results li")).to_have_count(1)
        shown = page.locator("main").inner_text()
        assert visitor.signed.header.pid.hex() not in shown
        assert page.complaints == []


@pytest.mark.parametrize("look", [phone, desktop])
def test_the_screen_reads_from_two_metres_and_axe_finds_nothing(door, visitor, clock, look):
    with door(visitor.code(clock()), look=look) as page:
        sees(page, "in", "입장")
        assert axe_violations(page) == []
        assert not too_wide(page)
        size = page.locator('[data-part="word"]').evaluate("(word) => parseFloat(getComputedStyle(word).fontSize)")
        assert size > 110  # 17 mm on a phone, a letter of 10 mm is read from two metres
        box = verdict(page).bounding_box()
        seen = page.viewport_size
        assert box["width"] * box["height"] > 0.35 * seen["width"] * seen["height"]
        assert box["y"] + box["height"] <= seen["height"]


@pytest.mark.parametrize(
    ("age", "word", "code"), [(60, "시간 지남", "pass_expired"), (-60, "시각 오류", "pass_from_future")]
)
def test_a_screenshot_of_a_minute_ago_is_refused_and_logged(door, visitor, services, clock, age, word, code):
    with door(visitor.code(clock() - timedelta(seconds=age))) as page:
        sees(page, "refused", word)
        page.wait_for_timeout(500)
        assert [row.outcome for row in rows(services)] == [code]
        expect(page.locator("#inside")).to_contain_text("0 / 60")


def test_a_forged_pass_is_refused_by_the_device_itself_and_logged(door, visitor, services, clock):
    with door(forged(visitor.code(clock()))) as page:
        sees(page, "refused", "위조")
        page.wait_for_timeout(500)
        assert [(row.outcome, row.pid) for row in rows(services)] == [("pass_forged", None)]


@pytest.mark.parametrize(
    ("text", "word", "line"),
    [
        ("HTTPS://ENTRY.GUNPO.GO.KR/E/0123456789ABCDEFGH", "포스터", "자기 휴대전화로"),
        ("https://www.gunpo.go.kr/", "출입증 아님", "웹 주소"),
        ("WIFI:S:library;T:WPA;P:secret;;", "출입증 아님", "다른 용도"),
    ],
)
def test_another_code_is_named_and_never_sent(door, services, text, word, line):
    with door(text) as page:
        sees(page, "other", word)
        expect(page.locator('[data-part="line"]')).to_contain_text(line)
        page.wait_for_timeout(500)
        assert rows(services) == []


@pytest.mark.parametrize(
    ("arguments", "says"), [([], "찾지 못했습니다"), (["--use-fake-device-for-media-stream"], "차단되어 있습니다")]
)
def test_a_blocked_camera_is_explained_and_the_scanner_still_works(app, visitor, services, clock, arguments, says):
    with serving(app) as origin, chromium(*arguments) as browser:
        page = at_the_door(browser, origin)
        expect(page.locator("#camera-text")).to_contain_text(says)
        expect(page.locator("#camera-retry")).to_be_visible()
        assert axe_violations(page) == []
        quiet(page)
        more = page.locator('[data-of="people"][data-step="1"]')
        before = more.bounding_box()
        page.keyboard.press("Shift")  # unlocks the sound; what is about to be tapped stays where it is
        expect(page.locator("#sound-locked")).to_be_hidden()
        assert more.bounding_box() == before
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")


def test_one_of_two_cameras_is_chosen_and_kept(app):
    two = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=2"]
    with serving(app) as origin, chromium(*two) as browser:
        page = at_the_door(browser, origin)
        choice = page.locator("#camera-select")
        expect(choice).to_be_visible()
        first, second = choice.locator("option").evaluate_all("(all) => all.map((one) => one.value)")
        other = second if choice.input_value() == first else first
        choice.select_option(other)
        expect(page.locator("#video-frame")).to_have_attribute("data-state", "live")
        opened = "() => document.getElementById('video').srcObject?.getVideoTracks()[0].getSettings().deviceId"
        page.wait_for_function(f"(wanted) => ({opened})() === wanted", arg=other)
        page.reload()
        page.wait_for_function(f"(wanted) => ({opened})() === wanted", arg=other)
        assert page.complaints == []


def test_enrolling_in_the_browser_leads_to_the_scan_page(app, visitor, clock, services, tmp_path):
    arguments = filming(tmp_path / "camera.mjpeg", visitor.code(clock()))
    with serving(app) as origin, chromium(*arguments) as browser:
        page = phone(browser, origin)
        page.goto("/staff")
        page.get_by_label("아이디").fill("staff")
        page.get_by_label("비밀번호").fill(PASSWORD)
        page.get_by_role("button", name="로그인").click()
        assert axe_violations(page) == []
        page.get_by_label("기기의 위치").fill("정문")
        page.get_by_role("button", name="이 기기 등록").click()
        sees(page, "in", "입장")
        page.get_by_text("이 기기 등록 해제").click()
        page.get_by_role("button", name="등록 해제").click()
        expect(page.get_by_text("이 기기의 등록을 해제했습니다.")).to_be_visible()
    assert len(rows(services)) == 1


def test_the_cookie_of_a_secure_service_opens_the_door_too(settings, services, clock):
    secure = create_app(replace(settings, secure_cookies=True), services, clock=clock)
    client = secure.test_client()
    client.set_cookie("__Host-device", TOKENS["GP-001"], domain="localhost", secure=True)
    assert 'id="verdict"' in client.get("/staff", base_url="https://localhost").get_data(as_text=True)


def test_a_pass_and_a_poster_in_one_picture_are_the_pass(app, visitor, clock, tmp_path, services):
    picture = qr_picture("HTTPS://ENTRY.GUNPO.GO.KR/E/0123456789ABCDEFGH", size=180)
    both = qr_picture(visitor.code(clock()), size=330)
    both.paste(picture.crop((230, 150, 410, 330)).resize((140, 140)), (0, 0))
    arguments = camera_arguments(film(tmp_path / "camera.mjpeg", [(both, 30)]))
    with serving(app) as origin, chromium(*arguments) as browser:
        page = at_the_door(browser, origin)
        sees(page, "in", "입장")
        page.wait_for_timeout(1_000)
        sees(page, "in", "입장")


def test_a_reader_that_did_not_load_says_so_and_is_loaded_again(app, visitor, clock, tmp_path, monkeypatch):
    whole, asked = app.wsgi_app, []

    def lose_the_first_three(environ, start_response):
        if environ["PATH_INFO"].endswith(".wasm"):
            asked.append(environ["PATH_INFO"])
            if len(asked) <= 3:  # the reader itself asks three times before it gives up
                start_response("503 Service Unavailable", [("Content-Length", "0")])
                return [b""]
        return whole(environ, start_response)

    monkeypatch.setattr(app, "wsgi_app", lose_the_first_three)
    with serving(app) as origin, chromium(*filming(tmp_path / "camera.mjpeg", visitor.code(clock()))) as browser:
        page = at_the_door(browser, origin)
        expect(page.locator("#camera-text")).to_contain_text("판독기를 불러오지 못해")
        sees(page, "in", "입장")
        expect(page.locator("#camera-message")).to_be_hidden()
    assert len(asked) == 4
