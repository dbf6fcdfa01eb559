"""Facilities, posters, devices, accounts, sessions and cases, on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from entry_service.core.errors import NotFound
from entry_service.core.model import Case, Device, IndexVisit
from entry_service.core.risk import ITEMS, Answers
from entry_service.store.cases import cases
from entry_service.store.schema.tables import from_micros, to_micros
from entry_service.store.sites import accounts, devices, facilities, posters, risk_scores, sessions

from .conftest import NOON, facility

HOUR = timedelta(hours=1)
LIBRARY = facility(
    "GP-001", area_m2=1200.5, capacity=300, risk_score=4, stage=2, sensitive=True, opens=7, closes=29
)
OFFICE = facility("GP-002", name="군포시청", category="public_office", lon=126.9352, lat=37.3616)


@pytest.fixture
def town(store):
    """Return a log that knows two facilities."""
    store.write(lambda db: facilities.add_many(db, [OFFICE, LIBRARY]))
    return store


def read(store, ask):
    with store.read() as db:
        return ask(db)


def test_facilities_are_kept_listed_and_replaced(town):
    assert read(town, facilities.all) == [LIBRARY, OFFICE]
    assert read(town, lambda db: facilities.get(db, "GP-001")) == LIBRARY
    renamed = replace(LIBRARY, name="중앙도서관", capacity=None, sensitive=False)
    town.write(lambda db: facilities.update_facility(db, renamed))
    assert read(town, facilities.all) == [renamed, OFFICE]
    for ask in (
        lambda db: facilities.get(db, "GP-404"),
        lambda db: facilities.update_facility(db, replace(OFFICE, facility_id="GP-404")),
    ):
        with pytest.raises(NotFound):
            town.write(ask)
    with pytest.raises(IntegrityError):
        town.write(lambda db: facilities.add(db, LIBRARY))
    town.write(lambda db: facilities.add_many(db, []))


def test_new_facts_of_a_facility_leave_a_score_that_was_computed_meanwhile(town):
    before = read(town, lambda db: facilities.get(db, "GP-001"))
    town.write(lambda db: facilities.update_facility(db, replace(before, risk_score=5)))
    assert read(town, lambda db: facilities.get(db, "GP-001")).risk_score == 5
    town.write(lambda db: accounts.add(db, ACCOUNT))
    answers = Answers(**dict(zip(ITEMS, (2, 2, 2, 1, 1, 1), strict=True)))
    town.write(lambda db: risk_scores.add(db, "GP-001", answers, by=ACCOUNT.account_id, now=NOON))
    town.write(lambda db: facilities.update_facility(db, replace(before, capacity=7, risk_score=5)))
    kept = read(town, lambda db: facilities.get(db, "GP-001"))
    assert (kept.capacity, kept.risk_score) == (7, 9)


def test_the_poster_of_the_newest_epoch_is_current_until_it_is_retired(town):
    hung = [
        posters.Poster(
            poster_id=f"POSTER-{epoch}", facility_id="GP-001", epoch=epoch, valid_from=NOON + epoch * HOUR
        )
        for epoch in (1, 2)
    ]
    for poster in hung:
        town.write(lambda db, poster=poster: posters.add(db, poster))
    other = replace(hung[0], poster_id="POSTER-X", facility_id="GP-002")
    town.write(lambda db: posters.add(db, other))
    assert read(town, lambda db: posters.current(db, "GP-001")) == hung[1]
    assert read(town, lambda db: posters.of_facility(db, "GP-001")) == hung[::-1]
    assert town.write(lambda db: posters.retire(db, "GP-001", NOON + 3 * HOUR)) == 2
    assert town.write(lambda db: posters.retire(db, "GP-001", NOON + 9 * HOUR)) == 0
    assert read(town, lambda db: posters.current(db, "GP-001")) is None
    retired = replace(hung[0], retired_at=NOON + 3 * HOUR)
    assert read(town, lambda db: posters.find(db, "POSTER-1")) == retired
    assert read(town, lambda db: posters.current(db, "GP-002")) == other
    assert read(town, lambda db: posters.find(db, "POSTER-404")) is None
    with pytest.raises(IntegrityError):
        town.write(lambda db: posters.add(db, replace(other, poster_id="POSTER-Y", facility_id="GP-404")))


def test_a_device_is_known_by_the_hash_of_its_token_until_it_is_revoked(town):
    device = Device(device_id="D-1", facility_id="GP-001", name="정문")
    town.write(lambda db: devices.add(db, device, b"hash-1", NOON))
    newer = Device(device_id="D-2", facility_id="GP-001", name="후문")
    town.write(lambda db: devices.add(db, newer, b"hash-2", NOON + HOUR))
    assert read(town, lambda db: devices.by_token_hash(db, b"hash-1")) == device
    assert read(town, lambda db: devices.by_token_hash(db, b"hash-3")) is None
    town.write(lambda db: devices.touch(db, "D-1", NOON + 2 * HOUR))
    town.write(lambda db: devices.revoke(db, "D-1", NOON + 3 * HOUR))
    assert read(town, lambda db: devices.by_token_hash(db, b"hash-1")).revoked_at == NOON + 3 * HOUR
    listed = read(town, lambda db: devices.all(db, "GP-001"))
    assert [(one.device.device_id, one.created_at, one.last_seen_at) for one in listed] == [
        ("D-2", NOON + HOUR, None),
        ("D-1", NOON, NOON + 2 * HOUR),
    ]
    assert read(town, lambda db: devices.all(db, "GP-002")) == []
    with pytest.raises(NotFound):
        town.write(lambda db: devices.revoke(db, "D-404", NOON))
    with pytest.raises(IntegrityError):
        town.write(lambda db: devices.add(db, replace(device, device_id="D-3"), b"hash-1", NOON))


ACCOUNT = accounts.Account(
    account_id="A-1",
    login="sanbon",
    role="staff",
    facility_id="GP-001",
    password_hash="$argon2id$",
    created_at=NOON,
)


def test_wrong_passwords_are_counted_and_forgotten(town):
    officer = replace(ACCOUNT, account_id="A-2", login="health", role="officer", facility_id=None)
    town.write(lambda db: accounts.add(db, ACCOUNT))
    town.write(lambda db: accounts.add(db, officer))
    assert read(town, accounts.all) == [officer, ACCOUNT]
    town.write(lambda db: accounts.record_failure(db, "A-1", None))
    town.write(lambda db: accounts.record_failure(db, "A-1", NOON + HOUR))
    found = read(town, lambda db: accounts.by_login(db, "sanbon"))
    assert (found.failures, found.locked_until) == (2, NOON + HOUR)
    assert read(town, lambda db: accounts.by_id(db, "A-2")).failures == 0
    town.write(lambda db: accounts.record_success(db, "A-1"))
    assert read(town, lambda db: accounts.by_id(db, "A-1")) == ACCOUNT
    town.write(lambda db: accounts.record_success(db, "A-1", "$fresher$"))
    assert read(town, lambda db: accounts.by_id(db, "A-1")) == replace(ACCOUNT, password_hash="$fresher$")
    assert read(town, lambda db: accounts.by_login(db, "nobody")) is None
    assert read(town, lambda db: accounts.by_id(db, "A-404")) is None
    with pytest.raises(IntegrityError):
        town.write(lambda db: accounts.add(db, replace(ACCOUNT, account_id="A-3")))


def test_a_session_lives_until_it_is_ended(town):
    town.write(lambda db: accounts.add(db, ACCOUNT))
    town.write(lambda db: accounts.add(db, replace(ACCOUNT, account_id="A-2", login="other")))

    def session(name, account_id="A-1", hours=12):
        return sessions.Session(
            session_hash=name,
            account_id=account_id,
            created_at=NOON,
            last_seen_at=NOON,
            ends_at=NOON + hours * HOUR,
        )

    for one in (session(b"1"), session(b"2"), session(b"3", "A-2"), session(b"4", "A-2", hours=1)):
        town.write(lambda db, one=one: sessions.add(db, one))
    town.write(lambda db: sessions.touch(db, b"1", NOON + HOUR))
    assert read(town, lambda db: sessions.find(db, b"1")) == replace(session(b"1"), last_seen_at=NOON + HOUR)
    town.write(lambda db: sessions.end(db, b"1"))
    assert read(town, lambda db: sessions.find(db, b"1")) is None
    assert town.write(lambda db: sessions.end_expired(db, NOON + HOUR)) == 1
    town.write(lambda db: sessions.end_all_of(db, "A-1"))
    left = [name for name in (b"1", b"2", b"3", b"4") if read(town, lambda db, name=name: sessions.find(db, name))]
    assert left == [b"3"]


def test_what_was_known_by_a_moment_is_read_by_that_moment(town):
    first = Case(case_id="C-1", number="군포-1", onset=date(2020, 8, 14), specimen_date=None, registered_at=NOON)
    second = replace(
        first,
        case_id="C-2",
        number="군포-2",
        onset=None,
        specimen_date=date(2020, 8, 15),
        registered_at=NOON + HOUR,
    )
    town.write(lambda db: cases.add_case(db, first, registered_by="A-1"))
    town.write(lambda db: cases.add_case(db, second))

    def visit(case_id, start, known_at, **facts):
        whole = {"case_id": case_id, "facility_id": "GP-001", "start": start, "end": start + HOUR}
        return IndexVisit(**{**whole, "known_at": known_at, **facts})

    early = visit("C-1", NOON - 3 * HOUR, NOON)
    by_date = visit("C-1", NOON - 9 * HOUR, NOON, end=NOON + 15 * HOUR, by_date=True)
    late = visit("C-2", NOON - 5 * HOUR, NOON + HOUR)
    town.write(lambda db: cases.add_index_visits(db, [early, by_date], "place"))
    town.write(lambda db: cases.add_index_visits(db, [late], "pass"))
    town.write(lambda db: cases.add_index_visits(db, [], "pass"))
    assert read(town, lambda db: cases.visits_known_by(db, NOON - HOUR)) == []
    assert read(town, lambda db: cases.visits_known_by(db, NOON)) == [by_date, early]
    assert read(town, lambda db: cases.visits_known_by(db, NOON + HOUR)) == [by_date, late, early]
    listed = read(town, cases.all_cases)
    assert [(one.case, one.visits) for one in listed] == [(second, 1), (first, 2)]
    with pytest.raises(IntegrityError):
        town.write(lambda db: cases.add_case(db, replace(first, case_id="C-3")))
    with pytest.raises(DBAPIError):
        town.write(lambda db: cases.add_index_visits(db, [visit("C-404", NOON, NOON)], "place"))


@pytest.mark.parametrize(
    "at",
    [
        NOON,
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_a_moment_is_stored_exactly(at):
    assert from_micros(to_micros(at)) == at
