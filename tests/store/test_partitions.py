"""The log by days on PostgreSQL: every scan has a partition, a day goes whole, an id is one reading."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from entry_service.core.errors import ScanConflict
from entry_service.store.database import migrate
from entry_service.store.database.engine import open_store
from entry_service.store.log import partitions, purged, scans, slips, voids
from entry_service.store.retention import retention
from entry_service.store.sites import facilities

from .conftest import NOON, facility, scan

TODAY = date(2020, 8, 25)
ONE = timedelta(days=1)
MIDNIGHT = NOON.replace(hour=15) - ONE  # of TODAY, in Korea


@pytest.fixture
def parted(databases):
    """Return a log on PostgreSQL, opened for writing."""
    opened = open_store(databases.new("postgresql"), writer=True)
    yield opened
    opened.close()


def append(store, *many):
    for one in many:
        store.write(lambda db, one=one: scans.append_scan(db, one))


def places(store):
    """Return scan_id → partition and number of every row."""
    with store.read() as db:
        rows = db.execute(text("SELECT scan_id, tableoid::regclass::text, seq FROM scans"))
        return {scan_id: (table, seq) for scan_id, table, seq in rows}


def mark(store, end):
    store.write(lambda db: purged.move_mark(db, end))


def test_days_are_made_ahead_once_by_many_that_start_together(parted):
    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(lambda _: partitions.keep_ahead(parted, NOON), range(6)))
    with parted.read() as db:
        made = partitions.days_made(db)
    assert made == {TODAY + days * ONE for days in range(-partitions.BEHIND, partitions.AHEAD + 1)}
    assert partitions.keep_ahead(parted, NOON + ONE)


def test_an_embedded_log_has_no_partitions_and_is_left_alone(embedded):
    assert partitions.keep_ahead(embedded, NOON)
    assert partitions.drop_days(embedded, NOON)


def test_a_scan_without_a_partition_is_kept_and_moves_into_its_day_later(parted):
    far = scan("far", scanned_at=NOON + 40 * ONE)
    many = [
        scan("first", scanned_at=MIDNIGHT),
        scan("last", scanned_at=MIDNIGHT + ONE - timedelta(microseconds=1)),
    ]
    append(parted, *many, far, scan("next", scanned_at=MIDNIGHT + ONE))
    before = places(parted)
    assert {table for table, _ in before.values()} == {partitions.OTHER}
    assert partitions.keep_ahead(parted, NOON)
    after = places(parted)
    assert {name: number for name, (_, number) in after.items()} == {
        n: number for n, (_, number) in before.items()
    }
    days = {"first": "scans_20200825", "last": "scans_20200825", "next": "scans_20200826", "far": partitions.OTHER}
    assert {name: table for name, (table, _) in after.items()} == days
    with pytest.raises(ScanConflict):
        append(parted, replace(far, scanned_at=NOON))


@pytest.mark.parametrize("table", ["scans_20200825", partitions.OTHER])
@pytest.mark.parametrize("statement", ["UPDATE {} SET gate = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_a_partition_by_itself_is_as_append_only_as_the_log(parted, table, statement):
    partitions.keep_ahead(parted, NOON)
    append(parted, scan("a"), scan("b", scanned_at=NOON - 300 * ONE))
    with pytest.raises(DBAPIError, match="append-only"):
        parted.write(lambda db: db.execute(text(statement.format(table))))
    assert len(places(parted)) == 2


def test_one_id_is_one_reading_in_the_whole_log_whatever_its_day(store):
    """Many at once bring one id with times of several days: one is kept, all others are told of the conflict."""
    partitions.keep_ahead(store, NOON)
    together = threading.Barrier(12)

    def bring(number):
        together.wait(20)
        try:
            return store.write(lambda db: scans.append_scan(db, scan("a", scanned_at=NOON + number % 6 * ONE)))[1]
        except ScanConflict:
            return None

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(bring, range(12)))
    assert sorted(answers, key=str) == [False, *[None] * 10, True]
    with store.read() as db:
        assert len(scans.scans_between(db, None, NOON - ONE, NOON + 9 * ONE)) == 1


def test_a_due_day_goes_whole_with_what_hangs_on_its_scans(parted):
    many = [scan(f"{days}-{n}", scanned_at=NOON + days * ONE) for days in (-2, -1, 0) for n in range(3)]

    def fill(db):
        facilities.add(db, facility("GP-001"))
        scans.append_many(db, many)
        for days in (-2, -1, 0):
            voids.add(db, f"{days}-0", voided_at=NOON, voided_by="D-1", reason="undo")
            slips.add(db, f"{days}-1", "GP-001", TODAY + days * ONE, "0001")

    parted.write(fill)
    with pytest.raises(ValueError, match="append-only"):
        partitions.drop_days(parted, MIDNIGHT)
    mark(parted, MIDNIGHT)
    assert partitions.drop_days(parted, MIDNIGHT)
    assert set(places(parted)) == {"0-0", "0-1", "0-2"}
    with parted.read() as db:
        assert partitions.days_made(db) == {TODAY}
        assert [*db.execute(text("SELECT scan_id FROM voids UNION ALL SELECT scan_id FROM slips")).scalars()] == [
            "0-0",
            "0-1",
        ]


def test_a_reader_in_the_way_delays_the_drop_and_not_the_doors(parted, monkeypatch):
    monkeypatch.setattr(partitions, "TRIES", 3)
    monkeypatch.setattr(partitions, "PAUSE", 0.05)
    parted.write(lambda db: scans.append_many(db, [scan("old", scanned_at=NOON - 2 * ONE), scan("new")]))
    mark(parted, MIDNIGHT)
    with parted.read() as db, ThreadPoolExecutor(1) as pool:
        assert scans.find_scan(db, "old") is not None
        dropping = pool.submit(partitions.drop_days, parted, MIDNIGHT)
        waits = []
        while not dropping.done():
            begun = time.monotonic()
            append(parted, scan(f"door-{len(waits)}"))
            waits.append(time.monotonic() - begun)
        assert dropping.result() is False
        assert max(waits) < 5  # lock_timeout, after which a door is refused
        assert parted.write(lambda db: retention.delete_scans(db, MIDNIGHT, 10)) == 1
    assert "old" not in places(parted)
    assert partitions.drop_days(parted, MIDNIGHT)


def test_a_question_about_one_day_reads_the_partition_of_that_day_alone(parted):
    partitions.keep_ahead(parted, NOON)
    with parted.read() as db:
        bounds = {"start": 1_598_281_200_000_000, "end": 1_598_367_600_000_000}
        query = "EXPLAIN SELECT * FROM scans WHERE scanned_at >= :start AND scanned_at < :end"
        plan = "\n".join(db.execute(text(query), bounds).scalars())
    assert "scans_20200825" in plan
    assert "scans_20200824" not in plan
    assert partitions.OTHER not in plan


def unparted(databases):
    """Return the address of a log as it was before, with rows of three days."""
    url = databases.new("postgresql", "empty")
    migrate.migrate(url, revision="0005")
    many = [scan(f"{days}-{n}", scanned_at=NOON + days * ONE) for days in (-1, 0, 9) for n in range(4)]
    connected = create_engine(url)
    with connected.begin() as db:
        for one in many:
            marks = ", ".join(["%s"] * len(scans.FIELDS))
            db.exec_driver_sql(
                f"INSERT INTO scans ({', '.join(scans.FIELDS)}) VALUES ({marks})", scans._values(one)
            )
    return connected, url, many


def test_an_existing_log_is_moved_into_partitions_row_by_row(databases):
    connected, url, many = unparted(databases)
    everything = text("SELECT * FROM scans ORDER BY seq")
    with connected.begin() as db:
        before = db.execute(everything).all()
    migrate.migrate(url)
    with connected.begin() as db:
        assert db.execute(everything).all() == before
    connected.dispose()
    store = open_store(url, writer=True)
    assert {table for table, _ in places(store).values()} == {"scans_20200824", "scans_20200825", "scans_20200903"}
    append(store, many[0], scan("new"))
    assert places(store)["new"][1] > before[-1].seq
    with pytest.raises(DBAPIError, match="append-only"):
        store.write(lambda db: db.execute(text("TRUNCATE scans_20200824")))
    store.close()


def test_a_move_that_loses_a_row_is_undone_as_a_whole(databases, monkeypatch, tmp_path):
    connected, url, many = unparted(databases)
    with connected.begin() as db:  # the copy then lacks one row, and the proof has to find it
        db.exec_driver_sql(
            "CREATE FUNCTION lose_one() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF EXISTS (SELECT FROM pg_class WHERE relname = 'scans_unparted') "
            "AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'one_is_lost') "
            "AND to_regclass('scans_20200903') IS NOT NULL THEN "
            "CREATE TRIGGER one_is_lost BEFORE INSERT ON scans FOR EACH ROW "
            "WHEN (NEW.scan_id = '0-2') EXECUTE FUNCTION suppress(); END IF; END $$"
        )
        db.exec_driver_sql(
            "CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
        )
        db.exec_driver_sql(
            "CREATE EVENT TRIGGER losing ON ddl_command_end WHEN TAG IN ('CREATE TABLE') "
            "EXECUTE FUNCTION lose_one()"
        )
    with pytest.raises(RuntimeError, match="differs"):
        migrate.migrate(url)
    with connected.begin() as db:
        assert db.execute(text("SELECT count(*) FROM scans")).scalar() == len(many)
        assert db.execute(text("SELECT to_regclass('scans_unparted')")).scalar() is None
        assert db.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0005"
    connected.dispose()
