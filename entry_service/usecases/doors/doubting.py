"""Doubt a reading in the transaction that appends it: what the log says against it, by core/doubt_rules.py.

A doubt refuses nobody and changes no count. The reading that another does not go together with is doubted as well,
whichever of the two arrived first.
"""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection

from entry_service.core.closings import Closing
from entry_service.core.doubt_rules import LONGEST_WAY, UNSTAFFED, Doubt, read_doubt_rules
from entry_service.core.drills import FLAG
from entry_service.core.flood import MINUTE, minute_of
from entry_service.core.model import Facility, Scan
from entry_service.core.visits import SKEWED, TWO_PLACES
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.log import doubt_evidence, doubts, void_leavings
from entry_service.store.log.doubts import Found
from entry_service.store.log.neighbours import Neighbours, Sighting, neighbours_of_pass
from entry_service.store.sites.posters import Poster

from .limits import is_closed

RULES = read_doubt_rules(
    (Path(__file__).parents[2] / "core" / "doubt_rules.csv").read_text(encoding="utf-8").splitlines()
)


def too_near(
    db: Connection, services: Services, facility: Facility, scan: Scan, known: Neighbours
) -> list[Sighting]:
    """Return which of the readings before and after is at another place, and too near in time for the way there.

    The nearest ones are enough: who cannot have made a longer way cannot have made each part of it either. A
    reading by a clock that is known to be wrong tells nothing, and hides none: the next one is looked at.
    """
    assert scan.pid is not None
    if any(other is not None and SKEWED in other.flags for other in known):
        spans = {"before": LONGEST_WAY, "after": LONGEST_WAY}
        known = neighbours_of_pass(db, scan.pid, scan.scanned_at, **spans, timed=True)
    found = []
    for other in known:
        if other is None or other.facility_id == scan.facility_id:
            continue
        gap = abs(scan.scanned_at - other.scanned_at)
        if gap < LONGEST_WAY:
            there = services.facility_within(db, other.facility_id, scan.received_at)
            if gap < RULES.least_way(facility, there):
                found.append(other)
    return found


def find(
    db: Connection, services: Services, facility: Facility, scan: Scan, near: Iterable[Sighting] = ()
) -> list[Found]:
    """Return why a reading that was just appended is doubted, and what it says against those it contradicts."""
    found = []
    for other in near:
        if FLAG in other.flags:  # nor about the other end: both are of one pass
            continue
        found += _found(scan, Doubt(TWO_PLACES, other.scan_id))
        against = Doubt(TWO_PLACES, scan.scan_id)
        found.append(Found(other.scan_id, other.facility_id, other.scanned_at, against, scan.received_at))
    if scan.direction == "out" or SKEWED in scan.flags:
        return found
    if RULES.is_outside_hours(facility, scan.scanned_at):
        found += _found(scan, Doubt("outside_hours"))
    margin = scan.scanned_at - RULES.outside_hours
    if all(is_closed(db, services, facility, at, scan.received_at) for at in (scan.scanned_at, margin)):
        found += _found(scan, Doubt("closed"))
    return found


def follow_entry(db: Connection, scan: Scan) -> None:
    """Let a check-out, just appended, of an entry that somebody decided to be void be void with it."""
    if scan.direction == "out" and scan.pid is not None and scan.outcome == "accepted":
        void_leavings.follow_entry(db, scan)


def note_poster(db: Connection, services: Services, facility: Facility, scan: Scan, poster: Poster) -> None:
    """Note why an entry by a poster, just appended, is doubted."""
    found = find(db, services, facility, scan)
    if _is_after_closing(db, scan):
        found += _found(scan, Doubt("after_closing"))
    if poster.retired_at is not None and scan.scanned_at >= poster.retired_at + RULES.retired_poster:
        found += _found(scan, Doubt("retired_poster"))
    if doubt_evidence.is_copied(db, poster.poster_id):
        found += _found(scan, Doubt("reported_poster"))
    doubts.note_all(db, found)


def note_closing(db: Connection, closing: Closing) -> None:
    """Note the entries that staff had no hand in after everyone was sent out, where that is told late."""
    if closing.zone:
        return
    start, end = closing.closed_at + RULES.after_closing, closing.closed_at + RULES.longest_closed
    found = []
    for scan_id, at in doubt_evidence.unstaffed(db, closing.facility_id, start, end):
        if doubt_evidence.is_staffed(db, closing.facility_id, closing.closed_at, at):
            break  # and so is every later one
        found.append(Found(scan_id, closing.facility_id, at, Doubt("after_closing"), closing.received_at))
    doubts.note_all(db, found)


def note_call(db: Connection, services: Services, facility: Facility, scan: Scan, usual: float) -> None:
    """Note why an entry by a call, just appended, is doubted; more than ``usual`` in its minute are a burst."""
    one_at_a_time(db, b"calls|" + scan.facility_id.encode())  # before any doubt is noted (doubts.number_in_order)
    found = find(db, services, facility, scan)
    if _is_after_closing(db, scan):
        found += _found(scan, Doubt("after_closing"))
    doubts.note_all(db, found)
    start = minute_of(scan.scanned_at)
    known = doubt_evidence.calls(db, scan.facility_id, start, start + MINUTE)
    if (
        usual < len(known) <= usual + 1
    ):  # it makes the burst, those before it are of it; those after note themselves
        for scan_id, at in known:
            doubts.note(db, scan_id, scan.facility_id, at, [Doubt("burst")], scan.received_at)
    elif usual < len(known):
        doubts.note_all(db, _found(scan, Doubt("burst")))


def _found(scan: Scan, doubt: Doubt) -> list[Found]:
    if FLAG in scan.flags:  # nobody has to decide about a drill
        return []
    return [Found(scan.scan_id, scan.facility_id, scan.scanned_at, doubt, scan.received_at)]


def _is_after_closing(db: Connection, scan: Scan) -> bool:
    """Say whether staff sent everyone out before and read nobody since."""
    assert scan.source in UNSTAFFED
    since, until = scan.scanned_at - RULES.longest_closed, scan.scanned_at - RULES.after_closing
    closed = doubt_evidence.last_closing(db, scan.facility_id, since, until)
    return closed is not None and not doubt_evidence.is_staffed(db, scan.facility_id, closed, scan.scanned_at)
