"""Visits: readings of the log, never stored over it.

A check-in opens a visit, a check-out of the same pass closes it. Entering another facility closes it too. Where
neither was scanned, the visit is assumed to last the facility's dwell and says so (``dwell_assumed``).
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Protocol

from .model import Scan, Visit

HOUR = timedelta(hours=1)
LONGEST_STAY = timedelta(hours=24)  # a check-out later than this belongs to nothing we know
DUPLICATE_WITHIN = timedelta(minutes=2)  # the same pass, place and direction again: one person, read twice
LATE_AFTER = timedelta(seconds=90)  # reached the service so long after it was read: an offline upload
SKEW_AFTER = timedelta(seconds=90)  # read in the future of the service's clock: the device's clock is ahead
TRAVEL_WITHIN = timedelta(minutes=3)  # two facilities so close in time: somebody shares a pass


class Pairing:
    """Pairs scans that come in order of time, pass by pass; a visit is given as soon as nothing can change it."""

    def __init__(self, dwell: Callable[[str], timedelta]) -> None:
        """Begin with nobody inside; ``dwell`` maps facility_id to the stay assumed without a check-out."""
        self._dwell = dwell
        self._open: dict[bytes, Scan] = {}  # the check-in of each pass that nothing has ended yet

    def feed(self, scan: Scan) -> Visit | None:
        """Return the visit that an accepted scan ends, if it ends one; scans come sorted by ``in_order``."""
        assert scan.pid is not None  # a scan without a pass belongs to no visit
        entered = self._open.get(scan.pid)
        if entered is None:
            if scan.direction == "in":
                self._open[scan.pid] = scan
            return None
        gone = scan.scanned_at - entered.scanned_at
        same_place = scan.facility_id == entered.facility_id
        stay = self._dwell(entered.facility_id)
        if scan.direction == "in":
            if same_place and gone < DUPLICATE_WITHIN:
                return None
            self._open[scan.pid] = scan
            return _visit(entered, min(gone, stay), assumed=True)
        if not same_place:
            return None
        del self._open[scan.pid]
        return _visit(entered, gone if gone <= LONGEST_STAY else stay, assumed=gone > LONGEST_STAY)

    def settle(self, now: datetime | None = None) -> Iterator[Visit]:
        """Yield, and forget, visits that no scan at ``now`` or later can end; all of them without ``now``."""
        for pid, entered in list(self._open.items()):
            if now is None or now - entered.scanned_at > LONGEST_STAY:
                del self._open[pid]
                yield _visit(entered, self._dwell(entered.facility_id), assumed=True)


def in_order(scan: Scan) -> tuple[datetime, bool, str]:
    """Return what ``Pairing`` wants scans sorted by: time, and at the same moment a check-out first."""
    return scan.scanned_at, scan.direction == "in", scan.scan_id


def pair_scans(scans: Iterable[Scan], *, dwell: Callable[[str], timedelta]) -> list[Visit]:
    """Return the visits of accepted scans, whatever order they arrived in; scans are judged by ``scanned_at``.

    Parameters
    ----------
    scans : iterable of Scan
        Refused scans and scans without a pass are passed over.
    dwell : callable
        facility_id → the stay assumed where no check-out was scanned.

    Returns
    -------
    list of Visit
        One for each check-in that is not a second reading of the one before, ordered by entry. A check-out
        without a check-in opens nothing: when its person came is not known.
    """
    pairing = Pairing(dwell)
    accepted = (scan for scan in scans if scan.outcome == "accepted" and scan.pid is not None)
    visits = [visit for scan in sorted(accepted, key=in_order) if (visit := pairing.feed(scan))]
    visits += pairing.settle()
    return sorted(visits, key=lambda visit: (visit.entered_at, visit.facility_id, visit.pid))


def _visit(entered: Scan, stay: timedelta, *, assumed: bool) -> Visit:
    assert entered.pid is not None  # Pairing takes only scans with a pass
    return Visit(
        pid=entered.pid,
        facility_id=entered.facility_id,
        entered_at=entered.scanned_at,
        left_at=entered.scanned_at + stay,
        source=entered.source,
        confidence=entered.confidence,
        dwell_assumed=assumed,
        party_size=entered.party_size,
    )


def hours_of(start: datetime, end: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Yield (start of the hour, how long of it) for the half-open interval; nothing for an empty one."""
    hour = start.replace(minute=0, second=0, microsecond=0)
    while hour < end and start < end:
        yield hour, min(end, hour + HOUR) - max(start, hour)
        hour += HOUR


class Seen(Protocol):
    """Where, when and in which direction a pass was seen before."""

    facility_id: str
    scanned_at: datetime
    direction: str


def flags_of(scan: Scan, seen: Iterable[Seen | None]) -> tuple[str, ...]:
    """Return the doubts about a scan, given where its pass was seen just before and after; it is kept anyway.

    ``late`` and ``clock_skew`` compare the device's time with the service's; ``duplicate`` is the same pass read
    again at the same place; ``two_places`` is a pass at another facility too close in time.
    """
    flags = []
    if scan.received_at - scan.scanned_at > LATE_AFTER:
        flags.append("late")
    if scan.scanned_at - scan.received_at > SKEW_AFTER:
        flags.append("clock_skew")
    near = [(other, abs(scan.scanned_at - other.scanned_at)) for other in seen if other is not None]
    here = [
        gap for other, gap in near if (other.facility_id, other.direction) == (scan.facility_id, scan.direction)
    ]
    elsewhere = [gap for other, gap in near if other.facility_id != scan.facility_id]
    if any(gap < DUPLICATE_WITHIN for gap in here):
        flags.append("duplicate")
    if any(gap < TRAVEL_WITHIN for gap in elsewhere):
        flags.append("two_places")
    return tuple(flags)


def is_open(opens: int, closes: int, hour: int) -> bool:
    """Say whether an hour of the day (KST) lies within opening hours; ``closes`` above 24 runs past midnight."""
    return opens <= hour < closes or hour + 24 < closes
