"""Group commit: many callers, one writing connection, one durable transaction for all who came meanwhile.

An embedded SQLite pays one flush to disk per commit. The writer thread takes whatever is waiting, runs the
callers' functions, commits once, and only then wakes the callers. An answer means: on disk. Where a function
fails, all are undone and run again, each in a savepoint of its own, so that it fails alone.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from entry_service.core.errors import Unavailable

from .faults import FAULTS, code_of, is_ill, reason_of

T = TypeVar("T")
# After a flush that failed, what is on disk is not known until the file is opened anew.
UNKNOWN_ON_DISK = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}
FLUSH_FAILED = "flush_failed"
BATCH = 200  # functions in one transaction at the most; measured in docs/storage.md
SECONDS_TO_WAIT = 30
BUSY_MILLISECONDS = 5_000


class Job:
    """One caller's function, and what came of it; a bare lock wakes its caller at a third of a Future's price."""

    __slots__ = ("_answered", "_error", "_result", "fn")

    def __init__(self, fn: Callable[[Connection], Any]) -> None:
        """Keep the function."""
        self.fn = fn
        self._result: Any = None
        self._error: BaseException | None = None
        self._answered = threading.Lock()
        self._answered.acquire()

    def answer(self, result: Any, error: BaseException | None) -> None:
        """Wake the caller with the result, or with the error; said once."""
        self._result, self._error = result, error
        self._answered.release()

    def wait(self, seconds: float) -> Any:
        """Return the result or raise the error; raise ``Unavailable`` where neither came in time."""
        if not self._answered.acquire(timeout=seconds):
            raise Unavailable(reason="timeout")
        if self._error is not None:
            raise self._error
        return self._result


class Checkpoint(Job):
    """A wish to have the journal emptied: between transactions, by the one connection that may."""

    __slots__ = ()

    def __init__(self) -> None:
        """Bring nothing to the transaction."""
        super().__init__(lambda db: None)

    def attempt(self, driver: sqlite3.Connection) -> bool:
        """Empty the journal unless a reader still needs it; writers that wait do not wait for readers."""
        driver.execute("PRAGMA busy_timeout=0")
        try:
            busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            driver.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        return not busy


class GroupCommitWriter:
    """The only connection that writes: a thread that commits what its callers bring, together."""

    def __init__(self, engine: Engine, make_room: Callable[[], bool] = lambda: False) -> None:
        """Start the writer thread on an engine in autocommit mode; it opens the connection itself.

        ``make_room`` is called when the disk is full; where it made some, the batch is tried once more.
        """
        self._engine, self._make_room = engine, make_room
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._refusing: str | None = None  # why no more work is accepted
        self._accepting = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def write(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` inside the next transaction and return its result once that is durable; it may run again.

        Raises whatever ``fn`` raises, after undoing only what ``fn`` wrote; ``Unavailable`` when the transaction
        could not be committed, or when the writer is closed or has stopped after a failed flush.
        """
        return self._submit(Job(fn))

    def checkpoint(self) -> bool:
        """Empty the journal into the database file, after whatever waits; say whether no reader was in the way."""
        return self._submit(Checkpoint())

    def close(self) -> None:
        """Finish what was accepted, then stop."""
        self._refuse("closed")
        self._jobs.put(None)
        self._thread.join()

    def _submit(self, job: Job) -> Any:
        with self._accepting:
            if self._refusing is not None:
                raise Unavailable(reason=self._refusing)
            self._jobs.put(job)
        return job.wait(SECONDS_TO_WAIT)

    def _refuse(self, reason: str) -> None:
        with self._accepting:
            self._refusing = self._refusing or reason

    def _run(self) -> None:
        """Commit batch after batch until the end mark; a connection that fails is told to callers and replaced."""
        while True:
            try:
                connection = self._engine.connect()
            except (DBAPIError, sqlite3.Error) as failure:
                batch = self._gather()
                if not batch:
                    return
                _tell(batch, Unavailable(reason=type(failure).__name__), failure)
                continue
            with connection:
                try:
                    while batch := self._gather():
                        self._commit(connection, batch)
                    return
                except FAULTS:  # it cannot even be rolled back; the batch has been told
                    connection.invalidate()

    def _gather(self) -> list[Job]:
        """Return everything that waits, at least one job; an empty list means: closed."""
        batch = []
        job = self._jobs.get()
        while job is not None:
            batch.append(job)
            if len(batch) == BATCH:
                return batch
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return batch
        if batch:  # finish these first, find the end mark again next time
            self._jobs.put(None)
        return batch

    def _commit(self, connection: Connection, batch: list[Job], *, again: bool = False) -> None:
        if self._refusing == FLUSH_FAILED:
            _tell(batch, Unavailable(reason=FLUSH_FAILED))
            return
        try:
            driver = connection.connection.dbapi_connection
            answers = _run(connection, driver, batch)
            driver.execute("COMMIT")
        except BaseException as failure:  # whatever it was, no caller may wait for ever
            if code_of(failure) in UNKNOWN_ON_DISK:
                self._refuse(FLUSH_FAILED)
            if code_of(failure) == sqlite3.SQLITE_FULL and not again and self._make_room():
                if _in_transaction(connection):
                    connection.exec_driver_sql("ROLLBACK")
                self._commit(connection, batch, again=True)
                return
            _tell(batch, Unavailable(reason=reason_of(failure)), failure)
            if _in_transaction(connection):
                connection.exec_driver_sql("ROLLBACK")
            return
        for job, result, error in answers:
            if isinstance(job, Checkpoint):
                _checkpoint(job, driver)
            else:
                job.answer(result, error)


def _checkpoint(job: Checkpoint, driver: sqlite3.Connection) -> None:
    """Try it and answer; what was committed is committed, whatever comes of it."""
    try:
        job.answer(job.attempt(driver), None)
    except sqlite3.Error as failure:
        _tell([job], Unavailable(reason=reason_of(failure)), failure)


def _run(
    connection: Connection, driver: sqlite3.Connection, batch: list[Job]
) -> list[tuple[Job, Any, BaseException | None]]:
    """Run the functions in a new transaction; return each job with its result or its own error."""
    driver.execute("BEGIN IMMEDIATE")
    try:
        return [(job, job.fn(connection), None) for job in batch]
    except BaseException as error:
        if is_ill(error) or not driver.in_transaction:
            raise
    driver.execute("ROLLBACK")
    driver.execute("BEGIN IMMEDIATE")
    return [(job, *_attempt(connection, driver, job.fn)) for job in batch]


def _attempt(
    connection: Connection, driver: sqlite3.Connection, fn: Callable[[Connection], T]
) -> tuple[T | None, BaseException | None]:
    """Run one caller's function in a savepoint; a failure of the database itself fails the whole batch."""
    driver.execute("SAVEPOINT job")
    try:
        result = fn(connection)
    except BaseException as error:  # the caller's own failure travels to the caller; the thread must live on
        if is_ill(error) or not driver.in_transaction:
            raise
        driver.execute("ROLLBACK TO job")
        driver.execute("RELEASE job")
        return None, error
    driver.execute("RELEASE job")
    return result, None


def _in_transaction(connection: Connection) -> bool:
    """Say whether the transaction is still open; SQLite ends it by itself after some failures."""
    return connection.connection.dbapi_connection.in_transaction


def _tell(batch: list[Job], refusal: Unavailable, cause: BaseException | None = None) -> None:
    """Tell every caller of the batch that nothing was written."""
    for job in batch:
        own = Unavailable(**refusal.facts)  # each caller raises its own, with its own traceback
        own.__cause__ = cause
        job.answer(None, own)
