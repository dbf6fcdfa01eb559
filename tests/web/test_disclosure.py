"""From the officer's page to the contact list and back out as a file: two people, their codes, and nobody else."""

import re
from dataclasses import replace

import pytest

from entry_service.core.model import Scan
from entry_service.core.times import KST
from entry_service.store.log import scans
from entry_service.store.sites import accounts
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from tests import second_factor

from .conftest import code_for
from .revealed import HOUR, approve, ask, leave_contacts, reveal


@pytest.fixture
def case_id(services, clock) -> str:
    """Return a case at GP-001 with a dozen people around it, each with a contact."""
    now = clock()
    pids = [number.to_bytes(8, "big") for number in range(12)]
    rows = [
        Scan(
            scan_id=f"scan-{number}",
            facility_id="GP-001",
            pid=pid,
            direction="in",
            source="staff_scan",
            confidence="high",
            scanned_at=now - 4.5 * HOUR,
            received_at=now - 4.5 * HOUR,
        )
        for number, pid in enumerate(pids)
    ]
    services.store.write(lambda db: scans.append_many(db, rows))
    leave_contacts(services, pids, now)
    told = PlaceTold(facility_id="GP-001", start=now - 5 * HOUR, end=now - 4 * HOUR)
    given = {"number": "군포-37", "onset": None, "specimen_date": now.date(), "passes": [], "now": now}
    return register_case(services, places=[told], **given).case.case_id


def keys(page: str) -> list[str]:
    return re.findall(r'name="place" value="([0-9a-f]{16})"', page)


def test_from_the_case_to_the_list_with_two_people(person, app, case_id):
    officer, approver = person("officer"), person("approver")
    page = officer.get(f"/officer/cases/{case_id}").get_data(as_text=True)
    [place] = keys(page)
    assert "12명" in page
    shown = officer.post(f"/officer/cases/{case_id}/disclosures", {"place": place, "preview": "1"})
    assert shown.status_code == 200
    assert "12명" in shown.get_data(as_text=True)
    form = {"place": place, "purpose": "contact_tracing", "code": code_for(app, "officer")}
    asked = officer.post(f"/officer/cases/{case_id}/disclosures", form)
    assert (asked.status_code, asked.location) == (303, f"/officer/cases/{case_id}#disclosures")
    waiting = approver.get("/approver").get_data(as_text=True)
    [address] = re.findall(r'href="(/approver/[0-9a-f]{64})"', waiting)
    one = approver.get(address).get_data(as_text=True)
    assert "군포-37" in one
    assert "산본도서관" in one
    assert "접촉자 조사" in one
    refused = approver.post(address, {"decision": "approve", "code": "000000"})
    assert refused.status_code == 422
    assert approver.post(address, {"decision": "approve", "code": code_for(app, "approver")}).status_code == 303
    page = officer.get(f"/officer/cases/{case_id}").get_data(as_text=True)
    [opening] = re.findall(r'action="([^"]+/open)"', page)
    assert officer.post(opening).location == f"/officer/cases/{case_id}/contacts"
    listed = officer.get(f"/officer/cases/{case_id}/contacts")
    assert listed.headers["Cache-Control"] == "no-store"
    text = listed.get_data(as_text=True)
    assert "방문자000" in text
    assert "010-0000-0000" in text
    assert "12가34나" in text
    assert officer.post(opening).status_code == 409
    assert not re.search("방문자0|010-0000", page + one + waiting)


def test_the_same_code_twice_and_a_place_of_another_case_are_refused(person, app, case_id):
    officer = person("officer")
    [place] = keys(officer.get(f"/officer/cases/{case_id}").get_data(as_text=True))
    form = {"place": place, "purpose": "contact_tracing", "code": code_for(app, "officer")}
    address = f"/officer/cases/{case_id}/disclosures"
    assert officer.post(address, form).status_code == 303
    again = officer.post(address, form)
    assert again.status_code == 422
    assert keys(again.get_data(as_text=True)) == [place]  # the form comes back with what was chosen
    assert officer.post(address, {**form, "place": "0" * 16}).status_code == 403
    assert officer.post(address, {**form, "purpose": "police"}).status_code == 403
    assert officer.post("/officer/cases/unknown/disclosures", form).status_code == 404


def test_a_returned_request_says_why_to_whoever_asked(person, services, clock, case_id):
    request = ask(services, case_id, clock())
    approver = person("approver")
    empty = approver.post(f"/approver/{request}", {"decision": "return", "remark": " "})
    assert empty.status_code == 422
    answer = approver.post(f"/approver/{request}", {"decision": "return", "remark": "장소를 줄이시기 바랍니다."})
    assert answer.status_code == 303
    assert "장소를 줄이시기 바랍니다." in person("officer").get(f"/officer/cases/{case_id}").get_data(as_text=True)


