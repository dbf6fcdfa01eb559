"""Group commit: callers share a flush and nothing else; whatever is not on disk is not acknowledged."""

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from entry_service.core.errors import Unavailable
from entry_service.store.database import writer
from entry_service.store.database.engine import open_store
from entry_service.store.log import scans
from entry_service.store.sites import facilities

from .conftest import NOON, facility, scan


def append(store, scan_id, **facts):
    return store.write(lambda db: scans.append_scan(db, scan(scan_id, **facts)))


def logged(store):
    with store.read() as db:
        many = scans.scans_between(db, None, NOON - timedelta(days=2), NOON + timedelta(days=2))
    return {one.scan_id for one in many}


@pytest.fixture
def commits(embedded):
    """Return the statements that the writing connection ran."""
    seen = []
    embedded.write(lambda db: db.connection.dbapi_connection.set_trace_callback(seen.append))
    seen.clear()
    yield seen
    embedded.write(lambda db: db.connection.dbapi_connection.set_trace_callback(None))


def together(store, jobs):
    """Run all jobs as one batch: they queue up while the writer is busy. Return results or errors, in order."""
    busy, go = threading.Event(), threading.Event()

    def hold(db):
        busy.set()
        assert go.wait(20)

    def run(job):
        try:
            return store.write(job)
        except BaseException as error:
            return error

    with ThreadPoolExecutor(len(jobs) + 1) as pool:
        holding = pool.submit(store.write, hold)
        assert busy.wait(20)
        asked = []
        for number, job in enumerate(jobs, 1):
            asked.append(pool.submit(run, job))
            while store._writer._jobs.qsize() < number:
                pass
        go.set()
        holding.result()
        return [each.result() for each in asked]


def test_callers_that_come_together_share_one_flush(embedded, commits):
    jobs = [lambda db, i=i: scans.append_scan(db, scan(f"scan-{i}")) for i in range(50)]
    answers = together(embedded, jobs)
    assert all(new for _, new in answers)
    assert commits.count("COMMIT") == 2  # the one that held the writer, and all the others
    assert len(logged(embedded)) == 50


def test_a_batch_has_an_end(embedded, commits, monkeypatch):
    monkeypatch.setattr(writer, "BATCH", 10)
    together(embedded, [lambda db, i=i: scans.append_scan(db, scan(f"scan-{i}")) for i in range(25)])
    assert commits.count("COMMIT") == 4
    assert len(logged(embedded)) == 25


def fails_in(statement=None, error=None):
    def job(db):
        scans.append_scan(db, scan("of the one that fails"))
        if statement is not None:
            db.exec_driver_sql(*statement)
        raise error

    return job


@pytest.mark.parametrize(
    ("job", "told"),
    [
        (fails_in(error=KeyError("mine")), KeyError),
        (fails_in(("SELECT * FROM nowhere",)), OperationalError),
        (fails_in(("INSERT INTO facilities (facility_id) VALUES ('x')",)), IntegrityError),
        (fails_in(("SELECT ?", (object(),))), Exception),
        (fails_in(("SELECT ?", (2**70,))), OverflowError),
        (fails_in(("UPDATE scans SET gate = 'x'",)), IntegrityError),
        (fails_in(error=SystemExit()), SystemExit),
    ],
    ids=["own error", "bad statement", "constraint", "bad type", "too large", "append-only", "exit"],
)
def test_one_caller_that_fails_does_not_hurt_the_others(embedded, job, told):
    good = [lambda db, i=i: scans.append_scan(db, scan(f"scan-{i}")) for i in range(4)]
    answers = together(embedded, [*good[:2], job, *good[2:]])
    assert isinstance(answers[2], told)
    assert not isinstance(answers[2], Unavailable)
    assert [answers[i][1] for i in (0, 1, 3, 4)] == [True] * 4
    assert logged(embedded) == {f"scan-{i}" for i in range(4)}


def test_savepoints_are_paid_only_by_a_batch_in_which_one_fails(embedded, commits):
    good = [lambda db, i=i: scans.append_scan(db, scan(f"scan-{i}")) for i in range(4)]
    assert [new for _, new in together(embedded, good)] == [True] * 4
    assert [one for one in commits if one.startswith(("SAVEPOINT", "ROLLBACK"))] == []
    later = [lambda db, i=i: scans.append_scan(db, scan(f"later-{i}")) for i in range(4)]
    answers = together(embedded, [*later, fails_in(error=KeyError("mine"))])
    assert [new for _, new in answers[:4]] == [True] * 4  # run twice, new all the same
    assert commits.count("SAVEPOINT job") == 5
    assert len(logged(embedded)) == 8


