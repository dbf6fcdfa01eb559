"""How far the entry log has come: readings of the register and the log by stage and by facility. Counts only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, and_, case, exists, func, or_, select

from entry_service.core.model import Facility

from ..log.counted import counted
from ..schema.tables import devices, facilities, posters, scans


@dataclass(frozen=True, slots=True, kw_only=True)
class StageAdoption:
    """Facilities of one stage: all, with a device in use, with an entry in the period."""

    stage: int
    facilities: int
    with_device: int
    with_entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityAdoption:
    """A facility in a list: devices in use, and accepted check-ins in the period."""

    facility: Facility
    devices: int
    entries: int


def last_entry(db: Connection, facility_id: str | None, *, before: datetime) -> datetime | None:
    """Return when the newest accepted check-in was scanned, of all facilities where the id is None."""
    query = select(scans.c.scanned_at).where(_accepted(), scans.c.scanned_at < before)
    if facility_id is not None:
        query = query.where(scans.c.facility_id == facility_id)
    return db.execute(query.order_by(scans.c.scanned_at.desc()).limit(1)).scalar()


def by_stage(db: Connection, start: datetime, end: datetime) -> list[StageAdoption]:
    """Return the numbers of every stage that has facilities, entries with start ≤ scanned_at < end."""
    has_device = exists().where(devices.c.facility_id == facilities.c.facility_id, devices.c.revoked_at.is_(None))
    has_entry = exists().where(scans.c.facility_id == facilities.c.facility_id, _accepted(), _within(start, end))
    query = (
        select(
            facilities.c.stage,
            func.count().label("facilities"),
            func.sum(case((has_device, 1), else_=0)).label("with_device"),
            func.sum(case((has_entry, 1), else_=0)).label("with_entries"),
        )
        .group_by(facilities.c.stage)
        .order_by(facilities.c.stage)
    )
    return [StageAdoption(**row._mapping) for row in db.execute(query)]


def page_of_facilities(
    db: Connection,
    *,
    text: str,
    category: str,
    stage: int | None,
    start: datetime,
    end: datetime,
    offset: int,
    limit: int,
) -> tuple[int, list[FacilityAdoption]]:
    """Return how many facilities match, and one page of them by identifier, with their numbers in [start, end).

    ``text`` is looked for in name, address and identifier; each of its words must be found. Unlike the search of
    the officers' forms this one is for administrators: sensitive facilities are listed like any other.
    """
    matching = _matching(select(facilities), text, category, stage)
    total = db.execute(select(func.count()).select_from(matching.subquery())).scalar_one()
    rows = db.execute(matching.order_by(facilities.c.facility_id).offset(offset).limit(limit))
    found = [Facility(**row._mapping) for row in rows]
    ids = [facility.facility_id for facility in found]
    in_use = _count_by_facility(db, devices.c.facility_id, ids, devices.c.revoked_at.is_(None))
    entries = _count_by_facility(db, scans.c.facility_id, ids, and_(_accepted(), _within(start, end)))
    return total, [
        FacilityAdoption(
            facility=facility,
            devices=in_use.get(facility.facility_id, 0),
            entries=entries.get(facility.facility_id, 0),
        )
        for facility in found
    ]


def without_poster(db: Connection) -> int:
    """Return how many facilities have no current poster."""
    has_poster = exists().where(posters.c.facility_id == facilities.c.facility_id, posters.c.retired_at.is_(None))
    return db.execute(select(func.count()).select_from(facilities).where(~has_poster)).scalar_one()


def _matching(query: Select, text: str, category: str, stage: int | None) -> Select:
    for word in text.split():
        columns = (facilities.c.name, facilities.c.address, facilities.c.facility_id)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    if category:
        query = query.where(facilities.c.category == category)
    if stage is not None:
        query = query.where(facilities.c.stage == stage)
    return query


def _count_by_facility(db: Connection, column, ids: Sequence[str], condition) -> dict[str, int]:
    query = select(column, func.count()).where(column.in_(ids), condition).group_by(column)
    return {row[0]: row[1] for row in db.execute(query)}


def _accepted():
    return and_(scans.c.outcome == "accepted", scans.c.direction == "in", counted())


def _within(start: datetime, end: datetime):
    return and_(scans.c.scanned_at >= start, scans.c.scanned_at < end)
