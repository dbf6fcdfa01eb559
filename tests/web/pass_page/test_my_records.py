"""The page of one's own records, on a phone: passes of days that are over still prove whose they were."""

import json
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from entry_service.core.actors import Actor
from entry_service.core.contacts import normalise_subject
from entry_service.core.model import Device
from entry_service.core.passes import authenticate
from entry_service.core.times import kst_day
from entry_service.usecases.doors.check_in import check_in_pass

from ..browser import axe_violations, too_wide
from .visitor import accepted, fill, get_pass, kept, later, seen


def open_my(page: Page) -> None:
    page.goto(urljoin(page.url, "/my"))


def comes(services, page: Page) -> bytes:
    """Let the door read the pass at the moment its code is good for; return whose it is."""
    text = seen(page).text
    reading = authenticate(text, keys=services.public_keys)
    device = Device(device_id="D-GP-001", facility_id="GP-001", name="정문")
    at = reading.slot_start
    facts = {"scan_id": f"scan-{at:%d%H%M%S}", "text": text, "direction": "in", "gate": "정문"}
    check_in_pass(services, device, scanned_at=at, now=at, **facts)
    return reading.header.pid


def test_a_phone_lists_its_days_and_deletes_one(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    first = comes(services, page)
    later(page, clock, days=1)
    page.reload()  # tomorrow's pass is shown, today's is over but not forgotten
    second = comes(services, page)
    later(page, clock, days=1)
    page.reload()
    expect(page.locator("#pass-new")).to_be_visible()
    assert len(json.loads(kept(page)["entry.past"])["of"]) == 2
    open_my(page)
    expect(page.locator(".my-day")).to_have_count(2)
    expect(page.locator("#my-summary")).to_have_text("출입증 2일분, 방문 2건")
    expect(page.locator(".my-visits")).to_have_count(2)
    assert axe_violations(page) == []
    assert not too_wide(page)
    page.locator(".my-day button").first.click()
    expect(page.locator("#my-dialog")).to_be_visible()
    page.locator("#my-dialog button[value=delete]").click()
    expect(page.locator("#my-result")).to_have_text("이름과 연락처를 삭제했습니다.")
    today = kst_day(clock())
    assert not services.vault.forget(today - timedelta(days=1), second)
    assert services.vault.forget(today - timedelta(days=2), first)  # the other day was not touched
    page.locator("#my-phone").click()
    expect(page.locator("#my-none")).to_be_visible()
    assert "entry.past" not in kept(page)


def test_deleting_today_takes_the_pass_from_the_phone(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    pid = accepted(services, page, clock()).header.pid
    open_my(page)
    page.locator("#my-all").click()
    expect(page.locator("#my-dialog-today")).to_be_visible()
    page.locator("#my-dialog button[value=delete]").click()
    expect(page.locator("#my-result")).to_be_visible()
    assert not services.vault.forget(kst_day(clock()), pid)
    passes = [one["pid"] for holder in json.loads(kept(page)["entry.pass"])["holders"] for one in holder["passes"]]
    assert len(passes) == 1  # tomorrow's


def test_who_looked_is_told_for_a_code(open_pass, services):
    page = open_pass()
    open_my(page)
    page.locator("#looks-phone").fill("010-0391-4826")
    page.get_by_role("button", name="인증번호 받기").click()
    expect(page.locator("#looks-code")).to_be_focused()
    page.locator("#looks-code").fill(services.vault.verification.messages()[0].text[-6:])
    page.get_by_role("button", name="확인").click()
    expect(page.locator("#looks-none")).to_be_visible()


@pytest.mark.parametrize("language", ["ko", "en", "zh", "vi"])
def test_every_look_is_told_whole_in_every_language(open_pass, services, clock, language):
    """On a phone a look is a block of its own: four columns would break words or hide the last one."""
    officer = Actor(account_id="A-officer", role="officer", origin="127.0.0.1")
    for action, purpose in (("disclosure_opened", "contact_tracing"), ("contacts_exported", "isolation_support")):
        facts = {"now": clock(), "purpose": purpose, "subjects": [normalise_subject("010-0000-4826")], "rows": 1}
        services.vault.audit.append(action, officer, **facts)
    page = open_pass()
    page.goto(urljoin(page.url, f"/my?lang={language}"))
    page.locator("#looks-phone").fill("010-0000-4826")
    page.locator("#looks-form button").click()
    expect(page.locator("#looks-code")).to_be_focused()
    page.locator("#looks-code").fill(services.vault.verification.messages()[0].text[-6:])
    page.locator("#looks-code-form button").click()
    expect(page.locator("#looks-list tr")).to_have_count(2)
    assert page.locator("#looks-found").evaluate("(box) => box.scrollWidth <= box.clientWidth")
    assert page.get_by_role("cell").count() == 8
    assert axe_violations(page) == []
    assert not too_wide(page)


def test_without_a_pass_the_page_says_where_to_ask(open_pass):
    page = open_pass()
    open_my(page)
    expect(page.locator("#my-none")).to_be_visible()
    expect(page.locator("#my-own")).to_be_hidden()
