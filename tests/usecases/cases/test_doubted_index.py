"""A doubted reading of the case itself exposes nobody until a person decides, and a void one takes it out."""

import pytest
from sqlalchemy import select

from entry_service.core.doubt_rules import Doubt
from entry_service.core.errors import NotFound
from entry_service.core.times import day_start, kst_day
from entry_service.store.cases import cases
from entry_service.store.cases import published_places as places
from entry_service.store.log import doubts
from entry_service.store.schema.tables import index_visits
from entry_service.usecases.cases import disclose, draft_places
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from entry_service.usecases.cases.search_phone import search_phone
from entry_service.usecases.cases.trace import passes_of, trace
from entry_service.usecases.hotspots.extract import index_visits_of
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, PERSON, open_door
from ..watching import DAY, NOW, OFFICER, said, shared

THEN = NOW - HOUR


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind), daily_cap=100) as opened:
        yield opened


def crowd(door):
    """Let one more visitor be at each place, twenty minutes after the case came."""
    for place in (LIBRARY, OFFICE):
        door.scan(door.phone(), NOON + 20 * MINUTE, scan_id=f"{place}-met", place=place)


def registered(door, pid, *told, now=THEN):
    facts = {"number": f"군포-{next(door.numbers)}", "onset": None, "specimen_date": kst_day(NOON), "now": now}
    return register_case(door.services, places=told, passes=[pid] if pid else [], **facts)


def traced(door, case):
    return trace(door.services, case.case_id, now=NOW, actor=OFFICER)


def exposed(door, case):
    """Return (facility, doubt, exposed, held) of the places, in order of facility."""
    found = traced(door, case).places
    return sorted((one.facility.facility_id, one.doubt, one.people, one.held) for one in found)


def in_extract(door, case, as_of=NOW):
    start = day_start(kst_day(NOON))
    with door.services.store.read() as db:
        visits = index_visits_of(db, start, start + DAY, as_of)
    return sorted(one.facility_id for one in visits if one.case_id == case.case_id)


def drafted(door, case):
    found = draft_places.choices(door.services, NOW, case.case_id)
    return sorted(one.facility.facility_id for one in found.open), found.doubted


def test_a_shared_pass_of_the_case_exposes_nobody_until_it_is_decided(door):
    phone = shared(door)
    crowd(door)
    case = registered(door, phone.pid).case
    assert exposed(door, case) == [(LIBRARY, "waits", 0, 1), (OFFICE, "waits", 0, 1)]
    found = traced(door, case)
    assert (found.people, passes_of(found)) == (0, [])
    assert [one.contacts[0.0] for one in disclose.choices(found)] == [0, 0]
    assert drafted(door, case) == ([], 2)
    with door.services.store.read() as db:
        visits = [one.visit_id for one in places.candidates(db, NOON, case.case_id)]
    with pytest.raises(NotFound):
        draft_places.draft_places(door.services, visits, by="A-officer", now=NOW)

    assert said(door, "counts", "staff_saw", ["here"]).cases == (case.number,)
    done = said(door, "void", "shared_pass", ["there"], NOW + MINUTE)
    assert done.cases == (case.number,)
    assert exposed(door, case) == [(LIBRARY, "", 1, 0), (OFFICE, "void", 0, 0)]  # the stay is not cut by "there"
    assert drafted(door, case) == ([LIBRARY], 1)
    assert in_extract(door, case, NOW + MINUTE) == [LIBRARY]
    assert in_extract(door, case) == [LIBRARY, OFFICE]  # a replay as of before

    said(door, "reopened", "decided_wrongly", ["there"], NOW + 2 * MINUTE)
    assert exposed(door, case) == [(LIBRARY, "", 1, 0), (OFFICE, "waits", 0, 1)]
    assert in_extract(door, case, NOW + 2 * MINUTE) == [LIBRARY, OFFICE]
    said(door, "counts", "place_wrong", ["there"], NOW + 3 * MINUTE)
    assert exposed(door, case) == [(LIBRARY, "", 1, 0), (OFFICE, "", 1, 0)]


def test_a_place_of_a_void_visit_is_not_in_a_request(door):
    phone = shared(door)
    crowd(door)
    case = registered(door, phone.pid).case
    said(door, "counts", "staff_saw", ["here"])
    said(door, "void", "shared_pass", ["there"])
    keys = [one.key for one in disclose.choices(traced(door, case))]
    facts = {"least": 0.0, "actor": OFFICER, "now": NOW}
    chosen = disclose.choose(door.services, case.case_id, places=keys, **facts)
    assert ([one.facility.facility_id for one in chosen.places], chosen.people) == ([LIBRARY], 1)


