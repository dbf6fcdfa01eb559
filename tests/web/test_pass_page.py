"""The visitor pass in a real browser: from the form to a code that a camera reads and the door accepts."""

import dataclasses
import io
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from entry_service import create_app
from entry_service.core.errors import PassExpired
from entry_service.core.passes import PassReading, read_pass
from entry_service.core.times import day_number, kst_day

from .browser import axe_violations, chromium, desktop, phone, serving, too_wide

NAME, PHONE = "남궁미르", "010-7391-4826"
START = datetime(2020, 8, 25, 14, 50, 3, tzinfo=UTC)  # ten minutes before midnight in Korea


class RunningClock:
    """The present of the service: begins at START, runs, and jumps with the page's own clock."""

    def __init__(self) -> None:
        self.begun, self.jumped = time.monotonic(), timedelta()

    def __call__(self) -> datetime:
        return START + timedelta(seconds=time.monotonic() - self.begun) + self.jumped


@pytest.fixture
def clock() -> RunningClock:
    return RunningClock()


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def origin(app):
    with serving(app) as address:
        yield address


@pytest.fixture
def open_pass(browser, origin, clock):
    """Return a function that opens the pass page in a browser of its own, whose clock runs with the service's."""
    opened = []

    def open_page(make=phone, ahead: timedelta = timedelta(), script: str = "", **options) -> Page:
        page = make(browser, origin, **options)
        opened.append(page)
        page.clock.install(time=clock() + ahead)
        if script:
            page.add_init_script(script)
        page.goto("/pass")
        return page

    yield open_page
    for page in opened:
        assert page.complaints == []
        page.context.close()


def later(page: Page, clock: RunningClock, **time_passed: float) -> None:
    """Let time pass for the service and for the phone."""
    clock.jumped += timedelta(**time_passed)
    page.clock.fast_forward(round(timedelta(**time_passed).total_seconds() * 1000))


def fill(page: Page, **changed: str) -> None:
    typed = {"name": NAME, "phone": PHONE, **changed}
    page.get_by_label("위 내용을 확인했으며 동의합니다").check()
    for field, value in typed.items():
        page.locator(f"#{field}").fill(value)


def get_pass(page: Page) -> None:
    page.get_by_role("button", name="출입증 받기").click()
    expect(page.locator("#pass-view")).to_be_visible()


def seen(page: Page) -> zxingcpp.Barcode:
    """Return what a camera reads from a picture of the whole screen."""
    picture = Image.open(io.BytesIO(page.screenshot()))
    [code] = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return code


def accepted(services, page: Page, at: datetime) -> PassReading:
    return read_pass(seen(page).text, at=at, keys=services.public_keys, behind=1, ahead=0)


def kept(page: Page) -> dict:
    return json.loads(page.evaluate("() => JSON.stringify(localStorage)"))


def verify(page: Page, services) -> None:
    page.get_by_role("button", name="인증번호 받기").click()
    expect(page.locator("#verify-code")).to_be_focused()
    page.locator("#verify-code").fill(services.sms.messages()[0].text[-6:])
    expect(page.locator("#verify-done")).to_contain_text("인증되었습니다")


@pytest.mark.parametrize("make", [phone, desktop])
def test_a_camera_reads_the_pass_and_the_door_accepts_it(open_pass, services, clock, make):
    page = open_pass(make)
    assert (axe_violations(page), too_wide(page)) == ([], False)
    fill(page)
    get_pass(page)
    reading = accepted(services, page, clock())
    assert (reading.header.day, reading.header.slot_seconds) == (day_number(kst_day(START)), 15)
    assert not reading.header.verified
    expect(page.locator("#pass-view")).to_contain_text("남**르 님")
    expect(page.locator("#pass-seconds")).to_contain_text("초 뒤 새 QR로 바뀝니다")
    assert (axe_violations(page), too_wide(page)) == ([], False)


def test_the_symbol_is_small_and_robust_enough(open_pass):
    page = open_pass()
    fill(page)
    get_pass(page)
    code = seen(page)
    assert code.ec_level == "M"
    assert page.locator("#pass-qr").evaluate("canvas => canvas.width % 49") == 0  # version 6: 41 modules, 8 quiet
    box = page.locator("#pass-qr").bounding_box()
    assert box["width"] > 300  # of 390: nearly the whole width
    assert box["y"] + box["height"] < 844  # seen without scrolling


