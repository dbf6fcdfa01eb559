"""Floods that are held back: when each spell began and ends, what was decided, and how many entries lie in it.

The entries stay in the log; ``store/log/counted.py`` leaves them out of every reading. A decision is a row of
its own, the spell keeps the newest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Connection, and_, func, insert, literal, not_, or_, select, type_coerce, update

from entry_service.core.drills import FLAG
from entry_service.core.errors import NotFound
from entry_service.core.flood import Spell

from ..database.direct import Direct
from ..schema.door_tables import quarantine_decisions, quarantines
from ..schema.tables import accounts, facilities, from_micros, scans, to_micros
from .counted import DOUBTED, RELEASED, of_drills

_LATEST = Direct(
    "SELECT quarantine_id, started_at, ended_at, decision FROM quarantines "
    "WHERE facility_id = ? AND started_at <= ? ORDER BY started_at DESC, quarantine_id DESC LIMIT 1"
)
_COUNT = Direct(
    "SELECT count(*), coalesce(sum(party_size), 0) FROM scans "
    "WHERE facility_id = ? AND scanned_at >= ? AND scanned_at < ? "
    "AND source = 'poster' AND direction = 'in' AND outcome = 'accepted' "
    f"AND ' ' || flags || ' ' LIKE '% {DOUBTED} %' AND flags NOT LIKE '%{FLAG}%'"
)
MINUTE_MICROS = 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """A spell as it is kept, with what it holds; ``per_minute`` counts entries by minute from its start on."""

    quarantine_id: int
    facility_id: str
    facility_name: str
    started_at: datetime
    ended_at: datetime
    decision: str
    decided_at: datetime | None
    decided_by: str | None
    decided_login: str | None = None
    held: int = 0
    per_minute: tuple[int, ...] = ()


def latest(db: Connection, facility_id: str, at: datetime) -> tuple[int, Spell] | None:
    """Return number and spell of the newest quarantine of the facility that had begun at the moment."""
    rows = _LATEST.all(db, facility_id, to_micros(at))
    if not rows:
        return None
    number, started, ended, decision = rows[0]
    return number, Spell(from_micros(started), from_micros(ended), decision)


def count_doubted(db: Connection, facility_id: str, start: datetime, end: datetime) -> tuple[int, int]:
    """Return entries and people of the unverified poster entries with start ≤ scanned_at < end, but no drills."""
    [(entries, people)] = _COUNT.all(db, facility_id, to_micros(start), to_micros(end))
    return int(entries), int(people)


def begin(db: Connection, facility_id: str, spell: Spell) -> None:
    """Hold back what lies in a new spell."""
    values = {"started_at": spell.started_at, "ended_at": spell.ended_at, "decision": spell.decision}
    db.execute(insert(quarantines).values(facility_id=facility_id, **values))


def prolong(db: Connection, quarantine_id: int, ended_at: datetime) -> None:
    """Let a spell last longer."""
    db.execute(update(quarantines).where(quarantines.c.quarantine_id == quarantine_id).values(ended_at=ended_at))


def decide(db: Connection, quarantine_id: int, decision: str, account_id: str, now: datetime) -> None:
    """Keep a decision beside those before it; a spell that still runs ends with it."""
    row = db.execute(select(quarantines).where(quarantines.c.quarantine_id == quarantine_id)).first()
    if row is None:
        raise NotFound(what="quarantine")
    ended_at = max(row.started_at, min(row.ended_at, now))
    made = {"decision": decision, "decided_at": now, "decided_by": account_id}
    db.execute(
        update(quarantines).where(quarantines.c.quarantine_id == quarantine_id).values(ended_at=ended_at, **made)
    )
    db.execute(insert(quarantine_decisions).values(quarantine_id=quarantine_id, **made))


def get(db: Connection, quarantine_id: int) -> Quarantine:
    """Return one quarantine with what it holds, or raise ``NotFound``."""
    for row in _rows(db, quarantines.c.quarantine_id == quarantine_id):
        return _with_counts(db, row)
    raise NotFound(what="quarantine")


def since(db: Connection, facility_id: str | None, start: datetime, limit: int) -> list[Quarantine]:
    """Return the quarantines that end after ``start`` or wait for a decision, of one facility or of all.

    Undecided ones come first, then the newest.
    """
    wanted = (quarantines.c.ended_at > start) | (quarantines.c.decision == "")
    if facility_id is not None:
        wanted = and_(wanted, quarantines.c.facility_id == facility_id)
    return [_with_counts(db, row) for row in _rows(db, wanted, limit)]


def held_between(
    db: Connection, start: datetime, end: datetime, known_by: datetime
) -> list[tuple[str, datetime, datetime | None]]:
    """Return (facility_id, from, to) of what is held back of [start, end), as ``counted.counted`` sees it."""
    kept = quarantines.c
    released = and_(kept.decision == RELEASED, kept.decided_at <= known_by)
    query = select(kept.facility_id, kept.started_at, kept.ended_at).where(
        kept.started_at <= known_by,
        kept.started_at < end,
        or_(kept.ended_at.is_(None), kept.ended_at > start),
        not_(released),
    )
    return [tuple(row) for row in db.execute(query.order_by(kept.facility_id, kept.started_at, kept.ended_at))]


def decisions(db: Connection, quarantine_id: int) -> list[tuple[datetime, str, str]]:
    """Return (when, what, by which account) of every decision, the first one first."""
    kept = quarantine_decisions
    query = select(kept.c.decided_at, kept.c.decision, kept.c.decided_by)
    query = query.where(kept.c.quarantine_id == quarantine_id).order_by(kept.c.decision_id)
    return [tuple(row) for row in db.execute(query)]


def _rows(db: Connection, wanted, limit: int = 1) -> Sequence:
    query = (
        select(quarantines, facilities.c.name.label("facility_name"), accounts.c.login.label("decided_login"))
        .join(facilities, facilities.c.facility_id == quarantines.c.facility_id)
        .outerjoin(accounts, accounts.c.account_id == quarantines.c.decided_by)
        .where(wanted)
        .order_by(quarantines.c.decision != "", quarantines.c.started_at.desc())
        .limit(limit)
    )
    return db.execute(query).all()


def _with_counts(db: Connection, row) -> Quarantine:
    doubted = (literal(" ") + scans.c.flags + literal(" ")).like(f"% {DOUBTED} %")
    start, end = to_micros(row.started_at), to_micros(row.ended_at)
    minute = (type_coerce(scans.c.scanned_at, BigInteger) // MINUTE_MICROS).label("minute")
    query = (
        select(minute, func.count())
        .where(scans.c.facility_id == row.facility_id, scans.c.source == "poster", scans.c.direction == "in")
        .where(scans.c.outcome == "accepted", doubted, of_drills(False))
        .where(scans.c.scanned_at >= row.started_at, scans.c.scanned_at < row.ended_at)
        .group_by("minute")
    )
    counts = {int(number): count for number, count in db.execute(query)}
    first, last = start // MINUTE_MICROS, max(counts, default=start // MINUTE_MICROS)
    per_minute = tuple(counts.get(number, 0) for number in range(first, min(last, end // MINUTE_MICROS) + 1))
    return Quarantine(**row._mapping, held=sum(counts.values()), per_minute=per_minute)
