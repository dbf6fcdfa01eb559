"""What is due goes wholly, what is not stays wholly, and the receipts say how much it was."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from entry_service.core.actors import Actor
from entry_service.core.receipts import digest
from entry_service.core.retention import Reading
from entry_service.store.log import scans
from entry_service.store.retention import destructions, receipts, retention
from entry_service.store.retention.receipts import WHOLE
from entry_service.store.schema.care_tables import clock_marks
from entry_service.usecases.doors.paper import confirm_destruction, paper_of
from entry_service.usecases.retention.purge import purge
from entry_service.usecases.retention.purge_count import due_days
from entry_service.usecases.retention.trusted_clock import STALE, ClockChanged, confirm, peek
from entry_service.vault.day_keys import DayDestroyed
from tests.databases import databases, kind  # noqa: F401

from ..door import LIBRARY, OFFICE, open_door
from ..purging import DAY, ONE, RETENTION, believed_since, due_at, fill, log_days, rows, run, scan_of

MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def services(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as door:
        believed_since(door.services)
        yield door.services


def receipt(services, day, facility_id=WHOLE):
    with services.store.read() as db:
        return receipts.find(db, day, facility_id)


def test_nothing_goes_a_microsecond_early_and_everything_goes_on_time(services):
    fill(services, DAY)
    before = rows(services)
    early = run(services, due_at(DAY) - MICROSECOND)
    assert (early.days, rows(services)) == ((), before)
    assert services.vault.count_day(DAY).contacts == 12
    done = run(services, due_at(DAY))
    assert (done.days, done.contacts, done.scans) == ((DAY,), 12, 12)
    assert not any(rows(services).values())
    assert services.vault.count_day(DAY).contacts == 0
    with pytest.raises(DayDestroyed):
        services.vault.public_key(DAY)


def test_younger_days_are_not_touched(services):
    fill(services, DAY + ONE)
    younger, kept = rows(services), services.vault.count_day(DAY + ONE)
    fill(services, DAY)
    run(services, due_at(DAY))
    assert rows(services) == younger
    assert services.vault.count_day(DAY + ONE) == kept


def test_twice_is_once(services):
    fill(services, DAY)
    run(services, due_at(DAY))
    first = receipt(services, DAY)
    again = run(services, due_at(DAY) + timedelta(hours=1))
    assert (again.days, receipt(services, DAY)) == ((), first)
    entries = services.vault.audit.entries(due_at(DAY) - ONE, due_at(DAY) + ONE, action="day_destroyed")
    assert [(entry.rows, entry.request) for entry in entries] == [(12, digest(first.body))]


def test_a_receipt_counts_each_facility_and_the_paper(services):

    fill(services, DAY)
    run(services, due_at(DAY))
    library, office = (json.loads(receipt(services, DAY, place).body) for place in (LIBRARY, OFFICE))
    whole = json.loads(receipt(services, DAY).body)
    assert (library["scans"], library["entries"], library["refused"]) == (9, 7, 1)
    assert (library["paper_slips"], library["paper_slips_shredded"]) == (2, 0)
    assert (office["scans"], office["paper_slips"]) == (3, 0)
    assert (whole["contacts"], whole["scans"], whole["rows"]["closings"]) == (12, 12, 1)
    assert (whole["facilities"], whole["previous"]) == (2, None)
    assert len(whole["key_id"]) == 16
    with services.store.read() as db:
        assert destructions.last_entries(db, DAY + ONE) == {LIBRARY: DAY, OFFICE: DAY}
        assert destructions.last_entries(db, DAY) == {}


def test_receipts_form_a_chain_without_a_gap(services):

    for day in (DAY, DAY + 2 * ONE):
        fill(services, day)
    run(services, due_at(DAY))
    done = run(services, due_at(DAY + 2 * ONE))
    assert done.days == (DAY + ONE, DAY + 2 * ONE)  # a day on which nobody came has its receipt too
    before = None
    for number in range(3):
        kept = receipt(services, DAY + number * ONE)
        said = json.loads(kept.body)["previous"]
        assert said == before
        before = {"day": (DAY + number * ONE).isoformat(), "sha256": digest(kept.body)}


def test_twenty_eight_simulated_days_with_a_daily_run_keep_exactly_twenty_eight_days(services):
    for number in range(2 * RETENTION):
        day = DAY + number * ONE
        fill(services, day, people=8)
        run(services, due_at(day) - RETENTION * ONE + timedelta(hours=23))
        first = max(DAY, day - (RETENTION - 1) * ONE)
        kept = {first + n * ONE for n in range((day - first).days + 1)}
        assert log_days(services) == kept
        assert set(services.vault.days()) == kept


def test_the_mark_of_the_clock_is_one_row_a_run(services):
    for hours in range(3):
        run(services, due_at(DAY) + timedelta(hours=hours))
    with services.store.read() as db:
        assert len(db.execute(select(clock_marks)).all()) == 1


def test_days_are_due_oldest_first_and_once(services):
    for number in (3, 0, 1):
        fill(services, DAY + number * ONE)
    assert due_days(services, DAY + 3 * ONE) == [DAY, DAY + ONE]
    run(services, due_at(DAY))
    assert due_days(services, DAY + 3 * ONE) == [DAY + ONE, DAY + 2 * ONE]


def test_what_slips_in_behind_the_mark_goes_with_the_next_run(services):
    fill(services, DAY)
    run(services, due_at(DAY))

    late = scan_of(DAY, 99, due_at(DAY) - RETENTION * ONE)

    services.store.write(lambda db: scans.append_scan(db, late))
    run(services, due_at(DAY) + timedelta(hours=1))
    assert log_days(services) == set()


def test_a_clock_that_jumped_destroys_nothing_until_somebody_says_it_is_right(services):
    fill(services, DAY)
    jumped = Reading(wall=due_at(DAY), boot_id="another run", boot_seconds=5.0)
    done = purge(services, jumped)
    assert (done.belief.clock, done.days) == ("unconfirmed", ())
    person = Actor(account_id="A-admin", role="admin")
    for off in (-STALE - MICROSECOND, STALE + MICROSECOND):
        with pytest.raises(ClockChanged):
            confirm(services, jumped, shown=due_at(DAY) + off, actor=person)
    assert confirm(services, jumped, shown=due_at(DAY), actor=person).clock == "believed"
    told = services.vault.audit.entries(due_at(DAY) - ONE, due_at(DAY) + ONE, action="clock_confirmed")
    assert [entry.account_id for entry in told] == ["A-admin"]
    assert purge(services, jumped).days == (DAY,)
    assert peek(services, jumped).clock == "believed"


def test_the_paper_of_a_destroyed_day_is_still_to_be_shredded(services):
    fill(services, DAY)
    run(services, due_at(DAY))
    today = DAY + RETENTION * ONE
    [paper] = paper_of(services, LIBRARY, today)
    assert (paper.day, paper.slips, paper.state) == (DAY, 2, "due")
    with services.store.read() as db:
        assert destructions.overdue_paper(db) == [(LIBRARY, 1, 2, DAY)]
    confirm_destruction(services, LIBRARY, DAY, seen=2, confirmed_by="A-manager", now=due_at(DAY))
    assert paper_of(services, LIBRARY, today)[0].state == "destroyed"
    run(services, due_at(DAY) + ONE)

    later = json.loads(receipt(services, DAY + ONE, LIBRARY).body)
    assert [(one["day"], one["slips"]) for one in later["paper_shredded_since"]] == [(DAY.isoformat(), 2)]


def test_the_log_gives_up_no_scan_that_is_not_due(services):
    """The database itself refuses, whatever the code says."""
    fill(services, DAY)
    with pytest.raises(Exception, match="append-only"):
        services.store.write(lambda db: retention.delete_scans(db, due_at(DAY), 10))
