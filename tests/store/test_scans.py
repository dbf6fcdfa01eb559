"""The log: appended once, never changed, read back as it was written."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from entry_service.core.errors import ScanConflict
from entry_service.store.log import neighbours, scans
from entry_service.store.schema import tables

from .conftest import NOON, scan

MINUTE = timedelta(minutes=1)
FULL = scan(
    "full",
    gate="정문 A",
    device_id="D-1",
    party_size=4,
    source="poster",
    confidence="low",
    outcome="accepted",
    flags=("late", "unverified"),
    received_at=NOON + timedelta(microseconds=1),
    scanned_at=NOON - timedelta(microseconds=1),
)


def rows(store, refused=True):
    with store.read() as db:
        return scans.scans_between(db, None, NOON - timedelta(days=2), NOON + timedelta(days=2), refused=refused)


@pytest.mark.parametrize("one", [FULL, scan("no pass", pid=None, outcome="pass_forged")], ids=["full", "no pass"])
def test_what_is_read_back_is_what_was_written(store, one):
    assert store.write(lambda db: scans.append_scan(db, one)) == (one, True)
    with store.read() as db:
        assert scans.find_scan(db, one.scan_id) == one
        assert scans.find_scan(db, "another") is None


def test_a_hundred_threads_with_one_scan_id_make_one_row_and_get_one_answer(store):
    def send(number):
        return store.write(lambda db: scans.append_scan(db, scan("same", flags=(f"try{number}",))))

    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(send, range(100)))
    assert sum(new for _, new in answers) == 1
    assert len({kept for kept, _ in answers}) == 1
    assert rows(store) == [answers[0][0]]


def test_the_same_reading_by_a_browser_that_was_enrolled_anew_is_the_first(store):
    """Its answer was lost; its name is another by now, the reading is not."""
    first = store.write(lambda db: scans.append_scan(db, scan("a")))
    again = store.write(lambda db: scans.append_scan(db, replace(scan("a"), device_id="D-2")))
    assert (first[1], again) == (True, (first[0], False))


@pytest.mark.parametrize(
    "change",
    [
        {"facility_id": "GP-002"},
        {"pid": b"another."},
        {"pid": None},
        {"scanned_at": NOON + timedelta(microseconds=1)},
        {"source": "poster"},
        {"party_size": 2},
        {"outcome": "pass_expired"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_same_scan_id_for_another_reading_is_a_conflict_and_the_first_is_kept(store, change):
    store.write(lambda db: scans.append_scan(db, scan("a")))
    with pytest.raises(ScanConflict):
        store.write(lambda db: scans.append_scan(db, scan("a", **change)))
    assert rows(store) == [scan("a")]


def test_what_the_service_decides_does_not_make_a_conflict(store):
    store.write(lambda db: scans.append_scan(db, scan("a")))
    later = scan("a", direction="out", flags=("late",), received_at=NOON + MINUTE, gate="후문", confidence="low")
    assert store.write(lambda db: scans.append_scan(db, later)) == (scan("a"), False)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE scans SET facility_id = 'GP-002'",
        "UPDATE scans SET flags = ''",
        "DELETE FROM scans",
        "DELETE FROM scans WHERE scan_id = 'a'",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete_a_scan(store, statement):
    store.write(lambda db: scans.append_scan(db, scan("a")))
    with pytest.raises(DBAPIError, match="append-only"):
        store.write(lambda db: db.execute(text(statement)))
    assert rows(store) == [scan("a")]


def test_the_log_can_be_neither_emptied_nor_replaced(store, kind):
    store.write(lambda db: scans.append_scan(db, scan("a")))
    replace_all = "REPLACE INTO scans SELECT * FROM scans"
    statement = text("TRUNCATE scans" if kind == "postgresql" else replace_all)
    with pytest.raises(DBAPIError, match="append-only"):
        store.write(lambda db: db.execute(statement))
    assert rows(store) == [scan("a")]


def test_only_what_retention_has_marked_can_be_deleted(store):
    old = scan("old", scanned_at=NOON - timedelta(hours=1))
    store.write(lambda db: scans.append_many(db, [old, scan("young")]))
    mark = insert(tables.retention).values(only_row=1, purged_before=NOON)
    delete = text("DELETE FROM scans WHERE scan_id = :scan_id")
    store.write(lambda db: db.execute(mark))
    with pytest.raises(DBAPIError, match="append-only"):
        store.write(lambda db: db.execute(delete, {"scan_id": "young"}))
    store.write(lambda db: db.execute(delete, {"scan_id": "old"}))
    assert rows(store) == [scan("young")]
    second = insert(tables.retention).values(only_row=2, purged_before=NOON)
    with pytest.raises(IntegrityError):
        store.write(lambda db: db.execute(second))


def test_bulk_rows_are_the_same_rows_and_known_ids_are_left_alone(store):
    first = scan("scan-3", facility_id="GP-009")
    store.write(lambda db: scans.append_scan(db, first))
    many = [replace(FULL, scan_id=f"scan-{i}", scanned_at=NOON + i * MINUTE, received_at=NOON) for i in range(7)]
    assert store.write(lambda db: scans.append_many(db, iter(many))) == 7
    assert store.write(lambda db: scans.append_many(db, [])) == 0
    expected = [one for one in many if one.scan_id != "scan-3"]
    assert sorted(rows(store), key=lambda one: one.scan_id) == sorted(
        [*expected, first], key=lambda one: one.scan_id
    )


def test_bulk_goes_in_chunks(store, monkeypatch):
    monkeypatch.setattr(scans, "CHUNK", 3)
    many = [scan(f"scan-{i}", scanned_at=NOON + i * MINUTE) for i in range(10)]
    assert store.write(lambda db: scans.append_many(db, many)) == 10
    assert rows(store) == many


def test_reading_is_half_open_by_facility_and_leaves_refusals_out(store):
    many = [scan(f"scan-{i}", scanned_at=NOON + i * MINUTE) for i in range(4)]
    refused = scan("refused", scanned_at=NOON + MINUTE, outcome="pass_expired")
    other = scan("other", facility_id="GP-002", scanned_at=NOON + MINUTE)
    shuffled = [*many, refused, other]
    Random(1).shuffle(shuffled)
    store.write(lambda db: scans.append_many(db, shuffled))
    with store.read() as db:
        here = scans.scans_between(db, "GP-001", NOON + MINUTE, NOON + 3 * MINUTE)
        everywhere = scans.scans_between(db, None, NOON + MINUTE, NOON + 2 * MINUTE, refused=True)
        own = scans.scans_of_pass(db, many[0].pid, NOON, NOON + 2 * MINUTE)
    assert here == many[1:3]
    assert {one.scan_id for one in everywhere} == {"scan-1", "refused", "other"}
    assert [one.scan_id for one in own if one.facility_id == "GP-001"] == ["scan-0", "scan-1"]


def test_the_neighbours_of_a_moment_are_the_nearest_accepted_scans_of_the_pass(store):
    day = timedelta(days=1)
    store.write(
        lambda db: scans.append_many(
            db,
            [
                scan("long ago", scanned_at=NOON - day),
                scan("in", scanned_at=NOON - 2 * MINUTE),
                scan("out", scanned_at=NOON - 2 * MINUTE, direction="out", facility_id="GP-002"),
                scan("refused", scanned_at=NOON - MINUTE, outcome="pass_expired"),
                scan("someone else", scanned_at=NOON, pid=b"another."),
                scan("next", scanned_at=NOON + MINUTE, facility_id="GP-003"),
            ],
        )
    )

    def near(at, before=day, after=3 * MINUTE):
        with store.read() as db:
            return neighbours.neighbours_of_pass(db, scan("x").pid, at, before=before, after=after)

    left = neighbours.Sighting("GP-002", NOON - 2 * MINUTE, "out", scan_id="out")
    came = neighbours.Sighting("GP-003", NOON + MINUTE, "in", scan_id="next")
    assert near(NOON) == (left, came)
    assert near(NOON - 2 * MINUTE) == (left, came)
    assert near(NOON, after=MINUTE) == (left, came)
    assert near(NOON, after=MINUTE / 2) == (left, None)
    assert near(NOON, before=MINUTE) == (None, came)
    assert near(NOON - 2 * MINUTE - MINUTE / 60, before=day) == (
        neighbours.Sighting("GP-001", NOON - day, "in", scan_id="long ago"),
        neighbours.Sighting("GP-001", NOON - 2 * MINUTE, "in", scan_id="in"),
    )
    assert near(NOON + MINUTE).before == came


def test_a_naive_time_does_not_get_in(store):
    with pytest.raises(TypeError):
        store.write(lambda db: scans.append_scan(db, scan("a", scanned_at=NOON.replace(tzinfo=None))))
    assert rows(store) == []
