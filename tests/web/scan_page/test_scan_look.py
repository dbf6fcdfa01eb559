"""Look without entering: it says, it logs nothing, it cannot be forgotten."""

from datetime import timedelta

from playwright.sync_api import expect

from ..browser import axe_violations
from ..camera import forged, phone_with_pass
from ..scanner import types
from .door import HEARD, becomes, quiet, rows, sees


def test_a_look_says_who_is_valid_and_inside_and_logs_nothing(door, visitor, services, clock):
    other = phone_with_pass(services, clock(), seed=b"2")
    held = "(() => { const real = Date.now.bind(Date); Date.now = () => window.held ?? real(); })()"
    with door(script=held + ";" + HEARD) as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        page.locator("#look").click()
        sees(page, "look", "조회만")
        expect(page.locator("#look-banner")).to_contain_text("기록하지 않습니다")
        assert axe_violations(page) == []
        types(page, visitor.code(clock()))  # whoever was just let in may be looked at
        sees(page, "look", "유효 · 안")
        page.evaluate("() => { window.held = Date.now(); }")  # however long the lines below take, it is a moment
        code = other.code(clock())
        types(page, code)
        sees(page, "look", "유효 · 밖")
        expect(page.locator('[data-part="note"]')).to_contain_text("휴대전화 인증을 하지 않은")
        types(page, forged(other.code(clock())))
        sees(page, "refused", "위조")
        expect(page.locator('[data-part="note"]')).to_contain_text("기록하지 않았습니다")
        assert axe_violations(page) == []
        expect(page.locator("#results li")).to_have_count(1)
        expect(page.locator("#inside")).to_contain_text("1 / 60")
        page.keyboard.press("Escape")
        expect(page.locator("#look-banner")).to_be_hidden()
        sees(page, "ready", "준비")
        types(page, code)  # still in the camera's sight since it was looked at: not an entry
        page.wait_for_timeout(500)
        assert len(rows(services)) == 1
        page.evaluate("() => { window.held = window.held + 5_100; }")
        types(page, other.code(clock()))
        sees(page, "in", "입장")
    assert len(rows(services)) == 2


def test_looking_ends_by_itself_after_a_minute_however_much_is_looked_at(door, visitor, services, clock):
    hurry = """(() => {
      const real = performance.now.bind(performance);
      window.ahead = 0;
      performance.now = () => real() + window.ahead;
    })()"""
    with door(script=hurry + ";" + HEARD) as page:
        quiet(page)
        page.locator("#look").click()
        expect(page.locator("#look-banner")).to_contain_text("초 뒤 저절로 끝납니다")
        page.evaluate("() => { window.ahead = 58000; }")
        types(page, visitor.code(clock()))
        sees(page, "look", "유효 · 밖")
        page.evaluate("() => { window.ahead = 61000; }")
        expect(page.locator("#look-banner")).to_be_hidden()
        expect(page.locator("#look")).to_have_attribute("aria-pressed", "false")
        assert page.evaluate("() => window.said").count("조회를 마쳤습니다. 이제 읽으면 기록합니다.") == 1
    assert rows(services) == []


def test_without_network_a_look_says_what_the_device_knows_by_itself(door, visitor, services, clock):
    with door() as page:
        quiet(page)
        page.locator("#look").click()
        page.context.set_offline(True)
        types(page, visitor.code(clock()))
        sees(page, "look", "유효")
        types(page, visitor.code(clock() - timedelta(seconds=90)))
        sees(page, "refused", "시간 지남")
        page.locator("#code").fill("7K2MQ-9XW4T")
        page.keyboard.press("Enter")
        sees(page, "other", "알 수 없음")
        expect(page.locator("#waiting-count")).to_be_hidden()  # nothing waits: nothing was kept
    assert rows(services) == []


def test_a_kiosk_cannot_be_made_to_look_only(door, services, clock):
    with door(token=becomes(services, clock(), profile="kiosk")) as page:
        quiet(page)
        expect(page.locator("#look")).to_have_count(0)
