"""The poster's way in and out in a real browser: with a script, without one, with a keyboard alone."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from entry_service.core.posters import poster_id
from entry_service.store.log import scans
from entry_service.store.sites import posters

from .browser import axe_violations, desktop, phone, serving, too_wide

POSTER = poster_id(bytes(range(10)), 7)
NAME, PHONE = "시험방문자", "010-0391-4826"


@pytest.fixture
def origin(app, services, clock):
    poster = posters.Poster(poster_id=POSTER, facility_id="GP-001", epoch=7, valid_from=clock())
    services.store.write(lambda db: posters.add(db, poster))
    with serving(app) as address:
        yield address


@pytest.fixture(params=[phone, desktop])
def page(request, browser, origin):
    opened = request.param(browser, origin)
    yield opened
    assert opened.complaints == []
    opened.context.close()


def fill(page: Page) -> None:
    page.locator("#name").fill(NAME)
    page.locator("#phone").fill(PHONE)
    page.locator("#party_size").fill("3")
    page.locator("#consent").check()


def directions(services, clock) -> list[str]:
    with services.store.read() as db:
        day = timedelta(days=1)
        return [row.direction for row in scans.scans_between(db, "GP-001", clock() - day, clock() + day)]


def test_from_the_poster_to_the_ticket_and_out(page, services, clock):
    page.goto(f"/E/{POSTER}")
    expect(page.get_by_role("heading", level=1)).to_have_text("산본도서관")
    assert (axe_violations(page), too_wide(page)) == ([], False)
    fill(page)
    page.get_by_role("button", name="입장 등록").click()
    page.wait_for_url("**/ticket")
    ticket = page.locator(".ticket")
    for shown in ("입장 완료", "산본도서관", "18:00", "3명"):
        expect(ticket).to_contain_text(shown)
    assert (axe_violations(page), too_wide(page)) == ([], False)
    page.get_by_role("button", name="퇴장").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("퇴장 완료")
    assert (axe_violations(page), too_wide(page)) == ([], False)
    assert directions(services, clock) == ["in", "out"]


def test_the_clock_of_the_ticket_runs(page):
    page.goto(f"/E/{POSTER}")
    fill(page)
    page.get_by_role("button", name="입장 등록").click()
    page.wait_for_url("**/ticket")
    expect(page.locator("#ticket-now")).to_have_text(re.compile("18:00:0[1-9]"))
    hand = "() => document.querySelector('.second').transform.animVal.getItem(0).angle"
    first = page.evaluate(hand)
    page.wait_for_function(f"(first) => ({hand})() !== first", arg=first)


def test_a_wrong_number_leads_back_to_its_field(page):
    page.goto(f"/E/{POSTER}")
    fill(page)
    page.locator("#phone").fill("02-390-0114")
    page.get_by_role("button", name="입장 등록").click()
    expect(page.locator("#phone-error")).to_contain_text("010-1234-5678과 같이")
    expect(page.locator("#phone")).to_be_focused()
    assert page.locator("#name").input_value() == NAME
    assert page.locator("#party_size").input_value() == "3"
    assert (axe_violations(page), too_wide(page)) == ([], False)
    page.complaints.clear()  # the browser reports the refused request


def test_a_double_press_is_one_entry(page, services, clock):
    page.goto(f"/E/{POSTER}")
    fill(page)
    page.get_by_role("button", name="입장 등록").dblclick()
    page.wait_for_url("**/ticket")
    assert directions(services, clock) == ["in"]


def test_back_from_the_ticket_is_a_fresh_form(page):
    page.goto(f"/E/{POSTER}")
    used = page.locator("[name=scan_id]").input_value()
    fill(page)
    page.get_by_role("button", name="입장 등록").click()
    page.wait_for_url("**/ticket")
    page.go_back()
    expect(page.locator("[name=scan_id]")).not_to_have_value(used)
    expect(page.get_by_text("이미 이 시설에 입장하셨습니다")).to_be_visible()


def test_the_phone_fills_in_what_it_remembers_and_brings_its_certificate(page, services, clock):
    page.clock.install(time=clock())
    page.goto("/pass")
    page.locator("#consent").check()
    page.locator("#name").fill(NAME)
    page.locator("#phone").fill(PHONE)
    page.get_by_label("이 휴대전화에 기억하고").check()
    page.get_by_role("button", name="인증번호 받기").click()
    expect(page.locator("#verify-code")).to_be_focused()
    page.locator("#verify-code").fill(services.vault.verification.messages()[0].text[-6:])
    expect(page.locator("#verify-done")).to_be_visible()
    page.get_by_role("button", name="출입증 받기").click()
    expect(page.locator("#pass-view")).to_be_visible()
    page.goto(f"/E/{POSTER}")
    expect(page.locator("#name")).to_have_value(NAME)
    expect(page.locator("#phone")).to_have_value(PHONE)
    expect(page.locator("#verify-done")).to_be_visible()
    page.locator("#consent").check()
    page.get_by_role("button", name="입장 등록").click()
    page.wait_for_url("**/ticket")
    with services.store.read() as db:
        [entry] = scans.scans_between(db, "GP-001", clock() - timedelta(hours=1), clock() + timedelta(hours=1))
    assert (entry.confidence, entry.flags) == ("medium", ())


def test_the_keyboard_alone_is_enough(page, services, clock):
    page.goto(f"/E/{POSTER}")
    page.locator("#name").focus()
    page.keyboard.type(NAME)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # the other kind of contact
    page.keyboard.press("Tab")
    page.keyboard.type("12가34나")
    for keys in ("Tab", "2", "Tab", "Tab", "Space", "Tab", "Enter"):
        page.keyboard.press(keys)
    page.wait_for_url("**/ticket")
    expect(page.locator(".ticket")).to_contain_text("2명")
    page.locator("#ticket-leave").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("퇴장 완료")
    assert directions(services, clock) == ["in", "out"]


def test_no_script_is_needed(browser, origin, services, clock):
    page = phone(browser, origin, java_script_enabled=False)
    page.goto(f"/E/{POSTER.lower()}")
    expect(page.locator("#verify")).to_be_hidden()
    page.get_by_text("개인안심번호", exact=True).first.click()
    expect(page.locator("#safety_code")).to_be_visible()
    expect(page.locator("#phone")).to_be_hidden()
    page.get_by_text("휴대전화번호", exact=True).first.click()
    fill(page)
    page.get_by_role("button", name="입장 등록").click()
    page.wait_for_url("**/ticket")
    expect(page.locator("#ticket-now")).to_have_text("18:00")
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 1  # brings the time anew each minute
    page.get_by_role("button", name="퇴장").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("퇴장 완료")
    assert directions(services, clock) == ["in", "out"]
    page.context.close()


def test_with_reduced_motion_the_ticket_still_lives(browser, origin):
    page = phone(browser, origin, reduced_motion="reduce")
    page.goto(f"/E/{POSTER}")
    fill(page)
    page.get_by_role("button", name="입장 등록").click()
    page.wait_for_url("**/ticket")
    band = "() => document.querySelector('.ticket-band').getAnimations().length"
    assert page.evaluate(band) == 0
    first = page.locator("#ticket-now").inner_text()
    expect(page.locator("#ticket-now")).not_to_have_text(first)
    page.context.close()
