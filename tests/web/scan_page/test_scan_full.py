"""At the limit, and at closing time: a refusal with the manager's way out, and everyone out."""

import json

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from entry_service.store.schema.door_tables import closings
from entry_service.store.sites import zones
from entry_service.usecases.doors.pins import set_pin

from ..browser import axe_violations, too_wide
from ..camera import phone_with_pass
from ..scanner import types
from .door import PIN, becomes, is_full, quiet, rows, sees, type_pin


@pytest.fixture(autouse=True)
def pin(services, clock):
    set_pin(services, "GP-001", PIN, clock())


def closed(services):
    with services.store.read() as db:
        return db.execute(select(closings.c.zone, closings.c.closed_by)).all()


def test_at_the_limit_the_manager_lets_in_and_the_log_says_so(door, visitor, services, clock):
    is_full(services)
    with door() as page:
        quiet(page)
        expect(page.locator("#inside")).to_contain_text("0 / 0")
        expect(page.locator('[data-part="crowding"]')).to_have_text("만석(입장 제한)")
        page.locator('[data-of="people"][data-step="1"]').click()
        types(page, visitor.code(clock()))
        sees(page, "refused", "만석")
        expect(page.locator('[data-part="line"]')).to_contain_text("입장 제한")
        assert axe_violations(page) == []
        assert not too_wide(page)
        page.get_by_role("button", name="관리자 승인으로 입장", exact=True).click()
        expect(page.locator("#pin")).to_be_focused()
        assert axe_violations(page) == []
        type_pin(page, "111213")
        expect(page.locator("#pin-error")).to_contain_text("PIN이 맞지 않습니다")
        expect(page.locator("#pin")).to_be_focused()
        expect(page.locator("#pin")).to_have_value("")
        assert axe_violations(page) == []
        assert [row.outcome for row in rows(services)] == ["facility_full"]
        type_pin(page, PIN)
        sees(page, "in", "2명 입장")
        expect(page.locator('[data-part="note"]')).to_contain_text("관리자 승인")
        expect(page.locator("#override")).to_be_hidden()
        expect(page.locator("#verdict")).to_be_focused()  # the button is gone: the focus is with the verdict
        assert PIN not in page.content()
        assert PIN not in page.evaluate("() => JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
    refused, admitted = sorted(rows(services), key=lambda row: row.received_at)
    assert (refused.outcome, admitted.outcome, admitted.party_size) == ("facility_full", "accepted", 2)
    assert {"full", "override"} <= set(admitted.flags)


def test_the_pin_dialog_is_closed_by_escape_and_the_focus_returns(door, visitor, services, clock):
    is_full(services)
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "refused", "만석")
        button = page.locator("#override")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#pin")).to_be_focused()
        page.keyboard.press("Escape")
        expect(button).to_be_focused()
        page.locator('#results [data-act="approve"]').focus()  # the same from the list, when others came meanwhile
        page.keyboard.press("Enter")
        type_pin(page, PIN)
        sees(page, "in", "입장")
    assert [row.outcome for row in rows(services)].count("accepted") == 1


def test_a_quick_hand_loses_no_digit_and_a_manager_who_comes_late_is_answered(door, visitor, services, clock):
    """Six keys without a pause are a hand in a field, not a scanner; the manager may need minutes to come."""
    is_full(services)
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        page.locator("#override").click()
        page.evaluate("() => { const late = Date.now() + 60_000; Date.now = () => late; }")
        page.keyboard.type(PIN)
        expect(page.locator("#pin")).to_have_value(PIN)
        page.keyboard.press("Enter")
        sees(page, "in", "입장")
        expect(page.locator('#results [data-act="approve"]')).to_have_count(0)  # nobody is let in twice
    assert [row.outcome for row in rows(services)].count("accepted") == 1


def test_a_party_that_finds_one_place_left_is_told_so(door, visitor, services, clock):
    is_full(services, 1)
    with door() as page:
        quiet(page)
        page.locator('[data-of="people"][data-step="1"]').click()
        types(page, visitor.code(clock()))
        sees(page, "refused", "만석")
        expect(page.locator('[data-part="line"]')).to_contain_text("2명이 함께 들어갈 자리가 없습니다")
        expect(page.locator('[data-count="people"]')).to_have_text("1명")  # whoever comes next comes alone


def test_a_pin_cannot_be_checked_without_network_and_is_kept_nowhere(door, visitor, services, clock):
    is_full(services)
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        page.locator("#override").click()
        page.context.set_offline(True)
        type_pin(page, PIN)
        expect(page.locator("#pin-error")).to_contain_text("연결이 끊겨 PIN을 확인할 수 없습니다")
        page.context.set_offline(False)
        type_pin(page, PIN)
        sees(page, "in", "입장")


