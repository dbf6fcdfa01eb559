"""Who is inside now: a reading of the log, kept in memory so that a scan need not read it again.

The latest accepted scan of each pass decides, wherever it was: entering another facility or zone leaves the one
before. Folding is a maximum by time of scan, so the order in which scans arrive does not matter, and a memory
rebuilt from the log equals the one kept while it was written. A scan counts from when it was read, but never from
later than it was received: a device whose clock runs ahead by hours would else keep a visitor inside for hours
after a right clock saw them leave. "Everyone out" ends every stay that began by then, also one uploaded later.
With several processes (PostgreSQL) each reading asks the log.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from sys import intern
from threading import Lock

from sqlalchemy import Connection

from entry_service.core.closings import Closing
from entry_service.core.drills import FLAG
from entry_service.core.model import Scan

from ..database.direct import Direct
from ..schema.tables import to_micros
from . import closings
from .counted import COUNTED, DOUBTED
from .held import held_between
from .place import Latest, Place
from .scans import scans_between, scans_of_pass, scans_of_visitors

LONGEST = timedelta(hours=24)
FORGET_EVERY = 5_000  # scans: looking at a hundred thousand passes takes some 10 ms
Read = Callable[[], AbstractContextManager[Connection]]


class Occupancy:
    """The latest scan of each pass, and the people inside each place; ``apply`` after the scan is durable."""

    def __init__(self) -> None:
        """Start empty; ``rebuild`` reads the log."""
        self._places: dict[str, Place] = {}
        self._latest: dict[bytes, Latest] = {}
        self._applied = 0
        self._lock = Lock()

    def apply(self, scan: Scan) -> None:
        """Fold one scan in; refused scans, those held back and those without a pass do not count."""
        with self._lock:
            self._fold(scan)
            self._applied += 1
            if self._applied % FORGET_EVERY == 0:
                self._forget(scan.received_at - LONGEST)

    def lacks(self, scan: Scan) -> bool:
        """Say whether nothing as late as an accepted scan was folded in of its pass."""
        if scan.outcome != "accepted" or scan.pid is None or FLAG in scan.flags:
            return False
        latest = self._latest.get(scan.pid)
        return latest is None or latest.at < min(scan.scanned_at, scan.received_at)

    def is_elsewhere(self, scan: Scan) -> bool:
        """Say whether the latest scan of the pass is a check-in at another facility."""
        latest = self._latest.get(scan.pid) if scan.pid is not None else None
        return latest is not None and not latest.is_out and latest.facility_id != scan.facility_id

    def close(self, closing: Closing) -> None:
        """Let everyone out who entered by then; said twice it is the same."""
        with self._lock:
            self._place(closing.facility_id).close(closing.zone, closing.closed_at)

    def rebuild(self, db: Connection, now: datetime) -> None:
        """Read the last day of the log."""
        with self._lock:
            self._places.clear()
            self._latest.clear()
            for closing in closings.between(db, None, now - 2 * LONGEST, now + LONGEST):
                self._place(closing.facility_id).close(closing.zone, closing.closed_at)
            for facility_id, spans in held_between(db, now - 2 * LONGEST).items():
                self._place(facility_id).held = spans
            for scan in scans_between(db, None, now - LONGEST, now + LONGEST):
                self._fold(scan)

    def rebuild_pass(self, read: Read, pid: bytes, now: datetime) -> None:
        """Read one pass anew: a scan of it was undone. The log is read inside, so that no later scan is lost."""
        with self._lock, read() as db:
            self._drop(pid)
            for scan in scans_of_pass(db, pid, now - LONGEST, now + LONGEST):
                self._fold(scan)

    def rebuild_facility(self, read: Read, facility_id: str, now: datetime) -> None:
        """Read anew every pass that was at a facility: a quarantine there was opened or decided."""
        with self._lock, read() as db:
            place = self._place(facility_id)
            place.held = held_between(db, now - 2 * LONGEST, facility_id).get(facility_id, [])
            for pid in [pid for pid, latest in self._latest.items() if latest.facility_id == facility_id]:
                self._drop(pid)
            found = scans_of_visitors(db, facility_id, now - LONGEST, now + LONGEST)
            for pid in {scan.pid for scan in found}:
                self._drop(pid)
            for scan in found:
                self._fold(scan)

    def recount(self) -> None:
        """Let questions begin again from any time; what they cost afterwards is the same."""
        with self._lock:
            for place in self._places.values():
                place.recount()

    def count(self, facility_id: str, since: datetime, zone: str = "") -> int:
        """Return the people whose latest scan at or after ``since`` is a check-in here, companions included.

        ``zone`` empty: in the whole facility.
        """
        with self._lock:
            place = self._places.get(facility_id)
            if place is None:
                return 0
            return place.count(since) if not zone else place.by_zone(since).get(zone, 0)

    def by_zone(self, facility_id: str, since: datetime) -> dict[str, int]:
        """Return the same people by zone, those in no zone under an empty name; empty zones are left out."""
        with self._lock:
            place = self._places.get(facility_id)
            return {} if place is None else place.by_zone(since)

    def _place(self, facility_id: str) -> Place:
        place = self._places.get(facility_id)
        if place is None:
            place = self._places[facility_id] = Place()
        return place

    def _fold(self, scan: Scan) -> None:
        if scan.outcome != "accepted" or scan.pid is None or FLAG in scan.flags:
            return
        place = self._place(scan.facility_id)
        if place.held and scan.source == "poster" and DOUBTED in scan.flags and place.holds(scan.scanned_at):
            return
        new = Latest(
            min(scan.scanned_at, scan.received_at),
            scan.direction == "out",
            scan.party_size,
            intern(scan.facility_id),  # every scan brings a copy of its own, and is remembered for a day
            intern(scan.zone),
        )
        old = self._latest.get(scan.pid)
        if old is not None:
            if new < old:
                return
            self._places[old.facility_id].leave(scan.pid)
        self._latest[scan.pid] = new
        if not new.is_out:
            place.enter(scan.pid, new)

    def _drop(self, pid: bytes | None) -> None:
        latest = self._latest.pop(pid, None) if pid is not None else None
        if pid is not None and latest is not None:
            self._places[latest.facility_id].leave(pid)

    def _forget(self, before: datetime) -> None:
        """Drop passes last seen before the moment; nobody asks so far back."""
        for place in self._places.values():
            place.forget(before)
        for pid in [pid for pid, latest in self._latest.items() if latest.at < before]:
            self._drop(pid)


def occupancy(db: Connection, facility_id: str, since: datetime, zone: str = "") -> int:
    """Return the same number straight from the log (any database, any number of processes)."""
    found = occupancy_by_zone(db, facility_id, since)
    return found.get(zone, 0) if zone else sum(found.values())


def occupancies(db: Connection, since: Mapping[str, datetime]) -> dict[str, int]:
    """Return the people inside of many facilities, each since its own moment; without anybody it is not in it."""
    if db.dialect.name == "sqlite":
        return {one: people for one, moment in since.items() if (people := occupancy(db, one, moment))}
    rows = _OF_MANY.all(db, list(since), [to_micros(moment) for moment in since.values()])
    return {facility_id: int(people) for facility_id, people in rows}


def occupancy_by_zone(db: Connection, facility_id: str, since: datetime) -> dict[str, int]:
    """Return the people inside by zone, straight from the log."""
    moment = to_micros(since)
    values = (facility_id, moment, moment, moment, moment, facility_id, facility_id)
    return {zone: int(people) for zone, people in _INSIDE[db.dialect.name].all(db, *values)}


_AT = "CASE WHEN scans.scanned_at < scans.received_at THEN scans.scanned_at ELSE scans.received_at END"
# With several processes every scan asks this: without SQLAlchemy it costs half. Names are compared byte by byte,
# as in memory, whatever the language of the database is.
_TEXT = {
    dialect: (
        "SELECT latest.zone, SUM(latest.party_size) AS people FROM (SELECT "
        "scans.facility_id, scans.zone, scans.direction, "
        f"scans.party_size, {_AT} AS at, ROW_NUMBER() OVER (PARTITION BY scans.pid ORDER BY {_AT} DESC, "
        "scans.direction DESC, scans.party_size DESC, "
        f"CAST(scans.facility_id AS {raw}) DESC, CAST(scans.zone AS {raw}) DESC) AS place "
        "FROM scans WHERE scans.pid IN (SELECT here.pid FROM scans AS here WHERE here.facility_id = ? "
        "AND here.scanned_at >= ? AND here.received_at >= ? AND here.outcome = 'accepted' "
        "AND here.direction = 'in' AND here.pid IS NOT NULL) "
        f"AND scans.scanned_at >= ? AND scans.received_at >= ? AND scans.outcome = 'accepted' AND {COUNTED}"
        ") AS latest WHERE latest.place = 1 AND latest.direction = 'in' AND latest.facility_id = ? "
        "AND NOT EXISTS (SELECT 1 FROM closings WHERE closings.facility_id = ? "
        "AND closings.closed_at >= latest.at AND (closings.zone = '' OR closings.zone = latest.zone)) "
        "GROUP BY latest.zone"
    )
    for dialect, raw in (("sqlite", "BLOB"), ("postgresql", "BYTEA"))
}
_INSIDE = {dialect: Direct(text) for dialect, text in _TEXT.items()}
_OF_MANY = Direct(  # the same question for each facility that is asked about, on one way to the server
    "SELECT asked.facility_id, SUM(inside.people) FROM unnest(CAST(? AS text[]), CAST(? AS bigint[])) "
    "AS asked(facility_id, since) CROSS JOIN LATERAL ("
    + _TEXT["postgresql"].replace(">= ?", ">= asked.since").replace("= ?", "= asked.facility_id")
    + ") AS inside GROUP BY asked.facility_id"
)
