"""Scans that were undone. The log keeps them; store/log/counted.py leaves them out of every reading."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, select

from ..database.direct import Direct
from ..schema.door_tables import voids
from ..schema.tables import scans, to_micros

_ADD = Direct(
    "INSERT INTO voids (scan_id, voided_at, voided_by, reason) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (scan_id) DO NOTHING"
)


def add(db: Connection, scan_id: str, *, voided_at: datetime, voided_by: str, reason: str) -> bool:
    """Undo a scan; return whether it was not undone before. The first undoing is kept."""
    return _ADD.change(db, scan_id, to_micros(voided_at), voided_by, reason) == 1


def is_void(db: Connection, scan_id: str) -> bool:
    """Say whether the scan was undone."""
    return db.execute(select(voids.c.scan_id).where(voids.c.scan_id == scan_id)).first() is not None


def undone_by_hour(db: Connection, start: datetime, end: datetime, known_by: datetime) -> dict[datetime, int]:
    """Return how many scans of each hour of [start, end) were undone by the moment, of hours that have any.

    Nothing is ever done again: the same number is the same scans.
    """
    query = (
        select(scans.c.scanned_at)
        .join(voids, voids.c.scan_id == scans.c.scan_id)
        .where(scans.c.scanned_at >= start, scans.c.scanned_at < end, voids.c.voided_at <= known_by)
    )
    return Counter(at.replace(minute=0, second=0, microsecond=0) for at in db.execute(query).scalars())