def test_a_state_is_noted_by_one_click_with_and_without_a_script(person, services, clock, case_id):
    reveal(services, case_id, clock())
    officer = person("officer")
    address = f"/officer/cases/{case_id}/contacts"
    without = officer.post(f"{address}/5", {"state": "called", "shown": "waiting"})
    assert (without.status_code, without.location) == (303, f"{address}?state=waiting#c-5")
    with_script = officer.post(f"{address}/6", {"state": "closed"}, headers={"Accept": "application/json"})
    assert with_script.json["state"] == "closed"
    assert with_script.json["counts"] == {"called": 2, "tested": 1, "isolated": 1, "closed": 1}
    assert officer.post(f"{address}/99", {"state": "called"}).status_code == 404
    assert officer.post(f"{address}/5", {"state": "close_contact"}).status_code == 422
    called = officer.get(f"{address}?state=called").get_data(as_text=True)
    assert re.findall(r'id="c-(\d+)"', called) == ["1", "5"]


@pytest.mark.parametrize(
    ("ending", "kind", "begins"),
    [
        (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
        (".csv", "text/csv; charset=utf-8", b"\xef\xbb\xbf"),
        ("/print", "text/html; charset=utf-8", b"<!doctype html>"),
    ],
)
def test_the_list_leaves_with_a_reason_and_tells_nothing_in_its_name(
    person, services, clock, case_id, ending, kind, begins
):
    reveal(services, case_id, clock())
    officer = person("officer")
    address = f"/officer/cases/{case_id}/contacts{ending}"
    assert officer.post(address, {"reason": "curiosity"}).status_code == 422
    answer = officer.post(address, {"reason": "field_work"})
    assert answer.status_code == 200
    assert answer.data.lstrip().startswith(begins)
    assert answer.content_type == kind
    assert answer.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(
        r'attachment; filename="contacts-20200825-1800\.(xlsx|csv)"|',
        answer.headers.get("Content-Disposition", ""),
    )


def test_a_closed_case_shows_its_list_and_asks_for_nothing_more(person, services, clock, case_id):
    waiting = reveal(services, case_id, clock())
    officer = person("officer")
    assert officer.post(f"/officer/cases/{case_id}/close").status_code == 303
    asked = person("approver").get(f"/approver/{waiting}").get_data(as_text=True)
    assert "승인할 수 없습니다" in asked
    assert 'value="approve"' not in asked
    page = officer.get(f"/officer/cases/{case_id}").get_data(as_text=True)
    assert "종결한 확진자입니다" in page
    assert keys(page) == []
    assert officer.get(f"/officer/cases/{case_id}/contacts").status_code == 200
    form = {"place": "0" * 16, "purpose": "contact_tracing", "code": "000000"}
    assert officer.post(f"/officer/cases/{case_id}/disclosures", form).status_code == 403
    services.vault.case_files.destroy(case_id, clock())
    assert officer.get(f"/officer/cases/{case_id}/contacts").status_code == 410


def test_another_officer_goes_on_with_the_contacts_but_does_not_open_what_they_did_not_ask_for(
    person, services, clock, case_id
):
    request = ask(services, case_id, clock())
    approve(services, request, clock())
    services.store.write(lambda db: _second_officer(db, clock()))
    second_factor.enrol(services.vault, "A-officer2", clock())
    other = person("officer2")
    assert "/open" not in other.get(f"/officer/cases/{case_id}").get_data(as_text=True)
    assert other.post(f"/officer/cases/{case_id}/disclosures/{request}/open").status_code == 403


def test_a_second_factor_of_today_is_told_from_when_it_may_ask_and_approve(person, services, app, clock, case_id):
    request = ask(services, case_id, clock())
    for login in ("officer", "approver"):
        services.vault.factors.reset(f"A-{login}")
        second_factor.enrol(services.vault, f"A-{login}", clock() + second_factor.OLD - 23 * HOUR)
    officer, approver = person("officer"), person("approver")
    [place] = keys(officer.get(f"/officer/cases/{case_id}").get_data(as_text=True))
    form = {"place": place, "purpose": "contact_tracing", "code": code_for(app, "officer")}
    asked = officer.post(f"/officer/cases/{case_id}/disclosures", form)
    code = {"decision": "approve", "code": code_for(app, "approver")}
    decided = approver.post(f"/approver/{request}", code)
    may = f"{(clock() + HOUR).astimezone(KST):%Y-%m-%d %H:%M}부터"
    assert [(answer.status_code, may in answer.get_data(as_text=True)) for answer in (asked, decided)] == [
        (403, True),
        (403, True),
    ]


def _second_officer(db, now) -> None:
    known = accounts.by_login(db, "officer")
    accounts.add(db, replace(known, account_id="A-officer2", login="officer2", created_at=now))
