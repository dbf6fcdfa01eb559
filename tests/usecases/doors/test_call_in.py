"""An entry by telephone: the same call is one entry, late ones are kept, who cannot be reached is refused."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from entry_service.core.errors import BadInput, ScanConflict
from entry_service.core.times import kst_day
from entry_service.store.sites import facilities
from entry_service.usecases.doors.call_in import Call, CallerUnknown, CallNumberUnknown, log_call
from entry_service.usecases.doors.log_scan import inside_now
from entry_service.vault.tables import records
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, PERSON, open_door

NUMBER, OTHER = "0800390001", "140039"
CALL = Call(call_id="exchange-1", facility_number="080-039-0001", caller="010-0000-1234", called_at=NOON)


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        for facility_id, number in ((LIBRARY, NUMBER), (OFFICE, OTHER)):
            facility = replace(opened.services.facility(facility_id), call_number=number)
            opened.services.store.write(lambda db, one=facility: facilities.update_facility(db, one))
        yield opened


def call(door, now=NOON, **changed):
    return log_call(door.services, replace(CALL, **changed), now=now, random=door.random)


def deposits(door):
    with door.services.vault.store.read() as db:
        return [(row.day, row.pid) for row in db.execute(select(records))]


def test_a_call_is_an_entry_of_low_confidence_with_its_contact(door):
    assert call(door) is False
    [row] = door.log()
    assert (row.facility_id, row.direction, row.source, row.confidence) == (LIBRARY, "in", "call", "low")
    assert (row.flags, row.scanned_at, row.party_size) == (("unverified",), NOON, 1)
    assert deposits(door) == [(kst_day(NOON), row.pid)]
    assert inside_now(door.services, door.services.facility(LIBRARY), NOON) == 1
    assert (
        inside_now(door.services, door.services.facility(LIBRARY), NOON + 12 * HOUR) == 0
    )  # no way out: the stay ends


@pytest.mark.parametrize("caller", ["01000001234", "+82 10-0000-1234", "0082-10-0000-1234", "82 10 0000 1234"])
def test_the_same_phone_is_the_same_person_however_the_network_writes_it(door, caller):
    call(door)
    call(door, call_id="exchange-2", caller=caller)
    day = kst_day(NOON)
    groups = door.services.vault.group([(day, row.pid) for row in door.log()])
    assert len(groups) == 2
    assert len(set(groups.values())) == 1


def test_the_pass_of_the_same_number_is_the_same_person_too(door):
    phone = door.phone(replace(PERSON, phone="010-0000-1234"))
    call(door)
    day = kst_day(NOON)
    assert len(set(door.services.vault.group([(day, phone.pid), (day, door.log()[0].pid)]).values())) == 1


def test_the_same_call_again_is_the_same_entry_hours_later_too(door):
    call(door)
    assert call(door, now=NOON + 5 * HOUR) is True
    assert len(door.log()) == len(deposits(door)) == 1


def test_the_same_call_reported_many_times_at_once_is_one_entry(door):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: call(door), range(8)))
    assert len(door.log()) == 1


@pytest.mark.parametrize("changed", [{"called_at": NOON - MINUTE}, {"facility_number": OTHER}])
def test_another_call_under_the_same_id_is_a_conflict(door, changed):
    call(door)
    with pytest.raises(ScanConflict):
        call(door, **changed)


def test_a_late_report_is_kept_at_its_time_and_says_so(door):
    call(door, now=NOON + 5 * HOUR)
    [row] = door.log()
    assert (row.flags, row.scanned_at, row.received_at) == (("late", "unverified"), NOON, NOON + 5 * HOUR)


def test_a_call_at_night_is_kept_and_doubted(door):
    night = NOON + 14 * HOUR
    call(door, now=night, called_at=night)
    assert door.log()[0].flags == ("unverified", "outside_hours")


def test_over_the_cap_it_is_kept_and_doubted(door):
    for number in range(4):  # the cap of this door is three
        call(door, call_id=f"exchange-{number}")
    assert ["over_cap" in row.flags for row in door.log()] == [False, False, False, True]


@pytest.mark.parametrize(
    "caller", ["", "anonymous", "Restricted", "031-390-0114", "02-390-0114", "1588-0000", "+1 202 555 0100"]
)
def test_a_number_that_reaches_no_visitor_is_refused_and_the_refusal_logged(door, caller):
    for _ in range(2):
        with pytest.raises(CallerUnknown):
            call(door, caller=caller)
    [row] = door.log()
    assert (row.outcome, row.pid, row.source) == ("caller_unknown", None, "call")
    assert deposits(door) == []


@pytest.mark.parametrize("number", ["080-039-0009", "031-390-0114", "", "x"])
def test_a_number_of_no_facility_is_told(door, number):
    with pytest.raises(CallNumberUnknown):
        call(door, facility_number=number)
    assert door.log() == []


@pytest.mark.parametrize("away", [timedelta(days=-28), timedelta(days=1)])
def test_a_time_far_from_the_present_is_refused(door, away):
    with pytest.raises(BadInput) as refused:
        call(door, called_at=NOON + away)
    assert refused.value.facts == {"field": "called_at"}
