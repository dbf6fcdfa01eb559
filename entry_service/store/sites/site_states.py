"""How far each facility has come: invited, active or silent; and what came in at which door on which day."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from sqlalchemy import BigInteger, Connection, exists, func, select, type_coerce

from entry_service.core.times import kst_day

from ..log.counted import counted
from ..schema.tables import devices, facilities, from_micros, scans

State = Literal["active", "silent", "invited"]
STATES: tuple[State, ...] = ("active", "silent", "invited")
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)  # before the first log
_KST, _DAY = 9 * 3_600_000_000, 24 * 3_600_000_000  # microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteState:
    """A facility; ``last_day`` of an entry, be it in the log or destroyed since."""

    facility_id: str
    name: str
    category: str
    stage: int
    sensitive: bool
    state: State
    last_day: date | None


def site_states(
    db: Connection, *, week: datetime, end: datetime, destroyed: Mapping[str, date]
) -> list[SiteState]:
    """Return every facility with its state, by identifier.

    ``active``: an entry in [week, end). ``silent``: none, but a device in use, or an entry ever before.
    ``invited``: registered, and nothing of it as yet. ``destroyed``: facility_id → the last day of an entry whose
    rows are gone.
    """
    entered = (scans.c.facility_id == facilities.c.facility_id) & _entries(BEGINNING, end)
    newest = select(func.max(scans.c.scanned_at)).where(entered).correlate(facilities).scalar_subquery()
    in_use = exists().where(devices.c.facility_id == facilities.c.facility_id, devices.c.revoked_at.is_(None))
    columns = [facilities.c[name] for name in ("facility_id", "name", "category", "stage", "sensitive")]
    query = select(*columns, newest.label("newest"), in_use.label("in_use")).order_by(facilities.c.facility_id)
    return [
        SiteState(
            facility_id=row.facility_id,
            name=row.name,
            category=row.category,
            stage=row.stage,
            sensitive=row.sensitive,
            state=_state(row.newest, bool(row.in_use) or row.facility_id in destroyed, week),
            last_day=kst_day(row.newest) if row.newest else destroyed.get(row.facility_id),
        )
        for row in db.execute(query)
    ]


def entries_by_day(db: Connection, start: datetime, end: datetime) -> Mapping[date, Counter[str]]:
    """Return day in Korea → source → entries of [start, end); a day without entries has an empty count."""
    day = (type_coerce(scans.c.scanned_at, BigInteger) + _KST) // _DAY
    query = select(day.label("day"), scans.c.source, func.count().label("entries"))
    rows = db.execute(query.where(_entries(start, end)).group_by(day, scans.c.source)).all()
    days = (kst_day(end - timedelta(microseconds=1)) - kst_day(start)).days + 1
    found = {kst_day(start) + timedelta(days=number): Counter() for number in range(days)}
    for row in rows:
        found[kst_day(from_micros(row.day * _DAY))][row.source] += row.entries
    return found


def _entries(start: datetime, end: datetime):
    accepted = (scans.c.outcome == "accepted") & (scans.c.direction == "in") & counted()
    return accepted & (scans.c.scanned_at >= start) & (scans.c.scanned_at < end)


def _state(newest: datetime | None, begun: bool, week: datetime) -> State:
    if newest is not None and newest >= week:
        return "active"
    return "silent" if begun or newest is not None else "invited"
