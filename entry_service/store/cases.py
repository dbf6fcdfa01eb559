"""The case register: confirmed cases and their index visits. The only place that links a person's days."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from entry_service.core.model import Case, IndexVisit

from .tables import cases, index_visits


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSummary:
    """A case with the number of its index visits, as the register lists it."""

    case: Case
    visits: int


def add_case(db: Connection, case: Case, registered_by: str | None = None) -> None:
    """Register a case; its number must be new (IntegrityError otherwise)."""
    db.execute(
        insert(cases).values(
            case_id=case.case_id,
            number=case.number,
            onset=case.onset,
            specimen_date=case.specimen_date,
            registered_at=case.registered_at,
            registered_by=registered_by,
        )
    )


def add_index_visits(db: Connection, visits: list[IndexVisit], origin: str) -> None:
    """Keep index visits; ``origin`` is ``"place"`` as told by the case or ``"pass"`` as found in the log."""
    if visits:
        rows = [
            {
                "case_id": visit.case_id,
                "facility_id": visit.facility_id,
                "start": visit.start,
                "end": visit.end,
                "by_date": visit.by_date,
                "origin": origin,
                "known_at": visit.known_at,
            }
            for visit in visits
        ]
        db.execute(insert(index_visits), rows)


def number_is_known(db: Connection, number: str) -> bool:
    """Say whether a case with this number is registered."""
    return db.execute(select(cases.c.case_id).where(cases.c.number == number)).first() is not None


def all_cases(db: Connection) -> list[CaseSummary]:
    """Return every case, the newest registration first."""
    counted = (
        select(cases, func.count(index_visits.c.index_visit_id).label("visits"))
        .outerjoin(index_visits)
        .group_by(*cases.c)
        .order_by(cases.c.registered_at.desc(), cases.c.number)
    )
    return [
        CaseSummary(
            case=Case(
                case_id=row.case_id,
                number=row.number,
                onset=row.onset,
                specimen_date=row.specimen_date,
                registered_at=row.registered_at,
            ),
            visits=row.visits,
        )
        for row in db.execute(counted)
    ]


def visits_known_by(db: Connection, as_of: datetime) -> list[IndexVisit]:
    """Return every index visit with known_at ≤ as_of, in order of start."""
    query = select(index_visits).where(index_visits.c.known_at <= as_of)
    return [
        IndexVisit(
            case_id=row.case_id,
            facility_id=row.facility_id,
            start=row.start,
            end=row.end,
            known_at=row.known_at,
            by_date=row.by_date,
        )
        for row in db.execute(query.order_by(index_visits.c.start, index_visits.c.index_visit_id))
    ]
