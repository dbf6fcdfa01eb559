"""The public sign at the entrance: how many are inside, how many may be, and how crowded that is. Counts only."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from entry_service.core.capacity import Limit, crowding_of
from entry_service.core.errors import EntryError, NotFound
from entry_service.core.model import Facility
from entry_service.core.times import KST
from entry_service.core.visits import is_open
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.sites import facilities, signs, zones

from ..doors.limits import limit_of
from ..doors.log_scan import inside_by_zone

SIGN_BYTES = 9  # twelve letters; nobody finds a sign by trying
Random = Callable[[int], bytes]


class NoSignHere(EntryError):
    """A sensitive facility has no public sign."""

    status, code, sentence = 409, "no_sign_here", "민감 시설에는 안내판을 만들 수 없습니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """People inside a place and how many it may admit; ``crowding`` is a code of ``core.capacity``, or empty."""

    zone: str  # zone_id; empty: the facility
    name: str
    inside: int
    limit: Limit
    crowding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """What a sign shows at a moment; ``opened``: within the opening hours."""

    facility: Facility
    opened: bool
    whole: Crowd
    zones: tuple[Crowd, ...]
    read_at: datetime


def renew_sign(services: Services, facility_id: str, *, now: datetime, random: Random) -> str:
    """Give a facility a sign under a new random address and return it; raise ``NotFound`` or ``NoSignHere``."""
    sign_id = urlsafe_b64encode(random(SIGN_BYTES)).decode()

    def write(db: Connection) -> None:
        one_at_a_time(db, b"sign|" + facility_id.encode())
        if facilities.get(db, facility_id).sensitive:
            raise NoSignHere
        signs.replace(db, facility_id, sign_id, now)

    services.store.write(write)
    return sign_id


def end_sign(services: Services, facility_id: str) -> None:
    """Take a facility's sign away; its screens say so at their next question."""
    services.store.write(lambda db: signs.end(db, facility_id))


def read_sign(services: Services, sign_id: str, now: datetime) -> Sign:
    """Return what a sign shows now; raise ``NotFound`` for one that is not there, any more, or not shown."""
    with services.store.read() as db:
        facility_id = signs.facility_of(db, sign_id)
        if facility_id is None:
            raise NotFound(what="sign")
        facility = facilities.get(db, facility_id)
        parts = zones.all(db, facility_id)
    if facility.sensitive:
        raise NotFound(what="sign")
    people = inside_by_zone(services, facility, now)
    names = [("", facility.name, sum(people.values()))]
    names += [(zone.zone_id, zone.name, people.get(zone.zone_id, 0)) for zone in parts]
    whole, *rest = [_crowd(services, facility, now, *one) for one in names]
    return Sign(
        facility=facility,
        opened=is_open(facility.opens, facility.closes, now.astimezone(KST).hour),
        whole=whole,
        zones=tuple(rest),
        read_at=now,
    )


def _crowd(services: Services, facility: Facility, now: datetime, zone: str, name: str, inside: int) -> Crowd:
    limit = limit_of(services, facility, now, zone)
    crowding = crowding_of(inside, limit.people, closed=limit.closed)
    return Crowd(zone=zone, name=name, inside=inside, limit=limit, crowding=crowding)
