"""What the log says against an entry that nobody saw come in; asked for the few that no staff had a hand in."""

from datetime import datetime

from sqlalchemy import Connection

from entry_service.core.drills import FLAG

from ..database.direct import Direct
from ..schema.tables import from_micros, to_micros
from .counted import COUNTED

_CLOSED = Direct(
    "SELECT max(closed_at) FROM closings WHERE facility_id = ? AND zone = '' AND closed_at >= ? AND closed_at <= ?"
)
_STAFFED = Direct(
    "SELECT 1 FROM scans WHERE facility_id = ? AND scanned_at > ? AND scanned_at <= ? AND outcome = 'accepted' "
    f"AND source IN ('staff_scan', 'card', 'slip') AND {COUNTED} LIMIT 1"  # an invented reading proves nothing
)
_UNSTAFFED = Direct(
    "SELECT scan_id, scanned_at FROM scans WHERE facility_id = ? AND scanned_at >= ? AND scanned_at <= ? "
    "AND outcome = 'accepted' AND direction = 'in' AND source IN ('poster', 'call') "
    f"AND flags NOT LIKE '%{FLAG}%' ORDER BY scanned_at, seq"
)
_COPIED = Direct("SELECT copied_at FROM posters WHERE poster_id = ?")
_COPIED_HELD = Direct("SELECT copied_at FROM posters WHERE poster_id = ? FOR SHARE")
_CALLS = Direct(
    "SELECT scan_id, scanned_at FROM scans WHERE facility_id = ? AND scanned_at >= ? AND scanned_at < ? "
    "AND source = 'call' AND outcome = 'accepted'"
)


def last_closing(db: Connection, facility_id: str, since: datetime, until: datetime) -> datetime | None:
    """Return when everyone was last sent out of the whole facility, since ≤ closed_at ≤ until."""
    [(at,)] = _CLOSED.all(db, facility_id, to_micros(since), to_micros(until))
    return None if at is None else from_micros(at)


def is_staffed(db: Connection, facility_id: str, after: datetime, until: datetime) -> bool:
    """Say whether staff read anybody who counts, after < scanned_at ≤ until."""
    return bool(_STAFFED.all(db, facility_id, to_micros(after), to_micros(until)))


def unstaffed(db: Connection, facility_id: str, start: datetime, end: datetime) -> list[tuple[str, datetime]]:
    """Return (scan_id, scanned_at) of entries by poster or call, start ≤ scanned_at ≤ end, but no drills."""
    rows = _UNSTAFFED.all(db, facility_id, to_micros(start), to_micros(end))
    return [(scan_id, from_micros(at)) for scan_id, at in rows]


def is_copied(db: Connection, poster_id: str) -> bool:
    """Say whether a copy of the poster was found; that stays as it is until the transaction ends.

    Whoever says otherwise, and then looks through the entries, finds this one among them. SQLite has one writer.
    """
    statement = _COPIED_HELD if db.dialect.name == "postgresql" else _COPIED
    [(at,)] = statement.all(db, poster_id)
    return at is not None


def calls(db: Connection, facility_id: str, start: datetime, end: datetime) -> list[tuple[str, datetime]]:
    """Return (scan_id, scanned_at) of the calls logged at a facility with start ≤ scanned_at < end."""
    rows = _CALLS.all(db, facility_id, to_micros(start), to_micros(end))
    return [(scan_id, from_micros(at)) for scan_id, at in rows]
