"""Void and doubted evidence on the pages of a case, of its contacts and of the approver."""

import pytest
from playwright.sync_api import expect

from entry_service.core.doubt_rules import Doubt
from entry_service.core.model import Scan
from entry_service.store.log import doubts, scans
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from entry_service.usecases.sites.watch import decide

from .browser import axe_violations, phone, serving, too_wide
from .conftest import browser as browser
from .conftest import code_for
from .revealed import HOUR, OFFICER, leave_contacts, reveal

MINUTE = HOUR / 60
CASE = b"the-case"


def reading(number, pid, at, place="GP-001"):
    facts = {"facility_id": place, "direction": "in", "source": "staff_scan", "confidence": "high"}
    return Scan(scan_id=f"scan-{number}", pid=pid, scanned_at=at, received_at=at, **facts)


def doubt(services, now, *rows):
    def note(db):
        for row in rows:
            doubts.note(db, row.scan_id, row.facility_id, row.scanned_at, [Doubt("outside_hours")], now)

    services.store.write(note)


@pytest.fixture
def rows(services, clock):
    """Let three people be where the case told that it was, and the case's pass be read elsewhere."""
    start = clock() - 5 * HOUR
    pids = [number.to_bytes(8, "big") for number in range(3)]
    rows = [reading(number, pid, start + (10 + number) * MINUTE) for number, pid in enumerate(pids)]
    rows.append(reading(9, CASE, start + 2 * HOUR, "GP-002"))
    services.store.write(lambda db: scans.append_many(db, rows))
    leave_contacts(services, pids, clock())
    return rows


def test_each_of_the_three_pages_says_what_is_void_and_what_waits(app, services, clock, browser, person, rows):
    told = PlaceTold(facility_id="GP-001", start=clock() - 5 * HOUR, end=clock() - 4 * HOUR)
    given = {"number": "군포-37", "onset": None, "specimen_date": clock().date(), "now": clock()}
    case_id = register_case(services, places=[told], passes=[CASE], **given).case.case_id
    waiting = reveal(services, case_id, clock())
    doubt(services, clock(), *rows[1:])
    session = person("officer").client.get_cookie("session").value
    approver = person("approver")
    with serving(app) as origin:
        page = phone(browser, origin)
        page.context.add_cookies([{"name": "session", "value": session, "url": origin}])
        page.goto(f"/officer/cases/{case_id}")
        expect(page.locator(".visit-table")).to_contain_text("판단 보류")
        expect(page.locator(".exposed-doubts").last).to_contain_text("의심되어 판단할 때까지")
        expect(page.locator("#disclosures .notice")).to_contain_text("3건 가운데 0건은 근거가 무효이고, 2건")
        form = {"decision": "approve", "code": code_for(app, "approver"), "grounds": "0.2"}
        decide(services, ["scan-1", "scan-9"], decision="void", why="made_up", actor=OFFICER, now=clock())
        answer = approver.post(f"/approver/{waiting}", form)
        assert answer.status_code == 409
        assert "3건 가운데 1건은 근거가 무효이고, 1건은" in answer.get_data(as_text=True)
        del form["grounds"]  # a page of the release before
        assert approver.post(f"/approver/{waiting}", form).status_code == 409
        page.reload()
        expect(page.locator(".exposed-doubts").last).to_contain_text("무효인 기록이어서")
        assert axe_violations(page) == []
        assert not too_wide(page)
        page.goto(f"/officer/cases/{case_id}/contacts")
        marked = page.locator(".contact-stays .badge")
        assert sorted(marked.all_inner_texts()) == ["근거 무효", "판단 보류"]
        assert axe_violations(page) == []
        assert not too_wide(page)
        page.context.clear_cookies()
        own = approver.client.get_cookie("session").value
        page.context.add_cookies([{"name": "session", "value": own, "url": origin}])
        page.goto(f"/approver/{waiting}")
        expect(page.locator(".notice-warning")).to_contain_text("3건 가운데 1건은 근거가 무효이고, 1건은")
        assert axe_violations(page) == []
        assert not too_wide(page)
        assert page.complaints == []
        page.context.close()
