"""The manager's PIN of a facility, as a hash, and how many wrong tries there were."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from ..schema.door_tables import pins


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One row: ``failures`` are tries since the last right one or the last wait."""

    pin_hash: str
    set_at: datetime
    failures: int
    locked_until: datetime | None


def find(db: Connection, facility_id: str) -> Pin | None:
    """Return the PIN of the facility, if one was set."""
    query = select(pins.c.pin_hash, pins.c.set_at, pins.c.failures, pins.c.locked_until)
    row = db.execute(query.where(pins.c.facility_id == facility_id)).first()
    return None if row is None else Pin(**row._asdict())


def put(db: Connection, facility_id: str, pin_hash: str, now: datetime) -> None:
    """Set the PIN, or replace it; wrong tries are forgotten with the one before."""
    db.execute(delete(pins).where(pins.c.facility_id == facility_id))
    row = {"facility_id": facility_id, "pin_hash": pin_hash, "set_at": now, "failures": 0, "locked_until": None}
    db.execute(insert(pins).values(row))


def remember_tries(db: Connection, facility_id: str, failures: int, locked_until: datetime | None) -> None:
    """Keep the number of tries and how long the next one has to wait."""
    where = pins.c.facility_id == facility_id
    db.execute(update(pins).where(where).values(failures=failures, locked_until=locked_until))
