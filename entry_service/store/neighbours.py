"""Where a pass was seen just before and just after a moment: what a new scan of it is judged by."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from .direct import Direct
from .tables import from_micros, to_micros

# At the same moment a check-out counts as the later one, the person has gone: "out" sorts after "in".
_SEEN = (
    "SELECT facility_id, scanned_at, direction FROM scans WHERE pid = ? AND outcome = 'accepted' "
    "AND scanned_at > ? AND scanned_at <= ? ORDER BY "
)
_BEFORE = Direct(_SEEN + "scanned_at DESC, direction DESC, seq DESC LIMIT 1")
_AFTER = Direct(_SEEN + "scanned_at, direction, seq LIMIT 1")


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
    earlier = _BEFORE.first(db, pid, to_micros(at - before), moment)
    later = _AFTER.first(db, pid, moment, to_micros(at + after))
    return Neighbours(_sighting(earlier), _sighting(later))


def _sighting(row: tuple[str, int, str] | None) -> Sighting | None:
    return None if row is None else Sighting(row[0], from_micros(row[1]), row[2])
