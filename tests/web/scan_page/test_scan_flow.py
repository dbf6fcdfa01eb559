"""Continuous scanning and typed codes: the camera waits for nobody, a code that is read out comes in too."""

from datetime import timedelta
from time import sleep

import pytest
from playwright.sync_api import expect

from entry_service.core.short_codes import check_letters, shown
from entry_service.core.times import day_start, kst_day
from entry_service.usecases.doors.issue_pass import PassDay, issue_passes

from ..browser import chromium, serving
from ..camera import PERSON, SLOT_SECONDS, blank_picture, camera_arguments, film, phone_with_pass, qr_picture
from ..scanner import types
from .door import at_the_door, quiet, rows, sees, typed_by_staff

pytestmark = pytest.mark.real


@pytest.fixture
def read_out(services, clock):
    """Return a function that gives the ten characters on a visitor's screen now."""
    day = PassDay(day=kst_day(clock()), root=bytes(16), first_slot=0, slot_count=5_760, slot_seconds=SLOT_SECONDS)
    [issued] = issue_passes(services, PERSON, [day], clock(), lambda size: bytes(range(7, 7 + size)))

    def code():
        slot = int((clock() - day_start(day.day)).total_seconds() // SLOT_SECONDS)
        return shown(issued.short_handle, check_letters(issued.short_key, slot))

    code.pid = issued.pid
    return code


def test_three_phones_are_read_while_the_first_answer_is_still_out(app, services, clock, tmp_path):
    phones = [phone_with_pass(services, clock(), seed=bytes([n])) for n in range(3)]
    pictures = [(blank_picture(), 10), *[(qr_picture(one.code(clock())), 20) for one in phones]]
    whole = app.wsgi_app

    def slow(environ, start_response):
        if environ["PATH_INFO"] == "/api/v1/scans":
            sleep(1)
        return whole(environ, start_response)

    app.wsgi_app = slow
    clip = film(tmp_path / "queue.mjpeg", pictures)
    with serving(app) as origin, chromium(*camera_arguments(clip)) as browser:
        page = at_the_door(browser, origin)
        expect(page.locator("#results li")).to_have_count(3)
        expect(page.locator('#results li[data-tone="in"]')).to_have_count(3)
        expect(page.locator("#verdict")).to_have_attribute("data-tone", "in")
    kept = rows(services)
    assert {row.pid for row in kept if row.direction == "in"} == {one.signed.header.pid for one in phones}
    assert all(row.outcome == "accepted" for row in kept)
    in_order = sorted(kept, key=lambda row: row.scanned_at)
    assert in_order[2].scanned_at - in_order[0].scanned_at < timedelta(seconds=4)


@pytest.mark.parametrize(
    "how",
    [
        lambda code: code,
        lambda code: code.lower().replace("-", " "),
        lambda code: f"  {code.replace('1', 'l').replace('0', 'o')} ",
        lambda code: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in code),
    ],
    ids=["as shown", "lower case, space", "look-alikes", "full width"],
)
def test_a_code_that_is_read_out_comes_in(door, read_out, services, how):
    with door() as page:
        quiet(page)
        typed_by_staff(page, how(read_out()))
        sees(page, "in", "입장")
        expect(page.locator("#code")).to_have_value("")
        expect(page.locator("#code")).to_be_focused()  # ready for the next
    assert [(row.pid, row.outcome) for row in rows(services)] == [(read_out.pid, "accepted")]


def test_a_code_typed_with_the_korean_input_method_comes_in(door, read_out, services):
    keys = dict(
        zip("QWERTYUIOPASDFGHJKLZXCVBNM", "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ", strict=True)
    )
    with door() as page:
        quiet(page)
        typed_by_staff(page, "".join(keys.get(character, character) for character in read_out()))
        sees(page, "in", "입장")
    assert [row.pid for row in rows(services)] == [read_out.pid]


