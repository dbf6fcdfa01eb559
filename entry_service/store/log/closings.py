"""Everyone out: each closing is a row over the log, made once."""

import dataclasses
from datetime import datetime

from sqlalchemy import Connection, insert, select

from entry_service.core.closings import Closing

from ..database.direct import Direct
from ..schema.door_tables import closings
from ..schema.tables import to_micros

_CLOSED = Direct(
    "SELECT 1 FROM closings WHERE facility_id = ? AND closed_at >= ? AND closed_at < ? AND zone IN ('', ?) LIMIT 1"
)
_COLUMNS = [closings.c[field.name] for field in dataclasses.fields(Closing)]


def add(db: Connection, closing: Closing) -> None:
    """Keep a closing; its closing_id must be new."""
    db.execute(insert(closings).values(**dataclasses.asdict(closing)))


def find(db: Connection, closing_id: str) -> Closing | None:
    """Return the closing with this id."""
    row = db.execute(select(*_COLUMNS).where(closings.c.closing_id == closing_id)).first()
    return None if row is None else Closing(**row._mapping)


def between(
    db: Connection,
    facility_id: str | None,
    start: datetime,
    end: datetime,
    known_by: datetime | None = None,
) -> list[Closing]:
    """Return closings with start ≤ closed_at < end by time, of all facilities where the id is None.

    With ``known_by`` only those that were received by then.
    """
    query = select(*_COLUMNS).where(closings.c.closed_at >= start, closings.c.closed_at < end)
    if facility_id is not None:
        query = query.where(closings.c.facility_id == facility_id)
    if known_by is not None:
        query = query.where(closings.c.received_at <= known_by)
    return [Closing(**row._mapping) for row in db.execute(query.order_by(closings.c.closed_at))]


def closed_between(db: Connection, facility_id: str, zone: str, start: datetime, end: datetime) -> bool:
    """Say whether everyone was sent out of the zone with start ≤ closed_at < end; on the way of a scan."""
    return bool(_CLOSED.all(db, facility_id, to_micros(start), to_micros(end), zone))
