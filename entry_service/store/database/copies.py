"""Copies of a whole database while the service goes on: SQLite's backup, or pg_dump of a counted snapshot."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, inspect, make_url, text
from sqlalchemy.exc import OperationalError

from entry_service.core.errors import Unavailable
from entry_service.durable import sync_path

from .engine import HeldLock, LogInUse, open_store
from .faults import is_damage, reason_of

Rows = dict[str, int]  # table → rows
JOURNALS = (
    "-wal",
    "-shm",
    "-journal",
)  # they are applied to whatever file lies beside them

_OURS = (  # what an extension brought stays with it: it is no part of a backup's rows, and cannot be dropped alone
    "= current_schema()::regnamespace AND NOT EXISTS (SELECT FROM pg_depend "
    "WHERE classid = one.tableoid AND objid = one.oid AND deptype = 'e')"
)
OWN = {  # kind → what there is of it in our schema of PostgreSQL, as it is named in a statement
    "TABLE": f"SELECT oid::regclass::text FROM pg_class one WHERE relkind IN ('r', 'p') AND relnamespace {_OURS}",
    "SEQUENCE": f"SELECT oid::regclass::text FROM pg_class one WHERE relkind = 'S' AND relnamespace {_OURS}",
    "ROUTINE": f"SELECT oid::regprocedure::text FROM pg_proc one WHERE pronamespace {_OURS}",  # aggregates as well
}
_ANOTHER = text(  # by our account: whoever is there by another one is no service, and may only hold a lock
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = session_user "
    "AND pid <> pg_backend_pid() AND backend_type = 'client backend')"
)
LOOKS = 50  # of a tenth of a second: how long a connection that was closed may still be seen
LOCK_WAIT = "5s"
_LOCKED = "55P03"  # lock_not_available


def describe(url: str) -> dict[str, Any]:
    """Return kind, version and journal; raise ``UnsafeDatabase`` where PostgreSQL could lose writes."""
    store = open_store(url, writer=False)
    try:
        return store.describe()
    finally:
        store.close()


def sqlite_file(url: str) -> Path | None:
    """Return the file of an embedded database, None for another."""
    address = make_url(url)
    return Path(address.database or "").resolve() if address.get_backend_name() == "sqlite" else None


def flaw(url: str) -> str:
    """Return what SQLite finds wrong with the pages of a live database, by its first line; empty where nothing is.

    Reads the whole file, beside the service. PostgreSQL checks each page as it reads it, where it keeps checksums.
    """
    address = make_url(url)
    file = Path(address.database or "")
    if address.get_backend_name() != "sqlite" or not file.exists():
        return ""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as live:
            told = str(live.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as fault:
        if not is_damage(fault):
            raise
        return reason_of(fault)
    return "" if told == "ok" else told.splitlines()[0]


def copy_database(url: str, folder: Path, name: str) -> tuple[Path, Rows]:
    """Write a consistent copy into the folder, durably; return its file and the rows of each table in it.

    What was acknowledged before the call is in the copy. Raises ``Unavailable`` where ``pg_dump`` is not installed
    or the database cannot be read.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        target = folder / f"{name}.sqlite"
        if not Path(address.database or "").is_file():
            raise Unavailable(reason=f"{name}.sqlite")
        with closing(sqlite3.connect(address.database)) as source, closing(sqlite3.connect(target)) as copy:
            source.execute("PRAGMA wal_autocheckpoint=0")  # only the service's writer may checkpoint
            source.execute("PRAGMA query_only=ON")
            source.backup(copy)
    else:
        target = folder / f"{name}.dump"
    rows = _sqlite_rows(target) if target.suffix == ".sqlite" else _dumped(address, target)
    target.chmod(0o600)
    sync_path(target)
    return target, rows


def damage(file: Path) -> str:
    """Return what is wrong with a copy, as the database itself says; empty where nothing is."""
    if file.suffix == ".sqlite":
        try:
            with _opened(file) as copy:
                told = copy.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as fault:
            return str(fault)
        return "" if told == "ok" else str(told)
    listed = _tool("pg_restore", "--list", str(file))
    return listed.stderr.strip() if listed.returncode else ""


