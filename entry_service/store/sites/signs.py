"""The address of each facility's public sign."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from ..schema.door_tables import signs


def of_facility(db: Connection, facility_id: str) -> str | None:
    """Return the sign_id of a facility, if it has a sign."""
    return db.execute(select(signs.c.sign_id).where(signs.c.facility_id == facility_id)).scalar()


def facility_of(db: Connection, sign_id: str) -> str | None:
    """Return the facility_id of a sign, if there is such a sign."""
    return db.execute(select(signs.c.facility_id).where(signs.c.sign_id == sign_id)).scalar()


def replace(db: Connection, facility_id: str, sign_id: str, now: datetime) -> None:
    """Give a facility a sign; the address it had before ends."""
    end(db, facility_id)
    db.execute(insert(signs).values(facility_id=facility_id, sign_id=sign_id, made_at=now))


def end(db: Connection, facility_id: str) -> None:
    """Take a facility's sign away."""
    db.execute(delete(signs).where(signs.c.facility_id == facility_id))
