"""Undoing at the door: two presses, by thumb or keyboard, for ten minutes; the log keeps both."""

import re

from playwright.sync_api import expect
from sqlalchemy import select

from entry_service.store.schema.door_tables import voids

from ..browser import axe_violations
from ..camera import phone_with_pass
from ..scanner import types
from .door import HEARD, becomes, quiet, rows, sees

UNDO = '#results [data-act="undo"]'


def voided(services):
    with services.store.read() as db:
        return list(db.execute(select(voids.c.scan_id)).scalars())


def test_the_last_scan_is_undone_and_the_same_pass_comes_in_again_at_once(door, visitor, services, clock):
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        expect(page.locator(UNDO)).to_have_accessible_name(re.compile(r"\d\d:\d\d:\d\d 입장 취소"))
        page.locator(UNDO).click()
        expect(page.locator(UNDO)).to_have_text("취소 확정")
        assert axe_violations(page) == []
        assert voided(services) == []
        page.locator(UNDO).click()
        sees(page, "other", "취소함")
        expect(page.locator("#inside")).to_contain_text("0 / 60")
        expect(page.locator(UNDO)).to_have_count(0)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        expect(page.locator("#inside")).to_contain_text("1 / 60")
    first, second = sorted(rows(services), key=lambda row: row.scanned_at)
    assert voided(services) == [first.scan_id]
    assert second.pid == first.pid


def test_one_press_alone_undoes_nothing(door, visitor, services, clock):
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        page.locator(UNDO).click()
        expect(page.locator(UNDO)).to_have_text("취소")  # the first press is forgotten
        expect(page.locator("#inside")).to_contain_text("1 / 60")
    assert voided(services) == []


def test_the_keyboard_alone_undoes_the_newest(door, visitor, services, clock):
    other = phone_with_pass(services, clock(), seed=b"2")
    with door(script=HEARD) as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        types(page, other.code(clock()))
        expect(page.locator("#inside")).to_contain_text("2 / 60")
        page.keyboard.press("Control+z")
        expect(page.locator(UNDO).first).to_be_focused()
        page.keyboard.press("Enter")
        sees(page, "other", "취소함")
        expect(page.locator("#results")).to_be_focused()  # the button is gone, the keyboard stays in the list
        assert "한 번 더 누르면 이 기록을 취소합니다." in page.evaluate("() => window.said")
        expect(page.locator("#inside")).to_contain_text("1 / 60")
    [gone] = voided(services)
    assert [row.pid for row in rows(services) if row.scan_id == gone] == [other.signed.header.pid]


def test_after_ten_minutes_it_is_said_that_it_is_too_late(door, visitor, services, clock):
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        clock.passes(minutes=11)  # the page asks again in some seconds, and learns of it only now
        page.locator(UNDO).click()
        page.locator(UNDO).click()
        sees(page, "refused", "취소 못 함")
        expect(page.locator('[data-part="line"]')).to_contain_text("10분")
        expect(page.locator("#results li").first).to_contain_text("입장")
        expect(page.locator("#inside")).to_contain_text("1 / 60")
    assert voided(services) == []


def test_undone_without_network_is_kept_and_sent_later(door, visitor, services, clock):
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        page.context.set_offline(True)
        page.locator(UNDO).click()
        page.locator(UNDO).click()
        sees(page, "other", "취소함")
        expect(page.locator('[data-part="line"]')).to_contain_text("기기에 저장했습니다 – 연결되면 보냅니다.")
        assert voided(services) == []
        page.context.set_offline(False)
        expect(page.locator("#connection")).to_be_hidden(timeout=20_000)
        expect(page.locator("#inside")).to_contain_text("0 / 60")
    assert len(voided(services)) == 1


def test_the_list_outlives_a_reload_and_names_nobody(door, visitor, services, clock):
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        kept = page.evaluate("() => JSON.stringify(sessionStorage)")
        assert visitor.signed.header.pid.hex() not in kept
        assert "EPC1" not in kept
        page.reload()
        quiet(page)
        page.locator(UNDO).click()
        page.locator(UNDO).click()
        sees(page, "other", "취소함")
    assert len(voided(services)) == 1


def test_an_unattended_kiosk_has_no_list_and_no_undo(door, visitor, services, clock):
    with door(token=becomes(services, clock(), profile="kiosk")) as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        expect(page.locator("#results")).to_be_hidden()
        page.keyboard.press("Control+z")
        page.wait_for_timeout(300)
        expect(page.locator(UNDO)).to_have_count(0)
    assert voided(services) == []
