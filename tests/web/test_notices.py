"""The signed list over HTTP, the dry run before a publication, the second person, and the switch."""

import json
import re
from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import timedelta

import pytest

from entry_service.core.model import Scan
from entry_service.store.cases import notices
from entry_service.store.cases import published_places as places
from entry_service.store.log import scans
from entry_service.usecases.cases.notice_list import PREFIX

from .publishing import DAY, HOUR, SENSITIVE, boxes, case, draft, officer, publish  # noqa: F401 - fixtures

WHY = "시각과 장소를 다시 확인했습니다"


@pytest.fixture
def crowd(services, clock):
    """Let thirty people be at the library when the case was."""
    at = clock() - 6 * HOUR
    many = [
        Scan(
            scan_id=f"scan-{number:04}",
            facility_id="GP-001",
            pid=number.to_bytes(8, "big"),
            direction="in",
            source="staff_scan",
            confidence="high",
            scanned_at=at + timedelta(minutes=number),
            received_at=at + timedelta(minutes=number),
        )
        for number in range(30)
    ]
    services.store.write(lambda db: scans.append_many(db, many))


@pytest.fixture
def strict(app):
    """Let one person publish to ten people at most."""
    services = app.extensions["services"]
    limits = replace(services.settings.notice_limits, people=10)
    object.__setattr__(services, "settings", replace(services.settings, notice_limits=limits))


def ask_list(person, **headers: str):
    return person().get("/api/v1/notices", headers=headers)


def content(person) -> dict:
    return json.loads(ask_list(person).json["body"])


def page_of(someone, path: str) -> str:
    return someone.get(path).get_data(as_text=True)


def check_path(ids: list[str]) -> str:
    return "/officer/places/check?" + "&".join(f"place={one}" for one in ids)


def test_the_list_is_signed_with_the_key_that_the_page_brings(person, officer, case, services):  # noqa: F811
    publish(officer, case)
    answer = ask_list(person)
    told = re.search(r'id="page-data">(.*?)</script>', page_of(person(), "/pass/notice"))[1]
    key = json.loads(told)["key"]
    assert key["public"] == person().get("/api/v1/keys").json["keys"][0]["public"]
    assert answer.json["kid"] == key["kid"]
    signature = urlsafe_b64decode(answer.json["signature"] + "==")
    public = services.issuer.private.public_key()
    public.verify(signature, PREFIX + answer.json["body"].encode())
    assert {one["facility_id"] for one in content(person)["places"]} == {"GP-001"}
    for secret in (SENSITIVE, "군포-37", "GP-002", "case"):
        assert secret not in answer.json["body"]


