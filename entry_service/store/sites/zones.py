"""The zones of a facility: parts with a door of their own."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from entry_service.core.errors import NotFound

from ..schema.door_tables import zones


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """One zone; a retired one takes nobody in any more, its past entries stay what they were."""

    zone_id: str
    facility_id: str
    name: str
    capacity: int | None = None
    retired_at: datetime | None = None


_COLUMNS = [zones.c[field.name] for field in fields(Zone)]


def add(db: Connection, zone: Zone) -> None:
    """Keep a zone; its zone_id must be new."""
    db.execute(insert(zones).values(**asdict(zone)))


def get(db: Connection, facility_id: str, zone_id: str) -> Zone:
    """Return the facility's zone, retired or not, or raise ``NotFound``."""
    query = select(*_COLUMNS).where(zones.c.zone_id == zone_id, zones.c.facility_id == facility_id)
    row = db.execute(query).first()
    if row is None:
        raise NotFound(what="zone")
    return Zone(**row._mapping)


def all(db: Connection, facility_id: str, *, retired: bool = False) -> list[Zone]:
    """Return the facility's zones by name; ``retired`` adds those that were given up."""
    query = select(*_COLUMNS).where(zones.c.facility_id == facility_id)
    if not retired:
        query = query.where(zones.c.retired_at.is_(None))
    return [Zone(**row._mapping) for row in db.execute(query.order_by(zones.c.name, zones.c.zone_id))]


def change(db: Connection, zone: Zone) -> None:
    """Keep another name or capacity of a zone."""
    changed = {"name": zone.name, "capacity": zone.capacity}
    db.execute(update(zones).where(zones.c.zone_id == zone.zone_id).values(**changed))


def retire(db: Connection, facility_id: str, zone_id: str, now: datetime) -> None:
    """Give a zone up; said twice it stays as it was. Raise ``NotFound`` where the facility has none such."""
    if get(db, facility_id, zone_id).retired_at is None:
        db.execute(update(zones).where(zones.c.zone_id == zone_id).values(retired_at=now))
