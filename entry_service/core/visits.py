"""Visits: readings of the log, never stored over it.

A check-in opens a visit, a check-out of the same pass closes it, "everyone out" closes it at the latest. Being
read at another facility closes it too: the latest scan says where a pass is. Where none of these was read, the
visit is assumed to last the facility's dwell and says so (``dwell_assumed``). So is one whose check-in or
check-out was read by a clock that is known to be wrong (``clock_skew``): such times tell no length of stay.

Beside the assumption a visit carries what is certain of its end: the person was seen here until ``seen_until`` and
was gone by ``gone_by`` (core/together.py makes a probability of that).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from .closings import Closings
from .model import Scan, Visit

HOUR = timedelta(hours=1)
_LAST = datetime.max.replace(tzinfo=UTC)
LONGEST_STAY = timedelta(hours=24)  # nothing is open longer: a pass lives one day
BELIEVED_DWELLS, BELIEVED_LEAST = 4, timedelta(hours=3)  # see longest_stay
DUPLICATE_WITHIN = timedelta(minutes=2)  # the same pass, place and direction again: one person, read twice
LATE_AFTER = timedelta(seconds=90)  # reached the service so long after it was read: an offline upload
SKEWED = "clock_skew"  # flag of a scan whose device had a wrong clock
TWO_PLACES = "two_places"  # flag of a pass that was read at two facilities, too near in time for the way there
SKEW_AFTER = timedelta(seconds=90)  # read in the future of the service's clock: the device's clock is ahead


@dataclass(slots=True)
class _Stay:
    """A visit that nothing has ended yet: its check-in, and the check-in to the zone where its pass is now.

    ``seen_until`` is the last reading here that can be trusted.
    """

    entered: Scan
    last: Scan
    seen_until: datetime
    flags: set[str]

    @classmethod
    def begun(cls, scan: Scan) -> "_Stay":
        return cls(scan, scan, scan.scanned_at, set(scan.flags))

    def see(self, scan: Scan) -> None:
        """Take note of another check-in here."""
        self.seen_until = _trusted(scan) or self.seen_until
        self.flags.update(scan.flags)
        if scan.zone != self.last.zone:
            self.last = scan


class Pairing:
    """Pairs scans that come in order of time, pass by pass; a visit is given as soon as nothing can change it."""

    def __init__(self, dwell: Callable[[str], timedelta], closings: Closings | None = None) -> None:
        """Begin with nobody inside.

        ``dwell`` maps facility_id to the stay assumed without a check-out; ``closings`` end whatever is open.
        """
        self._dwell = dwell
        self._closings = closings or Closings()
        self._open: dict[bytes, _Stay] = {}

    def feed(self, scan: Scan) -> Visit | None:
        """Return the visit that an accepted scan ends, if it ends one; scans come sorted by ``in_order``.

        Whoever is read elsewhere is no longer here. A check-in at another zone of the same facility goes on with
        the visit; a check-out so late that somebody forgot the one before belongs to nothing we know.
        """
        assert scan.pid is not None  # a scan without a pass belongs to no visit
        stay = self._open.get(scan.pid)
        if stay is None:
            if scan.direction == "in":
                self._open[scan.pid] = _Stay.begun(scan)
            return None
        if scan.direction == "in":
            if self._goes_on(stay, scan):
                stay.see(scan)
                return None
            self._open[scan.pid] = _Stay.begun(scan)
            self._doubt(stay, scan)
            return self._ended(stay, _trusted(scan))
        del self._open[scan.pid]
        dwell = self._dwell(stay.entered.facility_id)
        believed = scan.scanned_at - stay.last.scanned_at <= longest_stay(dwell)
        believed &= scan.scanned_at - stay.entered.scanned_at <= LONGEST_STAY
        read = believed and scan.facility_id == stay.entered.facility_id
        read &= SKEWED not in stay.entered.flags and SKEWED not in scan.flags
        self._doubt(stay, scan)
        return self._ended(stay, _trusted(scan), read=read)

    def settle(self, now: datetime | None = None) -> Iterator[Visit]:
        """Yield, and forget, visits that no scan at ``now`` or later can end; all of them without ``now``."""
        for pid, stay in list(self._open.items()):
            if now is None or now - stay.entered.scanned_at > LONGEST_STAY:
                del self._open[pid]
                yield self._ended(stay, None)

    def _goes_on(self, stay: _Stay, scan: Scan) -> bool:
        """Say whether a check-in is a second reading, or a step into another zone, of the visit that is open."""
        gone = scan.scanned_at - stay.last.scanned_at
        if scan.facility_id != stay.entered.facility_id or self._closed(stay, before=scan.scanned_at):
            return False
        if scan.scanned_at - stay.entered.scanned_at > LONGEST_STAY:
            return False
        if scan.zone != stay.last.zone:
            return gone <= self._dwell(scan.facility_id)
        return gone < DUPLICATE_WITHIN

    def _closed(self, stay: _Stay, *, before: datetime) -> bool:
        last = stay.last
        closed = self._closings.ends(last.facility_id, last.zone, last.scanned_at)
        return closed is not None and closed < before

    @staticmethod
    def _doubt(stay: _Stay, ending: Scan) -> None:
        """Doubt a visit for the scan that ends it: wholly where it was read here, elsewhere for being too near."""
        here = ending.facility_id == stay.entered.facility_id and ending.direction == "out"
        stay.flags.update(flag for flag in ending.flags if here or flag == TWO_PLACES)

    def _ended(self, stay: _Stay, at: datetime | None, *, read: bool = False) -> Visit:
        """Return the visit as it ended: at a check-out ``read`` here, when seen elsewhere, closed or assumed.

        ``at``: when the scan that ends it was read; None where there is none, or its clock was wrong.
        """
        entered, last = stay.entered, stay.last
        assert entered.pid is not None  # Pairing takes only scans with a pass
        if read and at is not None:
            left = at
        else:
            left = last.scanned_at + self._dwell(entered.facility_id)
            left = min(left, at or left, entered.scanned_at + LONGEST_STAY)
        closed = self._closings.ends(last.facility_id, last.zone, last.scanned_at)
        by_closing = closed is not None and closed <= left
        left = closed if by_closing and closed is not None else left
        gone_by = left if read else min(at or _LAST, closed or _LAST, entered.scanned_at + LONGEST_STAY)
        return Visit(
            pid=entered.pid,
            facility_id=entered.facility_id,
            entered_at=entered.scanned_at,
            left_at=left,
            source=entered.source,
            confidence=entered.confidence,
            dwell_assumed=not (read or by_closing),
            party_size=entered.party_size,
            children=entered.children,
            seen_until=left if read else min(stay.seen_until, gone_by),
            gone_by=gone_by,
            sent_out=not read and gone_by == closed,
            flags=tuple(sorted(stay.flags)),
        )


def _trusted(scan: Scan) -> datetime | None:
    """Return when a scan was read, unless its device had a wrong clock."""
    return None if SKEWED in scan.flags else scan.scanned_at


def longest_stay(dwell: timedelta) -> timedelta:
    """Return the longest stay that a check-out is believed to end where the usual one is ``dwell``.

    Four usual stays, at least three hours: half of all stays are longer than the usual one, but a lunch whose
    check-out was forgotten is not ended by the check-out of the dinner.
    """
    return min(LONGEST_STAY, max(BELIEVED_DWELLS * dwell, BELIEVED_LEAST))


def in_order(scan: Scan) -> tuple[datetime, bool, str]:
    """Return what ``Pairing`` wants scans sorted by: time, and at the same moment a check-out first."""
    return scan.scanned_at, scan.direction == "in", scan.scan_id


def pair_scans(
    scans: Iterable[Scan], *, dwell: Callable[[str], timedelta], closings: Closings | None = None
) -> list[Visit]:
    """Return the visits of accepted scans, whatever order they arrived in; scans are judged by ``scanned_at``.

    Parameters
    ----------
    scans : iterable of Scan
        Refused scans and scans without a pass are passed over.
    dwell : callable
        facility_id → the stay assumed where no check-out was scanned.
    closings : Closings, optional
        When everyone was sent out; default: never.

    Returns
    -------
    list of Visit
        One for each check-in that is neither a second reading of the one before nor a step into another zone,
        ordered by entry. A check-out without a check-in opens nothing: when its person came is not known.
    """
    pairing = Pairing(dwell, closings)
    accepted = (scan for scan in scans if scan.outcome == "accepted" and scan.pid is not None)
    visits = [visit for scan in sorted(accepted, key=in_order) if (visit := pairing.feed(scan))]
    visits += pairing.settle()
    return sorted(visits, key=lambda visit: (visit.entered_at, visit.facility_id, visit.pid))


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
    zone: str


def flags_of(scan: Scan, seen: Iterable[Seen | None], *, too_near: bool = False) -> tuple[str, ...]:
    """Return the doubts about a scan, given where its pass was seen just before and after; it is kept anyway.

    ``late`` and ``clock_skew`` compare the device's time with the service's; ``duplicate`` is the same pass read
    again at the same place; ``two_places`` is a pass at another facility that is ``too_near`` in time.
    """
    flags = []
    if scan.received_at - scan.scanned_at > LATE_AFTER:
        flags.append("late")
    if scan.scanned_at - scan.received_at > SKEW_AFTER:
        flags.append(SKEWED)
    near = [(other, abs(scan.scanned_at - other.scanned_at)) for other in seen if other is not None]
    same = scan.facility_id, scan.zone, scan.direction
    here = [gap for other, gap in near if (other.facility_id, other.zone, other.direction) == same]
    if any(gap < DUPLICATE_WITHIN for gap in here):
        flags.append("duplicate")
    if too_near:
        flags.append(TWO_PLACES)
    return tuple(flags)


def is_open(opens: int, closes: int, hour: int) -> bool:
    """Say whether an hour of the day (KST) lies within opening hours; ``closes`` above 24 runs past midnight."""
    return opens <= hour < closes or hour + 24 < closes
