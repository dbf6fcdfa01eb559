"""Index visits: the places a case told, and the visits its passes left in the log, each stay once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from entry_service.core.closings import Closings
from entry_service.core.doubt_rules import UNDECIDED
from entry_service.core.exposure import Window
from entry_service.core.model import IndexVisit, Scan, Visit
from entry_service.core.times import day_start, kst_day
from entry_service.core.undecided import visits_everywhere
from entry_service.services import Services
from entry_service.store.log import closings, doubts, scans

ONE_PERSON = b"the case"  # all passes of a case are paired under this name: one person is in one place
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceTold:
    """A stay as the case told it, [start, end); ``by_date`` where only the day is known."""

    facility_id: str
    start: datetime
    end: datetime
    by_date: bool = False

    @classmethod
    def on(cls, facility_id: str, day: date) -> "PlaceTold":
        """Return a stay of which only the Korean calendar day is known: [00:00, next 00:00)."""
        end = day_start(day + timedelta(days=1))
        return cls(facility_id=facility_id, start=day_start(day), end=end, by_date=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The visits of a case's passes, in order, which (day, pid) they are, and how many passes have no visit."""

    visits: list[Visit]
    passes: list[tuple[date, bytes]]
    without: int


def visits_in_log(services: Services, pids: Sequence[bytes], now: datetime, *, drill: bool = False) -> Found:
    """Return the visits of all the passes as of one person.

    A reading that waits for a decision ends no visit elsewhere, and makes one that waits (``waits``).

    For the case of a drill those of drills, and each pass by itself: several people play it, at several places.
    """
    rows: list[Scan] = []
    passes = set()
    without = 0
    with services.store.read() as db:
        for pid in dict.fromkeys(pids):
            own = scans.scans_of_pass(db, pid, BEGINNING, now, drill=drill)
            without += not own
            passes |= {(kst_day(scan.scanned_at), pid) for scan in own}
            rows += own if drill else [replace(scan, pid=ONE_PERSON) for scan in own]
        first = min((scan.scanned_at for scan in rows), default=now)
        closed = Closings(closings.between(db, None, first, now))
        waiting = doubts.waiting_between(db, first, now)
    dwell = {scan.facility_id: services.dwell_of(services.facility(scan.facility_id).category) for scan in rows}
    visits = visits_everywhere(rows, waiting, dwell=dwell.__getitem__, closings=closed)
    ended = [replace(visit, left_at=min(visit.left_at, now)) for visit in visits]
    return Found(visits=ended, passes=sorted(passes), without=without)


def waits(visit: Visit) -> bool:
    """Say whether nobody has decided yet about a reading of the visit."""
    return UNDECIDED in visit.flags


def as_index_visit(
    case_id: str, visit: Visit, told: Sequence[PlaceTold], found: Sequence[Visit], now: datetime
) -> IndexVisit:
    """Return the visit as the log has it; without a check-out the case's own word says when it ended."""
    end, seen_until, gone_by = visit.left_at, visit.seen_until, visit.gone_by
    if visit.dwell_assumed:
        later = (one.entered_at for one in found if one.entered_at > visit.entered_at and not waits(one))
        until = min(later, default=now)
        words = [place.end for place in told if not place.by_date and same_stay(place, visit)]
        if words:
            end = seen_until = gone_by = min(max(words), until)
    known = seen_until >= gone_by
    return IndexVisit(
        case_id=case_id,
        facility_id=visit.facility_id,
        start=visit.entered_at,
        end=end,
        known_at=now,
        seen_until=None if known else seen_until,
        gone_by=None if known else gone_by,
        sent_out=visit.sent_out and not known,
    )


def same_stay(place: PlaceTold, visit: Visit) -> bool:
    """Say whether a told stay is one that the log has."""
    return place.facility_id == visit.facility_id and overlaps(
        place.start, place.end, (visit.entered_at, visit.left_at)
    )


def overlaps(start: datetime, end: datetime, other: Window) -> bool:
    """Say whether two half-open intervals share a moment."""
    return start < other[1] and other[0] < end
