"""The form of a paper slip in a real browser: what staff type, what the queue gets, what is left on the screen."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from entry_service.core.model import Contact
from entry_service.core.times import kst_day
from entry_service.vault.sealing import unseal

from .browser import axe_violations, desktop, phone, screenshots, too_wide
from .slip_form import MOUNT, added, errors, fill, open_form, save
from .test_seal_contact import NO_SUBTLE, NO_X25519, bytes_of

__all__ = ["open_form"]
PICTURES = os.environ.get("PICTURES")


def test_a_slip_is_sealed_and_kept_and_the_form_is_empty_for_the_next(open_form, services, clock):
    page = open_form()
    fill(page)
    assert page.locator("#slip-phone").input_value() == "010-0000-1234"
    assert page.get_by_label("거주지").input_value() == "군포시"
    page.get_by_label("인원").fill("3")
    page.get_by_label("그중 만 14세 미만").fill("1")
    save(page)
    [item] = added(page)
    assert {name: item[name] for name in ("kind", "number", "direction", "party_size", "children")} == {
        "kind": "slip",
        "number": "7",
        "direction": "in",
        "party_size": 3,
        "children": 1,
    }
    assert "0000" not in json.dumps({**item, "sealed": "", "scan_id": "", "scanned_at": "", "pid": ""})
    day = kst_day(clock())
    assert item["day"] == str(day)
    assert datetime.fromisoformat(item["scanned_at"]) == clock()
    opened = unseal(services.vault._day_key(day).private, day, bytes_of(item["pid"]), bytes_of(item["sealed"]))
    assert opened == Contact(name="", phone="+821000001234", residence="군포시")
    assert page.get_by_role("status").inner_text() == "전표 7번을 18:00 기록으로 저장했습니다."
    left = page.evaluate("Object.fromEntries(new FormData(document.getElementById('slip-form')))")
    assert left == {
        "direction": "in",
        "kind": "phone",
        "number": "8",
        "time": "18:00",
        "phone": "",
        "safety_code": "",
        "residence": "군포시",
        "party_size": "1",
        "children": "0",
    }
    assert "1234" not in page.locator("main").inner_text()
    assert page.evaluate("document.activeElement.id") == "slip-phone"
    assert page.evaluate("window.saved[0].number") == "7"


def test_the_next_number_is_known_after_the_page_was_closed_and_nothing_else(open_form):
    page = open_form()
    fill(page, number="A-0099")
    save(page)
    added(page)
    page.reload()
    assert page.evaluate("JSON.stringify({ ...localStorage })").count("A-0099") == 1
    assert not page.evaluate("JSON.stringify([localStorage, sessionStorage])").count("1234")
    page.evaluate(MOUNT, [[], 0, True])
    assert page.get_by_label("전표 번호").input_value() == "A-0100"


def test_a_slip_can_be_of_earlier_today_but_not_of_later(open_form):
    page = open_form()
    fill(page)
    page.get_by_label("적힌 시각").fill("18:30")
    save(page)
    assert errors(page) == {"time": "지금보다 늦은 시각입니다. 오늘 지난 시각을 입력하시기 바랍니다."}
    page.get_by_label("적힌 시각").fill("09:05")
    assert errors(page) == {}
    save(page)
    [item] = added(page)
    assert datetime.fromisoformat(item["scanned_at"]) == datetime(2020, 8, 25, 0, 5, tzinfo=UTC)
    assert page.get_by_label("적힌 시각").input_value() == "18:00"


def test_a_safety_code_needs_neither_phone_nor_district(open_form, services, clock):
    page = open_form()
    page.get_by_label("전표 번호").fill("1")
    page.get_by_role("radio", name="개인안심번호").check()
    page.locator("#slip-safety_code").fill(" 가12 나34 ")
    save(page)
    [item] = added(page)
    day = kst_day(clock())
    opened = unseal(services.vault._day_key(day).private, day, bytes_of(item["pid"]), bytes_of(item["sealed"]))
    assert (opened.safety_code, opened.phone) == ("가12나34", None)
    assert page.evaluate("document.activeElement.id") == "slip-safety_code"  # the kind stays for a queue of people


def test_who_leaves_is_typed_by_number_alone(open_form):
    page = open_form()
    page.get_by_role("radio", name="퇴장").check()
    assert page.locator("#slip-contact").is_hidden()
    page.get_by_label("전표 번호").fill("12")
    save(page)
    [item] = added(page)
    assert (item["direction"], item["number"]) == ("out", "12")
    assert not {"sealed", "pid", "day", "contact"} & set(item)


def test_everything_wrong_is_said_at_its_field_and_the_first_has_the_focus(open_form):
    page = open_form()
    page.get_by_label("거주지").fill("")
    page.locator("#slip-phone").fill("031-390-0000")
    page.get_by_label("인원").fill("2")
    page.get_by_label("그중 만 14세 미만").fill("2")
    save(page)
    assert set(errors(page)) == {"number", "phone", "residence", "children"}
    assert page.evaluate("document.activeElement.id") == "slip-number"
    assert page.locator("#slip-phone").input_value() == "031-390-0000"
    assert page.locator("#slip-phone").get_attribute("aria-invalid") == "true"
    page.get_by_label("전표 번호").fill("5")
    assert "number" not in errors(page)
    page.locator("#slip-phone").fill("010-0000-123")
    save(page)
    assert page.evaluate("document.activeElement.id") == "slip-phone"
    assert page.evaluate("window.added.length") == 0
    if PICTURES:
        screenshots(page, Path(PICTURES), "slip-errors-390")
    assert axe_violations(page) == []


def test_what_could_not_be_kept_stays_typed(open_form):
    page = open_form(works=False)
    fill(page)
    save(page)
    page.get_by_text("이 기기에 저장하지 못했습니다").wait_for()
    assert page.locator("#slip-phone").input_value() == "010-0000-1234"
    page.evaluate("window.works = true")
    save(page)
    added(page)


def test_a_browser_without_x25519_seals_all_the_same(open_form):
    page = open_form(script=NO_X25519)
    fill(page)
    save(page)
    assert len(added(page)[0]["sealed"]) == 555


@pytest.mark.parametrize("why", ["no WebCrypto", "no key"])
def test_a_slip_that_cannot_be_sealed_is_sent_at_once_or_stays_on_the_screen(open_form, why):
    page = open_form(script=NO_SUBTLE) if why == "no WebCrypto" else open_form(keys=None)
    fill(page)
    page.evaluate(
        "window.answer = { problem: { field: 'contact.phone', code: 'bad_input', detail: '확인하십시오.' } }"
    )
    save(page)
    page.wait_for_function("window.sent.length === 1")
    assert errors(page) == {"phone": "확인하십시오."}
    page.evaluate("window.answer = null")
    save(page)
    page.wait_for_function("window.sent.length === 2")
    sent = page.evaluate("window.sent[1]")
    assert sent["contact"] == {"phone": "+821000001234", "residence": "군포시"}
    page.get_by_text("저장했습니다").wait_for()
    assert page.evaluate("window.added.length") == 0
    fill(page, "8")
    page.evaluate(
        "Object.defineProperty(window, 'answer', { configurable: true, get() { throw { why: 'offline' }; } })"
    )
    save(page)
    page.get_by_text("연결이 끊긴 동안 전표를 보관할 수 없습니다").wait_for()
    assert page.locator("#slip-phone").input_value() == "010-0000-1234"
    assert page.evaluate("JSON.stringify([localStorage, sessionStorage])").count("1234") == 0
    page.evaluate("delete window.answer")
    save(page)
    page.wait_for_function("window.sent.length === 4")
    ids = page.evaluate("window.sent.map((item) => item.scan_id)")
    assert ids[2] == ids[3]  # the lost answer may have been a yes
    assert ids[1] != ids[2]


def test_pressed_twice_a_slip_is_one(open_form):
    page = open_form()
    fill(page)
    page.evaluate("for (let i = 0; i < 3; i++) document.getElementById('slip-form').requestSubmit()")
    added(page)
    page.wait_for_timeout(300)
    assert page.evaluate("window.added.length") == 1


def test_the_browser_is_asked_to_remember_nothing(open_form):
    page = open_form()
    fields = page.locator("#slip-form input:not([type=radio])")
    assert {field.get_attribute("autocomplete") for field in fields.all()} == {"off"}
    assert page.locator("#slip-form [name=name]").count() == 0


@pytest.mark.parametrize("window", [phone, desktop], ids=["390", "1440"])
def test_the_form_fits_and_is_accessible(open_form, window, request):
    page = open_form(window=window)
    fill(page)
    assert not too_wide(page)
    assert axe_violations(page) == []
    if PICTURES:
        screenshots(page, Path(PICTURES), f"slip-{request.node.callspec.id}")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "저장":
            break
    page.keyboard.press("Enter")
    assert added(page)
