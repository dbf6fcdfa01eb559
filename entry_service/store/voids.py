"""Scans that were undone. The log keeps them; store/counted.py leaves them out of every reading."""

from datetime import datetime

from sqlalchemy import Connection, select

from .direct import Direct
from .door_tables import voids
from .tables import to_micros

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
