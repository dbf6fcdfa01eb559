"""A draft that was made before a doubt came is not told until somebody decides, whoever publishes it."""

from dataclasses import replace
from itertools import count

import pytest

from entry_service.core.actors import Actor
from entry_service.core.breaker import Limits
from entry_service.core.times import kst_day
from entry_service.store.cases import published_places as places
from entry_service.store.sites import accounts
from entry_service.usecases.cases.doubted_places import PlaceDoubted
from entry_service.usecases.cases.draft_places import choices, draft_places
from entry_service.usecases.cases.publication_requests import ask, decide
from entry_service.usecases.cases.publish import Correction, correct, publish
from entry_service.usecases.cases.register_case import register_case
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, open_door
from ..watching import NOW, said

OFFICER = Actor(account_id="A-officer", role="officer", origin="127.0.0.1")
APPROVER = Actor(account_id="A-approver", role="approver", origin="127.0.0.1")
WHY = "시각을 다시 확인했습니다"
THEN = NOW - HOUR


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind), daily_cap=100) as opened:
        opened.services.store.write(people)
        yield opened


def people(db):
    for role in ("officer", "approver"):
        facts = {"login": role, "role": role, "facility_id": None, "password_hash": "!", "created_at": NOON}
        accounts.add(db, accounts.Account(account_id=f"A-{role}", **facts))


def drafted(door, *phones):
    """Register a case for each phone, make drafts of all their visits together, and return their rows."""
    for phone in phones:
        facts = {"number": f"군포-{next(door.numbers)}", "onset": None, "specimen_date": kst_day(NOON)}
        register_case(door.services, places=[], passes=[phone.pid], now=THEN, **facts)
    stays = choices(door.services, THEN).open
    draft_places(door.services, [one for stay in stays for one in stay.visit_ids], by="A-officer", now=THEN)
    with door.services.store.read() as db:
        return places.live(db, "draft", THEN)


def read_at_the_library(door):
    phone = door.phone()
    door.scan(phone, NOON, scan_id="here")
    return phone


def doubted(door, phone):
    door.scan(phone, NOON + 2 * MINUTE, scan_id="there", place=OFFICE)


def test_a_doubt_after_the_draft_holds_the_publication_until_it_is_decided(door):
    phone = read_at_the_library(door)
    [draft] = drafted(door, phone)
    doubted(door, phone)
    with pytest.raises(PlaceDoubted, match="place_doubted") as refused:
        publish(door.services, [draft.place_id], actor=OFFICER, now=NOW)
    assert draft.facility.name in refused.value.sentence
    day = 24 * HOUR
    assert door.services.vault.audit.entries(NOW - day, NOW + day, action="place_published") == []
    said(door, "void", "shared_pass", ["here"])
    with pytest.raises(PlaceDoubted):
        publish(door.services, [draft.place_id], actor=OFFICER, now=NOW)
    said(door, "counts", "staff_saw", ["here"], NOW + MINUTE)
    assert publish(door.services, [draft.place_id], actor=OFFICER, now=NOW + MINUTE) == 1


def test_a_doubt_that_comes_while_it_is_published_holds_it_too(door, monkeypatch):
    phone = read_at_the_library(door)
    [draft] = drafted(door, phone)
    append = door.services.vault.audit.append

    def late(*given, **facts):
        monkeypatch.undo()
        doubted(door, phone)
        return append(*given, **facts)

    monkeypatch.setattr(door.services.vault.audit, "append", late)
    with pytest.raises(PlaceDoubted):
        publish(door.services, [draft.place_id], actor=OFFICER, now=NOW)
    with door.services.store.read() as db:
        assert places.live(db, "published", NOW) == []


def test_a_second_person_is_neither_asked_for_what_is_doubted_nor_approves_it(door):
    phone = read_at_the_library(door)
    limits = replace(Limits(), places=0)
    object.__setattr__(door.services, "settings", replace(door.services.settings, notice_limits=limits))
    [draft] = drafted(door, phone)
    seeds = count()
    facts = {"actor": OFFICER, "now": NOW, "random": lambda size: bytes([next(seeds)]) * size}
    asked = ask(door.services, [draft.place_id], WHY, **facts)
    doubted(door, phone)
    with pytest.raises(PlaceDoubted):
        ask(door.services, [draft.place_id], WHY, **facts)
    given = {"approve": True, "answer": WHY, "actor": APPROVER}
    with pytest.raises(PlaceDoubted):
        decide(door.services, asked.request_id, now=NOW, **given)
    day = 24 * HOUR
    assert door.services.vault.audit.entries(NOW - day, NOW + day, action="publication_approved") == []
    said(door, "counts", "staff_saw", ["here"])
    assert decide(door.services, asked.request_id, now=NOW, **given).state == "approved"
    with door.services.store.read() as db:
        assert len(places.live(db, "published", NOW)) == 1


def test_a_doubted_visit_in_a_row_of_two_is_told_no_longer_than_the_other(door):
    one, other = read_at_the_library(door), door.phone()
    door.scan(other, NOON + 20 * MINUTE, scan_id="other")
    door.scan(other, NOON + 2 * HOUR, "out", scan_id="left")
    door.scan(one, NOON + 30 * MINUTE, "out", scan_id="gone")
    [draft] = drafted(door, one, other)
    assert (draft.facility.facility_id, draft.start, draft.end) == (LIBRARY, NOON, NOON + 2 * HOUR)
    door.scan(other, NOON + 22 * MINUTE, scan_id="far", place=OFFICE)
    with pytest.raises(PlaceDoubted):
        publish(door.services, [draft.place_id], actor=OFFICER, now=NOW)
    shorter = Correction(start=NOON, end=NOON + 30 * MINUTE, remark="", contacts_known=False, disinfected_at=None)
    correct(door.services, draft.place_id, shorter, confirmed=False, actor=OFFICER, now=NOW)
    assert publish(door.services, [draft.place_id], actor=OFFICER, now=NOW) == 1
