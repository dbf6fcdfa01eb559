"""Who is inside now: a reading of the log, kept in memory so that a scan need not read it again.

For each facility the latest accepted scan of each pass decides. Folding is a maximum by time of scan, so the order
in which scans arrive does not matter, and a counter rebuilt from the log equals the one kept while it was written.
A scan counts from when it was read, but never from later than it was received: a device whose clock runs ahead by
hours would else keep a visitor inside for hours after a right clock saw them leave.
With several processes (PostgreSQL) each reading asks the log.
"""

import heapq
from datetime import UTC, datetime, timedelta
from threading import Lock

from sqlalchemy import Connection, case, func, select

from entry_service.core.model import Scan

from .scans import scans_between
from .tables import scans

LONGEST = timedelta(hours=24)
FORGET_EVERY = 20_000  # scans, about a day of a city of Gunpo's size
Latest = tuple[
    datetime, bool, int
]  # when, whether out, party: of two at the same moment the check-out is the later


class Place:
    """One facility: the latest scan of each pass, and a running total of the people inside.

    Questions ask about an ever later ``since``, so a check-in leaves the total once and for good: a scan costs the
    same however many people came today. An earlier ``since`` is answered by looking at every pass.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.latest: dict[bytes, Latest] = {}
        self._counted: dict[bytes, int] = {}  # pass → people, of check-ins not before the last ``since``
        self._total = 0
        self._since = datetime.min.replace(tzinfo=UTC)
        self._entries: list[tuple[datetime, bytes]] = []  # a heap: the earliest counted check-in first

    def apply(self, pid: bytes, new: Latest) -> None:
        """Fold one scan in."""
        if new < self.latest.get(pid, new):
            return
        self.latest[pid] = new
        self._discount(pid)
        at, is_out, party = new
        if not is_out and at >= self._since:
            self._counted[pid] = party
            self._total += party
            heapq.heappush(self._entries, (at, pid))

    def count(self, since: datetime) -> int:
        """Return the people whose latest scan is a check-in at or after ``since``."""
        if since < self._since:
            return sum(party for at, is_out, party in self.latest.values() if not is_out and at >= since)
        self._since = since
        while self._entries and self._entries[0][0] < since:
            at, pid = heapq.heappop(self._entries)
            if self.latest[pid][0] == at:
                self._discount(pid)
        return self._total

    def forget(self, before: datetime) -> None:
        """Drop passes last seen before the moment; nobody asks so far back."""
        self.count(max(before, self._since))
        for pid in [pid for pid, (at, _, _) in self.latest.items() if at < before]:
            del self.latest[pid]

    def _discount(self, pid: bytes) -> None:
        self._total -= self._counted.pop(pid, 0)


class Occupancy:
    """The latest scan of each pass at each facility; ``apply`` after the scan is durable."""

    def __init__(self) -> None:
        """Start empty; ``rebuild`` reads the log."""
        self._places: dict[str, Place] = {}
        self._applied = 0
        self._lock = Lock()

    def apply(self, scan: Scan) -> None:
        """Fold one scan in; refused scans and scans without a pass do not count."""
        if scan.outcome != "accepted" or scan.pid is None:
            return
        with self._lock:
            place = self._places.setdefault(scan.facility_id, Place())
            at = min(scan.scanned_at, scan.received_at)
            place.apply(scan.pid, (at, scan.direction == "out", scan.party_size))
            self._applied += 1
            if self._applied % FORGET_EVERY == 0:
                for each in self._places.values():
                    each.forget(scan.received_at - 2 * LONGEST)

    def rebuild(self, db: Connection, now: datetime) -> None:
        """Read the last day of the log."""
        with self._lock:
            self._places.clear()
        for scan in scans_between(db, None, now - LONGEST, now + LONGEST):
            self.apply(scan)

    def count(self, facility_id: str, since: datetime) -> int:
        """Return the people whose latest scan at or after ``since`` is a check-in, companions included."""
        with self._lock:
            place = self._places.get(facility_id)
            return 0 if place is None else place.count(since)


def occupancy(db: Connection, facility_id: str, since: datetime) -> int:
    """Return the same number straight from the log (any database, any number of processes)."""
    at = case((scans.c.scanned_at < scans.c.received_at, scans.c.scanned_at), else_=scans.c.received_at)
    newest_first = (at.desc(), scans.c.direction.desc(), scans.c.party_size.desc())
    place = func.row_number().over(partition_by=scans.c.pid, order_by=newest_first).label("place")
    latest = (
        select(scans.c.direction, scans.c.party_size, place)
        .where(scans.c.facility_id == facility_id, scans.c.scanned_at >= since, scans.c.received_at >= since)
        .where(scans.c.outcome == "accepted", scans.c.pid.is_not(None))
        .subquery()
    )
    inside = select(func.coalesce(func.sum(latest.c.party_size), 0))
    return int(db.execute(inside.where(latest.c.place == 1, latest.c.direction == "in")).scalar_one())
