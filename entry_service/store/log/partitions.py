"""The log's partitions on PostgreSQL: one a Korean day, made ahead and dropped whole. SQLite has none.

What is of no day that was made lies in the partition ``scans_other``: no scan is lost for want of one. Making and
dropping need the log alone for a moment; where a reader is in the way they give up soon, so that doors never
wait behind them, and try again later.
"""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text

from entry_service.core.errors import Unavailable
from entry_service.core.retention import day_end
from entry_service.core.times import day_start, kst_day

from ..database.engine import Store, one_at_a_time
from ..schema.tables import scans, to_micros
from .purged import purged_before

AHEAD = 7  # days that are made before they begin
BEHIND = 1  # and how far back: devices that were away bring readings of yesterday
TRIES, PAUSE = 20, 0.5  # seconds
PATIENCE = "SET LOCAL lock_timeout = '250ms'"  # so long doors may wait behind us
LOCK_TIMEOUT = "LockNotAvailable"
OTHER = "scans_other"
_FORM = "scans_%Y%m%d"
_COLUMNS = ", ".join(column.name for column in scans.columns)
log = logging.getLogger("entry_service.store")


def keep_ahead(store: Store, now: datetime) -> bool:
    """Make the days around the present that are missing; say whether they are all there.

    Nothing depends on it now: what stops it is told in the service's log, and the next hour tries again.
    """
    if store.embedded:
        return True
    today = kst_day(now)
    wanted = {today + timedelta(days=days) for days in range(-BEHIND, AHEAD + 1)}
    try:
        with store.read() as db:
            missing = wanted - days_made(db)
        if not missing:
            return True
        if _patiently(store, lambda db: make(db, missing)):
            store.learn("scans")
            return True
        reason = LOCK_TIMEOUT
    except Unavailable as refused:
        reason = refused.facts.get("reason")
    log.warning("partitions are made later", extra={"facts": {"reason": reason}})
    return False


def days_made(db: Connection) -> set[date]:
    """Return the days that have a partition of their own."""
    known = "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'scans'::regclass"
    names = db.execute(text(known)).scalars()
    return {date.fromisoformat(name.removeprefix("scans_")) for name in names if name != OTHER}


def make(db: Connection, days: Iterable[date]) -> None:
    """Make a partition for each of the days that has none; rows that wait in ``scans_other`` move into theirs."""
    one_at_a_time(db, b"partitions")
    missing = sorted(set(days) - days_made(db))
    if not missing:
        return
    waiting = any(_waits(db, day) for day in missing)
    if waiting:
        _set_aside(db)
    for day in missing:
        start, end = to_micros(day_start(day)), to_micros(day_end(day))
        _create(db, day.strftime(_FORM), f"FOR VALUES FROM ({start}) TO ({end})")
    if waiting:
        _bring_back(db)


def drop_days(store: Store, end: datetime) -> bool:
    """Drop the days that lie wholly before the moment, with the undoings and slips of their scans.

    Says whether there was a moment for that; what is not dropped can still be deleted row by row. Raises
    ``ValueError`` where the mark of retention has not come so far.
    """
    return store.embedded or _patiently(store, lambda db: _drop_days(db, end))


def write_in_bulk(db: Connection, write: Callable[[], object]) -> None:
    """Run a write that by itself brings no scan_id twice: the log is held instead of looking at each row."""
    db.exec_driver_sql("LOCK TABLE scans IN SHARE ROW EXCLUSIVE MODE")
    db.exec_driver_sql("SET LOCAL entry_log.bulk = 'on'")
    write()
    db.exec_driver_sql("SET LOCAL entry_log.bulk = 'off'")


def _patiently(store: Store, work: Callable[[Connection], None]) -> bool:
    def briefly(db: Connection) -> None:
        db.exec_driver_sql(PATIENCE)
        work(db)

    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE)
        try:
            store.write(briefly)
        except Unavailable as refused:
            if refused.facts.get("reason") != LOCK_TIMEOUT:
                raise
        else:
            return True
    return False


def _drop_days(db: Connection, end: datetime) -> None:
    mark = purged_before(db)
    if mark is None or mark < end:
        raise ValueError("the log is append-only: retention has not come so far")
    for day in sorted(day for day in days_made(db) if day_end(day) <= end):
        table = day.strftime(_FORM)
        for beside in ("voids", "slips"):
            db.exec_driver_sql(f"DELETE FROM {beside} WHERE scan_id IN (SELECT scan_id FROM {table})")
        db.exec_driver_sql(f"DROP TABLE {table}")


def _create(db: Connection, table: str, bounds: str) -> None:
    db.exec_driver_sql(f"CREATE TABLE {table} PARTITION OF scans {bounds}")
    db.exec_driver_sql(
        f"CREATE TRIGGER scans_never_truncated BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
        "EXECUTE FUNCTION refuse_change()"
    )


def _waits(db: Connection, day: date) -> bool:
    bounds = {"start": to_micros(day_start(day)), "end": to_micros(day_end(day))}
    found = text(f"SELECT EXISTS (SELECT FROM {OTHER} WHERE scanned_at >= :start AND scanned_at < :end)")
    return bool(db.execute(found, bounds).scalar())


def _set_aside(db: Connection) -> None:
    """Take the partition of all other days out of the log, and put an empty one in its place."""
    db.exec_driver_sql(f"ALTER TABLE scans DETACH PARTITION {OTHER}")
    db.exec_driver_sql(f"ALTER TABLE {OTHER} RENAME TO scans_aside")
    _create(db, OTHER, "DEFAULT")


def _bring_back(db: Connection) -> None:
    move = f"INSERT INTO scans ({_COLUMNS}) SELECT {_COLUMNS} FROM scans_aside ORDER BY seq"
    write_in_bulk(db, lambda: db.exec_driver_sql(move))
    db.exec_driver_sql("DROP TABLE scans_aside")
