"""When a quarantine holds back a facility's unverified poster entries, for the memory of who is inside."""

from datetime import datetime

from sqlalchemy import Connection, or_, select

from ..schema.door_tables import quarantines
from .counted import RELEASED

Span = tuple[datetime, datetime | None]  # [started, ended), no end: still going on


def held_between(db: Connection, since: datetime, facility_id: str | None = None) -> dict[str, list[Span]]:
    """Return facility_id → the times since then that are held back or voided for good."""
    query = select(quarantines.c.facility_id, quarantines.c.started_at, quarantines.c.ended_at).where(
        quarantines.c.decision != RELEASED, or_(quarantines.c.ended_at.is_(None), quarantines.c.ended_at > since)
    )
    if facility_id is not None:
        query = query.where(quarantines.c.facility_id == facility_id)
    found: dict[str, list[Span]] = {}
    for place, started, ended in db.execute(query):
        found.setdefault(place, []).append((started, ended))
    return found
