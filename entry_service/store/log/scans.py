"""The log itself: append a scan, read scans back. Rows are never changed (a trigger holds that too)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    LargeBinary,
    Row,
    Select,
    SmallInteger,
    Text,
    func,
    select,
    type_coerce,
)

from entry_service.core.drills import FLAG, PID_MARK
from entry_service.core.errors import ScanConflict
from entry_service.core.model import Scan
from entry_service.core.times import kst_day

from ..database.direct import Direct
from ..schema.tables import Moment, from_micros, scans, to_micros
from . import drills, partitions
from .counted import counted, of_drills

FIELDS = (
    "scan_id",
    "facility_id",
    "gate",
    "device_id",
    "pid",
    "direction",
    "source",
    "confidence",
    "party_size",
    "scanned_at",
    "received_at",
    "outcome",
    "flags",
    "zone",
    "children",
)
_MARKS = ", ".join("?" * len(FIELDS))
_INSERT = f"INSERT INTO scans ({', '.join(FIELDS)}) VALUES ({_MARKS}) ON CONFLICT DO NOTHING"
_APPEND = Direct(_INSERT)
_KINDS = {SmallInteger: "smallint", Moment: "bigint", LargeBinary: "bytea", Text: "text"}
_ARRAYS = ", ".join(f"%s::{_KINDS[type(scans.c[name].type)]}[]" for name in FIELDS)
_BULK = (  # one statement with many rows: a round trip a row would take minutes
    f"INSERT INTO scans ({', '.join(FIELDS)}) SELECT * FROM unnest({_ARRAYS}) AS new ({', '.join(FIELDS)}) "
    "WHERE NOT EXISTS (SELECT FROM scans WHERE scans.scan_id = new.scan_id)"
)
_COLUMNS = [scans.c[name] for name in FIELDS]
CHUNK = 10_000
PASSES_AT_ONCE = 500
FULL = "facility_full"  # the outcome of a scan that came when there was no room
HOUR_MICROS = 3_600_000_000


def append_scan(db: Connection, scan: Scan) -> tuple[Scan, bool]:
    """Append one scan; return what the log holds under its scan_id, and whether it is new.

    A repeated ``scan_id`` returns the first row, so that a lost answer can be asked for again. A row of a drill's
    pass is marked here, whatever door it came through.

    Raises
    ------
    ScanConflict
        The scan_id already belongs to another reading (facility, pass, time, source, party or outcome).
    """
    if scan.pid is not None and scan.pid.startswith(PID_MARK) and drills.knows(db, scan.pid):
        scan = replace(scan, flags=(*scan.flags, FLAG))
    if _APPEND.change(db, *_values(scan)) == 1:
        return scan, True
    kept = find_scan(db, scan.scan_id)
    if kept is None or _identity(kept) != _identity(scan):
        raise ScanConflict
    return kept, False


def append_many(db: Connection, many: Iterable[Scan]) -> int:
    """Append scans in bulk, in chunks; return how many were given. Existing scan_ids are left as they are."""
    count, chunk = 0, []
    for scan in many:
        chunk.append(_values(scan))
        if len(chunk) == CHUNK:
            count += _insert_chunk(db, chunk)
            chunk = []
    return count + _insert_chunk(db, chunk)


def find_scan(db: Connection, scan_id: str) -> Scan | None:
    """Return the scan with this id, whatever its outcome."""
    row = db.execute(select(*_COLUMNS).where(scans.c.scan_id == scan_id)).first()
    return None if row is None else _scan(row)


def find_scans(db: Connection, scan_ids: Iterable[str]) -> dict[str, Scan]:
    """Return the scans that the log has of these, by their ids."""
    query = select(*_COLUMNS).where(scans.c.scan_id.in_(list(scan_ids)))
    return {row.scan_id: _scan(row) for row in db.execute(query)}


def scans_between(
    db: Connection,
    facility_id: str | None,
    start: datetime,
    end: datetime,
    *,
    refused: bool = False,
    uncounted: bool = False,
    drill: bool = False,
) -> list[Scan]:
    """Return scans with start ≤ scanned_at < end, in order of time; of all facilities where the id is None.

    ``refused`` adds scans that were refused, ``uncounted`` those undone or held back (store/log/counted.py); with
    ``drill`` they are those that drills left, else all others.
    """
    query = select(*_COLUMNS).where(scans.c.scanned_at >= start, scans.c.scanned_at < end)
    if facility_id is not None:
        query = query.where(scans.c.facility_id == facility_id)
    return list(_in_order(db, query, refused=refused, uncounted=uncounted, drill=drill))


def scans_of_pass(
    db: Connection, pid: bytes, start: datetime, end: datetime, *, drill: bool = False
) -> list[Scan]:
    """Return the accepted scans of one pass that count, with start ≤ scanned_at < end, in order of time."""
    query = select(*_COLUMNS).where(scans.c.pid == pid, scans.c.scanned_at >= start, scans.c.scanned_at < end)
    return list(_in_order(db, query, drill=drill))


def scans_of_visitors(db: Connection, facility_id: str, start: datetime, end: datetime) -> list[Scan]:
    """Return the accepted scans that count, anywhere, of every pass with a scan at the facility in the time."""
    within = (scans.c.scanned_at >= start, scans.c.scanned_at < end)
    here = scans.alias("here")
    passes = select(here.c.pid).where(
        here.c.facility_id == facility_id,
        here.c.scanned_at >= start,
        here.c.scanned_at < end,
        here.c.pid.is_not(None),
    )
    return list(_in_order(db, select(*_COLUMNS).where(scans.c.pid.in_(passes), *within)))


def scans_of_passes(
    db: Connection, pids: Sequence[bytes], start: datetime, end: datetime, *, drill: bool = False
) -> list[Scan]:
    """Return the accepted scans of the passes that count, anywhere, start ≤ scanned_at < end, in order of time.

    A chunk of passes at a time: neither database is then tempted to read whole days of everybody.
    """
    found: list[Scan] = []
    for first in range(0, len(pids), PASSES_AT_ONCE):
        chunk = pids[first : first + PASSES_AT_ONCE]
        within = (scans.c.scanned_at >= start, scans.c.scanned_at < end)
        found += _in_order(db, select(*_COLUMNS).where(scans.c.pid.in_(chunk), *within), drill=drill)
    return sorted(found, key=lambda scan: scan.scanned_at)


def scans_by_pid(db: Connection, pids: Sequence[bytes]) -> list[Scan]:
    """Return every row of the passes, refused, undone and marked ones too, in order of time."""
    found: list[Scan] = []
    for first in range(0, len(pids), PASSES_AT_ONCE):
        query = select(*_COLUMNS).where(scans.c.pid.in_(pids[first : first + PASSES_AT_ONCE]))
        found += map(_scan, db.execute(query))
    return sorted(found, key=lambda scan: scan.scanned_at)


def stream(db: Connection, start: datetime, end: datetime, known_by: datetime) -> Iterator[Scan]:
    """Yield accepted scans of passes with start ≤ scanned_at < end that were received, and count, by ``known_by``.

    They come in the order that ``core.visits.Pairing`` wants, fetched in chunks: a month does not fit into memory.
    """
    query = (
        select(*_COLUMNS)
        .where(scans.c.scanned_at >= start, scans.c.scanned_at < end, scans.c.received_at <= known_by)
        .where(scans.c.outcome == "accepted", scans.c.pid.is_not(None), counted(known_by))
        .order_by(scans.c.scanned_at, scans.c.direction == "in", scans.c.scan_id)
    )
    return map(_scan, db.execute(query.execution_options(yield_per=CHUNK)))


def logged_by_hour(
    db: Connection, start: datetime, end: datetime, known_by: datetime
) -> dict[datetime, tuple[int, int]]:
    """Return how many scans were read in each hour that has any, and the ``seq`` of the newest, received by then.

    Refused, undone and held ones too: they show that the log was not silent. Drills are left out: other rows are
    only added, or deleted by whole days, so that the same number and the same newest row are the same rows.
    """
    hour = type_coerce(scans.c.scanned_at, BigInteger) // HOUR_MICROS
    query = (
        select(hour.label("hour"), func.count(), func.max(scans.c.seq))
        .where(scans.c.scanned_at >= start, scans.c.scanned_at < end, scans.c.received_at <= known_by)
        .where(of_drills(False))
        .group_by("hour")
    )
    return {from_micros(int(number) * HOUR_MICROS): (many, newest) for number, many, newest in db.execute(query)}


def first_of(db: Connection, facility_id: str) -> datetime | None:
    """Return when the facility's first scan was read, drills aside; a look into the index."""
    mine = select(func.min(scans.c.scanned_at)).where(scans.c.facility_id == facility_id, of_drills(False))
    return db.execute(mine).scalar()