def test_the_code_rotates_and_the_old_one_dies(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    first = seen(page).text
    index = accepted(services, page, clock()).i
    later(page, clock, seconds=15)
    expect(page.locator("#pass-qr")).to_have_attribute("data-slot", str(index + 1))
    assert accepted(services, page, clock()).i == index + 1
    with pytest.raises(PassExpired):
        read_pass(first, at=clock() + timedelta(seconds=45), keys=services.public_keys)


def test_the_pass_is_still_there_after_reload(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    pid = accepted(services, page, clock()).header.pid
    page.reload()
    expect(page.locator("#pass-view")).to_be_visible()
    assert accepted(services, page, clock()).header.pid == pid


def test_midnight_needs_no_network_and_the_day_after_ends_the_pass(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    today = accepted(services, page, clock()).header
    page.context.set_offline(True)
    later(page, clock, minutes=11)
    expect(page.locator("#pass-said")).to_have_text("날짜가 바뀌어 새 출입증으로 바꾸었습니다.")
    tomorrow = accepted(services, page, clock()).header
    assert (tomorrow.day, tomorrow.first_slot) == (today.day + 1, 0)
    assert tomorrow.pid != today.pid
    expect(page.locator("#pass-until")).to_have_text("오늘 자정까지 쓸 수 있습니다.")
    later(page, clock, hours=24)
    expect(page.locator("#form-error")).to_contain_text("출입증 기간이 끝났습니다")
    assert "entry.pass" not in kept(page)


def test_the_phone_keeps_neither_name_nor_number_unasked(open_pass):
    page = open_pass()
    fill(page)
    get_pass(page)
    store = kept(page)
    assert set(store) == {"entry.pass"}
    assert not [secret for secret in (NAME, "73914826", "7391-4826") if secret in store["entry.pass"]]
    assert set(json.loads(store["entry.pass"])["passes"][0]) == {
        *("day", "kid", "pid", "first_slot", "slot_count", "slot_seconds", "verified", "sig", "seed")
    }


def test_a_verified_number_makes_a_verified_pass_and_is_not_asked_again(open_pass, services, clock):
    page = open_pass()
    fill(page)
    verify(page, services)
    assert axe_violations(page) == []
    get_pass(page)
    assert accepted(services, page, clock()).header.verified
    expect(page.locator("#pass-verified")).to_have_text("휴대전화 인증됨")
    page.get_by_role("button", name="새로 받기").click()
    fill(page)
    expect(page.locator("#verify-done")).to_be_visible()  # the certificate is on the phone
    page.locator("#phone").fill("010-1111-2222")
    expect(page.locator("#verify-done")).to_be_hidden()  # and belongs to one number


def test_a_wrong_code_says_so(open_pass, services):
    page = open_pass()
    fill(page)
    page.get_by_role("button", name="인증번호 받기").click()
    expect(page.locator("#verify-left")).to_contain_text("남은 시간 4분")
    right = services.sms.messages()[0].text[-6:]
    page.locator("#verify-code").fill(f"{(int(right) + 1) % 10**6:06}")
    expect(page.locator("#verify-error")).to_contain_text("인증번호가 맞지 않거나")
    page.locator("#verify-code").fill(right)
    expect(page.locator("#verify-done")).to_be_visible()
    page.complaints.clear()  # the browser reports the refused request


def test_erasing_removes_everything_from_the_phone(open_pass, services):
    page = open_pass()
    fill(page)
    page.get_by_label("이 휴대전화에 기억하고").check()
    verify(page, services)
    get_pass(page)
    assert set(kept(page)) == {"entry.pass", "entry.certificate", "entry.contact"}
    page.get_by_role("button", name="지우기").click()
    page.get_by_role("dialog").get_by_role("button", name="취소").click()
    assert "entry.pass" in kept(page)
    page.get_by_role("button", name="지우기").click()
    page.get_by_role("dialog").get_by_role("button", name="지우기").click()
    expect(page.locator("#pass-new")).to_be_visible()
    assert kept(page) == {}
    assert page.locator("#name").input_value() == ""
    page.reload()
    expect(page.locator("#pass-new")).to_be_visible()


def test_whoever_asks_to_be_remembered_gets_the_next_day_by_itself(open_pass, services, clock):
    page = open_pass()
    fill(page)
    page.get_by_label("이 휴대전화에 기억하고").check()
    get_pass(page)
    page.context.set_offline(True)
    later(page, clock, minutes=11)
    expect(page.locator("#pass-until")).to_have_text("오늘 자정까지 쓸 수 있습니다.")
    pid = accepted(services, page, clock()).header.pid
    page.context.set_offline(False)
    expect(page.locator("#pass-until")).to_have_text("내일 출입증까지 받아 두었습니다.")
    assert accepted(services, page, clock()).header.pid == pid  # the pass of the day stays as it is
    days = [one["day"] for one in json.loads(kept(page)["entry.pass"])["passes"]]
    assert days == [day_number(kst_day(clock())), day_number(kst_day(clock())) + 1]


@pytest.mark.parametrize(
    ("ahead", "sentence"),
    [
        (timedelta(minutes=7), "7분 빠릅니다"),
        (timedelta(seconds=-45), "45초 느립니다"),
        (timedelta(days=2), "48시간"),
    ],
)
def test_a_phone_with_a_wrong_clock_is_told_and_still_gets_in(open_pass, services, clock, ahead, sentence):
    page = open_pass(ahead=ahead)
    fill(page)
    get_pass(page)
    expect(page.locator("#pass-skew")).to_contain_text(sentence)
    accepted(services, page, clock())


def test_a_phone_with_a_right_clock_is_told_nothing(open_pass):
    page = open_pass(ahead=timedelta(seconds=4))
    fill(page)
    get_pass(page)
    expect(page.locator("#pass-skew")).to_be_hidden()


def test_longer_slots_for_whoever_needs_them(open_pass, services, clock):
    page = open_pass()
    fill(page)
    page.get_by_text("QR이 바뀌는 시간").click()
    page.locator("#slot").select_option("60")
    get_pass(page)
    assert accepted(services, page, clock()).header.slot_seconds == 60


def test_the_keyboard_alone_is_enough(open_pass, services, clock):
    page = open_pass()
    page.locator("#consent").focus()
    for keys in ("Space", "Tab"):
        page.keyboard.press(keys)
    page.keyboard.type(NAME)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # the other kind of contact
    page.keyboard.press("Tab")
    page.keyboard.type("12가34나")
    page.keyboard.press("Enter")
    expect(page.locator("#pass-view")).to_be_visible()
    accepted(services, page, clock())
    page.locator("#pass-erase").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#new-title")).to_be_focused()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", " ", "이름을 입력하시기 바랍니다."),
        ("phone", "", "휴대전화번호를 먼저 입력하시기 바랍니다."),
        ("phone", "02-390-0114", "휴대전화번호를 010-1234-5678과 같이 입력하시기 바랍니다."),
    ],
)
def test_a_wrong_field_is_named_where_it_is(open_pass, field, value, sentence):
    page = open_pass()
    fill(page, **{field: value})
    page.get_by_role("button", name="출입증 받기").click()
    expect(page.locator(f"#{field}-error")).to_have_text(sentence)
    expect(page.locator(f"#{field}")).to_be_focused()
    assert axe_violations(page) == []
    page.complaints.clear()  # the browser reports the refused request


def test_without_consent_nothing_is_sent(open_pass, services):
    page = open_pass()
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    fill(page)
    page.locator("#consent").uncheck()
    page.get_by_role("button", name="출입증 받기").click()
    expect(page.locator("#consent-error")).to_contain_text("동의해야 발급할 수 있습니다")
    assert "POST" not in sent


def test_without_network_the_form_says_so_and_loses_nothing(open_pass):
    page = open_pass()
    fill(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="출입증 받기").click()
    expect(page.locator("#form-error")).to_contain_text("네트워크에 연결되지 않았습니다")
    assert page.locator("#phone").input_value() == PHONE
    page.context.set_offline(False)
    get_pass(page)
    page.complaints.clear()  # the browser reports the lost request


FORBIDDEN = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"


def test_a_browser_that_keeps_nothing_says_so_and_still_shows_the_pass(open_pass, services, clock):
    page = open_pass(script=FORBIDDEN)
    fill(page)
    get_pass(page)
    expect(page.locator("#not-kept")).to_be_visible()
    accepted(services, page, clock())
    assert axe_violations(page) == []


def test_what_is_kept_and_cannot_be_read_is_no_obstacle(open_pass):
    page = open_pass()
    for broken in ("{", '{"v": 1, "passes": [{}]}', "[]"):
        page.evaluate("text => localStorage.setItem('entry.pass', text)", broken)
        page.reload()
        expect(page.locator("#pass-new")).to_be_visible()


def test_where_verification_is_asked_for_there_is_no_pass_without(settings, services, clock, browser):
    strict = dataclasses.replace(settings, unverified=False)
    app = create_app(strict, dataclasses.replace(services, settings=strict), clock=clock)
    with serving(app) as origin:
        page = phone(browser, origin)
        page.clock.install(time=clock())
        page.goto("/pass")
        fill(page)
        page.get_by_role("button", name="출입증 받기").click()
        expect(page.locator("#verify-error")).to_contain_text("휴대전화 인증이 필요합니다")
        verify(page, services)
        get_pass(page)
        assert accepted(services, page, clock()).header.verified
        page.context.close()


def test_without_javascript_the_page_says_what_to_do_instead(browser, origin):
    page = phone(browser, origin, java_script_enabled=False)
    page.goto("/pass")
    told = page.locator("noscript p").first
    expect(told).to_be_visible()
    expect(told).to_contain_text("자바스크립트가 켜져 있어야 합니다")
    expect(page.locator("#pass-new")).to_be_hidden()
    page.context.close()
