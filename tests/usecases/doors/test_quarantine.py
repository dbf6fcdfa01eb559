"""A flood of poster entries is held back, the real ones are not; a decision counts it again or for good not."""

import csv
import gzip
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from entry_service.core.errors import BadInput, NotFound
from entry_service.core.times import day_start, kst_day
from entry_service.store.log import quarantines
from entry_service.usecases.doors.issue_pass import Person
from entry_service.usecases.doors.log_scan import inside_now
from entry_service.usecases.doors.poster_entry import check_in_poster, check_out_poster
from entry_service.usecases.doors.quarantine import decide, floods
from entry_service.usecases.hotspots.extract import write_extract
from entry_service.usecases.sites.facility_day import read_day
from entry_service.vault.checkpoints import AuditUnavailable
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, PERSON, POSTER, SECOND, open_door
from ..flooding import MANAGER, counted, decided, every, fake, flood, inside, resize, spells


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind), daily_cap=100_000) as opened:
        resize(opened, 200)
        yield opened


def test_as_many_as_may_come_are_no_flood_and_one_more_is(door):
    flood(door, 20, NOON, 59)
    assert (inside(door, NOON + MINUTE), spells(door)) == (20, [])
    fake(door, 20, NOON + 59.5 * SECOND)
    assert spells(door) == [(NOON, NOON + 11 * MINUTE, "", 21)]
    assert inside(door, NOON + MINUTE) == 0
    assert counted(door) == []
    assert len(every(door)) == 21


def test_few_forms_of_many_people_are_a_flood_too(door):
    for number in range(5):
        fake(door, number, NOON + number * SECOND, party_size=20)
    assert inside(door, NOON + MINUTE) == 0
    assert [held for *_, held in spells(door)] == [5]


def test_entries_before_and_after_the_spell_count_those_in_it_do_not(door):
    fake(door, 1, NOON - SECOND)
    flood(door, 30, NOON, 30, first=100)
    fake(door, 2, NOON + 11 * MINUTE - SECOND)  # quiet, but not for ten minutes yet
    fake(door, 3, NOON + 11 * MINUTE)
    assert [row.scan_id for row in counted(door)] == ["fake-00001", "fake-00003"]
    assert inside(door, NOON + 12 * MINUTE) == 2


def test_a_flood_that_goes_on_is_one_spell_and_one_that_comes_again_another(door):
    flood(door, 30, NOON, 30)
    flood(door, 30, NOON + 8 * MINUTE, 30, first=100)
    flood(door, 30, NOON + 40 * MINUTE, 30, first=200)
    assert spells(door) == [
        (NOON + 40 * MINUTE, NOON + 51 * MINUTE, "", 30),
        (NOON, NOON + 19 * MINUTE, "", 60),
    ]


def test_verified_phones_staff_scans_and_other_sources_are_never_held(door):
    flood(door, 30, NOON, 30)
    now = NOON + 40 * SECOND
    fake(door, 900, now, flags=(), confidence="medium")
    for number, source in enumerate(("call", "slip", "card")):
        fake(door, 910 + number, now, source=source)
    door.scan(door.phone(now=now), now)
    assert len(counted(door)) == inside(door, now) == 5


def test_another_facility_is_not_touched(door):
    flood(door, 30, NOON, 30)
    fake(door, 900, NOON + 40 * SECOND, facility_id=OFFICE)
    assert inside_now(door.services, door.services.facility(OFFICE), NOON + MINUTE) == 1
    assert floods(door.services, OFFICE, NOON + HOUR) == []
    assert len(floods(door.services, None, NOON + HOUR)) == 1


def test_many_at_once_are_all_counted(door):
    """Of entries whose transactions run side by side the last one must see all others."""
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda number: fake(door, number, NOON + SECOND), range(21)))
    assert spells(door) == [(NOON, NOON + 11 * MINUTE, "", 21)]
    assert inside(door, NOON + MINUTE) == 0


def test_the_visitor_sees_the_ticket_of_any_other_day(door):
    flood(door, 30, NOON, 30)
    at = NOON + 40 * SECOND
    ticket = check_in_poster(
        door.services, POSTER, PERSON, scan_id="form-0001", party_size=2, now=at, random=door.random
    )
    assert (ticket.entered_at, ticket.party_size, ticket.left_at) == (at, 2, None)
    assert counted(door) == []
    left = check_out_poster(door.services, ticket, scan_id="form-0001-out", now=at + MINUTE)
    assert left.left_at == at + MINUTE
    assert counted(door) == []  # the leaving of a held entry is held as well
    with door.services.vault.store.read() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM records").scalar_one() == 1


def test_released_counts_again_voided_does_not_and_both_can_be_taken_back(door):
    flood(door, 30, NOON, 30)
    after = NOON + 20 * MINUTE
    for decision, people in (("released", 30), ("voided", 0), ("released", 30)):
        done = decided(door, decision, after)
        assert (done.decision, done.decided_by, done.held) == (decision, "A-manager", 30)
        assert inside(door, after) == len(counted(door)) == people
        after += MINUTE
    with door.services.store.read() as db:
        told = quarantines.decisions(db, done.quarantine_id)
    assert [(what, who) for _, what, who in told] == [
        ("released", "A-manager"),
        ("voided", "A-manager"),
        ("released", "A-manager"),
    ]


