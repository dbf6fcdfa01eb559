"""Enrol a device by invitation: a manager names gate, zone and profile, the device brings the secret and is in.

An invitation holds 80 random bits, works once and for 30 minutes. Its secret is drawn and shown by the web; here
and in the database only the hash is known.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.errors import BadInput, EntryError, NotFound
from entry_service.core.model import Device
from entry_service.services import Services
from entry_service.store.sites import devices, enrolments, zones
from entry_service.store.sites.enrolments import Invitation

from ..doors.collecting import assert_collecting

LIFETIME = timedelta(minutes=30)
LONGEST_NAME = 40
PROFILES = ("desk", "gate", "kiosk")


class InvitationUnknown(EntryError):
    """No such invitation: mistyped, or forgotten a day after its end."""

    status, code = 404, "invitation_unknown"
    sentence = "초대를 찾을 수 없습니다. 주소를 다시 확인하거나 시설 관리자에게 새 초대를 요청하시기 바랍니다."


class InvitationUsed(EntryError):
    """Another device joined with it already, or the manager took it back."""

    status, code = 410, "invitation_used"
    sentence = "이미 쓰였거나 취소된 초대입니다. 시설 관리자에게 새 초대를 요청하시기 바랍니다."


class InvitationExpired(EntryError):
    """Its 30 minutes are over."""

    status, code = 410, "invitation_expired"
    sentence = "초대의 유효시간 30분이 지났습니다. 시설 관리자에게 새 초대를 요청하시기 바랍니다."


def invite(
    services: Services, facility_id: str, *, name: str, zone: str, profile: str, token_hash: bytes, now: datetime
) -> Invitation:
    """Keep an invitation for one device of the facility.

    Raises ``BadInput`` with its ``field``, and ``CollectionEnded`` once the Korean day of the end is over: until
    then doors let people out, and a device that was revoked brings what it still keeps.
    """
    assert_collecting(services, now, now, may_leave=True)
    new = Invitation(
        token_hash=token_hash,
        facility_id=facility_id,
        name=device_name(name),
        zone=zone,
        profile=device_profile(profile),
        created_at=now,
        expires_at=now + LIFETIME,
    )

    def write(db: Connection) -> None:
        _assert_zone(db, facility_id, zone)
        enrolments.add(db, new)

    services.store.write(write)
    return new


def join(
    services: Services,
    *,
    invitation_hash: bytes,
    device_id: str,
    token_hash: bytes,
    instead_of: str | None,
    now: datetime,
) -> Device:
    """Use an invitation up and enrol the device; ``instead_of`` is what this browser was until now, and ends.

    A zone that was retired meanwhile becomes the facility as a whole. Raises ``InvitationUnknown``,
    ``InvitationUsed`` or ``InvitationExpired``, and ``CollectionEnded`` as ``invite`` does.
    """
    assert_collecting(services, now, now, may_leave=True)

    def write(db: Connection) -> Device:
        invitation = enrolments.find(db, invitation_hash)
        if invitation is None:
            raise InvitationUnknown
        if invitation.used_at is not None:
            raise InvitationUsed
        if now >= invitation.expires_at:
            raise InvitationExpired
        if not enrolments.use(db, invitation_hash, now):
            raise InvitationUsed
        open_zones = {zone.zone_id for zone in zones.all(db, invitation.facility_id)}
        device = Device(
            device_id=device_id,
            facility_id=invitation.facility_id,
            name=invitation.name,
            zone=invitation.zone if invitation.zone in open_zones else "",
            profile=invitation.profile,
        )
        if instead_of:
            devices.revoke(db, instead_of, now)
        devices.add(db, device, token_hash, now)
        return device

    return services.store.write(write)


def withdraw(services: Services, facility_id: str, token_hash_start: str, now: datetime) -> None:
    """Take back the facility's waiting invitation whose hash begins so (hexadecimal); else ``NotFound``."""

    def write(db: Connection) -> None:
        found = [
            one.token_hash
            for one in enrolments.waiting(db, facility_id, now)
            if one.token_hash.hex().startswith(token_hash_start) and token_hash_start
        ]
        if len(found) != 1:
            raise NotFound(what="invitation")
        enrolments.use(db, found[0], now)

    services.store.write(write)


def change_device(
    services: Services, facility_id: str, device_id: str, *, name: str, zone: str, profile: str
) -> Device:
    """Give a device of the facility another gate, zone or profile; it works so from its next contact on.

    Raises ``NotFound`` where the facility has no such device in use, or ``BadInput``.
    """
    kept_name, kept_profile = device_name(name), device_profile(profile)

    def write(db: Connection) -> Device:
        own = {record.device.device_id: record.device for record in devices.all(db, facility_id)}
        if device_id not in own or own[device_id].revoked_at is not None:
            raise NotFound(what="device")
        if zone != own[device_id].zone:
            _assert_zone(db, facility_id, zone)
        changed = replace(own[device_id], name=kept_name, zone=zone, profile=kept_profile)
        devices.change(db, changed)
        return changed

    return services.store.write(write)


def device_name(typed: str) -> str:
    """Return the name of a device as it is kept: 1 to 40 characters, printable; raise ``BadInput``."""
    name = " ".join(typed.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInput("기기의 위치를 1자 이상 40자 이하로 입력하시기 바랍니다.", field="name")
    return name


def device_profile(typed: str) -> str:
    """Return the profile, or raise ``BadInput``."""
    if typed not in PROFILES:
        raise BadInput("기기의 쓰임을 고르시기 바랍니다.", field="profile")
    return typed


def _assert_zone(db: Connection, facility_id: str, zone: str) -> None:
    """Hold a device to a zone of its own facility that is in use; empty is the facility as a whole."""
    if zone and zone not in {known.zone_id for known in zones.all(db, facility_id)}:
        raise BadInput("구역을 목록에서 고르시기 바랍니다.", field="zone")
