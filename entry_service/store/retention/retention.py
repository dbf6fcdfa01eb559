"""The marks of the clock, and the deletion of what is due: in chunks, oldest first, never past the mark."""

from datetime import date, datetime

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlalchemy.sql.schema import Table

from entry_service.core.retention import Reading, day_end
from entry_service.core.times import kst_day

from ..cases import notices, published_places
from ..schema.care_tables import case_passes, clock_marks
from ..schema.care_tables import published_places as places
from ..schema.door_tables import (
    closings,
    enrolments,
    poster_reports,
    quarantine_decisions,
    quarantines,
    short_codes,
    slips,
    voids,
)
from ..schema.doubt_tables import doubt_decisions, doubts
from ..schema.drill_tables import drill_passes
from ..schema.plan_tables import field_checks, plan_changes, plan_sendings, plan_teams
from ..schema.tables import cases, index_visits, scans


def marks(db: Connection) -> list[Reading]:
    """Return how far the clock was believed, a mark a run of a machine."""
    return [Reading(**row._mapping) for row in db.execute(select(clock_marks))]


def keep_mark(db: Connection, mark: Reading, *, forget_before: datetime) -> None:
    """Keep the newest mark of its run; of other runs forget what lies before a moment."""
    others = clock_marks.c.boot_id != mark.boot_id
    db.execute(delete(clock_marks).where(others, clock_marks.c.wall < forget_before))
    facts = {"wall": mark.wall, "boot_seconds": mark.boot_seconds}
    if db.execute(update(clock_marks).where(~others).values(**facts)).rowcount == 0:
        db.execute(insert(clock_marks).values(boot_id=mark.boot_id, **facts))


def set_only_mark(db: Connection, mark: Reading) -> None:
    """Put one mark in the place of all: a person has said that the clock is right."""
    db.execute(delete(clock_marks))
    db.execute(insert(clock_marks).values(boot_id=mark.boot_id, wall=mark.wall, boot_seconds=mark.boot_seconds))


def newest_reception(db: Connection) -> datetime | None:
    """Return when the newest row of the log was received: the present is not before it."""
    return db.execute(select(scans.c.received_at).order_by(scans.c.seq.desc()).limit(1)).scalar()


def oldest_scan(db: Connection) -> datetime | None:
    """Return the time of the oldest scan that is kept."""
    return db.execute(select(func.min(scans.c.scanned_at))).scalar()


def scan_days(db: Connection, end: datetime) -> list[date]:
    """Return the Korean days before ``end`` that have a scan, the earliest first; a look into the index a day."""
    found: list[date] = []
    start = select(func.min(scans.c.scanned_at)).where(scans.c.scanned_at < end)
    at = db.execute(start).scalar()
    while at is not None:
        found.append(kst_day(at))
        at = db.execute(start.where(scans.c.scanned_at >= day_end(found[-1]))).scalar()
    return found


def delete_scans(db: Connection, end: datetime, limit: int) -> int:
    """Delete the oldest ``limit`` scans before ``end`` with their undoings and slips; return how many scans."""
    oldest = select(scans.c.seq, scans.c.scan_id).where(scans.c.scanned_at < end)
    rows = db.execute(oldest.order_by(scans.c.scanned_at).limit(limit)).all()
    if rows:
        ids = [row.scan_id for row in rows]
        db.execute(delete(voids).where(voids.c.scan_id.in_(ids)))
        db.execute(delete(slips).where(slips.c.scan_id.in_(ids)))
        mine = scans.c.seq.in_([row.seq for row in rows])
        db.execute(delete(scans).where(mine, scans.c.scanned_at < end))
    return len(rows)


def delete_short_codes(db: Connection, day: date, limit: int) -> int:
    """Delete ``limit`` typed codes of the day and of days before it; return how many."""
    known = select(short_codes.c.day, short_codes.c.handle).where(short_codes.c.day <= day).limit(limit)
    rows = db.execute(known).all()
    for of_day in {row.day for row in rows}:
        handles = [row.handle for row in rows if row.day == of_day]
        db.execute(delete(short_codes).where(short_codes.c.day == of_day, short_codes.c.handle.in_(handles)))
    return len(rows)


def delete_rest(db: Connection, day: date, end: datetime) -> None:
    """Delete the few rows of other tables that speak only of what lies before the end of the day."""
    for table, condition in _conditions(day, end):
        db.execute(delete(table).where(condition))
    published_places.drop_ended_before(db, end)
    notices.drop_ended_before(db, end)


def count_scans(db: Connection, end: datetime) -> int:
    """Return how many scans lie before a moment."""
    return db.execute(select(func.count()).where(scans.c.scanned_at < end)).scalar_one()


def count_rest(db: Connection, day: date, end: datetime) -> dict[str, int]:
    """Return table → how many rows ``delete_rest`` and the chunks would delete, scans aside."""
    found = {"voids": select(func.count()).where(voids.c.scan_id.in_(_scans_before(end)))}
    found["short_codes"] = select(func.count()).where(short_codes.c.day <= day)
    counted = {name: db.execute(query).scalar_one() for name, query in found.items()}
    for table, condition in [*_conditions(day, end), (places, places.c.end < end)]:
        counted[table.name] = db.execute(select(func.count()).select_from(table).where(condition)).scalar_one()
    return counted


def is_clean(db: Connection, day: date, end: datetime) -> bool:
    """Say whether nothing of the day, or before it, is left."""
    left = db.execute(select(scans.c.seq).where(scans.c.scanned_at < end).limit(1)).first()
    return left is None and not any(count_rest(db, day, end).values())


def due_cases(db: Connection, closed_before: datetime, registered_before: datetime) -> list[str]:
    """Return the cases closed before a moment, and those registered before another and never closed."""
    never_closed = cases.c.closed_at.is_(None) & (cases.c.registered_at < registered_before)
    query = select(cases.c.case_id).where(or_(cases.c.closed_at < closed_before, never_closed))
    return list(db.execute(query.order_by(cases.c.case_id)).scalars())


def delete_case(db: Connection, case_id: str) -> bool:
    """Delete a case none of whose visits is left; return whether it is gone. Maps still count visits that are."""
    if db.execute(select(index_visits.c.case_id).where(index_visits.c.case_id == case_id).limit(1)).first():
        return False
    db.execute(delete(case_passes).where(case_passes.c.case_id == case_id))
    db.execute(delete(cases).where(cases.c.case_id == case_id))
    return True


def _scans_before(end: datetime):
    return select(scans.c.scan_id).where(scans.c.scanned_at < end)


def _conditions(day: date, end: datetime) -> list[tuple[Table, object]]:
    over = quarantines.c.ended_at.is_not(None) & (quarantines.c.ended_at < end)
    floods = select(quarantines.c.quarantine_id).where(over)
    return [
        (slips, slips.c.day <= day),
        (closings, closings.c.closed_at < end),
        (doubts, doubts.c.scanned_at < end),
        (doubt_decisions, doubt_decisions.c.scanned_at < end),
        (quarantine_decisions, quarantine_decisions.c.quarantine_id.in_(floods)),
        (quarantines, over),
        (poster_reports, poster_reports.c.reported_at < end),
        (enrolments, enrolments.c.expires_at < end),
        (index_visits, index_visits.c.end <= end),
        (case_passes, case_passes.c.day <= day),
        (drill_passes, drill_passes.c.day <= day),
        *((table, table.c.day <= day) for table in (plan_teams, plan_sendings, plan_changes, field_checks)),
    ]
