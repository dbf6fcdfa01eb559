"""The page without anybody beside it: the visitor's language, back to rest by itself, out only with the PIN."""

import pytest
from playwright.sync_api import expect

from entry_service.usecases.doors.pins import set_pin

from ..browser import axe_violations, desktop, phone, too_wide
from ..camera import forged, phone_with_pass
from ..scanner import types
from .door import HEARD, PIN, becomes, is_full, quiet, rows, sees, type_pin

STAFF = ["#results", "#direction", "#party", "#everyone-out", "#sound", ".site-foot", ".site-head"]


@pytest.fixture
def pin(services, clock):
    set_pin(services, "GP-001", PIN, clock())


@pytest.fixture
def kiosk(door, services, clock, pin):
    """Return what opens the page on a device enrolled as a kiosk."""
    token = becomes(services, clock(), profile="kiosk")
    return lambda **how: door(token=token, **how)


WHEN_IT_CHANGES = """() => {
  const verdict = document.querySelector("#verdict");
  window.changes = [];
  new MutationObserver(() => window.changes.push([verdict.dataset.tone, performance.now()]))
    .observe(verdict, { attributes: true, attributeFilter: ["data-tone"] });
}"""
"""Notes in the page's own time what the verdict shows: a busy test process sees it late."""


@pytest.mark.parametrize("look", [phone, desktop])
def test_a_kiosk_shows_camera_and_verdict_and_nothing_of_staff(kiosk, visitor, services, clock, look):
    with kiosk(look=look) as page:
        quiet(page)
        sees(page, "ready", "QR을 보여 주십시오")
        for absent in STAFF:
            expect(page.locator(absent)).to_be_hidden()
        assert axe_violations(page) == []
        assert not too_wide(page)
        seen, box = page.viewport_size, page.locator("#video-frame").bounding_box()
        assert box["width"] * box["height"] > 0.2 * seen["width"] * seen["height"]
        page.evaluate(WHEN_IT_CHANGES)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        expect(page.locator('[data-part="note"]')).to_have_text("")  # what staff are told is not for visitors
        expect(page.locator("#verdict")).to_have_attribute("data-tone", "ready")
        shown = page.evaluate("() => window.changes")
        assert next(at for tone, at in shown if tone == "ready") - dict(map(tuple, shown))["in"] > 3_000
    assert [row.gate for row in rows(services)] == ["후문"]


@pytest.mark.parametrize("look", [phone, desktop])
def test_large_text_cuts_nothing_off_at_a_kiosk(kiosk, visitor, clock, look):
    with kiosk(look=look) as page:
        page.goto("/staff?text=150&lang=en")
        quiet(page)
        types(page, visitor.code(clock()))
        expect(page.locator("#verdict")).to_have_attribute("data-tone", "in")
        panel, line = page.locator("#verdict"), page.locator('[data-part="line"]')
        bottom = [box["y"] + box["height"] for box in (panel.bounding_box(), line.bounding_box())]
        assert bottom[1] <= bottom[0] - 8
        assert not too_wide(page)
        assert axe_violations(page) == []


def test_the_visitors_language_is_chosen_and_falls_back_for_the_next_one(kiosk, visitor, clock):
    with kiosk(script=HEARD) as page:
        quiet(page)
        page.clock.install()
        page.locator("#visitor-language").get_by_text("Tiếng Việt").click()
        expect(page.locator("#verdict")).to_have_attribute("lang", "vi")
        types(page, visitor.code(clock()))
        expect(page.locator("#verdict")).to_have_attribute("data-tone", "in")
        assert page.locator("#said").get_attribute("lang") == "vi"
        assert page.evaluate("() => window.said.length") == 1
        page.clock.run_for(21_000)
        expect(page.locator("#verdict")).to_have_attribute("lang", "ko")
        expect(page.locator('#visitor-language input[value="ko"]')).to_be_checked()


def test_the_first_tap_of_all_is_not_lost_to_the_sound_it_unlocks(kiosk):
    with kiosk() as page:
        quiet(page)
        expect(page.locator("#touch-me")).to_be_visible()
        box = page.locator("#visitor-language").get_by_text("English").bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.wait_for_timeout(400)  # a slow thumb: meanwhile the sentence about the sound goes
        expect(page.locator("#touch-me")).to_be_hidden()
        page.mouse.up()
        expect(page.locator('#visitor-language input[value="en"]')).to_be_checked()


def test_only_the_pin_opens_a_kiosk_and_it_closes_again_by_itself(kiosk, services, clock):
    with kiosk() as page:
        quiet(page)
        page.locator("#kiosk-leave").focus()
        page.keyboard.press("Enter")
        type_pin(page, "111213")
        expect(page.locator("#pin-error")).to_be_visible()
        assert axe_violations(page) == []
        page.keyboard.press("Escape")
        expect(page.locator("#kiosk-leave")).to_be_focused()
        expect(page.locator("#results")).to_be_hidden()
        page.clock.install()
        page.keyboard.press("Enter")
        page.locator("#pin").fill(PIN)
        page.keyboard.press("Enter")
        expect(page.locator("#direction")).to_be_visible()
        expect(page.locator("#verdict")).to_be_focused()
        page.clock.run_for(301_000)
        expect(page.locator("#direction")).to_be_hidden()


def test_a_desk_becomes_a_kiosk_for_a_while_and_stays_one_over_a_reload(door, pin, visitor, services, clock):
    with door() as page:
        quiet(page)
        page.locator("#kiosk-enter").click()
        expect(page.locator("#results")).to_be_hidden()
        asked = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        page.reload()
        assert asked == ["beforeunload"]
        quiet(page)
        expect(page.locator("#results")).to_be_hidden()
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        page.locator("#kiosk-leave").click()
        type_pin(page, PIN)
        expect(page.locator("#results li")).to_be_visible()
        page.reload()
        expect(page.locator("#direction")).to_be_visible()
        assert asked == ["beforeunload"]


def test_without_a_pin_a_desk_cannot_lock_itself_up(door):
    with door() as page:
        expect(page.locator("#kiosk-enter")).to_be_disabled()
        expect(page.locator("#kiosk-hint")).to_contain_text("PIN을 정한 뒤")
        assert axe_violations(page) == []


def test_refusals_are_told_to_the_visitor_in_words_of_their_own(kiosk, visitor, services, clock):
    other = phone_with_pass(services, clock(), seed=b"2")
    with kiosk() as page:
        quiet(page)
        types(page, forged(visitor.code(clock())))
        sees(page, "refused", "확인 불가")  # nobody is called a forger by a machine
        expect(page.locator('[data-part="line"]')).to_have_text("직원에게 문의하십시오.")
        is_full(services)
        types(page, visitor.code(clock()))
        sees(page, "refused", "만석")
        expect(page.locator('[data-part="line"]')).to_contain_text("지금은 들어가실 수 없습니다")
        page.context.set_offline(True)
        types(page, other.code(clock()))
        sees(page, "kept", "확인")
        expect(page.locator("#connection")).to_be_hidden()  # what waits is for staff
        assert axe_violations(page) == []
