"""The register of destroyed days and the receipts of a facility, as administrators and managers see them."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from entry_service import clock as clocks
from entry_service import create_app
from entry_service.core.receipts import ReceiptForged, read_public_pem, verify
from entry_service.core.retention import Reading
from entry_service.core.times import kst_day
from entry_service.store.retention import retention
from entry_service.usecases.retention.purge import purge
from tests.usecases.purging import fill

from .browser import DESKTOP, axe_violations, phone, serving, too_wide
from .forms import text
from .sign_in import sign_in

DAYS = timedelta(days=1)


@pytest.fixture
def destroyed(services, clock):
    """Let three days be full and destroyed, a fourth be kept; return the days."""
    days = [kst_day(clock()) - n * DAYS for n in (31, 30, 29)]
    for day in (*days, kst_day(clock()) - 3 * DAYS):
        fill(services, day)
    believe(services, clock())
    purge(services, clocks.reading(clock()))
    return days


def believe(services, now):
    services.store.write(lambda db: retention.set_only_mark(db, clocks.reading(now)))


def doubt(services, now):
    """Let the clock have been believed last two days ago, before a reboot."""
    mark = Reading(wall=now - 2 * DAYS, boot_id="an earlier run", boot_seconds=5.0)
    services.store.write(lambda db: retention.set_only_mark(db, mark))


def test_the_register_lists_what_was_destroyed_with_its_receipt(person, destroyed):
    admin = person("admin")
    page = text(admin.get("/admin/retention"))
    assert page.count("받기") >= 3
    assert "믿을 수 있음" in page
    file = admin.get(f"/admin/retention/{destroyed[1]}/receipt.json")
    pem = read_public_pem(admin.get("/admin/retention/receipts.pem").data)
    said = verify(file.data, pem)
    assert (said["kind"], said["day"], said["contacts"]) == ("service", destroyed[1].isoformat(), 12)
    forged = json.loads(file.data)
    forged["receipt"]["contacts"] = 11
    with pytest.raises(ReceiptForged):
        verify(json.dumps(forged).encode(), pem)


def test_paper_that_nobody_shredded_is_named_by_facility(person, destroyed):
    page = text(person("admin").get("/admin/retention"))
    assert "파쇄를 확인하지 않은 종이 전표" in page
    assert "산본도서관" in page
    assert "6장" in page


def test_a_clock_that_went_ahead_is_shown_and_confirmed_by_hand(person, services, clock, destroyed):
    doubt(services, clock())
    admin = person("admin")
    assert "시각을 확인해 주시기 바랍니다" in text(admin.get("/admin/retention"))
    assert admin.get("/healthz").json["clock"] == "unconfirmed"
    stale = (clock() - DAYS).isoformat()
    admin.post("/admin/retention/clock", {"shown": stale})
    assert admin.get("/healthz").json["clock"] == "unconfirmed"
    assert admin.post("/admin/retention/clock", {"shown": clock().isoformat()}).status_code == 303
    assert admin.get("/healthz").json["clock"] == "believed"
    told = services.vault.audit.entries(clock() - DAYS, clock() + DAYS, action="clock_confirmed")
    assert [entry.account_id for entry in told] == ["A-admin"]


@pytest.mark.parametrize("shown", ["", "yesterday", "2020-08-25T09:00:00"])
def test_a_confirmation_without_its_time_is_none(person, services, clock, shown):
    doubt(services, clock())
    assert person("admin").post("/admin/retention/clock", {"shown": shown}).status_code == 422


def test_a_clock_that_is_behind_is_said(person, services, clock, destroyed):
    believe(services, clock() + 3 * DAYS)
    assert "늦습니다" in text(person("admin").get("/admin/retention"))
    assert person().get("/healthz").json["clock"] == "behind"


def test_what_is_overdue_is_said_to_the_monitor(app, services, clock):
    """Outside a demonstration, which destroys nothing."""
    fill(services, kst_day(clock()) - 29 * DAYS)
    assert app.test_client().get("/healthz").json["destruction"] == "off"
    real = create_app(replace(services.settings, demo=False, sms="off"), services, clock=clock)
    assert real.test_client().get("/healthz").json["destruction"] == "overdue"
    believe(services, clock())
    purge(services, clocks.reading(clock()))
    assert real.test_client().get("/healthz").json["destruction"] == "current"


def test_a_manager_reads_only_the_receipts_of_the_own_facility(person, destroyed):
    manager = person("manager")
    page = text(manager.get("/manager/GP-001/receipts"))
    assert page.count("9건") == 3
    file = manager.get(f"/manager/GP-001/receipts/{destroyed[0]}.json")
    said = verify(file.data, read_public_pem(manager.get("/admin/retention/receipts.pem").data))
    assert (said["kind"], said["facility_id"], said["paper_slips"]) == ("facility", "GP-001", 2)
    assert manager.get("/manager/GP-002/receipts").status_code in (403, 404)
    assert manager.get(f"/manager/GP-002/receipts/{destroyed[0]}.json").status_code in (403, 404)
    assert manager.get("/admin/retention").status_code == 403


@pytest.mark.parametrize("day", ["2020-08-24", "1999-01-01", "nonsense"])
def test_no_receipt_is_not_found(person, destroyed, day):
    assert person("admin").get(f"/admin/retention/{day}/receipt.json").status_code == 404
    assert person("manager").get(f"/manager/GP-001/receipts/{day}.json").status_code == 404


def test_the_pages_are_whole_on_a_phone_and_a_desk(app, browser, services, clock, destroyed):
    doubt(services, clock())
    with serving(app) as origin:
        for role, path in (("admin", "/admin/retention"), ("manager", "/manager/GP-001/receipts")):
            page = phone(browser, origin)
            sign_in(page, app, role)
            page.goto(path)
            assert axe_violations(page) == []
            assert not too_wide(page)
            page.set_viewport_size(DESKTOP)
            page.goto(path)
            assert axe_violations(page) == []
