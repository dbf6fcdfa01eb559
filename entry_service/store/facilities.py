"""The register of facilities."""

import dataclasses

from sqlalchemy import Connection, insert, select, update

from entry_service.core.errors import NotFound
from entry_service.core.model import Facility

from .tables import facilities


def add(db: Connection, facility: Facility) -> None:
    """Register a facility; the identifier must be new."""
    db.execute(insert(facilities).values(**dataclasses.asdict(facility)))


def add_many(db: Connection, many: list[Facility]) -> None:
    """Register many facilities at once."""
    if many:
        db.execute(insert(facilities), [dataclasses.asdict(facility) for facility in many])


def get(db: Connection, facility_id: str) -> Facility:
    """Return the facility, or raise ``NotFound``."""
    row = db.execute(select(facilities).where(facilities.c.facility_id == facility_id)).first()
    if row is None:
        raise NotFound(what="facility")
    return Facility(**row._mapping)


def all(db: Connection) -> list[Facility]:
    """Return every facility, by identifier."""
    return [Facility(**row._mapping) for row in db.execute(select(facilities).order_by(facilities.c.facility_id))]


def update_facility(db: Connection, facility: Facility) -> None:
    """Replace the facility's columns, or raise ``NotFound``."""
    values = dataclasses.asdict(facility)
    done = db.execute(
        update(facilities).where(facilities.c.facility_id == values.pop("facility_id")).values(**values)
    )
    if done.rowcount != 1:
        raise NotFound(what="facility")
