"""The register of destroyed days: what each held before anything went, and how far its destruction has come."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, case, func, insert, select, text, update

from ..log.counted import counted
from ..schema.care_tables import destructions, slip_counts
from ..schema.door_tables import paper_destructions, slips
from ..schema.tables import scans


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """One day; ``counts``: made by usecases/retention/purge_count.py; ``finished_at`` None while it goes on."""

    day: date
    stage: str
    begun_at: datetime
    finished_at: datetime | None
    counts: dict[str, Any]


def find(db: Connection, day: date) -> Destruction | None:
    """Return a day's row, if its destruction has begun."""
    row = db.execute(select(destructions).where(destructions.c.day == day)).first()
    return None if row is None else _read(row)


def newest(db: Connection, limit: int, before: date | None = None) -> list[Destruction]:
    """Return days whose destruction has begun, the newest first; with ``before`` only earlier ones."""
    query = select(destructions).order_by(destructions.c.day.desc()).limit(limit)
    if before is not None:
        query = query.where(destructions.c.day < before)
    return [_read(row) for row in db.execute(query)]


def unfinished(db: Connection) -> list[date]:
    """Return the days whose destruction was begun and did not end, the oldest first."""
    query = select(destructions.c.day).where(destructions.c.finished_at.is_(None)).order_by(destructions.c.day)
    return list(db.execute(query).scalars())


def last_finished(db: Connection) -> date | None:
    """Return the newest day that is destroyed to the end."""
    return db.execute(select(func.max(destructions.c.day)).where(destructions.c.finished_at.is_not(None))).scalar()


def finished(db: Connection) -> set[date]:
    """Return every day that is destroyed to the end."""
    return set(db.execute(select(destructions.c.day).where(destructions.c.finished_at.is_not(None))).scalars())


def begin(db: Connection, day: date, stage: str, counts: dict[str, Any], now: datetime) -> None:
    """Keep what a day holds; its destruction has begun."""
    told = json.dumps(counts, ensure_ascii=False, sort_keys=True)
    db.execute(insert(destructions).values(day=day, stage=stage, begun_at=now, counts=told))


def advance(db: Connection, day: date, stage: str, finished_at: datetime | None = None) -> None:
    """Keep that a stage is done."""
    values = {"stage": stage, "finished_at": finished_at}
    db.execute(update(destructions).where(destructions.c.day == day).values(**values))


def count_scans(db: Connection, start: datetime, end: datetime) -> dict[str, dict[str, int]]:
    """Return facility_id → scans, entries that count, refused scans, distinct passes of [start, end)."""
    accepted = scans.c.outcome == "accepted"
    entered = accepted & (scans.c.direction == "in") & counted()
    query = select(
        scans.c.facility_id,
        func.count().label("scans"),
        func.sum(case((entered, 1), else_=0)).label("entries"),
        func.sum(case((accepted, 0), else_=1)).label("refused"),
        func.count(scans.c.pid.distinct()).label("passes"),
    ).where(scans.c.scanned_at >= start, scans.c.scanned_at < end)
    rows = db.execute(query.group_by(scans.c.facility_id))
    return {
        row.facility_id: {name: int(getattr(row, name)) for name in ("scans", "entries", "refused", "passes")}
        for row in rows
    }


def last_entries(db: Connection, before: date) -> dict[str, date]:
    """Return facility_id → the newest destroyed day before a day on which somebody had entered there."""
    rows = db.execute(_LAST_ENTRIES[db.dialect.name], {"before": before.isoformat()})
    return {facility_id: date.fromisoformat(str(day)) for facility_id, day in rows}


_LAST = "SELECT here.key, MAX(destructions.day) FROM destructions, "
_LAST_ENTRIES = {
    "sqlite": text(
        f"{_LAST} json_each(destructions.counts, '$.facilities') AS here "
        "WHERE destructions.day < :before AND json_extract(here.value, '$.entries') > 0 GROUP BY here.key"
    ),
    "postgresql": text(
        f"{_LAST} json_each(CAST(destructions.counts AS json) -> 'facilities') AS here "
        "WHERE destructions.day < CAST(:before AS date) AND CAST(here.value ->> 'entries' AS integer) > 0 "
        "GROUP BY here.key"
    ),
}


def count_slips(db: Connection, day: date) -> dict[str, int]:
    """Return facility_id → paper slips of the day."""
    query = select(slips.c.facility_id, func.count()).where(slips.c.day == day).group_by(slips.c.facility_id)
    return dict(db.execute(query).all())


def shredded_slips(db: Connection, day: date) -> dict[str, int]:
    """Return facility_id → how many paper slips of the day are confirmed as shredded."""
    mine = paper_destructions.c.day == day
    query = select(paper_destructions.c.facility_id, paper_destructions.c.slips).where(mine)
    return dict(db.execute(query).all())


def keep_slip_counts(db: Connection, day: date, many: dict[str, int]) -> None:
    """Keep how much paper of a day lies where, now that its slips' rows go; said again it stays."""
    known = set(db.execute(select(slip_counts.c.facility_id).where(slip_counts.c.day == day)).scalars())
    rows = [
        {"facility_id": facility_id, "day": day, "slips": slips_there}
        for facility_id, slips_there in sorted(many.items())
        if facility_id not in known
    ]
    if rows:
        db.execute(insert(slip_counts), rows)


def confirmed_paper(db: Connection, since: datetime | None, until: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return facility_id → destructions of paper that were confirmed with since ≤ time < until."""
    query = select(paper_destructions).where(paper_destructions.c.destroyed_at < until)
    if since is not None:
        query = query.where(paper_destructions.c.destroyed_at >= since)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in db.execute(query.order_by(paper_destructions.c.facility_id, paper_destructions.c.day)):
        one = {"day": row.day.isoformat(), "slips": row.slips, "at": row.destroyed_at.isoformat()}
        found.setdefault(row.facility_id, []).append(one)
    return found


def overdue_paper(db: Connection) -> list[tuple[str, int, int, date]]:
    """Return (facility_id, days, slips, oldest day) of paper of destroyed days that nobody said was shredded."""
    done = paper_destructions.alias("done")
    mine = (done.c.facility_id == slip_counts.c.facility_id) & (done.c.day == slip_counts.c.day)
    left = slip_counts.c.slips - func.coalesce(done.c.slips, 0)
    query = (
        select(slip_counts.c.facility_id, func.count(), func.sum(left), func.min(slip_counts.c.day))
        .join_from(slip_counts, done, mine, isouter=True)
        .where(left > 0)
        .group_by(slip_counts.c.facility_id)
        .order_by(func.min(slip_counts.c.day), slip_counts.c.facility_id)
    )
    return [(facility_id, days, int(many), day) for facility_id, days, many, day in db.execute(query)]


def _read(row: Any) -> Destruction:
    return Destruction(**{**row._mapping, "counts": json.loads(row.counts)})
