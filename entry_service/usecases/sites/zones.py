"""The zones of a facility, as its manager sets them up: parts with a door and a limit of their own."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from entry_service.core.errors import BadInput, EntryError
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.sites import devices, facilities, zones
from entry_service.store.sites.zones import Zone

LONGEST_NAME = 40
MOST = 50
ZONE_BYTES = 5
Random = Callable[[int], bytes]


class ZoneInUse(EntryError):
    """A device still stands at a gate of the zone."""

    status, code = 409, "zone_in_use"
    sentence = "이 구역에 기기가 남아 있습니다. 기기의 구역을 바꾸거나 등록을 해제한 뒤 다시 하시기 바랍니다."


def add_zone(
    services: Services, facility_id: str, *, name: str, capacity: int | None, now: datetime, random: Random
) -> Zone:
    """Add a zone; a name that is in use, empty or too long is ``BadInput(field="name")``."""
    new = Zone(
        zone_id=f"Z-{random(ZONE_BYTES).hex()}",
        facility_id=facility_id,
        name=zone_name(name),
        capacity=zone_capacity(capacity),
    )

    def write(db: Connection) -> None:
        one_at_a_time(db, _subject(facility_id))
        facilities.get(db, facility_id)
        if len(zones.all(db, facility_id)) >= MOST:
            raise BadInput("구역을 더 둘 수 없습니다. 쓰지 않는 구역을 없애시기 바랍니다.", field="name")
        _assert_new_name(db, new)
        zones.add(db, new)

    services.store.write(write)
    return new


def change_zone(services: Services, facility_id: str, zone_id: str, *, name: str, capacity: int | None) -> Zone:
    """Rename a zone or give it another limit; past entries keep the zone. Raise ``NotFound`` or ``BadInput``."""
    kept_name, kept_capacity = zone_name(name), zone_capacity(capacity)

    def write(db: Connection) -> Zone:
        one_at_a_time(db, _subject(facility_id))
        known = zones.get(db, facility_id, zone_id)
        changed = Zone(
            zone_id=zone_id,
            facility_id=facility_id,
            name=kept_name,
            capacity=kept_capacity,
            retired_at=known.retired_at,
        )
        _assert_new_name(db, changed)
        zones.change(db, changed)
        return changed

    return services.store.write(write)


def retire_zone(services: Services, facility_id: str, zone_id: str, now: datetime) -> None:
    """Give a zone up, once no device stands there; what was logged there stays. ``NotFound`` or ``ZoneInUse``."""

    def write(db: Connection) -> None:
        one_at_a_time(db, _subject(facility_id))
        standing = [one.device for one in devices.all(db, facility_id) if one.device.revoked_at is None]
        if any(device.zone == zone_id for device in standing):
            raise ZoneInUse
        zones.retire(db, facility_id, zone_id, now)

    services.store.write(write)


def zone_name(typed: str) -> str:
    """Return the name of a zone as it is kept: 1 to 40 characters, printable; raise ``BadInput``."""
    name = " ".join(typed.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInput("구역 이름을 1자 이상 40자 이하로 입력하시기 바랍니다.", field="name")
    return name


def zone_capacity(capacity: int | None) -> int | None:
    """Return the limit, people at once, or raise ``BadInput``; None: no limit of its own."""
    if capacity is not None and not 0 < capacity <= 100_000:
        raise BadInput("정원은 1명 이상으로 입력하시기 바랍니다.", field="capacity")
    return capacity


def _assert_new_name(db: Connection, zone: Zone) -> None:
    others = [known for known in zones.all(db, zone.facility_id) if known.zone_id != zone.zone_id]
    if zone.name in {known.name for known in others}:
        raise BadInput("같은 이름의 구역이 있습니다.", field="name")


def _subject(facility_id: str) -> bytes:
    return b"zones|" + facility_id.encode()
