"""Paper slips: which number stands on which, and the days whose paper was destroyed. Nothing of who wrote them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, insert, or_, select, update

from ..schema.care_tables import slip_counts
from ..schema.door_tables import paper_destructions, slips
from ..schema.tables import scans


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDay:
    """One day's slips of a facility; ``destroyed`` of them were confirmed as destroyed at ``destroyed_at``."""

    day: date
    slips: int
    destroyed: int = 0
    destroyed_at: datetime | None = None


def add(db: Connection, scan_id: str, facility_id: str, day: date, number: str) -> None:
    """Keep the number of the slip that a scan was typed from."""
    db.execute(insert(slips).values(scan_id=scan_id, facility_id=facility_id, day=day, number=number))


def number_of(db: Connection, scan_id: str) -> str | None:
    """Return the number of the slip that a scan was typed from."""
    return db.execute(select(slips.c.number).where(slips.c.scan_id == scan_id)).scalar()


def pass_of(
    db: Connection, facility_id: str, day: date, number: str, at: datetime, since: datetime
) -> bytes | None:
    """Return the pass of the slip with this number that last came in by ``at``: a pad may begin again in a day.

    A slip of another day than ``day`` counts where its person came at or after ``since``: a stay over midnight.
    """
    query = (
        select(scans.c.pid)
        .join(slips, slips.c.scan_id == scans.c.scan_id)
        .where(slips.c.facility_id == facility_id, slips.c.number == number)
        .where(
            slips.c.day.in_((day, day - timedelta(days=1))), or_(slips.c.day == day, scans.c.scanned_at >= since)
        )
        .where(scans.c.direction == "in", scans.c.scanned_at <= at)
        .order_by(scans.c.scanned_at.desc(), scans.c.seq.desc())
    )
    return db.execute(query.limit(1)).scalar()


def paper_days(db: Connection, facility_id: str) -> list[PaperDay]:
    """Return the days of a facility that have paper slips, the oldest first; also of destroyed rows."""
    mine = slips.c.facility_id == facility_id
    counted = dict(db.execute(select(slips.c.day, func.count()).where(mine).group_by(slips.c.day)).all())
    gone = select(slip_counts.c.day, slip_counts.c.slips).where(slip_counts.c.facility_id == facility_id)
    for day, many in db.execute(gone):
        counted[day] = max(many, counted.get(day, 0))  # both, while the day is being destroyed
    query = select(paper_destructions).where(paper_destructions.c.facility_id == facility_id)
    done = {row.day: row for row in db.execute(query)}
    return [
        PaperDay(day=day, slips=many, destroyed=done[day].slips, destroyed_at=done[day].destroyed_at)
        if day in done
        else PaperDay(day=day, slips=many)
        for day, many in sorted(counted.items())
    ]


def confirm_destruction(
    db: Connection, facility_id: str, day: date, many: int, confirmed_by: str, now: datetime
) -> None:
    """Keep that ``many`` slips of a day were destroyed, in all; the last word counts."""
    mine = (paper_destructions.c.facility_id == facility_id) & (paper_destructions.c.day == day)
    facts = {"slips": many, "destroyed_at": now, "confirmed_by": confirmed_by}
    if db.execute(update(paper_destructions).where(mine).values(**facts)).rowcount == 0:
        db.execute(insert(paper_destructions).values(facility_id=facility_id, day=day, **facts))
