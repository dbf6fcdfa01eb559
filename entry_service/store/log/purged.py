"""The mark before which the log is destroyed, or is being: the database holds deletions to it (a trigger)."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from ..schema.tables import retention


def purged_before(db: Connection) -> datetime | None:
    """Return the mark: what happened before it is destroyed, or is being."""
    return db.execute(select(retention.c.purged_before)).scalar()


def move_mark(db: Connection, end: datetime) -> None:
    """Let scans before ``end`` be deleted; the mark never goes back."""
    known = purged_before(db)
    if known is None:
        db.execute(insert(retention).values(only_row=1, purged_before=end))
    elif known < end:
        db.execute(update(retention).values(purged_before=end))
