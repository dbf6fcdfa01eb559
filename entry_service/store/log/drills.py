"""Drills in the log: their register, their passes, and the removal of every row that they left."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from entry_service.core.drills import CASE_PREFIX, FLAG, DrillPass
from entry_service.core.errors import NotFound
from entry_service.core.model import Scan

from ..database.direct import Direct
from ..database.locks import one_at_a_time
from ..schema.care_tables import case_passes
from ..schema.door_tables import slips, voids
from ..schema.doubt_tables import doubt_decisions, doubts
from ..schema.drill_tables import drill_passes, drill_tallies, drills
from ..schema.tables import cases, index_visits, scans
from .figures import newest_number, note_removed

CHUNK = 100  # rows in one transaction: doors that wait to write wait no longer than for that
_KNOWN = Direct("SELECT 1 FROM drill_passes WHERE pid = ?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One drill; ``plan`` and ``result`` are what JSON can say (usecases/drills)."""

    drill_id: str
    kind: str
    state: str
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    case_id: str
    plan: dict[str, Any]
    result: dict[str, Any]


def knows(db: Connection, pid: bytes) -> bool:
    """Say whether a pass is a drill's; asked inside the transaction that appends."""
    return bool(_KNOWN.all(db, pid))


def add(db: Connection, drill: Drill, passes: Iterable[tuple[date, DrillPass]]) -> None:
    """Keep a drill that begins, with its passes."""
    row = {name: getattr(drill, name) for name in Drill.__slots__}
    db.execute(insert(drills).values(**{**row, "plan": _text(drill.plan), "result": _text(drill.result)}))
    rows = [
        {"drill_id": drill.drill_id, "day": day, **{name: getattr(one, name) for name in DrillPass.__slots__}}
        for day, one in passes
    ]
    if rows:
        db.execute(insert(drill_passes), rows)


def drop(db: Connection, drill_id: str) -> None:
    """Forget a drill that did not begin after all."""
    for table in (drill_passes, drills):
        db.execute(delete(table).where(table.c.drill_id == drill_id))


def change(db: Connection, drill_id: str, **values: Any) -> None:
    """Change state, case, plan, result or end."""
    told = {name: _text(value) if name in ("plan", "result") else value for name, value in values.items()}
    db.execute(update(drills).where(drills.c.drill_id == drill_id).values(**told))


def find(db: Connection, drill_id: str) -> Drill:
    """Return a drill or raise ``NotFound``."""
    row = db.execute(select(drills).where(drills.c.drill_id == drill_id)).first()
    if row is None:
        raise NotFound(what="drill")
    return _drill(row)


def all(db: Connection, kind: str = "") -> list[Drill]:
    """Return every drill, or those of a kind, the newest first."""
    query = select(drills).order_by(drills.c.started_at.desc(), drills.c.drill_id)
    return [_drill(row) for row in db.execute(query.where(drills.c.kind == kind) if kind else query)]


def keep_made(db: Connection, drill_id: str, device_id: str, made: int, now: datetime) -> None:
    """Keep how many readings a device says that it made in the window, in place of what it said before."""
    mine = (drill_tallies.c.drill_id == drill_id) & (drill_tallies.c.device_id == device_id)
    one_at_a_time(db, b"tally|" + device_id.encode())
    db.execute(delete(drill_tallies).where(mine))
    db.execute(insert(drill_tallies).values(drill_id=drill_id, device_id=device_id, made=made, told_at=now))


def made_by_device(db: Connection, drill_id: str) -> dict[str, int]:
    """Return device_id → readings that it says it made in the window; devices that said nothing are absent."""
    mine = select(drill_tallies.c.device_id, drill_tallies.c.made).where(drill_tallies.c.drill_id == drill_id)
    return {row.device_id: row.made for row in db.execute(mine)}


def passes_of(db: Connection, drill_id: str) -> list[tuple[date, DrillPass]]:
    """Return (day, pass) of a drill, by site, role and person."""
    mine = select(drill_passes).where(drill_passes.c.drill_id == drill_id)
    rows = db.execute(mine.order_by(drill_passes.c.facility_id, drill_passes.c.role, drill_passes.c.person))
    return [(row.day, _pass(row)) for row in rows]


def by_token(db: Connection, token: str) -> tuple[date, DrillPass]:
    """Return (day, pass) of the page that shows its codes, or raise ``NotFound``."""
    row = db.execute(select(drill_passes).where(drill_passes.c.token == token)).first() if token else None
    if row is None:
        raise NotFound(what="pass")
    return row.day, _pass(row)


def rows_of(db: Connection, drill_id: str) -> list[Scan]:
    """Return every row that the passes of a drill left in the log, refused ones too, in order of time."""
    from .scans import scans_by_pid  # which marks rows by this module

    pids = db.execute(select(drill_passes.c.pid).where(drill_passes.c.drill_id == drill_id)).scalars().all()
    return scans_by_pid(db, pids)


def delete_rows(db: Connection, drill_id: str, pids: Sequence[bytes]) -> int:
    """Delete up to ``CHUNK`` marked rows of a drill's passes, with what was said over them; return how many.

    How many went stays with the drill, so that the count of visitors' rows goes on without a step (figures.py).
    """
    marked = scans.c.pid.in_(pids), scans.c.flags.like(f"%{FLAG}%")
    rows = db.execute(select(scans.c.seq, scans.c.scan_id).where(*marked).limit(CHUNK)).all()
    if rows:
        ids = [row.scan_id for row in rows]
        for table in (voids, slips, doubts, doubt_decisions):
            db.execute(delete(table).where(table.c.scan_id.in_(ids)))
        numbers = [row.seq for row in rows]
        before = newest_number(db)
        db.execute(delete(scans).where(scans.c.seq.in_(numbers), *marked))
        note_removed(db, drill_id, numbers, before)
    return len(rows)


def delete_case(db: Connection, case_id: str) -> None:
    """Delete the case of a drill with its index visits."""
    for table in (index_visits, case_passes, cases):
        db.execute(delete(table).where(table.c.case_id == case_id))


def orphans(db: Connection, ended: str) -> list[str]:
    """Return the cases of drills that no drill names, or only one in the state ``ended``."""
    named = select(drills.c.case_id).where(drills.c.state != ended)
    mine = cases.c.case_id.like(f"{CASE_PREFIX}%"), cases.c.case_id.not_in(named)
    return list(db.execute(select(cases.c.case_id).where(*mine).order_by(cases.c.case_id)).scalars())


def forget_codes(db: Connection, drill_id: str) -> None:
    """Forget what made the codes of a drill: nobody shows one of its passes any more."""
    mine = drill_passes.c.drill_id == drill_id
    db.execute(update(drill_passes).where(mine).values(seed=b"", token=""))


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""


def _drill(row: Row) -> Drill:
    told = {name: json.loads(row._mapping[name] or "{}") for name in ("plan", "result")}
    return Drill(**{**{name: row._mapping[name] for name in Drill.__slots__}, **told})


def _pass(row: Row) -> DrillPass:
    return DrillPass(**{name: row._mapping[name] for name in DrillPass.__slots__})
