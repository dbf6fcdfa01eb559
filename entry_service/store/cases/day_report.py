"""Readings for the report of a day: cases, index visits, entries by stage and door. Counts only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from ..log.counted import counted, real_case
from ..schema.tables import cases, facilities, index_visits, scans


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCounts:
    """Cases of the register: registered and closed in the period, and by its end; those open then."""

    registered: int
    registered_by_end: int
    closed: int
    closed_by_end: int

    @property
    def open(self) -> int:
        """Return how many were open at the end."""
        return self.registered_by_end - self.closed_by_end


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCounts:
    """Index visits that became known in the period, and at how many facilities they are."""

    visits: int
    facilities: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorCount:
    """Entries of one stage of the pilot through one door, and how many people they were."""

    stage: int
    source: str
    entries: int
    people: int


def case_counts(db: Connection, start: datetime, end: datetime) -> CaseCounts:
    """Return the counts of the register for [start, end)."""

    def count(*conditions: object) -> int:
        counted_here = select(func.count()).select_from(cases).where(real_case(cases.c.case_id), *conditions)
        return db.execute(counted_here).scalar_one()

    made, closed = cases.c.registered_at, cases.c.closed_at
    return CaseCounts(
        registered=count(made >= start, made < end),
        registered_by_end=count(made < end),
        closed=count(closed >= start, closed < end),
        closed_by_end=count(closed < end),
    )


def open_cases(db: Connection, at: datetime) -> list[str]:
    """Return the cases that were registered before the moment and not closed by then, the newest first."""
    still = cases.c.closed_at.is_(None) | (cases.c.closed_at >= at)
    query = select(cases.c.case_id).where(cases.c.registered_at < at, still, real_case(cases.c.case_id))
    return list(db.execute(query.order_by(cases.c.registered_at.desc(), cases.c.case_id)).scalars())


def visit_counts(db: Connection, start: datetime, end: datetime) -> VisitCounts:
    """Return the index visits that became known in [start, end)."""
    query = select(func.count(), func.count(index_visits.c.facility_id.distinct()))
    query = query.where(real_case(index_visits.c.case_id))
    visits, sites = db.execute(query.where(index_visits.c.known_at >= start, index_visits.c.known_at < end)).one()
    return VisitCounts(visits=visits, facilities=sites)


def door_counts(db: Connection, start: datetime, end: datetime) -> list[DoorCount]:
    """Return the entries that count with start ≤ scanned_at < end, by stage and source."""
    query = (
        select(
            facilities.c.stage,
            scans.c.source,
            func.count().label("entries"),
            func.sum(scans.c.party_size).label("people"),
        )
        .join(facilities, facilities.c.facility_id == scans.c.facility_id)
        .where(scans.c.scanned_at >= start, scans.c.scanned_at < end)
        .where(scans.c.outcome == "accepted", scans.c.direction == "in", counted())
        .group_by(facilities.c.stage, scans.c.source)
        .order_by(facilities.c.stage, scans.c.source)
    )
    return [
        DoorCount(stage=row.stage, source=row.source, entries=row.entries, people=int(row.people))
        for row in db.execute(query)
    ]