def test_a_doubt_that_comes_after_the_registration_holds_as_well(door):
    phone = door.phone()
    door.scan(phone, NOON, scan_id="here")
    crowd(door)
    case = registered(door, phone.pid).case
    assert exposed(door, case) == [(LIBRARY, "", 1, 0)]
    door.scan(phone, NOON + 2 * MINUTE, scan_id="there", place=OFFICE)
    assert exposed(door, case) == [(LIBRARY, "waits", 0, 1)]
    assert said(door, "void", "shared_pass", ["there"]).cases == ()  # no index visit rests on it


def test_a_visit_that_was_cut_by_what_is_void_now_is_as_long_as_it_was(door):
    phone = door.phone()
    door.scan(phone, NOON, scan_id="here")
    door.scan(phone, NOON + 10 * MINUTE, scan_id="there", place=OFFICE)  # far enough in time to be believed
    crowd(door)
    case = registered(door, phone.pid).case
    assert exposed(door, case)[0] == (LIBRARY, "", 0, 0)
    late = [Doubt("outside_hours")]
    door.services.store.write(lambda db: doubts.note(db, "there", OFFICE, NOON + 10 * MINUTE, late, NOW))
    assert exposed(door, case) == [(LIBRARY, "", 1, 0), (OFFICE, "waits", 0, 1)]
    said(door, "void", "made_up", ["there"])
    assert exposed(door, case) == [(LIBRARY, "", 1, 0), (OFFICE, "void", 0, 0)]


def test_the_leaving_of_a_visit_may_wait_as_well(door):
    phone = door.phone()
    door.scan(phone, NOON, scan_id="here")
    door.scan(phone, NOON + 30 * MINUTE, "out", scan_id="left")
    door.scan(phone, NOON + 31 * MINUTE, scan_id="there", place=OFFICE)
    crowd(door)
    case = registered(door, phone.pid).case
    assert exposed(door, case)[0] == (LIBRARY, "waits", 0, 1)
    said(door, "void", "device_wrong", ["left"])
    assert exposed(door, case)[0] == (LIBRARY, "", 1, 0)  # nobody doubts that the case came


def test_the_word_of_the_case_stands_whatever_becomes_of_the_reading(door):
    phone = shared(door)
    crowd(door)
    told = PlaceTold(facility_id=LIBRARY, start=NOON - 10 * MINUTE, end=NOON + HOUR)
    done = registered(door, phone.pid, told)
    assert (done.from_places, done.from_passes, done.told_and_found, done.outside_window) == (1, 1, 0, 0)
    library = traced(door, done.case).places[0]
    assert (library.facility.facility_id, library.corroborated, library.people) == (LIBRARY, False, 1)

    found = search_phone(door.services, done.case.case_id, PERSON.phone, actor=OFFICER, now=NOW)
    assert (found.corroborated, len(found.added)) == (0, 0)
    said(door, "counts", "staff_saw", ["here"])
    found = search_phone(door.services, done.case.case_id, PERSON.phone, actor=OFFICER, now=NOW)
    assert found.corroborated == 1
    library = traced(door, done.case).places[0]
    assert (library.index_visit.start, library.corroborated, library.people) == (NOON, True, 1)
    said(door, "void", "shared_pass", ["here"])
    library = traced(door, done.case).places[0]
    assert (library.doubt, library.corroborated, library.people) == ("", False, 1)
    assert drafted(door, done.case) == ([LIBRARY], 1)
    assert LIBRARY in in_extract(door, done.case)
    with door.services.store.read() as db:
        assert [origin for _visit, origin in cases.visits_of(db, done.case.case_id)] == ["both", "pass"]
        assert set(db.execute(select(index_visits.c.origin)).scalars()) == {"pass"}  # as the release before has it


def test_what_waits_elsewhere_cuts_no_stay_whose_end_the_case_told(door):
    phone = shared(door)
    said(door, "counts", "staff_saw", ["here"], THEN - MINUTE)
    told = PlaceTold(facility_id=LIBRARY, start=NOON, end=NOON + HOUR)
    [library, _office] = registered(door, phone.pid, told).visits
    assert (library.facility_id, library.end) == (LIBRARY, NOON + HOUR)


def test_a_void_visit_does_not_stand_in_the_way_of_a_true_one(door):
    phone = shared(door)
    case = registered(door, phone.pid).case
    said(door, "void", "shared_pass", ["there"])
    door.scan(phone, NOON + 30 * MINUTE, scan_id="later", place=OFFICE)
    found = search_phone(door.services, case.case_id, PERSON.phone, actor=OFFICER, now=NOW)
    assert [(one.facility_id, one.start) for one in found.added] == [(OFFICE, NOON + 30 * MINUTE)]
