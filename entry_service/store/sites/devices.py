"""Staff devices; a token is known only by its hash."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from entry_service.core.errors import NotFound
from entry_service.core.model import Device

from ..database.direct import Direct
from ..schema.tables import devices, from_micros

_BY_TOKEN = Direct(
    "SELECT device_id, facility_id, name, revoked_at, zone, profile FROM devices WHERE token_hash = ?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecord:
    """A device as its manager sees it."""

    device: Device
    created_at: datetime
    last_seen_at: datetime | None


def add(db: Connection, device: Device, token_hash: bytes, now: datetime) -> None:
    """Enrol a device."""
    db.execute(
        insert(devices).values(
            device_id=device.device_id,
            facility_id=device.facility_id,
            name=device.name,
            token_hash=token_hash,
            created_at=now,
            zone=device.zone,
            profile=device.profile,
        )
    )


def by_token_hash(db: Connection, token_hash: bytes) -> Device | None:
    """Return the device with this token, revoked or not."""
    rows = _BY_TOKEN.all(db, token_hash)
    if not rows:
        return None
    device_id, facility_id, name, revoked, zone, profile = rows[0]
    at = None if revoked is None else from_micros(revoked)
    return Device(
        device_id=device_id, facility_id=facility_id, name=name, revoked_at=at, zone=zone, profile=profile
    )


def is_revoked(db: Connection, device_id: str) -> bool:
    """Say whether there was such a device and it has ended."""
    query = select(devices.c.revoked_at).where(devices.c.device_id == device_id)
    return db.execute(query).scalar() is not None


def revoke(db: Connection, device_id: str, now: datetime) -> None:
    """End a device; it is refused at its next contact. Raise ``NotFound`` where there is none."""
    done = db.execute(update(devices).where(devices.c.device_id == device_id).values(revoked_at=now))
    if done.rowcount != 1:
        raise NotFound(what="device")


def change(db: Connection, device: Device) -> None:
    """Keep another gate, zone or profile of a device."""
    changed = {"name": device.name, "zone": device.zone, "profile": device.profile}
    db.execute(update(devices).where(devices.c.device_id == device.device_id).values(**changed))


def touch(db: Connection, device_id: str, now: datetime) -> None:
    """Remember when the device was last heard of."""
    db.execute(update(devices).where(devices.c.device_id == device_id).values(last_seen_at=now))


def all(db: Connection, facility_id: str) -> list[DeviceRecord]:
    """Return the facility's devices, the newest first."""
    query = select(devices).where(devices.c.facility_id == facility_id).order_by(devices.c.created_at.desc())
    return [
        DeviceRecord(device=_device(row), created_at=row.created_at, last_seen_at=row.last_seen_at)
        for row in db.execute(query)
    ]


def sites_with_one(db: Connection) -> set[str]:
    """Return the facilities that have a device which is not revoked."""
    living = select(devices.c.facility_id).where(devices.c.revoked_at.is_(None)).distinct()
    return set(db.execute(living).scalars())


def _device(row: Row) -> Device:
    named = ("device_id", "facility_id", "name", "revoked_at", "zone", "profile")
    return Device(**{name: getattr(row, name) for name in named})
