"""Group commit: many callers, one writing connection, one durable transaction for all who came meanwhile.

An embedded SQLite pays one flush to disk per commit. The writer thread takes whatever is waiting, runs each
caller's function in a savepoint of its own, commits once, and only then wakes the callers. An answer means:
on disk.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from entry_service.core.errors import EntryError, Unavailable

T = TypeVar("T")
Job = tuple[Callable[[Connection], Any], Future]
BATCH = 200  # functions in one transaction at the most; measured in docs/storage.md
SECONDS_TO_WAIT = 30


class GroupCommitWriter:
    """The only connection that writes: a thread that commits what its callers bring, together."""

    def __init__(self, engine: Engine) -> None:
        """Start the writer thread on an engine in autocommit mode; it opens the connection itself."""
        self._engine = engine
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def write(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` inside the next transaction and return its result once that is durable.

        Raises whatever ``fn`` raises, after undoing only what ``fn`` wrote; ``Unavailable`` when the transaction
        could not be committed or the writer is closed.
        """
        if self._closed:
            raise Unavailable(reason="closed")
        future: Future[T] = Future()
        self._jobs.put((fn, future))
        try:
            return future.result(timeout=SECONDS_TO_WAIT)
        except TimeoutError as late:
            raise Unavailable(reason="timeout") from late

    def close(self) -> None:
        """Finish what was accepted, then stop."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._thread.join()

    def _run(self) -> None:
        with self._engine.connect() as connection:
            while batch := self._gather():
                self._commit(connection, batch)
        self._refuse_the_rest()

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

    def _commit(self, connection: Connection, batch: list[Job]) -> None:
        answers: list[tuple[Future, Any, BaseException | None]] = []
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            answers = [(future, *_attempt(connection, fn)) for fn, future in batch]
            connection.exec_driver_sql("COMMIT")
        except DBAPIError as failure:
            _undo(connection)
            _tell(batch, failure)
            return
        for future, result, error in answers:
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

    def _refuse_the_rest(self) -> None:
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is not None:
                job[1].set_exception(Unavailable(reason="closed"))


def _attempt(connection: Connection, fn: Callable[[Connection], T]) -> tuple[T | None, BaseException | None]:
    """Run one caller's function in a savepoint; a failure of the database itself fails the whole batch."""
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        result = fn(connection)
    except DBAPIError as failure:
        if not isinstance(failure, IntegrityError):
            raise  # disk full, read-only, locked: nothing of this batch may be acknowledged
        connection.exec_driver_sql("ROLLBACK TO job")
        return None, failure
    except BaseException as error:  # the caller's own failure travels to the caller; the thread must live on
        connection.exec_driver_sql("ROLLBACK TO job")
        return None, error
    connection.exec_driver_sql("RELEASE job")
    return result, None


def _undo(connection: Connection) -> None:
    """Roll back if a transaction is still open; SQLite ends it by itself after some failures."""
    if connection.connection.dbapi_connection.in_transaction:
        connection.exec_driver_sql("ROLLBACK")


def _tell(batch: list[Job], failure: DBAPIError) -> None:
    """Tell every caller of the batch that nothing was written."""
    for _, future in batch:
        refusal: EntryError = Unavailable(reason=type(failure.orig).__name__)
        refusal.__cause__ = failure
        future.set_exception(refusal)
