"""The visitor pass in a real browser: a camera reads it, the door accepts it, also offline and past midnight."""

import json
import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from entry_service.core.errors import PassExpired
from entry_service.core.passes import read_pass
from entry_service.core.times import day_number, kst_day

from ..browser import axe_violations, desktop, phone, too_wide
from .conftest import START
from .visitor import accepted, fill, get_pass, kept, later, seen


@pytest.mark.parametrize("make", [phone, desktop])
def test_a_camera_reads_the_pass_and_the_door_accepts_it(open_pass, services, clock, make):
    page = open_pass(make)
    assert (axe_violations(page), too_wide(page)) == ([], False)
    fill(page)
    get_pass(page)
    reading = accepted(services, page, clock())
    assert (reading.header.day, reading.header.slot_seconds) == (day_number(kst_day(START)), 15)
    assert not reading.header.verified
    expect(page.locator("#pass-view")).to_contain_text("시***자 님")
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
    [holder] = json.loads(kept(page)["entry.pass"])["holders"]
    days = [one["day"] for one in holder["passes"]]
    assert days == [day_number(kst_day(clock())), day_number(kst_day(clock())) + 1]


@pytest.mark.parametrize(
    ("ahead", "sentence"),
    [
        (timedelta(minutes=7), "7분 빠릅니다"),
        (timedelta(seconds=-45), re.compile("4[0-9]초 느립니다")),
        (timedelta(days=2), "48시간"),
    ],
)
def test_a_phone_with_a_wrong_clock_is_told_and_still_gets_in(open_pass, services, clock, ahead, sentence):
    """Told to a few seconds: how long the page took to come is a guess on a busy machine."""
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


@pytest.mark.parametrize("seconds", [30, 60, 120])
def test_longer_slots_for_whoever_needs_them(open_pass, services, clock, seconds):
    page = open_pass()
    fill(page)
    page.get_by_text("QR이 바뀌는 시간").click()
    expect(page.locator("#slot-hint")).to_contain_text("화면 낭독기")
    page.locator("#slot").select_option(str(seconds))
    get_pass(page)
    assert accepted(services, page, clock()).header.slot_seconds == seconds
    page.get_by_role("button", name="새로 받기").click()
    assert page.locator("#slot").input_value() == str(seconds)  # the choice stays
