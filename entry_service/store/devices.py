"""Staff devices; a token is known only by its hash."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from entry_service.core.errors import NotFound
from entry_service.core.model import Device

from .tables import devices

# Read at every scan, so it is built once: building a statement costs four times what running it does.
_BY_TOKEN = select(devices.c.device_id, devices.c.facility_id, devices.c.name, devices.c.revoked_at).where(
    devices.c.token_hash == bindparam("token_hash")
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
        )
    )


def by_token_hash(db: Connection, token_hash: bytes) -> Device | None:
    """Return the device with this token, revoked or not."""
    row = db.execute(_BY_TOKEN, {"token_hash": token_hash}).first()
    return None if row is None else _device(row)


def revoke(db: Connection, device_id: str, now: datetime) -> None:
    """End a device; it is refused at its next contact. Raise ``NotFound`` where there is none."""
    done = db.execute(update(devices).where(devices.c.device_id == device_id).values(revoked_at=now))
    if done.rowcount != 1:
        raise NotFound(what="device")


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


def _device(row: Row) -> Device:
    return Device(device_id=row.device_id, facility_id=row.facility_id, name=row.name, revoked_at=row.revoked_at)
