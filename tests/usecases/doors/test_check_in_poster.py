"""The poster: the deposit first, the row second; retired with grace; over the cap it refuses, and logs that."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from entry_service.core.errors import BadInput, NotFound, ScanConflict, Unavailable
from entry_service.core.posters import poster_id
from entry_service.core.times import kst_day
from entry_service.store.sites import posters
from entry_service.usecases.doors.issue_pass import Person
from entry_service.usecases.doors.log_scan import inside_now
from entry_service.usecases.doors.poster_entry import (
    GRACE,
    DailyCapReached,
    PosterRetired,
    check_in_poster,
    check_out_poster,
    open_poster,
)
from entry_service.vault.tables import records
from entry_service.vault.verification import CertificateRefused
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, PERSON, POSTER, open_door
from .test_check_in import certificate


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


def enter(door, scan_id="form-0001", person=PERSON, poster=POSTER, party_size=1, now=NOON):
    return check_in_poster(
        door.services, poster, person, scan_id=scan_id, party_size=party_size, now=now, random=door.random
    )


def deposits(door):
    with door.services.vault.store.read() as db:
        return {row.pid: row for row in db.execute(select(records))}


def test_an_entry_has_its_contact_and_its_ticket_tells_no_person(door):
    ticket = enter(door, party_size=3)
    [row] = door.log()
    assert (row.direction, row.source, row.confidence, row.party_size) == ("in", "poster", "low", 3)
    assert (row.flags, row.device_id, row.scanned_at, row.received_at) == (("unverified",), None, NOON, NOON)
    assert list(deposits(door)) == [row.pid]
    assert (ticket.facility_id, ticket.epoch, ticket.entered_at, ticket.left_at) == (LIBRARY, 1, NOON, None)
    told = repr(ticket)
    assert not [word for word in (PERSON.name, "0000", row.pid.hex(), repr(row.pid)) if word in told]
    assert inside_now(door.services, door.services.facility(LIBRARY), NOON) == 3


def test_a_verified_number_is_graded_higher(door):
    enter(door, person=replace(PERSON, certificate=certificate(door)))
    [row] = door.log()
    assert (row.confidence, row.flags) == ("medium", ())


def test_the_same_form_again_is_the_same_ticket_and_one_entry(door):
    first = enter(door)
    assert enter(door, now=NOON + MINUTE) == first
    assert enter(door, person=Person(name="아무개"), now=NOON + MINUTE) == first  # nothing is read of it any more
    assert len(door.log()) == len(deposits(door)) == 1


def test_the_same_form_sent_many_times_at_once_is_one_entry(door):
    with ThreadPoolExecutor(8) as pool:
        tickets = set(pool.map(lambda _: enter(door, person=replace(PERSON, phone="010-0000-9999")), range(3)))
    assert len(tickets) == 1
    assert len(door.log()) == 1


def test_the_form_of_another_poster_or_door_is_a_conflict(door):
    other = poster_id(bytes(10), 1)
    hung = posters.Poster(poster_id=other, facility_id=OFFICE, epoch=1, valid_from=NOON)
    door.services.store.write(lambda db: posters.add(db, hung))
    enter(door)
    with pytest.raises(ScanConflict):
        enter(door, poster=other)
    door.scan(door.phone(), scan_id="scan-0001")
    with pytest.raises(ScanConflict):
        enter(door, scan_id="scan-0001")


def test_deposit_first_log_second(door, monkeypatch):
    """Without a deposit there is no row; a deposit whose row was lost stays, and the form can be sent again."""
    vault, store = door.services.vault, door.services.store
    with monkeypatch.context() as broken:
        broken.setattr(vault.store, "write", lambda fn: (_ for _ in ()).throw(Unavailable))
        with pytest.raises(Unavailable):
            enter(door)
    assert (len(door.log()), len(deposits(door))) == (0, 0)
    with monkeypatch.context() as broken:
        broken.setattr(store, "write", lambda fn: (_ for _ in ()).throw(Unavailable))
        with pytest.raises(Unavailable):
            enter(door)
    assert (len(door.log()), len(deposits(door))) == (0, 1)
    assert inside_now(door.services, door.services.facility(LIBRARY), NOON) == 0
    enter(door)
    [row] = door.log()
    assert row.pid in deposits(door)


def test_over_the_cap_is_refused_and_the_refusal_logged_without_a_pass(door):
    for number in range(3):
        enter(door, f"form-{number:04}")
    for minute in (0, 1):  # sent again a minute later: the same refusal, no further row, no further deposit
        with pytest.raises(DailyCapReached):
            enter(door, "form-0009", now=NOON + minute * MINUTE)
    refused = door.log()[-1]
    assert (refused.outcome, refused.pid, refused.facility_id) == ("daily_cap", None, LIBRARY)
    assert len(door.log()) == len(deposits(door)) == 4
    assert inside_now(door.services, door.services.facility(LIBRARY), NOON) == 3
    enter(door, "form-0009-b", person=replace(PERSON, phone="010-0000-9999"))
    enter(door, "form-0010", now=NOON + 24 * HOUR)


def test_staff_let_in_whoever_is_over_the_cap(door):
    """The cap counts passes that are drawn, and the poster; a pass is read as often as it is shown."""
    phone = door.phone(PERSON)
    for number in range(2):
        enter(door, f"form-{number:04}")
    with pytest.raises(DailyCapReached):
        door.phone(PERSON)
    assert door.scan(phone).outcome == "accepted"


@pytest.mark.parametrize(
    ("person", "field"),
    [
        (Person(name="방문자"), "phone"),
        (Person(name="방문자", phone="010-0000-1234", safety_code="12가34나"), "phone"),
        (Person(name="방문자", phone="031-390-0114"), "phone"),
        (Person(name="방문자", safety_code="1234"), "safety_code"),
        (Person(name="", phone="010-0000-1234"), "name"),
        (Person(name="방문자", phone="010-0000-1234", residence="가" * 31), "residence"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_kept(door, person, field):
    with pytest.raises(BadInput) as refused:
        enter(door, person=person)
    assert refused.value.facts == {"field": field}
    assert (door.log(), deposits(door)) == ([], {})


def test_a_safety_code_instead_of_a_number(door):
    enter(door, person=Person(name="방문자", safety_code="12 가 34 나"))
    assert len(deposits(door)) == 1


def test_without_verification_where_it_is_asked_for_nobody_enters(databases, tmp_path):  # noqa: F811
    addresses = databases.pair("sqlite")
    with open_door(tmp_path / "var", *addresses, unverified=False) as door:
        for person in (
            PERSON,
            Person(name="방문자", safety_code="12가34나"),
            replace(PERSON, certificate="forged"),
        ):
            with pytest.raises(CertificateRefused):
                enter(door, person=person)
        foreign = certificate(door, "+821000009999")
        with pytest.raises(CertificateRefused):
            enter(door, person=replace(PERSON, certificate=foreign))
        assert (door.log(), deposits(door)) == ([], {})
        enter(door, person=replace(PERSON, certificate=certificate(door)))


def test_a_retired_poster_opens_the_door_for_48_hours_more(door):
    door.services.store.write(lambda db: posters.retire(db, LIBRARY, NOON))
    almost = NOON + GRACE - MINUTE
    assert open_poster(door.services, POSTER.lower(), almost)[1].facility_id == LIBRARY
    assert enter(door, now=almost).entered_at == almost
    for call in (
        lambda: open_poster(door.services, POSTER, NOON + GRACE),
        lambda: enter(door, "form-2", now=NOON + GRACE),
    ):
        with pytest.raises(PosterRetired):
            call()
    assert len(door.log()) == 1


def test_a_poster_nobody_hung_is_not_found(door):
    with pytest.raises(NotFound):
        enter(door, poster=poster_id(bytes(10), 1))
    with pytest.raises(BadInput):
        enter(door, poster="short")
    assert (door.log(), deposits(door)) == ([], {})


def test_outside_hours_and_over_capacity_are_kept_and_doubted(door):
    enter(door, party_size=5, now=NOON + 11.5 * HOUR)
    assert door.log()[0].flags == ("unverified", "outside_hours", "full")


def test_leaving_closes_the_entry_once(door):
    ticket = enter(door, party_size=2)
    left = check_out_poster(door.services, ticket, scan_id="leave-0001", now=NOON + 30 * MINUTE)
    assert left == replace(ticket, left_at=NOON + 30 * MINUTE)
    again = check_out_poster(door.services, ticket, scan_id="leave-0001", now=NOON + 40 * MINUTE)
    assert again == left
    entry, leaving = door.log()
    assert (leaving.pid, leaving.direction, leaving.party_size) == (entry.pid, "out", 2)
    assert inside_now(door.services, door.services.facility(LIBRARY), NOON + 31 * MINUTE) == 0


def test_leaving_pressed_many_times_at_once_is_one_leaving(door):
    ticket = enter(door)

    def leave(minute):
        return check_out_poster(door.services, ticket, scan_id="leave-0001", now=NOON + minute * MINUTE)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(leave, range(1, 9)))) == 1
    assert len(door.log()) == 2


def test_a_leaving_needs_its_own_entry_and_an_id_of_its_own(door):
    ticket = enter(door)
    other = enter(door, "form-0002")
    for wrong in (replace(ticket, scan_id="unknown"), replace(ticket, facility_id=OFFICE)):
        with pytest.raises(NotFound):
            check_out_poster(door.services, wrong, scan_id="leave-0001", now=NOON + MINUTE)
    check_out_poster(door.services, other, scan_id="leave-0002", now=NOON + MINUTE)
    for taken in (ticket.scan_id, other.scan_id, "leave-0002"):
        with pytest.raises(ScanConflict):
            check_out_poster(door.services, ticket, scan_id=taken, now=NOON + MINUTE)
    assert len(door.log()) == 3


def test_days_of_a_person_share_no_pass(door):
    enter(door, "form-0001")
    enter(door, "form-0002", now=NOON + 24 * HOUR)
    first, second = door.log()
    assert first.pid != second.pid
    assert {row.day for row in deposits(door).values()} == {kst_day(NOON), kst_day(NOON + 24 * HOUR)}
