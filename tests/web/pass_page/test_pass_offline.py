"""A phone that is offline since yesterday evening: the page opens, and today's pass is shown and accepted."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from entry_service.core.times import day_number, kst_day

from .visitor import accepted, fill, get_pass, later

READY = "() => document.documentElement.dataset.offline === 'ready'"


def closed_and_opened(page: Page, clock) -> None:
    """Close the page and open it again in the same browser, its clock with the service's."""
    page.goto("about:blank")
    page.clock.set_system_time(clock())
    page.goto("/pass")
    expect(page.locator("#pass-view")).to_be_visible()


def test_a_phone_offline_since_the_evening_shows_todays_pass_after_midnight(open_pass, services, clock):
    page = open_pass(service_workers="allow")
    fill(page)
    get_pass(page)
    page.wait_for_function(READY)
    evening = accepted(services, page, clock()).header
    page.context.set_offline(True)
    clock.passes(minutes=20)  # past midnight, with the page closed
    closed_and_opened(page, clock)
    morning = accepted(services, page, clock()).header
    assert (morning.day, morning.day) == (evening.day + 1, day_number(kst_day(clock())))
    assert morning.pid != evening.pid
    clock.passes(hours=18)  # and all day
    closed_and_opened(page, clock)
    assert accepted(services, page, clock()).header == morning
    expect(page.locator("#pass-until")).to_have_text("오늘 자정까지 쓸 수 있습니다.")
    page.complaints.clear()  # the browser reports what it could not fetch


def test_a_phone_comes_online_for_a_moment_and_has_tomorrow(open_pass, services, clock):
    """Whoever asked to be remembered needs the network once a day, whenever that is, and does nothing for it."""
    page = open_pass(service_workers="allow")
    fill(page)
    page.get_by_label("이 휴대전화에 기억하고").check()
    get_pass(page)
    page.wait_for_function(READY)
    for _ in range(2):
        page.context.set_offline(True)
        later(page, clock, hours=24)
        accepted(services, page, clock())
        expect(page.locator("#pass-until")).to_have_text("오늘 자정까지 쓸 수 있습니다.")
        page.context.set_offline(False)
        expect(page.locator("#pass-until")).to_have_text("내일 출입증까지 받아 두었습니다.")
    page.complaints.clear()


def test_a_remembered_visitor_away_for_days_gets_both_days_without_a_form(open_pass, services, clock):
    page = open_pass(service_workers="allow")
    fill(page)
    page.get_by_label("이 휴대전화에 기억하고").check()
    get_pass(page)
    page.goto("about:blank")
    clock.passes(days=5)
    page.clock.set_system_time(clock())
    page.goto("/pass")
    expect(page.locator("#pass-view")).to_be_visible()
    assert accepted(services, page, clock()).header.day == day_number(kst_day(clock()))
    expect(page.locator("#pass-until")).to_have_text("내일 출입증까지 받아 두었습니다.")


def test_after_a_month_consent_is_asked_for_again(open_pass, clock):
    page = open_pass(service_workers="allow")
    fill(page)
    page.get_by_label("이 휴대전화에 기억하고").check()
    get_pass(page)
    page.goto("about:blank")
    clock.passes(seconds=timedelta(days=31).total_seconds())
    page.clock.set_system_time(clock())
    page.goto("/pass")
    expect(page.locator("#pass-new")).to_be_visible()
    assert not page.locator("#consent").is_checked()