def test_two_visitors_in_a_row_are_heard_as_two(door, visitor, services, clock):
    listen = """(() => {
      window.heard = [];
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (...when) {
        window.heard.push(this.frequency.value);
        return start.apply(this, when);
      };
    })()"""
    other = phone_with_pass(services, clock(), seed=b"2")
    with door(script=listen) as page:
        quiet(page)
        page.keyboard.press("Shift")
        expect(page.locator("#sound-locked")).to_be_hidden()
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        types(page, other.code(clock()))
        expect(page.locator("#inside")).to_contain_text("2 / 60")
        assert page.evaluate("() => window.heard") == [880, 1319, 880, 1319]


def test_the_field_tells_back_what_is_typed_and_what_is_no_code_is_not_sent(door, services):
    with door() as page:
        quiet(page)
        page.locator("#code").fill("7k2mq9")
        expect(page.locator("#typed output")).to_have_text("7K2MQ-9")
        page.locator("#code").press("Enter")
        sees(page, "other", "코드 아님")
        typed_by_staff(page, "안녕하세요")
        sees(page, "other", "코드 아님")
    assert rows(services) == []


def test_a_wrong_code_is_refused_by_the_service_and_logged(door, read_out, services):
    with door() as page:
        quiet(page)
        code = read_out()
        typed_by_staff(page, code[:-1] + ("Z" if code[-1] != "Z" else "Y"))
        sees(page, "refused", "읽지 못함")
    assert [row.outcome for row in rows(services)] == ["pass_malformed"]


def test_a_code_typed_without_network_is_kept_unchecked_and_judged_later(door, read_out, services):
    with door() as page:
        quiet(page)
        page.context.set_offline(True)
        typed_by_staff(page, read_out())
        sees(page, "wait", "확인 못 함")
        expect(page.locator('[data-part="line"]')).to_contain_text("연결되면 확인하여 보냅니다")
        page.context.set_offline(False)
        expect(page.locator('#results li[data-tone="in"]')).to_have_count(1)
    assert [row.outcome for row in rows(services)] == ["accepted"]


def test_the_same_code_typed_twice_is_answered_and_logged_once(door, visitor, services, clock):
    with door() as page:
        quiet(page)
        code = visitor.code(clock())
        typed_by_staff(page, code)
        sees(page, "in", "입장")
        typed_by_staff(page, code)
        expect(page.locator('[data-part="note"]')).to_contain_text("조금 전에 이미 기록한")
    assert len(rows(services)) == 1


def test_whoever_was_turned_away_offline_is_not_let_in_afterwards(door, visitor, services, clock):
    """The device said no while it stood alone; the service keeps that, whatever its own clock would say."""
    with door() as page:
        quiet(page)
        page.context.set_offline(True)
        types(page, visitor.code(clock() - timedelta(seconds=90)))
        sees(page, "refused", "시간 지남")
        page.context.set_offline(False)
        expect(page.locator("#connection")).to_be_hidden(timeout=20_000)
    assert [row.outcome for row in rows(services)] == ["pass_expired"]


def test_written_slips_are_a_press_away_and_only_then_loaded(door, services):
    loaded = []
    with door(before=lambda page: page.on("request", lambda asked: loaded.append(asked.url))) as page:
        quiet(page)
        assert not [url for url in loaded if url.endswith("door/slip-form.js")]
        page.get_by_role("button", name="수기 입력").click()
        expect(page.locator("#slip-number")).to_be_focused()
        assert [url for url in loaded if url.endswith("door/slip-form.js")]
        page.locator("#slip-number").fill("41")
        page.locator("#slip-phone").fill("010-0391-4826")
        page.locator("#slip-form").get_by_role("button", name="저장").click()
        expect(page.locator("#results li")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="수기 입력")).to_be_focused()
        assert "4826" not in page.locator("main").inner_text()
    assert [row.source for row in rows(services)] == ["slip"]
