"""Who is inside now: a reading of the log, kept in memory so that a scan need not read it again.

For each facility the latest accepted scan of each pass decides. Folding is a maximum by time of scan, so the order
in which scans arrive does not matter, and a counter rebuilt from the log equals the one kept while it was written.
With several processes (PostgreSQL) each reading asks the log.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection, func, select

from entry_service.core.model import Scan

from .tables import scans

LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class LastScan:
    """Where, when and in which direction a pass was last seen."""

    facility_id: str
    scanned_at: datetime
    direction: str


class Occupancy:
    """The latest scan of each pass, and at each facility; ``apply`` after the scan is durable."""

    def __init__(self) -> None:
        """Start empty; ``rebuild`` reads the log."""
        self._latest: dict[str, dict[bytes, tuple[datetime, bool, int]]] = {}
        self._last: dict[bytes, LastScan] = {}
        self._lock = Lock()

    def apply(self, scan: Scan) -> None:
        """Fold one scan in; refused scans and scans without a pass do not count."""
        if scan.outcome != "accepted" or scan.pid is None:
            return
        with self._lock:
            inside = self._latest.setdefault(scan.facility_id, {})
            known = inside.get(scan.pid)
            # At the same moment a check-out wins: the person has gone.
            if known is None or (scan.scanned_at, scan.direction == "out") >= (known[0], not known[1]):
                inside[scan.pid] = (scan.scanned_at, scan.direction == "in", scan.party_size)
            last = self._last.get(scan.pid)
            if last is None or scan.scanned_at >= last.scanned_at:
                self._last[scan.pid] = LastScan(scan.facility_id, scan.scanned_at, scan.direction)

    def rebuild(self, db: Connection, now: datetime) -> None:
        """Read the last day of the log."""
        from .scans import scans_between

        with self._lock:
            self._latest.clear()
            self._last.clear()
        for scan in scans_between(db, None, now - LONGEST, now + LONGEST):
            self.apply(scan)

    def count(self, facility_id: str, since: datetime) -> int:
        """Return the people whose latest scan at or after ``since`` is a check-in, companions included."""
        with self._lock:
            inside = self._latest.get(facility_id)
            if not inside:
                return 0
            if len(inside) > 2_000:
                self._forget(inside, since)
            return sum(party for at, is_in, party in inside.values() if is_in and at >= since)

    def last_of(self, pid: bytes) -> LastScan | None:
        """Return where the pass was last seen; its day is the pass's own, so nothing older can matter."""
        return self._last.get(pid)

    def _forget(self, inside: dict[bytes, tuple[datetime, bool, int]], since: datetime) -> None:
        for pid in [pid for pid, (at, _, _) in inside.items() if at < since - LONGEST]:
            del inside[pid]
            self._last.pop(pid, None)


def occupancy(db: Connection, facility_id: str, since: datetime) -> int:
    """Return the same number straight from the log (any database, any number of processes)."""
    newest_first = (scans.c.scanned_at.desc(), (scans.c.direction == "out").desc(), scans.c.seq.desc())
    place = func.row_number().over(partition_by=scans.c.pid, order_by=newest_first).label("place")
    latest = (
        select(scans.c.direction, scans.c.party_size, place)
        .where(scans.c.facility_id == facility_id, scans.c.scanned_at >= since)
        .where(scans.c.outcome == "accepted", scans.c.pid.is_not(None))
        .subquery()
    )
    inside = select(func.coalesce(func.sum(latest.c.party_size), 0))
    return int(db.execute(inside.where(latest.c.place == 1, latest.c.direction == "in")).scalar_one())
