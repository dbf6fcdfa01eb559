"""Where a pass was seen just before and just after a moment: what a new scan of it is judged by."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from .tables import from_micros, to_micros

# Sent to the driver as it is, like the insert beside it (store/scans.py). At the same moment a check-out counts as
# the later one, the person has gone: "out" sorts after "in".
_SEEN = (
    "SELECT facility_id, scanned_at, direction FROM scans WHERE pid = {mark} AND outcome = 'accepted' "
    "AND scanned_at > {mark} AND scanned_at <= {mark} ORDER BY {order} LIMIT 1"
)
_BEFORE = "scanned_at DESC, direction DESC, seq DESC"
_AFTER = "scanned_at, direction, seq"
_MARKS = {"sqlite": "?", "postgresql": "%s"}
_BEFORE_BY = {name: _SEEN.format(mark=mark, order=_BEFORE) for name, mark in _MARKS.items()}
_AFTER_BY = {name: _SEEN.format(mark=mark, order=_AFTER) for name, mark in _MARKS.items()}


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where, when and in which direction a pass was seen."""

    facility_id: str
    scanned_at: datetime
    direction: str


class Neighbours(NamedTuple):
    """The accepted scans of a pass just before and just after a moment."""

    before: Sighting | None
    after: Sighting | None


def neighbours_of_pass(
    db: Connection, pid: bytes, at: datetime, *, before: timedelta, after: timedelta
) -> Neighbours:
    """Return where the pass was last seen at or before ``at``, and first seen after it, within the given spans."""
    moment = to_micros(at)
    cursor = db.connection.cursor()
    try:
        cursor.execute(_BEFORE_BY[db.dialect.name], (pid, to_micros(at - before), moment))
        earlier = cursor.fetchone()
        cursor.execute(_AFTER_BY[db.dialect.name], (pid, moment, to_micros(at + after)))
        return Neighbours(_sighting(earlier), _sighting(cursor.fetchone()))
    finally:
        cursor.close()


def _sighting(row: tuple[str, int, str] | None) -> Sighting | None:
    return None if row is None else Sighting(row[0], from_micros(row[1]), row[2])
