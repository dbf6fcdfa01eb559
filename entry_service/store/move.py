"""Move an embedded database into an empty PostgreSQL: every row of every table, proved equal, or nothing at all.

The proof of a table is its number of rows and the sum, modulo 2²⁵⁶, of the SHA-256 of each row: it does not depend
on the order in which a database gives its rows. The copy is read back inside the transaction that wrote it.
"""

import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Integer, MetaData, Row, Table, func, insert, inspect, select
from sqlalchemy.exc import DBAPIError

from entry_service.core.errors import EntryError
from entry_service.core.times import kst_day

from . import schema
from .database.engine import HeldLock, Store, open_store
from .database.migrate import is_current, migrate
from .log import partitions

CHUNK = 5_000
VERSIONS = {"alembic_version", "vault_version"}  # written by migrations, not moved
MODULUS = 2**256

Watch = Callable[[str], None]
How = Callable[..., "Moved"]  # ``move`` or ``rehearse``


class TargetNotEmpty(EntryError):
    """The database to move into holds rows of ours already, and others than the source."""

    status, code = 409, "target_not_empty"
    sentence = (
        "옮겨 갈 데이터베이스가 비어 있지 않고 원본과도 다릅니다. "
        "빈 데이터베이스를 새로 만들어 다시 하시기 바랍니다."
    )


class NotMovable(EntryError):
    """The source is missing, of an earlier form, or holds a row that PostgreSQL does not take."""

    status, code, sentence = 409, "not_movable", "옮길 수 없습니다. 아무것도 바꾸지 않았습니다."