def rows_of(url: str) -> Rows:
    """Return the rows of each table of a database."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(address.database)) as live:  # a normal connection: journals count as well
            return _counted(live)
    engine = create_engine(address)
    try:
        with engine.connect() as db:
            return _postgresql_rows(db)
    finally:
        engine.dispose()


def is_empty(url: str) -> bool:
    """Say whether nothing is there yet: no file and no journal of one, or no table."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return not any(Path(f"{address.database}{ending}").exists() for ending in ("", *JOURNALS))
    return rows_of(url) == {}


def place_of(url: str) -> str:
    """Return a hash of where a database lies, without its password: for telling whether it is the same one."""
    return hashlib.sha256(make_url(url).set(password=None).render_as_string().encode()).hexdigest()


def clear(url: str) -> None:
    """Remove everything from a database that a broken restore left; raise ``LogInUse`` where another uses it."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        target = Path(address.database or "")
        with closing(HeldLock(target)):
            for ending in ("", *JOURNALS):
                Path(f"{target}{ending}").unlink(missing_ok=True)
            sync_path(target.parent)
        return
    engine = create_engine(address)
    try:
        with engine.begin() as db:
            _assert_alone(db)
            db.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
            for kind, statement in OWN.items():
                for name in db.execute(text(statement)).scalars().all():
                    db.execute(text(f"DROP {kind} IF EXISTS {name} CASCADE"))
    except OperationalError as failure:
        if getattr(failure.orig, "sqlstate", "") == _LOCKED:
            raise LogInUse from failure
        raise
    finally:
        engine.dispose()


def _assert_alone(db: Connection) -> None:
    """Raise ``LogInUse`` where another client of our account stays connected to the database."""
    for _ in range(LOOKS):
        if not db.execute(_ANOTHER).scalar():
            return
        db.execute(text("SELECT pg_sleep(0.1), pg_stat_clear_snapshot()"))
    raise LogInUse


def put_back(file: Path, url: str) -> None:
    """Make an empty database what the copy holds, whole or not at all.

    Raises ``Unavailable`` where that fails or something is there, ``LogInUse`` where another process has its lock.
    """
    address = make_url(url)
    if (file.suffix == ".sqlite") != (address.get_backend_name() == "sqlite"):
        raise Unavailable(reason=f"{file.name}: another kind of database")
    if file.suffix == ".sqlite":
        target = Path(address.database or "")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(HeldLock(target)):
            if not is_empty(url):
                raise Unavailable(reason=f"{target.name}: not empty")
            draft = target.with_name(f".{target.name}.new")
            shutil.copyfile(file, draft)
            draft.chmod(0o600)
            sync_path(draft)
            os.replace(draft, target)
            sync_path(target.parent)
        return
    command = (
        "--exit-on-error",
        "--single-transaction",
        "--no-owner",
        "--no-acl",
        "--dbname",
        _without_password(address),
    )
    done = _tool("pg_restore", *command, str(file), password=address.password)
    if done.returncode:
        raise Unavailable(reason=f"pg_restore: {done.stderr.strip().splitlines()[0]}")


def _dumped(address: URL, target: Path) -> Rows:
    """Dump the snapshot in which the rows are counted."""
    engine = create_engine(address, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as db:
            snapshot = db.execute(text("SELECT pg_export_snapshot()")).scalar()
            rows = _postgresql_rows(db)  # first: what was counted cannot be dropped while it is dumped
            command = ("--format=custom", f"--snapshot={snapshot}", f"--file={target}", _without_password(address))
            done = _tool("pg_dump", *command, password=address.password)
            if done.returncode:
                raise Unavailable(reason=f"pg_dump: {done.stderr.strip().splitlines()[0]}")
            return rows
    finally:
        engine.dispose()


def _postgresql_rows(db: Connection) -> Rows:
    names = sorted(inspect(db).get_table_names())
    return {name: db.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}


def _sqlite_rows(file: Path) -> Rows:
    with _opened(file) as copy:
        return _counted(copy)


def _counted(db: sqlite3.Connection) -> Rows:
    found = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    names = sorted(name for (name,) in found)
    return {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a file that nobody writes, so that nothing is made beside it."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        yield connection


def _tool(name: str, *words: str, password: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program of PostgreSQL; the password goes by the environment, which other users do not see."""
    found = shutil.which(name)
    if found is None:
        raise Unavailable(reason=name)
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    return subprocess.run([found, *words], env=environment, capture_output=True, text=True)


def _without_password(address: URL) -> str:
    return address.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
