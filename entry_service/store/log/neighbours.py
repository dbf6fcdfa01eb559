"""Where a pass was seen just before and just after a moment: what a new scan of it is judged by."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from entry_service.core.visits import SKEWED

from ..database.direct import Direct
from ..schema.tables import from_micros, to_micros
from .counted import STANDING

# At the same moment a check-out counts as the later one, the person has gone: "out" sorts after "in".
_SEEN = (
    "SELECT * FROM (SELECT facility_id, scanned_at, direction, zone, scan_id, flags FROM scans WHERE pid = ? "
    "AND outcome = 'accepted' AND scanned_at > ? AND scanned_at <= ? AND {wanted} "
    "ORDER BY {order} LIMIT 1) AS {name}"
)
_TIMED = f"{STANDING} AND ' ' || scans.flags || ' ' NOT LIKE '% {SKEWED} %'"


def _both(wanted: str) -> Direct:
    before = _SEEN.format(name="earlier", order="scanned_at DESC, direction DESC, seq DESC", wanted=wanted)
    after = _SEEN.format(name="later", order="scanned_at, direction, seq", wanted=wanted)
    return Direct(f"{before} UNION ALL {after}")


_BOTH, _BOTH_TIMED = _both(STANDING), _both(_TIMED)


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where, when and in which direction a pass was seen, by which row of the log."""

    facility_id: str
    scanned_at: datetime
    direction: str
    zone: str = ""
    scan_id: str = ""
    flags: tuple[str, ...] = ()


class Neighbours(NamedTuple):
    """The scans of a pass that count, just before and just after a moment."""

    before: Sighting | None
    after: Sighting | None


def neighbours_of_pass(
    db: Connection, pid: bytes, at: datetime, *, before: timedelta, after: timedelta, timed: bool = False
) -> Neighbours:
    """Return where the pass was last seen at or before ``at``, and first seen after it, within the given spans.

    With ``timed`` readings by a clock that is known to be wrong are passed over.
    """
    moment = to_micros(at)
    both = _BOTH_TIMED if timed else _BOTH
    rows = both.all(db, pid, to_micros(at - before), moment, pid, moment, to_micros(at + after))
    seen = [
        Sighting(place, from_micros(micros), direction, zone, scan_id, tuple(flags.split()))
        for place, micros, direction, zone, scan_id, flags in rows
    ]
    earlier = next((one for one in seen if one.scanned_at <= at), None)
    return Neighbours(earlier, next((one for one in seen if one.scanned_at > at), None))
