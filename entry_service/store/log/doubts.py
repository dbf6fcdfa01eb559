"""Doubted readings as they are kept: noted with the reading itself, listed for a person, decided beside the log.

A doubt waits until somebody who saw it decided about its reading. What is decided void counts in no
reading of the log (store/log/counted.py); until then, and where it is to count, nothing but exposure knows of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, exists, func, insert, not_, or_, select, update

from entry_service.core.doubt_rules import Decision, Doubt, Reason

from ..database.direct import Direct
from ..database.engine import one_at_a_time
from ..schema.door_tables import voids
from ..schema.doubt_tables import doubt_decisions, doubts
from ..schema.tables import accounts, facilities, scans, to_micros
from .doubt_conditions import Change, changed_by, is_told, waits

_NOTE = Direct(
    "INSERT INTO doubts (scan_id, reason, facility_id, scanned_at, found_at, beside) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (scan_id, reason) DO NOTHING"
)
AT_ONCE = 500
said, here = doubt_decisions.c, doubts.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which doubted readings: waiting or decided, of one reason, facility or day, or all; found up to a number."""

    decided: bool = False
    reason: Reason | None = None
    facility_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    up_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Another reading of the same pass that a doubted one does not go together with."""

    facility_id: str
    facility_name: str
    scanned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The decision that holds about a reading; ``login`` is None for an account that is gone."""

    decision: Decision
    why: str
    decided_at: datetime
    login: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """An accepted reading with why it is doubted and what was decided; it names no pass."""

    scan_id: str
    facility_id: str
    facility_name: str
    scanned_at: datetime
    received_at: datetime
    direction: str
    source: str
    party_size: int
    waits: bool
    reasons: tuple[Reason, ...]
    besides: tuple[Beside, ...]
    said: Said | None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found against a reading of the log, before it is noted."""

    scan_id: str
    facility_id: str
    scanned_at: datetime
    doubt: Doubt
    found_at: datetime


def note(
    db: Connection, scan_id: str, facility_id: str, scanned_at: datetime, why: Iterable[Doubt], found_at: datetime
) -> None:
    """Doubt a reading; said twice for one reason the first stays. On the way of a scan."""
    note_all(db, [Found(scan_id, facility_id, scanned_at, doubt, found_at) for doubt in why])


def note_all(db: Connection, found: Sequence[Found]) -> None:
    """Do the same for many, in order: what a whole batch of scans brought, after its last one."""
    if found:
        number_in_order(db)
    for one in found:
        moments = to_micros(one.scanned_at), to_micros(one.found_at)
        _NOTE.change(db, one.scan_id, one.doubt.reason, one.facility_id, *moments, one.doubt.beside)


def number_in_order(db: Connection) -> None:
    """Let doubts be seen in the order of their numbers: who sees one sees all of lower numbers.

    PostgreSQL gives a number before the row is durable; without this a list could be decided about up to a number
    below which another doubt comes to light afterwards. To be asked for last, after every other turn of the
    transaction, so that nobody who waits here is waited for.
    """
    one_at_a_time(db, b"doubt numbers")


def newest(db: Connection) -> int:
    """Return the number of the newest doubt of all (0: there is none)."""
    return db.execute(select(func.max(here.doubt_id))).scalar() or 0


def count(db: Connection, wanted: Wanted, change: Change | None = None) -> int:
    """Return how many readings there are; with ``change`` those that it would change."""
    return db.execute(_chosen(select(func.count(here.scan_id.distinct())), wanted, change)).scalar_one()


def find(
    db: Connection, wanted: Wanted, limit: int, offset: int = 0, *, change: Change | None = None
) -> list[Doubted]:
    """Return doubted readings, the newest first, by what was doubted up to ``wanted.up_to``."""
    chosen = _chosen(select(here.scan_id, func.max(here.scanned_at).label("at")), wanted, change)
    query = chosen.group_by(here.scan_id).order_by(func.max(here.scanned_at).desc(), here.scan_id)
    return get(db, db.execute(query.limit(limit).offset(offset)).scalars().all(), wanted.up_to)


def get(db: Connection, scan_ids: Sequence[str], up_to: int | None = None) -> list[Doubted]:
    """Return those of the readings that are doubted and not undone, in the order that was asked for.

    With ``up_to`` doubts with a higher number are left out of account.
    """
    found: dict[str, Doubted] = {}
    for first in range(0, len(scan_ids), AT_ONCE):
        found.update(_read(db, scan_ids[first : first + AT_ONCE], up_to))
    return [found[scan_id] for scan_id in scan_ids if scan_id in found]


def waiting_between(db: Connection, start: datetime, end: datetime) -> Mapping[str, set[Reason]]:
    """Return scan_id → reasons of the readings anywhere, start ≤ scanned_at < end, that nobody decided about."""
    query = select(here.scan_id, here.reason).where(here.scanned_at >= start, here.scanned_at < end, waits())
    waiting: dict[str, set[Reason]] = defaultdict(set)
    for scan_id, reason in db.execute(query):
        waiting[scan_id].add(reason)
    return waiting


def count_waiting(db: Connection, start: datetime | None = None, end: datetime | None = None) -> int:
    """Return how many readings wait for a decision, of those with start ≤ scanned_at < end where that is given."""
    return count(db, Wanted(start=start, end=end))


def count_void(db: Connection, start: datetime, end: datetime) -> int:
    """Return how many doubted readings with start ≤ scanned_at < end are void now; leavings are not counted."""
    query = select(func.count()).where(said.ended_at.is_(None), said.entry == "", said.decision == "void")
    return db.execute(query.where(said.scanned_at >= start, said.scanned_at < end)).scalar_one()


def end(db: Connection, scan_ids: Sequence[str], now: datetime) -> None:
    """End the decisions that hold about the readings, and those about the leavings that go with them."""
    for first in range(0, len(scan_ids), AT_ONCE):
        ids = scan_ids[first : first + AT_ONCE]
        own = or_(said.scan_id.in_(ids), said.entry.in_(ids))
        db.execute(update(doubt_decisions).where(said.ended_at.is_(None), own).values(ended_at=now))


def decide(
    db: Connection,
    readings: Sequence[tuple[str, datetime]],
    decision: Decision,
    why: str,
    *,
    decided_by: str,
    now: datetime,
    entries: Mapping[str, str],
    up_to: int,
) -> None:
    """Keep a decision about each reading (scan_id, scanned_at) in the place of the one before, which is kept too.

    ``entries``: scan_id → entry, of leavings that go with one. Leavings that went with a reading before are free.
    ``up_to``: the number of the newest doubt that was seen; what is doubted later waits.
    """
    end(db, [scan_id for scan_id, _ in readings], now)
    rows = [
        {
            "scan_id": scan_id,
            "scanned_at": at,
            "decision": decision,
            "why": why,
            "entry": entries.get(scan_id, ""),
            "decided_at": now,
            "decided_by": decided_by,
            "up_to": up_to,
        }
        for scan_id, at in readings
    ]
    if rows:
        db.execute(insert(doubt_decisions), rows)


def voided_between(
    db: Connection, start: datetime, end: datetime, known_by: datetime
) -> list[tuple[datetime, str]]:
    """Return (scanned_at, scan_id) of what was void by the moment, start ≤ scanned_at < end, in order."""
    query = select(said.scanned_at, said.scan_id).where(said.scanned_at >= start, said.scanned_at < end)
    query = query.where(said.decision == "void", said.decided_at <= known_by)
    query = query.where(or_(said.ended_at.is_(None), said.ended_at > known_by))
    return [tuple(row) for row in db.execute(query.order_by(said.scanned_at, said.scan_id))]


def _chosen(query, wanted: Wanted, change: Change | None):
    if change is not None:
        query = query.where(changed_by(*change))
    undone = exists().where(voids.c.scan_id == here.scan_id)
    query = query.where(not_(undone), and_(not_(waits()), is_told()) if wanted.decided else waits())
    given = (
        (wanted.reason, lambda value: here.reason == value),
        (wanted.facility_id, lambda value: here.facility_id == value),
        (wanted.start, lambda value: here.scanned_at >= value),
        (wanted.end, lambda value: here.scanned_at < value),
        (wanted.up_to, lambda value: here.doubt_id <= value),
    )
    return query.where(*(condition(value) for value, condition in given if value is not None))


def _read(db: Connection, scan_ids: Sequence[str], up_to: int | None) -> dict[str, Doubted]:
    other, beside = facilities.alias("other"), scans.alias("beside")
    query = (
        select(
            *(scans.c[name] for name in ("scan_id", "facility_id", "scanned_at", "received_at")),
            *(scans.c[name] for name in ("direction", "source", "party_size")),
            facilities.c.name.label("facility_name"),
            here.reason,
            waits().label("waits"),
            beside.c.facility_id.label("beside_id"),
            beside.c.scanned_at.label("beside_at"),
            other.c.name.label("beside_name"),
        )
        .select_from(doubts)
        .join(scans, and_(scans.c.scan_id == here.scan_id, scans.c.scanned_at == here.scanned_at))
        .join(facilities, facilities.c.facility_id == scans.c.facility_id)
        .outerjoin(beside, and_(beside.c.scan_id == here.beside, here.beside != ""))
        .outerjoin(other, other.c.facility_id == beside.c.facility_id)
        .where(here.scan_id.in_(scan_ids), is_told())
        .where(not_(exists().where(voids.c.scan_id == here.scan_id)))
        .order_by(here.doubt_id)
    )
    if up_to is not None:
        query = query.where(here.doubt_id <= up_to)
    rows = defaultdict(list)
    for row in db.execute(query):
        rows[row.scan_id].append(row)
    decided = _said(db, scan_ids)
    return {scan_id: _doubted(own, decided.get(scan_id)) for scan_id, own in rows.items()}


def _said(db: Connection, scan_ids: Sequence[str]) -> dict[str, Said]:
    query = (
        select(said.scan_id, said.decision, said.why, said.decided_at, accounts.c.login)
        .outerjoin(accounts, accounts.c.account_id == said.decided_by)
        .where(said.scan_id.in_(scan_ids), said.ended_at.is_(None))
    )
    return {
        row.scan_id: Said(decision=row.decision, why=row.why, decided_at=row.decided_at, login=row.login)
        for row in db.execute(query)
    }


def _doubted(rows: Sequence, said_of_it: Said | None) -> Doubted:
    first = rows[0]
    besides = tuple(
        Beside(facility_id=row.beside_id, facility_name=row.beside_name or "", scanned_at=row.beside_at)
        for row in rows
        if row.beside_id is not None
    )
    return Doubted(
        scan_id=first.scan_id,
        facility_id=first.facility_id,
        facility_name=first.facility_name,
        scanned_at=first.scanned_at,
        received_at=first.received_at,
        direction=first.direction,
        source=first.source,
        party_size=first.party_size,
        waits=any(row.waits for row in rows),
        reasons=tuple(row.reason for row in rows),
        besides=besides,
        said=said_of_it,
    )
