"""The banner of a flood: told to manager and officer, decided by them, and by nobody else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from entry_service.core.model import Scan
from entry_service.usecases.doors.quarantine import append_watched, floods

from .browser import axe_violations, desktop, phone, serving, too_wide
from .forms import text
from .sign_in import sign_in

VOIDED, RELEASED = {"decision": "voided.made_up"}, {"decision": "released.site_confirmed"}
TOLD = "부터 포스터 입장이 비정상적으로 많아"


def flood(services, clock, count=40, facility_id="GP-001"):
    """Let so many unverified poster entries come within a minute that ends now."""
    facility = services.facility(facility_id)
    for number in range(count):
        at = clock() - timedelta(seconds=50) + timedelta(seconds=number / count)
        scan = Scan(
            scan_id=f"fake-{facility_id}-{at.timestamp()}-{number}",
            facility_id=facility_id,
            pid=f"{hash((facility_id, at, number)):+08x}"[-8:].encode(),
            direction="in",
            source="poster",
            confidence="low",
            scanned_at=at,
            received_at=at,
            flags=("unverified",),
        )
        append_watched(services, scan, facility)


def test_a_flood_is_told_with_its_count_and_can_be_decided_and_taken_back(person, services, clock):
    manager = person("manager")
    assert TOLD not in text(manager.get("/manager"))
    flood(services, clock)
    page = text(manager.get("/manager"))
    assert all(words in page for words in (TOLD, "17:59", "40건을 격리하였습니다", "가장 많은 때는 17:59, 40건"))
    [one] = floods(services, "GP-001", clock())
    done = manager.post(f"/floods/{one.quarantine_id}", RELEASED)
    assert (done.status_code, done.headers["Location"]) == (303, "/manager/GP-001")
    page = text(manager.get("/manager"))
    assert TOLD not in page
    assert all(words in page for words in ("40건을 다시 집계합니다", "다시 집계함", "manager · ", "무효로 바꾸기"))
    manager.post(f"/floods/{one.quarantine_id}", VOIDED)
    assert floods(services, "GP-001", clock())[0].decision == "voided"


def test_the_officer_sees_all_and_decides_too(person, services, clock):
    flood(services, clock)
    flood(services, clock, facility_id="GP-002", count=31)
    officer = person("officer")
    for path in ("/officer", "/officer/cases", "/officer/watch", "/officer/floods"):
        page = text(officer.get(path))
        assert page.count(TOLD) == 2
        assert all(name in page for name in ("산본도서관", "군포시청"))
    [one] = floods(services, "GP-002", clock())
    assert officer.post(f"/floods/{one.quarantine_id}", VOIDED).headers["Location"] == "/officer"
    assert text(officer.get("/officer")).count(TOLD) == 1


@pytest.mark.parametrize(("role", "status"), [(None, 303), ("staff", 403)])
def test_nobody_else_decides_or_sees(person, services, clock, role, status):
    flood(services, clock)
    [one] = floods(services, "GP-001", clock())
    someone = person(role)
    assert someone.get("/manager/GP-001/floods").status_code == status
    refused = someone.post(f"/floods/{one.quarantine_id}", RELEASED)
    assert refused.status_code == (401 if role is None else 403)
    assert floods(services, "GP-001", clock())[0].decision == ""


def test_a_manager_decides_only_at_the_own_facility_and_only_with_the_two_words(person, services, clock):
    flood(services, clock, facility_id="GP-002")
    [other] = floods(services, "GP-002", clock())
    manager = person("manager")
    assert manager.post(f"/floods/{other.quarantine_id}", RELEASED).status_code == 404
    assert manager.get("/manager/GP-002/floods").status_code == 404
    assert person("admin").post(f"/floods/{other.quarantine_id}", {"decision": "maybe"}).status_code == 422
    assert person("admin").post(f"/floods/{other.quarantine_id}", {"decision": "voided"}).status_code == 422
    assert person("officer").post("/floods/4711", VOIDED).status_code == 404
    assert floods(services, "GP-002", clock())[0].decision == ""


@pytest.mark.parametrize("size", [phone, desktop])
def test_an_open_page_tells_a_flood_by_itself(browser, app, services, clock, size):
    with serving(app) as origin:
        page = size(browser, origin)
        sign_in(page, app, "manager")
        assert page.get_by_text(TOLD).count() == 0
        page.clock.install()
        page.reload()
        flood(services, clock)
        page.clock.fast_forward(31_000)
        expect(page.get_by_role("alert").get_by_text(TOLD)).to_be_visible()
        assert (axe_violations(page), too_wide(page)) == ([], False)
        page.get_by_label("판단과 까닭").select_option(label="무효: 거짓 등록")
        page.get_by_role("button", name="판단 저장").click()
        expect(page.get_by_text("40건을 무효로 했습니다")).to_be_visible()
        page.get_by_text("지난 격리 1건").click()
        assert (axe_violations(page), too_wide(page)) == ([], False)
        assert page.complaints == []
        page.context.close()


def test_a_long_flood_is_told_in_steps(services, clock):
    from entry_service.web.manager.floods import MOST_BARS, flood_chart

    flood(services, clock)
    [one] = floods(services, "GP-001", clock())
    chart = flood_chart(replace(one, per_minute=tuple(range(1, 151))))
    assert (len(chart.bars), chart.minutes) == (50, 3)
    assert len(chart.bars) <= MOST_BARS
    assert max(height for *_, height in chart.bars) <= 48