@pytest.mark.parametrize("decision", ["released", "voided"])
def test_a_decision_in_the_middle_ends_the_spell_and_what_comes_after_is_judged_by_itself(door, decision):
    flood(door, 30, NOON, 30)
    now = NOON + 40 * SECOND
    decided(door, decision, now)
    before = 30 if decision == "released" else 0
    flood(door, 20, now, 19, first=100)
    assert inside(door, NOON + MINUTE) == before + 20
    fake(door, 200, NOON + 59.5 * SECOND)
    assert inside(door, NOON + MINUTE) == before
    assert spells(door) == [(now, NOON + 11 * MINUTE, "", 21), (NOON, now, decision, 30)]


def test_who_may_decide_and_what(door):
    flood(door, 30, NOON, 30)
    with pytest.raises(NotFound):
        decided(door, "released", NOON + MINUTE, facility_id=OFFICE)
    with pytest.raises(BadInput):
        decided(door, "forgotten", NOON + MINUTE)
    with pytest.raises(NotFound):
        decide(door.services, 4711, "voided", why="made_up", actor=MANAGER, facility_id=None, now=NOON)
    with pytest.raises(BadInput):
        decided(door, "voided", NOON + MINUTE, why="staff_saw")
    assert door.services.vault.audit.entries(NOON, NOON + 2 * HOUR, action="flood_decided") == []
    assert decided(door, "voided", NOON + HOUR, facility_id=None).decision == "voided"


def test_a_decision_is_in_the_audit_with_its_reason_before_it_holds(door, monkeypatch):
    flood(door, 30, NOON, 30)

    def fails(*_args, **_facts):
        raise AuditUnavailable

    audit = door.services.vault.audit
    monkeypatch.setattr(type(audit), "append", fails)
    with pytest.raises(AuditUnavailable):
        decided(door, "voided", NOON + HOUR)
    monkeypatch.undo()
    assert spells(door)[0][2] == ""
    for decision, why in (("voided", "copied_poster"), ("released", "staff_saw")):
        decided(door, decision, NOON + HOUR, why=why)
    rows = audit.entries(NOON, NOON + 2 * HOUR, action="flood_decided")
    assert [(row.outcome, row.rows, row.account_id, row.role) for row in rows] == [
        ("released_staff_saw", 30, "A-manager", "manager"),
        ("voided_copied_poster", 30, "A-manager", "manager"),
    ]
    assert len({row.request for row in rows}) == 1  # both are about one flood


def test_counts_by_minute_are_told_from_the_first_minute_on(door):
    flood(door, 60, NOON, 120)
    fake(door, 100, NOON + 3 * MINUTE + SECOND)
    [one] = floods(door.services, LIBRARY, NOON + HOUR)
    assert one.per_minute == (30, 30, 0, 1)


def test_what_a_restart_reads_from_the_log_is_the_same(door):
    flood(door, 30, NOON, 30)
    door.scan(door.phone(), NOON)
    with door.services.store.read() as db:
        door.services.occupancy.rebuild(db, NOON + MINUTE)
    assert inside(door, NOON + MINUTE) == 1
    fake(door, 100, NOON + 2 * MINUTE)
    assert inside(door, NOON + 3 * MINUTE) == 1


def extracted(door, folder):
    """Return the entries of the library in an extract of the day, made at the next midnight."""
    day = day_start(kst_day(NOON))
    after = day + 24 * HOUR
    write_extract(door.services, folder, as_of=after, start=day, end=after, created=after)
    [file] = (folder / "facility_hours").iterdir()
    found = csv.DictReader(gzip.decompress(file.read_bytes()).decode().splitlines())
    return sum(int(row["entries"] or 0) for row in found if row["facility_id"] == LIBRARY)


def test_five_thousand_fakes_in_ten_minutes_leave_exactly_the_real_ones(door, tmp_path):
    """Threat T21: a site of 200 people, with 60 staff scans and 20 verified poster entries in the flood."""
    real = 0
    for number in range(5_000):
        at = NOON + timedelta(milliseconds=120 * number)
        fake(door, number, at)
        if number % 83 == 0 and number // 83 < 60:
            door.scan(door.phone(Person(name="방문자", phone=f"010-0{number:03.0f}-{number:04}"[:13]), at), at)
            real += 1
        if number % 250 == 125:
            fake(door, 10_000 + number, at, flags=(), confidence="medium")
            real += 1
    end = NOON + 10 * MINUTE
    assert real == 80
    day = read_day(door.services, LIBRARY, kst_day(NOON), end)
    assert sum(day.entered) == inside(door, end) == len(counted(door)) == real
    assert day.by_source == {"staff_scan": 60, "poster": 20}
    [one] = floods(door.services, LIBRARY, end)
    assert (one.started_at, one.held, sum(one.per_minute)) == (NOON, 5_000, 5_000)
    assert extracted(door, tmp_path / "held") == real
    decided(door, "released", end)
    assert extracted(door, tmp_path / "released") == 5_080
    assert sum(read_day(door.services, LIBRARY, kst_day(NOON), end).entered) == inside(door, end) == 5_080