def test_a_full_disk_acknowledges_nothing_and_the_log_goes_on_when_there_is_room(embedded):
    append(embedded, "before")
    pages = embedded.write(lambda db: db.exec_driver_sql("PRAGMA page_count").scalar())
    embedded.write(lambda db: db.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar())
    jobs = [lambda db, i=i: scans.append_scan(db, scan(f"scan-{i}", gate="x" * 3_000)) for i in range(30)]
    answers = together(embedded, jobs)
    assert {type(answer) for answer in answers} == {Unavailable}
    assert {answer.facts["reason"] for answer in answers} == {"SQLITE_FULL"}
    assert logged(embedded) == {"before"}
    embedded.write(lambda db: db.exec_driver_sql("PRAGMA max_page_count=1000000").scalar())
    append(embedded, "after")
    assert logged(embedded) == {"before", "after"}


def test_a_log_that_has_become_read_only_acknowledges_nothing(embedded):
    embedded.write(lambda db: db.exec_driver_sql("PRAGMA query_only=ON"))
    with pytest.raises(Unavailable) as refused:
        append(embedded, "a")
    assert refused.value.facts == {"reason": "SQLITE_READONLY"}
    assert logged(embedded) == set()


def test_a_log_locked_by_somebody_else_is_a_refusal_and_comes_back(databases, monkeypatch):
    monkeypatch.setattr("entry_service.store.database.engine.BUSY_MILLISECONDS", 50)
    store = open_store(databases.new("sqlite"), writer=True)
    stranger = sqlite3.connect(store.path, isolation_level=None)
    stranger.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable) as refused:
        append(store, "a")
    assert refused.value.facts == {"reason": "SQLITE_BUSY"}
    stranger.execute("ROLLBACK")
    stranger.close()
    append(store, "b")
    assert logged(store) == {"b"}
    store.close()


FLUSH = """
import sys
from benchmarks.simulated_disk import NoSharedSqlite, SimulatedDisk
from entry_service.core.errors import Unavailable
from entry_service.store.log import scans
from entry_service.store.database.engine import open_store
from tests.store.conftest import scan

disk = SimulatedDisk(fail_sync_at=10)
try:
    disk.install()
except NoSharedSqlite as reason:
    sys.exit(f"skip: {reason}")
store = open_store(sys.argv[1], writer=True)
for number in range(40):
    try:
        store.write(lambda db: scans.append_scan(db, scan(f"scan-{number}")))
        print("ok", f"scan-{number}")
    except Unavailable as refused:
        print("refused", refused.facts["reason"])
"""


def test_after_a_flush_that_failed_nothing_is_acknowledged_any_more(databases):
    """The tenth flush of a process of its own answers EIO."""
    url = databases.new("sqlite")
    ran = subprocess.run([sys.executable, "-c", FLUSH, url], capture_output=True, text=True, timeout=60)
    if ran.stderr.startswith("skip: "):
        pytest.skip(ran.stderr.strip())
    told = [line.split() for line in ran.stdout.splitlines()]
    acknowledged = [scan_id for word, scan_id in told if word == "ok"]
    first = [word for word, _ in told].index("refused")
    assert first > 5
    assert told[first] == ["refused", "SQLITE_IOERR_FSYNC"]
    assert {tuple(line) for line in told[first + 1 :]} == {("refused", "flush_failed")}
    store = open_store(url, writer=True)
    assert set(acknowledged) <= logged(store)
    append(store, "after the restart")
    store.close()


def test_closing_finishes_what_was_accepted_and_refuses_the_rest(databases):
    store = open_store(databases.new("sqlite"), writer=True)
    busy, go = threading.Event(), threading.Event()

    def slow(db):
        busy.set()
        go.wait(20)
        return scans.append_scan(db, scan("accepted"))

    with ThreadPoolExecutor(2) as pool:
        accepted = pool.submit(store.write, slow)
        assert busy.wait(20)
        closing = pool.submit(store._writer.close)
        while store._writer._refusing is None:
            pass
        with pytest.raises(Unavailable) as refused:
            append(store, "too late")
        go.set()
        assert accepted.result()[1]
        closing.result()
    assert refused.value.facts == {"reason": "closed"}
    assert logged(store) == {"accepted"}
    store.close()
    store.close()


def test_a_caller_does_not_wait_for_ever(embedded, monkeypatch):
    monkeypatch.setattr(writer, "SECONDS_TO_WAIT", 0.05)
    go = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(embedded.write, lambda db: go.wait(20))
        with pytest.raises(Unavailable, match="timeout"):
            append(embedded, "late")
        go.set()
        with pytest.raises(Unavailable, match="timeout"):
            held.result()


def test_a_connection_that_breaks_is_replaced(embedded):
    embedded.write(lambda db: facilities.add(db, facility("GP-001")))
    with pytest.raises(Unavailable):
        embedded.write(lambda db: db.connection.dbapi_connection.close())
    append(embedded, "after")
    assert logged(embedded) == {"after"}
