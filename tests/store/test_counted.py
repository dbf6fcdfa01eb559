"""What was undone or is held back counts in no reading of the log; what is released counts again."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from entry_service.store.log import scans
from entry_service.store.log.counted import COUNTED
from entry_service.store.log.neighbours import _BOTH, neighbours_of_pass
from entry_service.store.schema.door_tables import quarantines, voids
from entry_service.store.schema.tables import to_micros
from entry_service.store.sites import adoption, facilities

from .conftest import NOON, facility, scan

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
FAKE = {"source": "poster", "confidence": "low", "flags": ("late", "unverified")}


@pytest.fixture
def log(store):
    store.write(lambda db: facilities.add_many(db, [facility("GP-001"), facility("GP-002")]))
    return store


def holds(store, **facts):
    usual = {"facility_id": "GP-001", "started_at": NOON, "ended_at": None, "decision": ""}
    store.write(lambda db: db.execute(insert(quarantines).values(**{**usual, **facts})))


def undoes(store, scan_id, at=NOON):
    row = {"scan_id": scan_id, "voided_at": at, "voided_by": "D-1", "reason": "slip"}
    store.write(lambda db: db.execute(insert(voids).values(**row)))


def readings(store):
    """Return what each reading says of the same log, so that all can be compared."""
    pid = scan("any").pid
    with store.read() as db:
        listed = [one.scan_id for one in scans.scans_between(db, None, NOON - DAY, NOON + DAY)]
        streamed = [one.scan_id for one in scans.stream(db, NOON - DAY, NOON + DAY, NOON + DAY)]
        own = [one.scan_id for one in scans.scans_of_pass(db, pid, NOON - DAY, NOON + DAY)]
        near = neighbours_of_pass(db, pid, NOON + DAY, before=2 * DAY, after=MINUTE).before
        newest = adoption.last_entry(db, None, before=NOON + DAY)
        stages = adoption.by_stage(db, NOON - DAY, NOON + DAY)
        everywhere = scans.scans_of_visitors(db, "GP-001", NOON - DAY, NOON + DAY)
    assert listed == streamed == own == [one.scan_id for one in everywhere]
    assert (near is None) == (newest is None) == (not listed)
    assert [one.with_entries for one in stages] == [1 if listed else 0]
    return listed


def test_an_undone_scan_is_in_the_log_and_in_no_reading(log):
    log.write(lambda db: scans.append_many(db, [scan("one"), scan("two", scanned_at=NOON + MINUTE)]))
    assert readings(log) == ["one", "two"]
    undoes(log, "two")
    assert readings(log) == ["one"]
    undoes(log, "one")
    assert readings(log) == []
    with log.read() as db:
        every = scans.scans_between(db, None, NOON - DAY, NOON + DAY, uncounted=True)
        assert [one.scan_id for one in every] == ["one", "two"]
        assert scans.find_scan(db, "one") is not None
        assert scans.logged_by_hour(db, NOON - DAY, NOON + DAY, NOON + DAY) == {NOON: (2, 2)}


@pytest.mark.parametrize(
    ("facts", "flood", "counts"),
    [
        (FAKE, {}, False),
        (FAKE, {"ended_at": NOON + MINUTE}, False),
        (FAKE, {"ended_at": NOON}, True),
        (FAKE, {"started_at": NOON + MINUTE}, True),
        (FAKE, {"facility_id": "GP-002"}, True),
        (FAKE, {"decision": "voided"}, False),
        (FAKE, {"decision": "released", "decided_at": NOON}, True),
        ({**FAKE, "source": "staff_scan"}, {}, True),
        ({**FAKE, "flags": ("late",)}, {}, True),
        ({**FAKE, "flags": ("unverified_by_hand",)}, {}, True),
    ],
)
def test_a_quarantine_holds_back_unverified_poster_entries_of_its_time_and_place(log, facts, flood, counts):
    log.write(lambda db: scans.append_scan(db, scan("one", **facts)))
    holds(log, **flood)
    assert readings(log) == (["one"] if counts else [])


def test_a_replay_knows_only_what_was_said_by_then(log):
    log.write(
        lambda db: scans.append_many(
            db, [scan("undone"), scan("held", **FAKE), scan("released", **FAKE, facility_id="GP-002")]
        )
    )
    undoes(log, "undone", NOON + 5 * MINUTE)
    holds(log, started_at=NOON, decision="voided", decided_at=NOON + 9 * MINUTE)
    holds(log, started_at=NOON, facility_id="GP-002", decision="released", decided_at=NOON + 9 * MINUTE)

    def known_by(minutes):
        with log.read() as db:
            found = scans.stream(db, NOON - DAY, NOON + DAY, NOON + minutes * MINUTE)
            return {one.scan_id for one in found}

    assert known_by(4) == {"undone"}
    assert known_by(5) == set()
    assert known_by(9) == {"released"}


def test_the_hot_path_looks_each_row_up_by_key(embedded):
    """What is asked for each scan at the door stays a few searches, however many rows there are."""
    moment = to_micros(NOON)
    with embedded.read() as db:
        plan = db.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {_BOTH._sqlite}", (b"12345678", moment, moment, b"12345678", moment, moment)
        ).all()
    steps = [row[3] for row in plan]
    assert [step for step in steps if step.startswith("SCAN") and step not in ("SCAN earlier", "SCAN later")] == []
    assert sum("USING COVERING INDEX sqlite_autoindex_voids_1 (scan_id=?)" in step for step in steps) == 2
    assert sum("ix_quarantines_facility_id_started_at" in step for step in steps) == 2


def test_the_words_of_the_hot_path_are_those_of_every_reading(log):
    """COUNTED is written by hand: it and ``counted()`` must agree on each kind of row."""
    facts = [
        {"source": source, "flags": flags, "facility_id": place, "scanned_at": NOON + minutes * MINUTE}
        for source in ("poster", "call")
        for flags in ((), ("unverified",), ("late", "unverified", "full"), ("unverified_by_hand",))
        for place in ("GP-001", "GP-002")
        for minutes in range(3)
    ]
    kinds = [scan(f"scan-{number}", **each) for number, each in enumerate(facts)]
    log.write(lambda db: scans.append_many(db, kinds))
    for number in range(0, len(kinds), 5):
        undoes(log, f"scan-{number}")
    holds(log, started_at=NOON + MINUTE, ended_at=NOON + 2 * MINUTE)
    with log.read() as db:
        by_hand = set(db.execute(text(f"SELECT scan_id FROM scans WHERE {COUNTED}")).scalars())
        composed = {one.scan_id for one in scans.scans_between(db, None, NOON - DAY, NOON + DAY)}
    assert by_hand == composed
    assert 0 < len(composed) < len(kinds) - len(range(0, len(kinds), 5))
