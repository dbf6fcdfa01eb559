"""Who is inside now: a reading of the log, kept in memory so that a scan need not read it again.

For each facility the latest accepted scan of each pass decides. Folding is a maximum by time of scan, so the order
in which scans arrive does not matter, and a counter rebuilt from the log equals the one kept while it was written.
With several processes (PostgreSQL) each reading asks the log.
"""

from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection, func, select

from entry_service.core.model import Scan

from .scans import scans_between
from .tables import scans

LONGEST = timedelta(hours=24)
FORGET_EVERY = 20_000  # scans, about a day of a city of Gunpo's size
Latest = tuple[
    datetime, bool, int
]  # when, whether out, party: of two at the same moment the check-out is the later


class Occupancy:
    """The latest scan of each pass at each facility; ``apply`` after the scan is durable."""

    def __init__(self) -> None:
        """Start empty; ``rebuild`` reads the log."""
        self._latest: dict[str, dict[bytes, Latest]] = {}
        self._applied = 0
        self._lock = Lock()

    def apply(self, scan: Scan) -> None:
        """Fold one scan in; refused scans and scans without a pass do not count."""
        if scan.outcome != "accepted" or scan.pid is None:
            return
        with self._lock:
            latest = self._latest.setdefault(scan.facility_id, {})
            new = (scan.scanned_at, scan.direction == "out", scan.party_size)
            latest[scan.pid] = max(new, latest.get(scan.pid, new))
            self._applied += 1
            if self._applied % FORGET_EVERY == 0:
                self._forget(scan.received_at - 2 * LONGEST)

    def rebuild(self, db: Connection, now: datetime) -> None:
        """Read the last day of the log."""
        with self._lock:
            self._latest.clear()
        for scan in scans_between(db, None, now - LONGEST, now + LONGEST):
            self.apply(scan)

    def count(self, facility_id: str, since: datetime) -> int:
        """Return the people whose latest scan at or after ``since`` is a check-in, companions included."""
        with self._lock:
            latest = self._latest.get(facility_id, {})
            return sum(party for at, is_out, party in latest.values() if not is_out and at >= since)

    def _forget(self, before: datetime) -> None:
        """Drop passes last seen long ago: a pass lives one day."""
        for latest in self._latest.values():
            for pid in [pid for pid, (at, _, _) in latest.items() if at < before]:
                del latest[pid]


def occupancy(db: Connection, facility_id: str, since: datetime) -> int:
    """Return the same number straight from the log (any database, any number of processes)."""
    newest_first = (scans.c.scanned_at.desc(), scans.c.direction.desc(), scans.c.party_size.desc())
    place = func.row_number().over(partition_by=scans.c.pid, order_by=newest_first).label("place")
    latest = (
        select(scans.c.direction, scans.c.party_size, place)
        .where(scans.c.facility_id == facility_id, scans.c.scanned_at >= since)
        .where(scans.c.outcome == "accepted", scans.c.pid.is_not(None))
        .subquery()
    )
    inside = select(func.coalesce(func.sum(latest.c.party_size), 0))
    return int(db.execute(inside.where(latest.c.place == 1, latest.c.direction == "in")).scalar_one())
