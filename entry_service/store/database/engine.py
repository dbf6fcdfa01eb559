"""Open the entry log: SQLite with exactly one writing connection, or PostgreSQL by URL. Same code, same tests.

The traps of the embedded database and what is done about each are in docs/storage.md.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.pool import QueuePool

from entry_service.core.errors import Unavailable

from . import reserve
from .faults import FAULTS, is_ill, reason_of
from .locks import HeldLock, LogInUse, advisory_number, all_at_a_time, one_at_a_time
from .writer import BUSY_MILLISECONDS, GroupCommitWriter

# Statements and rows hold passes and contacts: the engine stays silent whatever level the root logger is given.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)

__all__ = ["HeldLock", "LogInUse", "Store", "UnsafeDatabase", "all_at_a_time", "one_at_a_time", "open_store"]
T = TypeVar("T")
CHECKPOINT_TRIES, CHECKPOINT_PAUSE = 25, 0.2  # seconds
RETRIES = 3
SECONDS_FOR_A_CONNECTION = 2
CONNECTIONS = 10  # that one process opens to one PostgreSQL database at the most
AWAY = (OperationalError, InterfaceError, sqlite3.OperationalError)
RETRY_STATES = {"40001", "40P01"}  # serialization failure, deadlock
READ_ONLY_STATE = "25006"  # a server that takes no writes, such as a standby
# Waiting for a lock ends in a refusal, and a transaction that was forgotten does not hold locks for ever.
POSTGRESQL_OPTIONS = "-c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"


class UnsafeDatabase(Unavailable):
    """The database does not promise that an acknowledged write survives a power cut; ``setting`` says which."""

    code = "unsafe_database"
    sentence = "데이터베이스 설정이 기록의 보존을 보장하지 않아 시작하지 않습니다."


class Store:
    """One opened database: ``read()`` gives a snapshot, ``write(fn)`` returns when fn's work is durable."""

    def __init__(self, url: str, *, writer: bool) -> None:
        """Open the database; see ``open_store``."""
        self.url = make_url(url)
        self.embedded = self.url.get_backend_name() == "sqlite"
        self.writable = writer
        self._lock = HeldLock(self.path) if self.embedded and writer else None
        self._writer: GroupCommitWriter | None = None
        self._writing_engine: Engine | None = None
        self._held: dict[bytes, Lock] = {}
        self._engine = _sqlite_engine(url, readers=True) if self.embedded else _postgresql_engine(url)
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        if not self.embedded:
            with self._engine.connect() as connection:
                _assert_postgresql_is_durable(connection)
        elif self.writable:
            self._writing_engine = _sqlite_engine(self.url, readers=False)
            with self._writing_engine.connect() as connection:
                _assert_sqlite_is_durable(connection)
            self._writer = GroupCommitWriter(self._writing_engine, lambda: reserve.release(self.path.parent))

    @property
    def path(self) -> Path:
        """Return the file of an embedded database."""
        return Path(self.url.database or "")

    @contextmanager
    def read(self, *, snapshot: bool = True) -> Iterator[Connection]:
        """Give a connection that sees one snapshot and cannot write; a single statement needs no ``snapshot``."""
        try:
            with self._engine.connect() as connection:
                if self.embedded and not snapshot:
                    yield connection
                elif self.embedded:
                    driver = connection.connection.dbapi_connection
                    driver.execute("BEGIN")
                    try:
                        yield connection
                    finally:
                        driver.execute("ROLLBACK")
                else:
                    connection.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
                    yield connection
        except FAULTS as failure:
            if isinstance(failure, PoolExhausted):
                raise Unavailable(reason="busy") from failure
            if isinstance(failure, AWAY) or is_ill(failure):
                raise Unavailable(reason=reason_of(failure)) from failure
            raise

    def write(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn(connection)`` in a transaction and return its result once it is durable.

        On SQLite several callers share a transaction, each in a savepoint (store/database/writer.py).
        On PostgreSQL each call has a transaction of its own, repeated when the server asks for it. ``fn`` may
        therefore run again.
        """
        if self._writer is not None:
            return self._writer.write(fn)
        if not self.writable or self.embedded:
            raise Unavailable(reason="read_only")
        for attempt in range(RETRIES + 1):
            try:
                with self._engine.begin() as connection:
                    return fn(connection)
            except DBAPIError as failure:
                state = getattr(failure.orig, "sqlstate", None)
                if state in RETRY_STATES and attempt < RETRIES:
                    continue
                if isinstance(failure, OperationalError | InterfaceError) or state == READ_ONLY_STATE:
                    raise Unavailable(reason=type(failure.orig).__name__) from failure
                raise
            except PoolExhausted as busy:
                raise Unavailable(reason="busy") from busy
        raise AssertionError("the last attempt returns or raises")

    def describe(self) -> dict[str, Any]:
        """Return what a health page may show: kind and version of the database, who writes."""
        with self.read() as connection:
            if self.embedded:
                mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
                return {"database": "sqlite", "version": sqlite3.sqlite_version, "journal": mode}
            version = connection.execute(text("SHOW server_version")).scalar()
            return {"database": "postgresql", "version": version}

    def checkpoint(self) -> bool:
        """Take everything that was committed into the database file and empty the journal beside it.

        Says whether that was done: a reader that stays for seconds keeps it from happening. Other databases look
        after their journal themselves.
        """
        if self._writer is None:
            return True
        for _ in range(CHECKPOINT_TRIES):
            if self._writer.checkpoint():
                return True
            time.sleep(CHECKPOINT_PAUSE)
        return False

    def sweep(self, tables: Iterable[str]) -> bool:
        """Let nothing of deleted rows stay readable in the files; say whether that was done.

        SQLite overwrites what it deletes, and its journal is emptied. PostgreSQL vacuums the tables.
        """
        if self.embedded:
            return self.checkpoint()
        self._maintain(f'VACUUM "{table}"' for table in tables)
        return True

    def learn(self, table: str) -> None:
        """Let PostgreSQL's planner learn what a partitioned table holds: nothing does that by itself."""
        if not self.embedded:
            self._maintain([f'ANALYZE "{table}"'])

    def _maintain(self, statements: Iterable[str]) -> None:
        """Run statements that PostgreSQL does not take inside a transaction."""
        try:
            with self._engine.connect() as connection:
                alone = connection.execution_options(isolation_level="AUTOCOMMIT")
                for statement in statements:
                    alone.exec_driver_sql(statement)
        except (OperationalError, InterfaceError) as failure:
            raise Unavailable(reason=type(failure.orig).__name__) from failure
        except PoolExhausted as busy:
            raise Unavailable(reason="busy") from busy

    @contextmanager
    def alone(self, subject: bytes) -> Iterator[bool]:
        """Hold the subject for longer than a transaction; says at once whether it was free.

        Among all processes on PostgreSQL; SQLite has one writing process, and in it threads.
        """
        if self.embedded:
            held = self._held.setdefault(subject, Lock())
            free = held.acquire(blocking=False)
            try:
                yield free
            finally:
                if free:
                    held.release()
            return
        try:
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except PoolExhausted as busy:
            raise Unavailable(reason="busy") from busy
        except OperationalError as failure:
            raise Unavailable(reason=type(failure.orig).__name__) from failure
        with connection:
            number = (advisory_number(subject),)
            free = connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", number).scalar()
            try:
                yield bool(free)
            finally:
                if free:  # a connection that is broken has given it back already
                    with suppress(DBAPIError):
                        connection.exec_driver_sql("SELECT pg_advisory_unlock(%s)", number)

    def close(self) -> None:
        """Finish accepted writes, close every connection, give the lock back."""
        if self._writer is not None:
            self._writer.close()
        self._engine.dispose()
        if self._writing_engine is not None:
            self._writing_engine.dispose()  # last of all: the last to close checkpoints
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def open_store(url: str, *, writer: bool) -> Store:
    """Open an entry log (or another database of the same making) by URL.

    Parameters
    ----------
    url : str
        ``sqlite:///path`` or ``postgresql+psycopg://…``.
    writer : bool
        Whether this process writes. On SQLite only one process may; a second gets ``LogInUse``.

    Raises
    ------
    LogInUse
        The embedded log is held by another process.
    UnsafeDatabase
        The database could lose an acknowledged write.
    """
    return Store(url, writer=writer)


def _sqlite_engine(url: str | URL, *, readers: bool) -> Engine:
    """Return an engine in autocommit mode: transactions are begun and ended by us, explicitly."""
    limits = {"pool_size": 16, "max_overflow": 48, "pool_timeout": SECONDS_FOR_A_CONNECTION}
    pool = {"poolclass": QueuePool, **limits} if readers else {}
    quiet = {"hide_parameters": True, "connect_args": {"check_same_thread": False}}
    engine = create_engine(url, isolation_level="AUTOCOMMIT", **quiet, **pool)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        connection.execute("PRAGMA foreign_keys=ON")
        if readers:
            # Only the writer may checkpoint: two connections that do can lose commits before SQLite 3.51.3.
            connection.execute("PRAGMA wal_autocheckpoint=0")
            connection.execute("PRAGMA query_only=ON")
        else:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute(
                "PRAGMA recursive_triggers=ON"
            )  # else REPLACE would pass by the append-only triggers

    return engine


def _postgresql_engine(url: str | URL) -> Engine:
    options = {} if "options" in make_url(url).query else {"options": POSTGRESQL_OPTIONS}
    return create_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=SECONDS_FOR_A_CONNECTION,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=options,
    )


def _assert_sqlite_is_durable(connection: Connection) -> None:
    switched_on = dict.fromkeys(("secure_delete", "foreign_keys", "recursive_triggers"), 1)
    wanted = {"journal_mode": "wal", "synchronous": 2, **switched_on}
    for setting, value in wanted.items():
        if connection.exec_driver_sql(f"PRAGMA {setting}").scalar() != value:
            raise UnsafeDatabase(setting=setting)


def _assert_postgresql_is_durable(connection: Connection) -> None:
    for setting in ("fsync", "full_page_writes"):
        if connection.execute(text(f"SHOW {setting}")).scalar() != "on":
            raise UnsafeDatabase(setting=setting)
    if connection.execute(text("SHOW synchronous_commit")).scalar() == "off":
        raise UnsafeDatabase(setting="synchronous_commit")