def test_a_scanner_that_types_into_the_pin_dialog_leaves_nothing_in_it(door, visitor, services, clock):
    other = phone_with_pass(services, clock(), seed=b"2")
    is_full(services)
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        page.locator("#override").click()
        page.locator("#pin").fill("48")
        types(page, other.code(clock()))
        expect(page.locator("#results li")).to_have_count(2)
        expect(page.locator("#pin")).to_have_value("48")
        expect(page.locator("#pin-dialog")).to_be_visible()


def test_a_gate_refuses_without_the_managers_way(door, visitor, services, clock):
    is_full(services)
    with door(token=becomes(services, clock(), profile="gate")) as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "refused", "만석")
        for absent in ("#override", "#slip-open", "#everyone-out", "#kiosk-enter", '[data-act="approve"]'):
            expect(page.locator(absent)).to_have_count(0)
        for present in ("#look", "#party", "#results", "#code"):
            expect(page.locator(present)).to_be_visible()
        assert axe_violations(page) == []


def test_everyone_out_asks_how_many_and_empties_the_house(door, visitor, services, clock):
    other = phone_with_pass(services, clock(), seed=b"2")
    with door() as page:
        quiet(page)
        for one in (visitor, other):
            types(page, one.code(clock()))
        expect(page.locator("#inside")).to_contain_text("2 / 60")
        page.locator("#everyone-out").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#closing-text")).to_have_text("지금 안에 있는 2명을 모두 퇴장으로 기록합니다.")
        expect(page.locator('#closing-dialog [data-close=""]')).to_be_focused()  # Enter alone empties nothing
        assert axe_violations(page) == []
        page.keyboard.press("Enter")
        expect(page.locator("#everyone-out")).to_be_focused()
        assert closed(services) == []
        page.keyboard.press("Enter")
        page.get_by_role("button", name="모두 퇴장으로 기록").click()
        sees(page, "out", "모두 퇴장")
        expect(page.locator("#inside")).to_contain_text("0 / 60")
    assert closed(services) == [("", "D-GP-001")]


def test_everyone_out_without_network_is_kept_and_happens_when_it_was_pressed(door, visitor, services, clock):
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        page.context.set_offline(True)
        page.locator("#everyone-out").click()
        page.get_by_role("button", name="모두 퇴장으로 기록").click()
        sees(page, "kept", "모두 퇴장")
        expect(page.locator('[data-part="line"]')).to_contain_text("연결되면 보냅니다")
        assert closed(services) == []
        page.context.set_offline(False)
        expect(page.locator("#inside")).to_contain_text("0 / 60")
    assert len(closed(services)) == 1


def test_a_gate_with_a_zone_names_it_and_counts_it(door, visitor, services, clock):
    zone = zones.Zone(zone_id="Z-1", facility_id="GP-001", name="1층 자료실", capacity=2)
    services.store.write(lambda db: zones.add(db, zone))
    services.forget_facilities()
    with door(token=becomes(services, clock(), zone="Z-1")) as page:
        quiet(page)
        expect(page.locator(".door-place")).to_contain_text("산본도서관 후문 · 1층 자료실")
        expect(page.locator("#inside")).to_contain_text("0 / 2")
        types(page, visitor.code(clock()))
        expect(page.locator("#inside")).to_contain_text("1 / 2")
        expect(page.locator('[data-part="crowding"]')).to_have_text("보통")
        page.locator("#everyone-out").click()
        expect(page.locator("#closing-title")).to_contain_text("1층 자료실")
        page.get_by_role("button", name="모두 퇴장으로 기록").click()
        expect(page.locator("#inside")).to_contain_text("0 / 2")
    assert [row.zone for row in rows(services)] == ["Z-1"]
    assert closed(services) == [("Z-1", "D-deskZ-1")]


def test_the_refusal_of_somebody_before_is_told_as_such(door, visitor, services, clock):
    """The camera does not wait: the answer for one who was read before must not be taken for the next one's."""
    other = phone_with_pass(services, clock(), seed=b"2")
    is_full(services)
    held = []

    def hold_the_first(page):
        def pass_on(route):
            body = json.loads(route.request.post_data)
            if not held:
                held.append(body["scan_id"])
                page.wait_for_timeout(700)
            route.continue_()

        page.route("**/api/v1/scans", pass_on)

    with door(before=hold_the_first) as page:
        quiet(page)
        types(page, visitor.code(clock()))
        types(page, other.code(clock()))
        sees(page, "refused", "만석")
        expect(page.locator('#results li[data-name="facility_full"]')).to_have_count(2)
    assert [row.outcome for row in rows(services)] == ["facility_full"] * 2
