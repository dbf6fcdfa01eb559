"""Whether anything came that an extract made at a moment does not have: looked up, nothing is counted."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, or_, select

from .door_tables import closings, quarantines, voids
from .tables import cases, index_visits, scans

LATE = timedelta(days=3)
"""Scans that come later than this are found by the first extract of the next hour."""


def came_since(db: Connection, moment: datetime, end: datetime) -> bool:
    """Say whether the log learned something since the moment of the hours before ``end``.

    Scans of these hours, cases and their visits, what was undone, held back or decided, and "everyone out".
    """
    questions = (
        exists().where(scans.c.scanned_at >= end - LATE, scans.c.scanned_at < end, scans.c.received_at > moment),
        exists().where(cases.c.registered_at > moment),
        exists().where(index_visits.c.known_at > moment),
        exists().where(voids.c.voided_at > moment),
        exists().where(closings.c.received_at > moment, closings.c.closed_at < end),
        exists().where(
            or_(
                quarantines.c.started_at > moment,
                quarantines.c.ended_at > moment,
                quarantines.c.decided_at > moment,
            )
        ),
    )
    return any(db.execute(select(question)).scalar() for question in questions)
