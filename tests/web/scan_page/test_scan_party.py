"""Companions: who comes with the next pass is counted once, and the page says how many."""

import pytest
from playwright.sync_api import expect

from ..browser import axe_violations, too_wide
from ..camera import forged, phone_with_pass
from ..scanner import types
from .door import HEARD, quiet, rows, sees, typed_by_staff


def more(page, of="people", times=1):
    for _ in range(times):
        page.locator(f'[data-of="{of}"][data-step="1"]').click(force=True)  # at its end it can still be pressed


def test_a_family_is_one_scan_and_the_next_visitor_is_alone(door, visitor, services, clock):
    other = phone_with_pass(services, clock(), seed=b"2")
    with door() as page:
        quiet(page)
        expect(page.locator(".stepper-children")).to_be_hidden()
        more(page, times=2)
        more(page, "children")
        assert axe_violations(page) == []
        assert not too_wide(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "3명 입장")
        expect(page.locator('[data-part="note"]')).to_contain_text("어린이 1명 포함")
        expect(page.locator("#results li").first).to_contain_text("3명 입장")
        expect(page.locator("#inside")).to_contain_text("3 / 60")
        expect(page.locator('[data-count="people"]')).to_have_text("1명")
        types(page, other.code(clock()))
        sees(page, "in", "입장")
        expect(page.locator("#inside")).to_contain_text("4 / 60")
    assert [(row.party_size, row.children) for row in rows(services)] == [(3, 1), (1, 0)]


def test_a_refused_pass_leaves_the_party_for_the_next(door, visitor, services, clock):
    with door() as page:
        quiet(page)
        more(page)
        types(page, forged(visitor.code(clock())))
        sees(page, "refused", "위조")
        expect(page.locator('[data-count="people"]')).to_have_text("2명")
        types(page, visitor.code(clock()))
        sees(page, "in", "2명 입장")
    assert sorted((row.outcome, row.party_size) for row in rows(services)) == [("accepted", 2), ("pass_forged", 1)]


def test_a_mistyped_code_leaves_the_party_for_the_next_try(door, services):
    with door() as page:
        quiet(page)
        more(page, times=2)
        more(page, "children")
        typed_by_staff(page, "AAAAA-BBBBB")  # well formed: only the service can tell
        sees(page, "refused", "읽지 못함")
        expect(page.locator('[data-count="people"]')).to_have_text("3명")
        expect(page.locator('[data-count="children"]')).to_have_text("1명")
    assert [row.outcome for row in rows(services)] == ["pass_malformed"]


@pytest.mark.parametrize(("people", "children"), [(20, 19), (2, 1)])
def test_there_are_twenty_at_most_and_an_adult_among_them(door, people, children):
    with door() as page:
        more(page, times=people + (2 if people == 20 else -1))
        more(page, "children", times=children + 2)
        expect(page.locator('[data-count="people"]')).to_have_text(f"{people}명")
        expect(page.locator('[data-count="children"]')).to_have_text(f"{children}명")
        expect(page.locator('[data-of="children"][data-step="1"]')).to_have_attribute("aria-disabled", "true")
        page.locator('[data-of="people"][data-step="-1"]').click()
        expect(page.locator('[data-count="people"]')).to_have_text(f"{people - 1}명")
        if people == 2:
            expect(page.locator(".stepper-children")).to_be_hidden()
        else:
            expect(page.locator('[data-count="children"]')).to_have_text(f"{children - 1}명")


def test_the_keyboard_sets_a_party_and_a_screen_reader_hears_it(door):
    with door(script=HEARD) as page:
        page.locator('[data-of="people"][data-step="1"]').focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator('[data-count="children"]')).to_have_text("1명")
        assert page.evaluate("() => window.said") == [
            "다음 스캔 2명",
            "다음 스캔 3명",
            "다음 스캔 3명, 어린이 1명",
        ]
