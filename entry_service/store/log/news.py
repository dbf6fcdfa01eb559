"""Whether anything came that an extract made at a moment does not have: looked up, nothing is counted."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select

from ..schema.door_tables import closings, quarantines, voids
from ..schema.doubt_tables import doubt_decisions
from ..schema.tables import scans

LATE = timedelta(days=3)
"""Scans that come later than this are found by the first extract of the next hour."""


def last_seen(db: Connection, moment: datetime, end: datetime) -> int:
    """Return a number of the log: all that an extract of that moment lacks of hours before ``end`` is above it.

    What came after the moment may be in the log before the extract reads it. Days are read for this, so it is for
    whoever writes an extract.
    """
    later = select(func.min(scans.c.seq)).where(scans.c.scanned_at >= end - LATE, scans.c.received_at > moment)
    first = db.execute(later).scalar()
    return first - 1 if first is not None else db.execute(select(func.max(scans.c.seq))).scalar() or 0


def came_since(db: Connection, moment: datetime, end: datetime, seen: int) -> bool:
    """Say whether the log learned something since the moment of the hours before ``end``.

    Scans of these hours with a number after ``seen``, what was undone, held back or decided, and "everyone out".
    """
    of_these_hours = and_(scans.c.scanned_at >= end - LATE, scans.c.scanned_at < end)
    newer = func.max(case((of_these_hours, 1), else_=0))  # no condition: SQLite would read three days for it
    if db.execute(select(newer).where(scans.c.seq > seen)).scalar():
        return True
    questions = (
        exists().where(voids.c.voided_at > moment),
        exists().where(closings.c.received_at > moment, closings.c.closed_at < end),
        exists().where(_after(moment, quarantines.c.started_at, quarantines.c.ended_at, quarantines.c.decided_at)),
        exists().where(_after(moment, doubt_decisions.c.decided_at, doubt_decisions.c.ended_at)),
    )
    return any(db.execute(select(question)).scalar() for question in questions)


def _after(moment: datetime, *columns: ColumnElement[datetime]) -> ColumnElement[bool]:
    return or_(*(column > moment for column in columns))
