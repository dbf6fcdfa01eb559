"""What the opened log promises: durable settings, one writer, readers that only read, refusals with a reason."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from entry_service.core.errors import Unavailable
from entry_service.store.database import engine
from entry_service.store.database.engine import LogInUse, UnsafeDatabase, one_at_a_time, open_store
from entry_service.store.log import scans
from entry_service.store.sites import facilities

from .conftest import facility, scan


def pragma(db, name):
    return db.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_the_embedded_writer_is_durable_and_leaves_nothing_in_free_pages(embedded):
    names = ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout")
    assert embedded.write(lambda db: [pragma(db, name) for name in names]) == ["wal", 2, 1, 1, 5000]
    assert embedded.write(lambda db: pragma(db, "wal_autocheckpoint")) == 1000


def test_only_the_writer_of_an_embedded_log_checkpoints(embedded):
    with embedded.read() as db:
        assert (pragma(db, "wal_autocheckpoint"), pragma(db, "query_only")) == (0, 1)


@pytest.mark.parametrize(
    "setting", ["synchronous=NORMAL", "secure_delete=OFF", "foreign_keys=OFF", "recursive_triggers=OFF"]
)
def test_an_embedded_log_that_could_lose_a_write_is_not_opened(databases, monkeypatch, setting):
    prepare = engine._sqlite_engine

    def weakened(url, *, readers):
        made = prepare(url, readers=readers)
        engine.event.listen(made, "connect", lambda connection, _: connection.execute(f"PRAGMA {setting}"))
        return made

    monkeypatch.setattr(engine, "_sqlite_engine", weakened)
    with pytest.raises(UnsafeDatabase) as refused:
        open_store(databases.new("sqlite"), writer=True)
    assert refused.value.facts == {"setting": setting.split("=")[0]}


def test_a_postgresql_that_does_not_wait_for_its_disk_is_not_opened(databases):
    url = make_url(databases.new("postgresql")).update_query_dict({"options": "-c synchronous_commit=off"})
    with pytest.raises(UnsafeDatabase) as refused:
        open_store(url.render_as_string(hide_password=False), writer=True)
    assert refused.value.facts == {"setting": "synchronous_commit"}


def test_a_second_writer_of_the_embedded_log_is_refused_in_this_and_in_another_process(embedded):
    url = embedded.url.render_as_string()
    with pytest.raises(LogInUse):
        open_store(url, writer=True)
    program = f"from entry_service.store.database.engine import open_store; open_store({url!r}, writer=True)"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert other.returncode == 1
    assert "log_in_use" in other.stderr
    embedded.close()
    open_store(url, writer=True).close()


def test_a_refused_opening_gives_the_lock_back(databases, monkeypatch):
    url = databases.new("sqlite")
    with monkeypatch.context() as broken:
        broken.setattr(engine, "_assert_sqlite_is_durable", lambda db: (_ for _ in ()).throw(UnsafeDatabase))
        with pytest.raises(UnsafeDatabase):
            open_store(url, writer=True)
    open_store(url, writer=True).close()


def test_postgresql_takes_many_writers(databases):
    url = databases.new("postgresql")
    first, second = open_store(url, writer=True), open_store(url, writer=True)
    first.write(lambda db: scans.append_scan(db, scan("a")))
    second.write(lambda db: scans.append_scan(db, scan("b")))
    with first.read() as db:
        assert {scans.find_scan(db, name).scan_id for name in "ab"} == {"a", "b"}
    first.close()
    second.close()


def test_a_reader_cannot_write(store, url):
    with pytest.raises((DBAPIError, Unavailable)), store.read() as db:  # noqa: PT012
        db.execute(text("DELETE FROM facilities"))
    reader = open_store(url, writer=False)
    with pytest.raises(Unavailable) as refused:
        reader.write(lambda db: scans.append_scan(db, scan("a")))
    assert refused.value.facts == {"reason": "read_only"}
    reader.close()


def test_a_reader_sees_one_snapshot(store):
    store.write(lambda db: scans.append_scan(db, scan("a")))
    with store.read() as db:
        assert scans.find_scan(db, "a") is not None
        store.write(lambda inner: scans.append_scan(inner, scan("b")))
        assert scans.find_scan(db, "b") is None
    with store.read() as db:
        assert scans.find_scan(db, "b") is not None


def test_what_a_failed_write_did_is_undone(store):
    def half(db):
        scans.append_scan(db, scan("a"))
        raise KeyError("the caller's own")

    with pytest.raises(KeyError, match="own"):
        store.write(half)
    with store.read() as db:
        assert scans.find_scan(db, "a") is None


def test_of_transactions_that_name_the_same_subject_one_runs_at_a_time(store):
    """Count-then-insert by many at once must not pass the limit; without the lock PostgreSQL would let it."""
    together = Event()

    def enter_if_fewer_than_three(number):
        def work(db):
            one_at_a_time(db, b"subject")
            if len(facilities.all(db)) >= 3:
                return False
            facilities.add(db, facility(f"GP-{number:03}"))
            return True

        together.wait()
        return store.write(work)

    with ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(enter_if_fewer_than_three, number) for number in range(12)]
        together.set()
        assert sum(job.result() for job in asked) == 3


def test_no_free_connection_is_a_refusal_and_not_a_fault(databases, monkeypatch):
    monkeypatch.setattr(engine, "SECONDS_FOR_A_CONNECTION", 0.05)
    store = open_store(databases.new("postgresql"), writer=True)
    held = [store._engine.connect() for _ in range(engine.CONNECTIONS)]
    with pytest.raises(Unavailable, match="busy"), store.read():
        pytest.fail("there was a connection")
    with pytest.raises(Unavailable, match="busy"):
        store.write(lambda db: None)
    for connection in held:
        connection.close()
    store.write(lambda db: scans.append_scan(db, scan("a")))
    store.close()


def test_a_transaction_that_the_server_breaks_off_is_repeated(databases):
    store = open_store(databases.new("postgresql"), writer=True)
    attempts = []

    def deadlocks_twice(db):
        attempts.append(1)
        scans.append_scan(db, scan("a"))
        if len(attempts) < 3:
            db.execute(text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$"))
        return len(attempts)

    assert store.write(deadlocks_twice) == 3

    def always(db):
        attempts.append(1)
        db.execute(text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'serialization_failure'; END $$"))

    attempts.clear()
    with pytest.raises(Unavailable):
        store.write(always)
    assert len(attempts) == engine.RETRIES + 1
    store.close()


def test_a_server_that_takes_no_writes_is_a_refusal(databases):
    url = make_url(databases.new("postgresql")).update_query_dict(
        {"options": "-c default_transaction_read_only=on"}
    )
    store = open_store(url.render_as_string(hide_password=False), writer=True)
    with pytest.raises(Unavailable):
        store.write(lambda db: scans.append_scan(db, scan("a")))
    store.close()


def test_connections_that_the_server_cut_are_replaced(databases):
    url = databases.new("postgresql")
    store = open_store(url, writer=True)
    other = open_store(url, writer=True)
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    cut = text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    for _ in range(3):
        other.write(lambda db: db.execute(cut).all())
        store.write(lambda db: scans.append_scan(db, scan("a")))
    with store.read() as db:
        assert scans.find_scan(db, "a") is not None

    def cut_under_my_feet(db):
        scans.append_scan(db, scan("b"))
        other.write(lambda inner: inner.execute(cut).all())
        return scans.find_scan(db, "b")

    with pytest.raises(Unavailable):
        store.write(cut_under_my_feet)
    with store.read() as db:
        assert scans.find_scan(db, "b") is None
    store.close()
    other.close()


def test_the_log_describes_itself(store, kind):
    described = store.describe()
    assert described["database"] == kind
    assert described["version"]
