"""Readings to look at: the officer's list and decisions, the manager's own list, and what neither ever shows."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from entry_service.core.doubt_rules import Doubt
from entry_service.core.model import Scan
from entry_service.core.times import KST
from entry_service.store.log import doubts, scans
from entry_service.store.log.doubts import Wanted
from entry_service.usecases.sites.watch import listed

from .browser import axe_violations, desktop, phone, serving, too_wide
from .sign_in import sign_in

MINUTE = timedelta(minutes=1)


def text(answer):
    """Return the words of a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def at_text(row):
    return f"{row.scanned_at.astimezone(KST):%H:%M}"


@pytest.fixture
def readings(services, clock):
    """Doubt a pass at two facilities, and two poster entries of the first."""
    at = clock() - 30 * MINUTE
    facts = {"direction": "in", "source": "staff_scan", "confidence": "high"}
    poster = {"direction": "in", "source": "poster", "confidence": "low", "flags": ("unverified",)}
    rows = [
        Scan(scan_id="here", facility_id="GP-001", pid=b"pass-one", scanned_at=at, received_at=at, **facts),
        Scan(
            scan_id="there", facility_id="GP-002", pid=b"pass-one", scanned_at=at + MINUTE, received_at=at, **facts
        ),
        *(
            Scan(
                scan_id=f"copy-{number}",
                facility_id="GP-001",
                pid=f"copy-000{number}".encode()[-8:],
                scanned_at=at + number * MINUTE,
                received_at=at,
                **poster,
            )
            for number in (2, 3)
        ),
    ]
    why = {"here": Doubt("two_places", "there"), "there": Doubt("two_places", "here")}

    def write(db):
        scans.append_many(db, rows)
        for row in rows:
            doubt = why.get(row.scan_id, Doubt("reported_poster"))
            doubts.note(db, row.scan_id, row.facility_id, row.scanned_at, [doubt], at)

    services.store.write(write)
    return rows


def waiting(services):
    return {one.scan_id for one in listed(services, Wanted(), limit=99).readings}


def test_the_list_says_why_and_is_narrowed(person, readings):
    officer = person("officer")
    page = text(officer.get("/officer/watch"))
    for words in (
        "한 출입증이 두 곳에서",
        "복사된 포스터",
        "산본도서관",
        "민감한 시설 GP-002",
        "분 차이입니다",
        "판단 대기 4",
    ):
        assert words in page
    assert "판단 대기 2" in text(officer.get("/officer/watch?reason=reported_poster"))
    assert "판단 대기 1" in text(officer.get("/officer/watch?facility=GP-002"))
    assert "판단을 기다리는 기록이 없습니다" in text(officer.get("/officer/watch?day=2020-08-24"))
    assert "판단 대기 4" in text(officer.get("/officer/watch?day=2020-08-25"))
    assert officer.get("/officer/watch?facility=GP-404").status_code == 404
    for wrong in ("day=soon", "reason=mood"):
        assert 'role="alert"' in officer.get(f"/officer/watch?{wrong}").get_data(as_text=True)


def test_a_reason_of_a_later_version_is_told_by_its_code(person, services, readings):
    """The way back of an upgrade: the log holds what this code has no words for."""
    here, later = readings[0], [Doubt("of_a_later_version")]
    services.store.write(
        lambda db: doubts.note(db, here.scan_id, here.facility_id, here.scanned_at, later, here.received_at)
    )
    for role, address in (("officer", "/officer/watch"), ("manager", "/manager/GP-001/watch")):
        answer = person(role).get(address)
        assert (answer.status_code, "of_a_later_version" in text(answer)) == (200, True)


def test_a_sensitive_facility_is_named_only_to_who_opens_it(person, readings):
    officer = person("officer")
    newest = text(officer.get("/officer/watch")).split("판단 대기")[1]
    assert "군포시청" not in newest
    assert "군포시청" not in text(officer.get("/officer/watch?facility=GP-001"))
    assert "군포시청" in text(officer.get("/officer/watch?facility=GP-002"))
    up_to = re.search(r'name="up_to" value="(\d+)"', officer.get("/officer/watch").get_data(as_text=True))[1]
    form = {"scope": "all", "reason": "two_places", "decision": "void.shared_pass", "up_to": up_to}
    asked = text(officer.post("/officer/watch", form))
    assert "민감한 시설 GP-002" in asked
    assert "군포시청" not in asked


def test_no_pass_is_shown_and_a_manager_learns_of_no_other_facility(person, readings):
    page = person("officer").get("/officer/watch").get_data(as_text=True)
    own = person("manager").get("/manager/GP-001/watch").get_data(as_text=True)
    for row in readings:
        assert row.pid.hex() not in page + own
        assert row.pid.decode() not in page + own
    assert "다른 시설에서도 읽혔습니다" in own
    assert "군포시청" not in own
    assert not {at_text(row) for row in readings if row.facility_id == "GP-002"} & set(
        re.findall(r"\d\d:\d\d", own)
    )
    assert 'name="decision"' not in own
    assert "판단한 기록이 없습니다" in text(person("manager").get("/manager/GP-001/watch?state=decided"))