def test_whoever_has_the_list_hears_304_until_anything_changes(person, officer, case, clock):  # noqa: F811
    publish(officer, case)
    first = ask_list(person)
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = ask_list(person, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert officer.post("/officer/notices/stop", {"remark": WHY}).status_code == 303
    stopped = ask_list(person, **{"If-None-Match": first.headers["ETag"]})
    assert (stopped.status_code, json.loads(stopped.json["body"])["places"]) == (200, [])


def test_the_list_of_one_minute_and_a_hundred_places_is_small(person, officer, case):  # noqa: F811
    publish(officer, case)
    one = len(json.dumps(content(person)["places"][0], ensure_ascii=False).encode())
    assert one < 300  # a hundred places are 30 kB before compression


def test_the_dry_run_comes_before_the_publication_and_publishes_nothing(person, officer, case, crowd):  # noqa: F811
    ids = draft(officer, case)
    page = page_of(officer, check_path(ids))
    assert re.search(r"<dt>알림을 받을 사람</dt><dd>30명", page)
    assert re.search(r"\(모두 30명\)", page)
    assert "100.0%" in page
    assert boxes(page, "place") == ids
    assert content(person)["places"] == []
    assert officer.post("/officer/places/publish", {"place": ids}).status_code == 303
    assert len(content(person)["places"]) == 2
    nothing = officer.get("/officer/places/check")
    assert (nothing.status_code, nothing.headers["Location"]) == (303, "/officer/places")
    assert officer.get("/officer/places/check?place=999999").status_code == 404
    assert officer.get("/officer/places/check?place=x").status_code == 422


def test_what_trips_the_breaker_is_published_by_a_second_person_only(person, officer, case, crowd, strict):  # noqa: F811
    ids = draft(officer, case)
    refused = officer.post("/officer/places/publish", {"place": ids})
    assert refused.status_code == 409
    assert "10명보다 많습니다" in refused.get_data(as_text=True)
    assert "승인 요청" in refused.get_data(as_text=True)
    assert officer.post("/officer/places/ask", {"place": ids, "remark": ""}).status_code == 422
    assert officer.post("/officer/places/ask", {"place": ids, "remark": WHY}).status_code == 303
    assert content(person)["places"] == []
    approver = person("approver")
    [path] = re.findall(r'href="(/approver/publications/[^"]+)"', page_of(approver, "/approver"))
    assert WHY in page_of(approver, path)
    assert approver.post(path, {"decision": "approve", "answer": ""}).status_code == 422
    assert content(person)["places"] == []
    assert approver.post(path, {"decision": "approve", "answer": WHY}).status_code == 303
    assert len(content(person)["places"]) == 2
    assert approver.post(path, {"decision": "approve", "answer": WHY}).status_code == 409
    assert "공개 요청이 없습니다" in page_of(approver, "/approver")


def test_a_returned_request_publishes_nothing(person, officer, case, crowd, strict):  # noqa: F811
    ids = draft(officer, case)
    officer.post("/officer/places/ask", {"place": ids, "remark": WHY})
    approver = person("approver")
    [path] = re.findall(r'href="(/approver/publications/[^"]+)"', page_of(approver, "/approver"))
    assert approver.post(path, {"decision": "return", "answer": WHY}).status_code == 303
    assert content(person)["places"] == []
    assert "반려" in page_of(approver, path)


def test_the_switch_says_so_everywhere_and_an_approver_ends_it(person, officer, case):  # noqa: F811
    publish(officer, case)
    officer.post("/officer/notices/stop", {"remark": ""})
    assert content(person)["stopped_at"] is None
    officer.post("/officer/notices/stop", {"remark": WHY})
    assert content(person)["stopped_at"]
    assert len(person().get("/api/v1/places").json["places"]) == 2  # the public list stays
    assert "노출 알림을 모두 멈추었습니다" in page_of(officer, "/officer/places")
    approver = person("approver")
    assert "노출 알림이 멈추어 있습니다" in page_of(approver, "/approver")
    approver.post("/approver/notices/resume", {"answer": WHY})
    assert len(content(person)["places"]) == 2
    approver.post("/officer/notices/stop", {"remark": WHY})  # an approver may stop them too, and not end that
    approver.post("/approver/notices/resume", {"answer": WHY})
    assert content(person)["stopped_at"]


def test_after_a_restored_backup_the_approver_sees_what_was_changed_since(person, officer, case, services, clock):  # noqa: F811
    publish(officer, case)
    backup_at = clock()
    clock.passes(minutes=10)
    with services.store.read() as db:
        number = places.live(db, "published", clock())[0].place_id
    assert officer.post(f"/officer/places/{number}/withdraw").status_code == 303
    clock.passes(minutes=10)
    services.store.write(lambda db: notices.stop_restored(db, WHY, backup_at, clock()))
    assert content(person)["places"] == []
    refused = person().get("/api/v1/places")
    assert (refused.status_code, refused.json["code"]) == (503, "places_unchecked")
    assert person().get("/places").status_code == 503
    assert officer.get("/officer/places").status_code == 200
    page = page_of(person("approver"), "/approver")
    assert re.search(r"18:10 · 공개 장소 변경 · 1곳 · 공개 철회", page)
    person("approver").post("/approver/notices/resume", {"answer": WHY})
    assert person().get("/api/v1/places").status_code == 200
