"""Is there room: how many are inside when a scan is judged, so exactly that two doors do not share a last place.

The reading of who is inside follows a write, it does not go before it. So whoever is about to be written announces
the people first (store/log/coming.py), and the limit is near when those inside and all who are announced would
reach it. Far from it nothing can go wrong and nothing more is asked. Near it the count is asked of the log inside
the transaction that writes: on SQLite there is one writer, on PostgreSQL doors of one facility then go one at a
time.
"""

from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from entry_service.core.model import Facility, Scan
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.log import occupancy
from entry_service.store.log.neighbours import Neighbours

from .limits import limit_of

NEAR = 60  # people: with several processes who is announced elsewhere is not known; three parties of the largest


def is_full(
    db: Connection,
    services: Services,
    facility: Facility,
    scan: Scan,
    known: Neighbours,
    crowd: "Crowd | None" = None,
) -> bool:
    """Say whether a scan brings more people than the limit of its facility or zone allows; inside its transaction.

    Who leaves or is inside already (a second reading) brings nobody; who changes zones brings people to the zone;
    who came longer ago than the usual stay is gone. A closed place is no full one. ``crowd`` counts for a batch.
    """
    now = scan.received_at
    since = inside_since(services, facility, now)
    if scan.direction != "in" or scan.scanned_at < since:
        return False
    inside = is_inside(services, facility, scan, known, now)
    asked = [] if inside else [""]
    asked += [scan.zone] if scan.zone and not (inside and known.before.zone == scan.zone) else []
    full = False
    for zone in asked:
        limit = limit_of(services, facility, now, zone)
        if limit.people is None or limit.closed:
            continue
        if crowd is None:
            people = _inside(db, services, scan, limit.people, since, zone)
        else:
            people = crowd.before(db, services, scan, since, zone)
        full = full or people + scan.party_size > limit.people
    return full


class Crowd:
    """Who is inside while one batch is written: asked once, then counted on. Uploads are only flagged."""

    def __init__(self) -> None:
        """Begin before anybody is counted; one transaction long."""
        self._inside: dict[str, int] = {}

    def before(self, db: Connection, services: Services, scan: Scan, since: datetime, zone: str) -> int:
        """Return how many were inside before this scan, and count its people."""
        if zone not in self._inside:
            place = scan.facility_id
            if services.store.embedded:
                self._inside[zone] = services.occupancy.count(place, since, zone)
            else:
                self._inside[zone] = occupancy.occupancy(db, place, since, zone)
        self._inside[zone] += scan.party_size
        return self._inside[zone] - scan.party_size


def is_inside(services: Services, facility: Facility, scan: Scan, known: Neighbours, now: datetime) -> bool:
    """Say whether the pass of a scan is counted inside the facility already."""
    before = known.before
    if before is None or before.direction != "in" or before.facility_id != scan.facility_id:
        return False
    return before.scanned_at >= inside_since(services, facility, now)


def inside_since(services: Services, facility: Facility, now: datetime) -> datetime:
    """Return since when a check-in counts as still inside."""
    return (now - services.dwell_of(facility.category)).replace(microsecond=0)


def _inside(db: Connection, services: Services, scan: Scan, limit: int, since: datetime, zone: str) -> int:
    """Return how many are inside: exactly where it is near the limit."""
    place = scan.facility_id
    if services.store.embedded:
        announced = services.coming.count(place)  # before the reading: nobody is missing in both
        inside = services.occupancy.count(place, since, zone)
        if inside + announced <= limit:
            return inside
    else:
        ask = partial(occupancy.occupancy, db, place, since, zone)
        inside = services.crowded.count(place, zone, scan.received_at, ask)
        if inside + scan.party_size + NEAR + services.crowded.margin(inside) <= limit:
            return inside
        one_at_a_time(db, b"room|" + place.encode())
    return occupancy.occupancy(db, place, since, zone)
