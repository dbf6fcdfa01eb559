"""Entries by a poster of which a copy was found: doubted a part at a time, and no longer doubted, likewise.

The log does not say which poster an entry was made by, only at which facility and when. A part is small, so that
doors never wait long; who asks again goes on where the last part ended.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select, update

from entry_service.core.drills import FLAG

from ..database.direct import Direct
from ..schema.doubt_tables import doubts
from ..schema.tables import from_micros, to_micros
from .doubts import number_in_order

REASON = "reported_poster"
_OF_POSTERS = (
    "FROM scans WHERE facility_id = ? AND scanned_at >= ? AND scanned_at < ? AND outcome = 'accepted' "
    f"AND direction = 'in' AND source = 'poster' AND flags NOT LIKE '%{FLAG}%'"
)
_COUNT = Direct(f"SELECT count(*) {_OF_POSTERS}")
_PART_ENDS = Direct(f"SELECT scanned_at {_OF_POSTERS} ORDER BY scanned_at LIMIT 1 OFFSET ?")
_HOLD = Direct(
    "INSERT INTO doubts (scan_id, reason, facility_id, scanned_at, found_at, beside) "
    f"SELECT scan_id, '{REASON}', facility_id, scanned_at, CAST(? AS BIGINT), '' {_OF_POSTERS} "
    "ON CONFLICT (scan_id, reason) DO NOTHING"
)
_MICROSECOND = timedelta(microseconds=1)
Window = tuple[datetime, datetime]


def count(db: Connection, facility_id: str, window: Window) -> int:
    """Return how many entries by a poster the facility has, start ≤ scanned_at < end."""
    [(many,)] = _COUNT.all(db, facility_id, *map(to_micros, window))
    return many


def count_held(db: Connection, facility_id: str, windows: Sequence[Window]) -> int:
    """Return how many of the entries are doubted because of a copy."""
    many = [select(func.count()).select_from(doubts).where(*_held(facility_id, one)) for one in windows]
    return sum(db.execute(query).scalar_one() for query in many)


def hold(
    db: Connection, facility_id: str, window: Window, now: datetime, most: int
) -> tuple[int, datetime | None]:
    """Doubt the first entries of the window, about ``most``; return how many, and where the rest begins, if any.

    A doubt that was lifted stands again, as a new one: nobody has seen it.
    """
    start, end = window
    after = _PART_ENDS.all(db, facility_id, to_micros(start), to_micros(end), most)
    until = max(from_micros(after[0][0]), start + _MICROSECOND) if after else end
    number_in_order(db)
    lifted = select(doubts.c.doubt_id).where(
        doubts.c.facility_id == facility_id,
        doubts.c.scanned_at >= start,
        doubts.c.scanned_at < until,
        doubts.c.reason == REASON,
        doubts.c.lifted_at.is_not(None),
    )
    again = db.execute(lifted).scalars().all()
    if again:
        values = {"doubt_id": _next_number(db), "found_at": now, "lifted_at": None}
        renewed = update(doubts).where(doubts.c.doubt_id == bindparam("number")).values(**values)
        db.execute(renewed, [{"number": number} for number in again])
    new = _HOLD.change(db, to_micros(now), facility_id, to_micros(start), to_micros(until))
    return len(again) + new, until if after else None


def lift(db: Connection, facility_id: str, window: Window, now: datetime, most: int) -> int:
    """Lift the doubt about so many entries of the window; return how many: fewer means that none is left."""
    first = select(doubts.c.doubt_id).where(*_held(facility_id, window)).limit(most)
    numbers = db.execute(first).scalars().all()
    db.execute(update(doubts).where(doubts.c.doubt_id.in_(numbers)).values(lifted_at=now))
    return len(numbers)


def _held(facility_id: str, window: Window):
    start, end = window
    return (
        doubts.c.facility_id == facility_id,
        doubts.c.scanned_at >= start,
        doubts.c.scanned_at < end,
        doubts.c.reason == REASON,
        doubts.c.lifted_at.is_(None),
    )


def _next_number(db: Connection):
    """Return the number that a new doubt would get, as an expression."""
    if db.dialect.name == "postgresql":
        return func.nextval(func.pg_get_serial_sequence("doubts", "doubt_id"))
    return select(func.max(doubts.alias().c.doubt_id) + 1).scalar_subquery()
