"""Put one scan into the log, let the reading of who is inside follow it, say who is inside. For every door."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from entry_service.core.model import Facility, Scan
from entry_service.core.times import KST
from entry_service.core.visits import flags_of, is_open
from entry_service.services import Services
from entry_service.store.log import occupancy, scans
from entry_service.store.log.neighbours import Neighbours

UNVERIFIED = "unverified"  # nobody verified the number
LOOK_BACK = timedelta(hours=24)  # a pass lives one day: what it did before is another pass


def append(
    services: Services,
    scan: Scan,
    *,
    before_writing: Callable[[Connection], None] | None = None,
    after_writing: Callable[[Connection, Scan], None] | None = None,
) -> tuple[Scan, bool]:
    """Append durably, then let the reading of who is inside follow; return the log's row and whether it is new.

    ``before_writing`` is asked inside the transaction; what it raises leaves nothing behind and is raised here.
    ``after_writing`` adds in it what is to be said beside a new row.
    """

    def write(db: Connection) -> tuple[Scan, bool]:
        if before_writing is not None:
            before_writing(db)
        kept, new = scans.append_scan(db, scan)
        if new and after_writing is not None:
            after_writing(db, kept)
        return kept, new

    kept, new = services.store.write(write)
    follow_row(services, kept, new=new)
    return kept, new


def follow_row(services: Services, kept: Scan, *, new: bool) -> None:
    """Let the reading of who is inside follow a row, once it is durable.

    A row that the log had before may be one whose first writer gave up waiting just before it became durable, and
    never got here: then the pass is read anew, because the scan may have been undone meanwhile. So it is where a
    way out may be void: that takes nobody out of where they are.
    """
    elsewhere = kept.direction == "out" and services.occupancy.is_elsewhere(kept)  # maybe of a void entry
    if new and not elsewhere:
        services.occupancy.apply(kept)
    elif kept.pid is not None and (new or (services.store.embedded and services.occupancy.lacks(kept))):
        recount_pass(services, kept.pid, kept.received_at)


def find_accepted(services: Services, scan_id: str) -> Scan | None:
    """Return the accepted scan with this id, if there is one."""
    found = find(services, scan_id)
    return found if found is not None and found.outcome == "accepted" else None


def find(services: Services, scan_id: str) -> Scan | None:
    """Return the scan with this id, whatever its outcome."""
    with services.store.read() as db:
        return scans.find_scan(db, scan_id)


def inside_now(services: Services, facility: Facility, now: datetime, zone: str = "") -> int:
    """Return how many are inside: passes whose last scan anywhere is a check-in here within the usual stay.

    ``zone`` empty: in the whole facility.
    """
    since = _since(services, facility, now)
    if services.store.embedded:
        return services.occupancy.count(facility.facility_id, since, zone)
    with services.store.read(snapshot=False) as db:
        return occupancy.occupancy(db, facility.facility_id, since, zone)


def inside_about(services: Services, facility: Facility, now: datetime, zone: str = "") -> int:
    """Return the same for whoever just came in; of a crowd it may be a moment old (store/log/crowded.py)."""
    ask = partial(inside_now, services, facility, now, zone)
    return ask() if services.store.embedded else services.crowded.count(facility.facility_id, zone, now, ask)


def inside_many(services: Services, asked: Sequence[Facility], now: datetime) -> dict[str, int]:
    """Return the same for many facilities by id, in one question of the log where it has to be asked."""
    if services.store.embedded:
        return {one.facility_id: inside_now(services, one, now) for one in asked}
    with services.store.read(snapshot=False) as db:
        found = occupancy.occupancies(db, {one.facility_id: _since(services, one, now) for one in asked})
    return {one.facility_id: found.get(one.facility_id, 0) for one in asked}


def inside_by_zone(services: Services, facility: Facility, now: datetime) -> dict[str, int]:
    """Return the same people by zone_id, those in no zone under an empty name; empty zones are left out."""
    since = _since(services, facility, now)
    if services.store.embedded:
        return services.occupancy.by_zone(facility.facility_id, since)
    with services.store.read(snapshot=False) as db:
        return occupancy.occupancy_by_zone(db, facility.facility_id, since)


def recount_pass(services: Services, pid: bytes, now: datetime) -> None:
    """Let the reading of who is inside follow after a scan of the pass was undone."""
    if services.store.embedded:
        services.occupancy.rebuild_pass(services.store.read, pid, now)


def recount_facility(services: Services, facility_id: str, now: datetime) -> None:
    """Let the reading of who is inside follow after a quarantine of the facility was opened, ended or decided."""
    if services.store.embedded:
        services.occupancy.rebuild_facility(services.store.read, facility_id, now)


def _since(services: Services, facility: Facility, now: datetime) -> datetime:
    # Whole seconds: requests that run side by side ask about the same moment, and the running total answers them.
    return (now - services.dwell_of(facility.category)).replace(microsecond=0)


def with_flags(
    scan: Scan,
    facility: Facility,
    known: Neighbours,
    *,
    verified: bool,
    inside: int = 0,
    limit: int | None = None,
    too_near: bool = False,
) -> Scan:
    """Return the scan with every doubt about it: it is kept all the same.

    Whether a number was verified stays with a person from day to day: of a pass that staff read the log does not
    say it, or it would link days (benchmarks/linkage.py). The vault knows, and the door is told (``told_flags``).

    ``full`` says that the people ``inside`` and those who come are more than the ``limit`` of the facility; who
    was inside already (a second reading) does not come. Without a limit it is not said.
    """
    flags = list(flags_of(scan, known, too_near=too_near))
    if not verified and scan.source != "staff_scan":
        flags.append(UNVERIFIED)
    if not is_open(facility.opens, facility.closes, scan.scanned_at.astimezone(KST).hour):
        flags.append("outside_hours")
    before = known.before
    counted = before is not None and before.facility_id == scan.facility_id and before.direction == "in"
    comes = scan.direction == "in" and not counted
    if comes and limit is not None and inside + scan.party_size > limit:
        flags.append("full")
    return replace(scan, flags=tuple(flags))
