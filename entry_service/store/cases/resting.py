"""What an index visit that was found in the log rests on: readings that may be void, or wait for a decision.

An index visit stays as it was registered. Whether it exposes anybody is asked of its readings each time, so that a
decision, and taking it back, needs no change here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, and_, not_, select

from entry_service.core.exposed import IndexDoubt
from entry_service.core.model import Scan

from ..log.counted import counted, of_drills
from ..log.doubts import waiting_between
from ..schema.care_tables import case_passes
from ..schema.tables import cases, index_visits, scans

Key = tuple[str, str, datetime]  # case_id, facility_id, start
FOUND = index_visits.c.origin == "pass"  # the log knows of it; ``also_told`` is the case's own word beside it
PASSES_AT_ONCE = 500
_MOMENT = timedelta(microseconds=1)


def doubted_visits(db: Connection, case_id: str | None = None) -> Mapping[Key, IndexDoubt]:
    """Return the index visits, of one case or of all, that rest on a reading that is void or waits.

    Void is a visit whose entry counts no more, for whichever reason (store/log/counted.py). One whose readings are
    destroyed stands, and so does one of a drill.
    """
    rows = _readings(db, counted(), *([index_visits.c.case_id == case_id] if case_id else []))
    if not rows:
        return {}
    moments = [row.scanned_at for own in rows.values() for row in own]
    waiting = waiting_between(db, min(moments), max(moments) + _MOMENT)
    found: dict[Key, IndexDoubt] = {}
    for key, own in rows.items():
        if _is_void(key, own):
            found[key] = "void"
        elif any(row.counts and row.scan_id in waiting for row in own):
            found[key] = "waits"
    return found


def void_by(db: Connection, known_by: datetime) -> set[Key]:
    """Return the index visits that nothing but an entry that counted no more by the moment tells of."""
    only = (not_(index_visits.c.also_told), index_visits.c.known_at <= known_by)
    rows = _readings(db, counted(known_by), *only)
    return {key for key, own in rows.items() if _is_void(key, own)}


def cases_on(db: Connection, readings: Iterable[Scan]) -> list[str]:
    """Return the numbers of the cases with an index visit that rests on one of the readings, in order."""
    at: dict[tuple[bytes, str], list[datetime]] = defaultdict(list)
    for one in readings:
        if one.pid is not None:
            at[one.pid, one.facility_id].append(one.scanned_at)
    pids = sorted({pid for pid, _facility_id in at})
    query = (
        select(cases.c.number, case_passes.c.pid)
        .add_columns(index_visits.c.facility_id, index_visits.c.start, index_visits.c.end)
        .select_from(cases)
        .join(case_passes, case_passes.c.case_id == cases.c.case_id)
        .join(index_visits, index_visits.c.case_id == cases.c.case_id)
        .where(FOUND)
    )
    found = set()
    for first in range(0, len(pids), PASSES_AT_ONCE):
        for row in db.execute(query.where(case_passes.c.pid.in_(pids[first : first + PASSES_AT_ONCE]))):
            if any(row.start <= moment <= row.end for moment in at.get((row.pid, row.facility_id), ())):
                found.add(row.number)
    return sorted(found)


def entries_at(db: Connection, moments: Iterable[tuple[str, datetime]]) -> list[Row]:
    """Return the entries read at a facility at exactly these moments, with ``counts``; those of drills aside."""
    at: dict[str, set[datetime]] = defaultdict(set)
    for facility_id, moment in moments:
        at[facility_id].add(moment)
    names = ("scan_id", "facility_id", "scanned_at", "pid", "source", "party_size")
    query = select(*(scans.c[name] for name in names), counted().label("counts")).where(
        scans.c.outcome == "accepted", scans.c.direction == "in", scans.c.pid.is_not(None), of_drills(False)
    )
    found: list[Row] = []
    for facility_id, times in sorted(at.items()):
        ordered = sorted(times)
        for first in range(0, len(ordered), PASSES_AT_ONCE):
            chunk = scans.c.scanned_at.in_(ordered[first : first + PASSES_AT_ONCE])
            found += db.execute(query.where(scans.c.facility_id == facility_id, chunk))
    return found


def _readings(db: Connection, counts: ColumnElement[bool], *wanted: ColumnElement[bool]) -> dict[Key, list[Row]]:
    """Return the readings of each index visit by the case's own passes, whether they count or not."""
    at = scans.c.scanned_at
    leaving = and_(at == index_visits.c.end, scans.c.direction == "out")
    within = and_(at >= index_visits.c.start, (at < index_visits.c.end) | leaving)
    query = (
        select(index_visits.c.case_id, index_visits.c.facility_id, index_visits.c.start)
        .add_columns(scans.c.scan_id, scans.c.direction, at, counts.label("counts"))
        .join(case_passes, case_passes.c.case_id == index_visits.c.case_id)
        .join(
            scans,
            and_(scans.c.pid == case_passes.c.pid, scans.c.facility_id == index_visits.c.facility_id, within),
        )
        .where(FOUND, scans.c.outcome == "accepted", of_drills(False), *wanted)
    )
    found: dict[Key, list[Row]] = defaultdict(list)
    for row in db.execute(query):
        found[row.case_id, row.facility_id, row.start].append(row)
    return found


def _is_void(key: Key, readings: Iterable[Row]) -> bool:
    entries = [row.counts for row in readings if row.direction == "in" and row.scanned_at == key[2]]
    return bool(entries) and not any(entries)
