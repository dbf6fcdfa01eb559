"""Judge one scan by what the log knows of its pass and place, and append it: in the transaction that writes."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from sqlalchemy import Connection

from entry_service.core.clock_rules import is_skewed, with_clock_flags
from entry_service.core.doubt_rules import LONGEST_WAY
from entry_service.core.errors import ScanConflict
from entry_service.core.model import Facility, Scan
from entry_service.core.visits import DUPLICATE_WITHIN, SKEW_AFTER, longest_stay
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.log import closings, doubts, scans
from entry_service.store.log.doubts import Found
from entry_service.store.log.neighbours import Neighbours, Sighting, neighbours_of_pass
from entry_service.store.log.scans import FULL

from . import doubting
from .collecting import CollectionEnded
from .limits import limit_of
from .log_scan import LOOK_BACK, with_flags
from .room import Crowd, is_full

Asked = Literal["in", "out", "auto"]
Admit = Literal["ask", "happened", "override"]
LOOK_AHEAD = LONGEST_WAY  # what arrives late is judged by what was read after it as well


@dataclass(frozen=True, slots=True)
class Judged:
    """A scan of a known pass before it is judged; ``clamped``: its time is not the device's (clock_rules.py)."""

    scan: Scan
    asked: Asked
    verified: bool
    admit: Admit
    skew: timedelta = timedelta()
    clamped: bool = False
    doubts: tuple[str, ...] = ()  # flags that are known before: ``over_cap`` of the vault
    leaves: bool = False  # collection has ended: only the way out of who came in here before is taken


def judge_and_append(
    db: Connection,
    services: Services,
    facility: Facility,
    judged: Judged,
    *,
    crowd: Crowd | None = None,
    later: list[Found] | None = None,
) -> tuple[Scan, bool]:
    """Append the scan as the log makes it: direction, flags, and whether there is room.

    Return the row that the log holds, and whether it is new; raise ``ScanConflict`` for another reading under its
    scan_id, the other direction asked for among them, ``CollectionEnded`` where only a way out is taken.

    Read and append are one transaction, one at a time for a pass: of two readings at the same moment the second
    sees the first. May run more than once and does nothing else. With ``crowd`` it is one scan of a batch, whose
    passes the caller holds already; what is doubted is then put to ``later``, which the caller notes at the end:
    whoever notes a doubt keeps every other door of the city that has one waiting until the transaction ends.
    """
    scan = judged.scan
    assert scan.pid is not None
    if crowd is None:
        one_at_a_time(db, scan.pid)
    known = neighbours_of_pass(db, scan.pid, scan.scanned_at, before=LOOK_BACK, after=LOOK_AHEAD)
    here = since_closing(db, scan, known)
    longest = longest_stay(services.dwell_of(facility.category))
    direction = direction_of(scan, here, judged.asked, longest)
    if direction != scan.direction:
        scan = replace(scan, direction=direction)
    if judged.leaves and not _comes_out(scan, here) and scans.find_scan(db, scan.scan_id) is None:
        raise CollectionEnded
    near = _too_near(db, services, facility, scan, known, judged)
    scan = with_flags(scan, facility, known, verified=judged.verified, too_near=bool(near))
    closed = ("closed",) if limit_of(services, facility, scan.received_at).closed else ()
    flags = with_clock_flags((*scan.flags, *judged.doubts, *closed), judged.skew, clamped=judged.clamped)
    if is_full(db, services, facility, scan, here, crowd):
        if judged.admit == "ask":
            return _append(db, replace(scan, outcome=FULL, flags=()), judged.asked)
        flags = (*flags, "full", *(("override",) if judged.admit == "override" else ()))
    kept, new = _append(db, scan if flags == scan.flags else replace(scan, flags=flags), judged.asked)
    if new:
        doubting.follow_entry(db, kept)
        found = doubting.find(db, services, facility, kept, near)
        if later is None:
            doubts.note_all(db, found)
        else:
            later += found
    return kept, new


def _comes_out(scan: Scan, here: Neighbours) -> bool:
    """Say whether the scan is the way out of somebody whom the log has inside this facility, or it read twice."""
    before = here.before
    if scan.direction != "out" or before is None or before.facility_id != scan.facility_id:
        return False
    return before.direction == "in" or scan.scanned_at - before.scanned_at < DUPLICATE_WITHIN


def _too_near(
    db: Connection, services: Services, facility: Facility, scan: Scan, known: Neighbours, judged: Judged
) -> list[Sighting]:
    """Return the readings elsewhere that this one does not go together with; none where its own clock is wrong."""
    ahead = scan.scanned_at - scan.received_at > SKEW_AFTER
    if judged.clamped or ahead or is_skewed(judged.skew):
        return []
    return doubting.too_near(db, services, facility, scan, known)


def _append(db: Connection, scan: Scan, asked: Asked) -> tuple[Scan, bool]:
    kept, new = scans.append_scan(db, scan)
    if asked not in ("auto", kept.direction):
        raise ScanConflict
    return kept, new


def since_closing(db: Connection, scan: Scan, known: Neighbours) -> Neighbours:
    """Return the neighbours without the scan before, where everyone was sent out since then."""
    before = known.before
    if before is None or before.direction != "in" or before.facility_id != scan.facility_id:
        return known
    closed = closings.closed_between(db, scan.facility_id, before.zone, before.scanned_at, scan.scanned_at)
    return Neighbours(None, known.after) if closed else known


def direction_of(scan: Scan, known: Neighbours, asked: Asked, longest: timedelta) -> Literal["in", "out"]:
    """Return the direction asked for; by itself in, or out of where the pass is. A door to a zone lets in.

    Nobody is let out after more than the ``longest`` stay: the lunch was left unread, this is the dinner.
    """
    before = known.before
    if asked != "auto":
        return asked
    if before is None or before.facility_id != scan.facility_id or (scan.zone and before.zone != scan.zone):
        return "in"
    gone = scan.scanned_at - before.scanned_at
    if before.direction == "in" and gone > longest:
        return "in"
    again = gone < DUPLICATE_WITHIN
    return "in" if (before.direction == "in") == again else "out"