def _in_order(
    db: Connection, query: Select, *, refused: bool = False, uncounted: bool = False, drill: bool = False
) -> Iterator[Scan]:
    if not refused:
        query = query.where(scans.c.outcome == "accepted")
    query = query.where(of_drills(drill) if uncounted else counted(drill=drill))
    return map(_scan, db.execute(query.order_by(scans.c.scanned_at, scans.c.seq)))


def _insert_chunk(db: Connection, chunk: Sequence[tuple]) -> int:
    if not chunk:
        return 0
    if db.dialect.name == "sqlite":
        db.exec_driver_sql(_INSERT, list(chunk))
        return len(chunk)
    at = FIELDS.index("scanned_at")
    partitions.make(db, {kst_day(from_micros(values[at])) for values in chunk})
    first = {values[0]: values for values in reversed(chunk)}  # the first under an id is kept
    columns = [list(column) for column in zip(*reversed(first.values()), strict=True)]
    partitions.write_in_bulk(db, lambda: db.exec_driver_sql(_BULK, tuple(columns)))
    return len(chunk)


def _values(scan: Scan) -> tuple[Any, ...]:
    return (
        scan.scan_id,
        scan.facility_id,
        scan.gate,
        scan.device_id,
        scan.pid,
        scan.direction,
        scan.source,
        scan.confidence,
        scan.party_size,
        to_micros(scan.scanned_at),
        to_micros(scan.received_at),
        scan.outcome,
        " ".join(scan.flags),
        scan.zone,
        scan.children,
    )


def _scan(row: Row) -> Scan:
    values = dict(zip(FIELDS, row, strict=True))
    values["flags"] = tuple(values["flags"].split())
    return Scan(**values)


def _identity(scan: Scan) -> tuple[Any, ...]:
    """Return what a repeat must agree in.

    Direction, flags and room are the service's and may differ; the browser that sends it again may be another
    device of the facility by now.
    """
    return (
        scan.facility_id,
        scan.pid,
        scan.scanned_at,
        scan.source,
        scan.party_size,
        scan.children,
        "accepted" if scan.outcome == FULL else scan.outcome,
    )
