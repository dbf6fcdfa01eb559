"""The case register: confirmed cases and their index visits. The only place that links a person's days."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from entry_service.core.errors import NotFound
from entry_service.core.model import Case, IndexVisit

from ..log.counted import real_case
from ..schema.care_tables import case_passes
from ..schema.tables import cases, index_visits


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
            isolated_on=case.isolated_on,
        )
    )


def add_index_visits(db: Connection, visits: list[IndexVisit], origin: str) -> None:
    """Keep index visits; ``origin`` is ``"place"`` as told, ``"pass"`` as found in the log, or ``"both"``.

    What is both is kept as found, with a mark: code of the release before knows no third word.
    """
    if visits:
        rows = [
            {
                "case_id": visit.case_id,
                "facility_id": visit.facility_id,
                "start": visit.start,
                "end": visit.end,
                "by_date": visit.by_date,
                "origin": "pass" if origin == "both" else origin,
                "also_told": origin == "both",
                "known_at": visit.known_at,
                "seen_until": visit.seen_until,
                "gone_by": visit.gone_by,
                "sent_out": visit.sent_out,
            }
            for visit in visits
        ]
        db.execute(insert(index_visits), rows)


def replace_told(db: Connection, told: IndexVisit, found: IndexVisit) -> None:
    """Put what the log knows of a visit in the place of what the case told; it stays known since it was told."""
    same = [index_visits.c[name] == getattr(told, name) for name in ("case_id", "facility_id", "start", "end")]
    db.execute(delete(index_visits).where(*same, index_visits.c.origin == "place"))
    add_index_visits(db, [replace(found, known_at=told.known_at)], "both")


def drop_visits(db: Connection, case_id: str, facility_id: str, start: datetime) -> int:
    """Remove the index visits of a case that began there and then; return how many."""
    same = (index_visits.c.facility_id == facility_id, index_visits.c.start == start)
    return db.execute(delete(index_visits).where(index_visits.c.case_id == case_id, *same)).rowcount


def drop_passes(db: Connection, case_id: str, day: date) -> None:
    """Forget which passes of a day were the confirmed person's."""
    db.execute(delete(case_passes).where(case_passes.c.case_id == case_id, case_passes.c.day == day))


def add_passes(db: Connection, case_id: str, passes: Iterable[tuple[date, bytes]]) -> None:
    """Keep (day, pid) of the confirmed person's own passes; those that are kept already stay."""
    new = set(passes) - set(passes_of(db, case_id))
    if new:
        rows = [{"case_id": case_id, "day": day, "pid": pid} for day, pid in sorted(new)]
        db.execute(insert(case_passes), rows)


def passes_of(db: Connection, case_id: str) -> list[tuple[date, bytes]]:
    """Return (day, pid) of the passes that belong to the confirmed person."""
    query = select(case_passes.c.day, case_passes.c.pid).where(case_passes.c.case_id == case_id)
    return [(row.day, row.pid) for row in db.execute(query.order_by(case_passes.c.day, case_passes.c.pid))]


def close(db: Connection, case_id: str, at: datetime) -> None:
    """Close a case; the first moment is kept."""
    still_open = (cases.c.case_id == case_id) & cases.c.closed_at.is_(None)
    db.execute(update(cases).where(still_open).values(closed_at=at))


def number_is_known(db: Connection, number: str) -> bool:
    """Say whether a case with this number is registered."""
    return db.execute(select(cases.c.case_id).where(cases.c.number == number)).first() is not None


def all_cases(db: Connection) -> list[CaseSummary]:
    """Return every case, the newest registration first; those of drills are on the pages of drills."""
    counted = (
        select(cases, func.count(index_visits.c.index_visit_id).label("visits"))
        .outerjoin(index_visits)
        .where(real_case(cases.c.case_id))
        .group_by(*cases.c)
        .order_by(cases.c.registered_at.desc(), cases.c.number)
    )
    return [CaseSummary(case=_case(row), visits=row.visits) for row in db.execute(counted)]


def find_case(db: Connection, case_id: str) -> Case:
    """Return the case, or raise ``NotFound``."""
    row = db.execute(select(cases).where(cases.c.case_id == case_id)).first()
    if row is None:
        raise NotFound(what="case")
    return _case(row)


def visits_of(db: Connection, case_id: str) -> list[tuple[IndexVisit, str]]:
    """Return the index visits of a case with their origin (``add_index_visits``), in order of start."""
    query = select(index_visits).where(index_visits.c.case_id == case_id)
    in_order = query.order_by(index_visits.c.start, index_visits.c.index_visit_id)
    return [(_index_visit(row), "both" if row.also_told else row.origin) for row in db.execute(in_order)]


def visits_known_by(db: Connection, as_of: datetime) -> list[IndexVisit]:
    """Return every index visit with known_at ≤ as_of, in order of start; none of a drill."""
    query = select(index_visits).where(index_visits.c.known_at <= as_of, real_case(index_visits.c.case_id))
    in_order = query.order_by(index_visits.c.start, index_visits.c.index_visit_id)
    return [_index_visit(row) for row in db.execute(in_order)]


def newest_visit(db: Connection) -> datetime | None:
    """Return when the index visit that ended last ended; None without any, drills aside."""
    newest = select(func.max(index_visits.c.end, type_=index_visits.c.end.type))
    return db.execute(newest.where(real_case(index_visits.c.case_id))).scalar_one()


def _case(row: Row) -> Case:
    return Case(
        case_id=row.case_id,
        number=row.number,
        onset=row.onset,
        specimen_date=row.specimen_date,
        registered_at=row.registered_at,
        isolated_on=row.isolated_on,
        closed_at=row.closed_at,
    )


def _index_visit(row: Row) -> IndexVisit:
    return IndexVisit(
        case_id=row.case_id,
        facility_id=row.facility_id,
        start=row.start,
        end=row.end,
        known_at=row.known_at,
        by_date=row.by_date,
        seen_until=row.seen_until,
        gone_by=row.gone_by,
        sent_out=row.sent_out,
    )