def test_all_of_the_list_as_it_was_shown_is_decided_and_told(person, services, readings, clock):
    officer = person("officer")
    shown = officer.get("/officer/watch?reason=reported_poster").get_data(as_text=True)
    form = {
        "scope": "all",
        "up_to": re.search(r'name="up_to" value="(\d+)"', shown)[1],
        "reason": "reported_poster",
        "decision": "void.copied_poster",
    }
    asked = officer.post("/officer/watch", form)
    page = text(asked)
    assert asked.status_code == 200
    for words in ("2건을 한꺼번에 판단합니다", "무효: 복사한 포스터", "모든 집계에서 빠집니다", "2건 모두 판단"):
        assert words in page
    assert len(waiting(services)) == 4  # nothing is decided by one press
    form["confirmed"] = "yes"
    done = officer.post("/officer/watch", form)
    assert (done.status_code, done.headers["Location"]) == (303, "/officer/watch?reason=reported_poster")
    assert "2건을 무효로 했습니다" in text(officer.get("/officer/watch"))
    assert waiting(services) == {"here", "there"}
    officer.post("/officer/watch", form)
    assert "바뀐 것이 없습니다" in text(officer.get("/officer/watch"))
    decided = text(officer.get("/officer/watch?state=decided"))
    assert all(words in decided for words in ("복사한 포스터", "officer · ", "판단함 2"))
    assert "officer · " in text(person("manager").get("/manager/GP-001/watch?state=decided"))
    audit = services.vault.audit.entries(clock() - 60 * MINUTE, clock() + MINUTE, action="reading_decided")
    assert [(row.rows, row.outcome) for row in audit] == [(2, "changed"), (2, "void_copied_poster")]
    review = text(person("auditor").get("/auditor"))
    assert "무효: 복사한 포스터" in review


@pytest.mark.parametrize(
    "form",
    [
        {"scan": "here", "decision": ""},
        {"scan": "here", "decision": "void.because"},
        {"decision": "void.made_up"},
        {"scope": "all", "up_to": "many", "decision": "void.made_up", "reason": "two_places", "confirmed": "yes"},
        {"scope": "all", "up_to": "many", "decision": "void.made_up", "reason": "two_places"},
        {"scope": "all", "up_to": "99", "decision": "void.made_up", "confirmed": "yes"},
        {"scope": "all", "up_to": "99", "decision": "void.made_up", "confirmed": "yes", "day": "2020-08-25"},
        {"scope": "all", "up_to": "99", "decision": "void.because", "reason": "two_places"},
        {"scan": "here", "decision": "void.made_up"},
    ],
)
def test_what_cannot_be_read_decides_nothing_and_shows_the_list_again(person, services, readings, form):
    refused = person("officer").post("/officer/watch", form)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.get_data(as_text=True)
    assert len(waiting(services)) == 4


def test_an_officer_decides_about_a_shared_pass_and_takes_it_back(browser, app, services, readings):
    with serving(app) as origin:
        page = desktop(browser, origin)
        sign_in(page, app, "officer")
        page.goto(f"{origin}/officer/watch?reason=reported_poster")
        page.get_by_label("이 조건의 2건 모두").check()
        page.get_by_label("판단과 까닭").select_option(label="무효: 복사한 포스터")
        page.get_by_role("button", name="판단 저장").click()
        expect(page.get_by_role("heading", name="2건을 한꺼번에 판단합니다")).to_be_visible()
        assert (axe_violations(page), too_wide(page)) == ([], False)
        page.set_viewport_size({"width": 390, "height": 844})
        assert too_wide(page) is False
        page.set_viewport_size({"width": 1440, "height": 900})
        page.get_by_role("link", name="취소").click()
        page.goto(f"{origin}/officer/watch")
        assert (axe_violations(page), too_wide(page)) == ([], False)
        page.get_by_role("checkbox", name="민감한 시설 GP-002").check()
        page.get_by_label("판단과 까닭").select_option(label="무효: 나눠 쓴 출입증")
        page.get_by_role("button", name="판단 저장").click()
        expect(page.get_by_text("1건을 무효로 했습니다")).to_be_visible()
        page.get_by_role("link", name="판단함").click()
        expect(page.locator(".watch-table")).to_contain_text("나눠 쓴 출입증")
        assert (axe_violations(page), too_wide(page)) == ([], False)
        page.set_viewport_size({"width": 390, "height": 844})
        assert too_wide(page) is False
        page.get_by_role("checkbox").check()
        page.get_by_label("판단과 까닭").select_option(label="보류로 되돌림: 잘못 판단함")
        page.get_by_role("button", name="판단 저장").click()
        expect(page.get_by_text("1건의 판단을 되돌렸습니다")).to_be_visible()
        assert page.complaints == []
        page.context.close()
    assert len(waiting(services)) == 4


def test_a_manager_reads_the_list_on_a_phone(browser, app, readings):
    with serving(app) as origin:
        page = phone(browser, origin)
        sign_in(page, app, "manager")
        page.goto(f"{origin}/manager/GP-001/watch")
        expect(page.get_by_role("heading", name="살펴볼 기록")).to_be_visible()
        assert (axe_violations(page), too_wide(page), page.complaints) == ([], False, [])
        page.context.close()
