"""Figures of the whole log, cheap enough to be asked every few seconds."""

from sqlalchemy import Connection, func, select

from ..schema.tables import scans


def newest_number(db: Connection) -> int:
    """Return the number of the newest row, 0 before the first; numbers rise and are never given again."""
    return db.execute(select(func.max(scans.c.seq))).scalar() or 0
