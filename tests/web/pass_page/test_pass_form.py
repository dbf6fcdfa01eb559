"""Getting a pass in a real browser: consent, contact, verification, and what stays on the phone."""

import dataclasses
import json

import pytest
from playwright.sync_api import expect

from entry_service import create_app

from ..browser import axe_violations, phone, serving
from .visitor import NAME, PHONE, accepted, fill, get_pass, kept, verify


def test_the_phone_keeps_neither_name_nor_number_unasked(open_pass):
    page = open_pass()
    fill(page)
    get_pass(page)
    store = kept(page)
    assert set(store) == {"entry.pass"}
    assert not [secret for secret in (NAME, "03914826", "0391-4826") if secret in store["entry.pass"]]
    [holder] = json.loads(store["entry.pass"])["holders"]
    assert set(holder) == {"id", "label", "name", "child", "slot_seconds", "passes"}
    assert set(holder["passes"][0]) == {
        *("day", "kid", "pid", "first_slot", "slot_count", "slot_seconds", "verified", "sig", "seed"),
        *("short_handle", "short_key"),
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
    page.locator("#phone").fill("010-0111-2222")
    expect(page.locator("#verify-done")).to_be_hidden()  # and belongs to one number


def test_after_a_safety_code_the_emptied_form_asks_for_a_number_again(open_pass):
    page = open_pass()
    page.locator("#consent").check()
    page.locator("#name").fill(NAME)
    page.get_by_label("개인안심번호").first.check()
    expect(page.locator("#verify")).to_be_hidden()
    page.locator("#safety_code").fill("12가34나")
    get_pass(page)
    page.get_by_role("button", name="새로 받기").click()
    expect(page.locator("#phone")).to_be_visible()
    expect(page.locator("#verify")).to_be_visible()
    page.get_by_role("button", name="쓰던 출입증으로 돌아가기").click()
    expect(page.locator("#pass-view")).to_be_visible()


def test_a_wrong_code_says_so(open_pass, services):
    page = open_pass()
    fill(page)
    page.get_by_role("button", name="인증번호 받기").click()
    expect(page.locator("#verify-left")).to_contain_text("남은 시간 4분")
    right = services.vault.verification.messages()[0].text[-6:]
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


def test_the_keyboard_alone_is_enough(open_pass, services, clock):
    page = open_pass()
    page.locator("#consent").focus()
    for keys in ("Space", "Tab"):
        page.keyboard.press(keys)
    page.keyboard.press("Tab")  # past the question whether it is a child's
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
    for broken in ("{", '{"v": 1, "passes": [{}]}', "[]", '{"v": 2, "holders": [{"id": "own"}]}', '{"v": 2}'):
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
        expect(page.locator("input[value=safety_code]")).to_be_disabled()  # nobody can verify it
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