class MoveDiffers(EntryError):
    """What was read back is not what was written; the copy was undone."""

    status, code = 500, "move_differs"
    sentence = "사본이 원본과 다릅니다. 옮긴 것을 모두 되돌렸고 원본은 그대로입니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What one table holds: rows, and the first 16 hexadecimal digits of its content's hash."""

    table: str
    rows: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The proof of each table, of the source and of the copy; ``before``: the copy was there already, equal."""

    source: tuple[Proof, ...]
    copy: tuple[Proof, ...]
    before: bool


class _OnlyRehearsed(Exception):
    """Leaves the transaction, so that it is undone."""


def log_metadata() -> MetaData:
    """Return every table of the log: each module of the schema is imported."""
    for module in pkgutil.iter_modules(schema.__path__):
        importlib.import_module(f"{schema.__name__}.{module.name}")
    from .schema.tables import metadata

    return metadata


def move_log(source: Path, target: str, how: How, watch: Watch) -> Moved:
    """Move the log, or rehearse it; the target gets the newest form first. See ``move``."""
    assert_current(is_current(f"sqlite:///{source}"))
    migrate(target)
    return how(source, target, log_metadata(), watch=watch)


def assert_current(current: bool) -> None:
    """Refuse a source that is missing or of an earlier form."""
    if not current:
        raise NotMovable(why="missing or of an earlier form: migrate before the new addresses are set")


def move(source: Path, target: str, metadata: MetaData, *, watch: Watch = lambda table: None) -> Moved:
    """Copy all tables of an SQLite file into an empty PostgreSQL of the same form, in one transaction.

    The file is held against writers meanwhile and stays as it is. A target that equals it already is left alone:
    a move that broke off between two databases goes on. Raises ``LogInUse``, ``TargetNotEmpty``, ``NotMovable`` or
    ``MoveDiffers``; then the target is as it was.
    """
    lock = HeldLock(source)
    try:
        return _move(source, target, metadata, watch)
    finally:
        lock.close()


def rehearse(source: Path, target: str, metadata: MetaData, *, watch: Watch = lambda table: None) -> Moved:
    """Do the same from a snapshot, beside a running service, and undo it: the proof, and how long it takes."""
    found: list[Moved] = []

    def undone(moved: Moved) -> None:
        found.append(moved)
        raise _OnlyRehearsed

    try:
        return _move(source, target, metadata, watch, before_commit=undone)
    except _OnlyRehearsed:
        return found[0]


def _move(
    source: Path,
    target: str,
    metadata: MetaData,
    watch: Watch,
    before_commit: Callable[[Moved], None] = lambda _: None,
) -> Moved:
    reading, writing = open_store(f"sqlite:///{source}", writer=False), open_store(target, writer=True)
    tables = metadata.sorted_tables

    def write(db: Connection) -> Moved:
        db.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")  # it waits while the file is read
        with reading.read() as origin:
            _assert_all_known(origin, metadata)
            if any(_holds_rows(db, table) for table in tables):
                return _moved_before(origin, db, tables)
            proofs = [_copy(origin, db, table, watch) for table in tables]
        copies = [_proof(table.name, _rows(db, table)) for table in tables]
        moved = Moved(source=tuple(proofs), copy=tuple(copies), before=False)
        if proofs != copies:
            [*wrong] = (one.table for one, other in zip(proofs, copies, strict=True) if one != other)
            raise MoveDiffers(path=", ".join(wrong))
        before_commit(moved)
        return moved

    try:
        _assert_postgresql(writing)
        return writing.write(write)
    finally:
        writing.close()
        reading.close()


def _assert_postgresql(store: Store) -> None:
    if store.embedded:
        raise NotMovable(why="the target is not PostgreSQL")


def _assert_all_known(origin: Connection, metadata: MetaData) -> None:
    """Leave no table behind, and read none that is not there."""
    there = {name for name in inspect(origin).get_table_names() if not name.startswith("sqlite_")} - VERSIONS
    if there != set(metadata.tables):
        raise NotMovable(why=f"tables differ: {', '.join(sorted(there ^ set(metadata.tables)))}")


def _holds_rows(db: Connection, table: Table) -> bool:
    return db.execute(select(1).select_from(table).limit(1)).first() is not None


def _moved_before(origin: Connection, db: Connection, tables: list[Table]) -> Moved:
    source, copy = ([_proof(table.name, _rows(side, table)) for table in tables] for side in (origin, db))
    if source != copy:
        raise TargetNotEmpty
    return Moved(source=tuple(source), copy=tuple(copy), before=True)


def _copy(origin: Connection, db: Connection, table: Table, watch: Watch) -> Proof:
    watch(table.name)
    count, content = 0, 0
    for rows in _rows(origin, table).partitions(CHUNK):
        _insert(db, table, rows, count)
        count, content = count + len(rows), (content + sum(map(_hash, rows))) % MODULUS
    for column in table.primary_key.columns if count else ():
        if column.autoincrement is True and isinstance(column.type, Integer):
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            db.execute(select(func.setval(sequence, select(func.max(column)).scalar_subquery())))
    return Proof(table=table.name, rows=count, content=f"{content:064x}"[:16])


def _insert(db: Connection, table: Table, rows: list[Row], before: int) -> None:
    values = [dict(row._mapping) for row in rows]
    try:
        with db.begin_nested():
            _insert_all(db, table, values)
    except DBAPIError:
        for number, one in enumerate(values, before + 1):
            try:
                with db.begin_nested():
                    _insert_all(db, table, [one])
            except DBAPIError as refused:
                raise NotMovable(path=f"{table.name}, row {number}", why=type(refused.orig).__name__) from refused


def _insert_all(db: Connection, table: Table, values: list[dict]) -> None:
    if table.name == "scans":
        partitions.make(db, {kst_day(one["scanned_at"]) for one in values})
        partitions.write_in_bulk(db, lambda: db.execute(insert(table), values))
    else:
        db.execute(insert(table), values)


def _rows(db: Connection, table: Table):
    return db.execute(select(table).execution_options(yield_per=CHUNK))


def _proof(table: str, rows: Iterable[Row] | Iterator[Row]) -> Proof:
    count, content = 0, 0
    for row in rows:
        count, content = count + 1, (content + _hash(row)) % MODULUS
    return Proof(table=table, rows=count, content=f"{content:064x}"[:16])


def _hash(row: Row) -> int:
    """Return a number for a row that both databases give alike: values as Python knows them, column by column."""
    return int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest(), "big")
