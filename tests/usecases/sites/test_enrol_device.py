"""Devices by invitation: once, in time, by one; and zones that devices stand at. On both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from threading import Barrier

import pytest

from entry_service.core.errors import BadInput, NotFound
from entry_service.core.invitations import grouped, read_secret, secret_text
from entry_service.store.sites import devices, enrolments
from entry_service.usecases.sites import enrol_device, roll_out, zones
from entry_service.usecases.sites.enrol_device import (
    LIFETIME,
    InvitationExpired,
    InvitationUnknown,
    InvitationUsed,
)
from tests.databases import databases, kind  # noqa: F401

from ..door import LIBRARY, NOON, OFFICE, open_door

SECRET = sha256(b"an invitation").digest()


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


def invite(door, facility_id=LIBRARY, secret=SECRET, now=NOON, **facts):
    usual = {"name": "정문", "zone": "", "profile": "desk"}
    return enrol_device.invite(door.services, facility_id, **{**usual, **facts}, token_hash=secret, now=now)


def join(door, device_id="D-new", secret=SECRET, now=NOON, instead_of=None):
    return enrol_device.join(
        door.services,
        invitation_hash=secret,
        device_id=device_id,
        token_hash=sha256(device_id.encode()).digest(),
        instead_of=instead_of,
        now=now,
    )


def add_zone(door, name="열람실", capacity=None, facility_id=LIBRARY):
    return zones.add_zone(door.services, facility_id, name=name, capacity=capacity, now=NOON, random=door.random)


def kept(door, facility_id=LIBRARY):
    with door.services.store.read() as db:
        return {record.device.device_id: record.device for record in devices.all(db, facility_id)}


def test_an_invited_device_stands_where_the_manager_said(door):
    zone = add_zone(door)
    invite(door, name="  2층   열람실 문 ", zone=zone.zone_id, profile="gate")
    device = join(door)
    assert kept(door)["D-new"] == device
    assert (device.facility_id, device.name, device.zone, device.profile) == (
        LIBRARY,
        "2층 열람실 문",
        zone.zone_id,
        "gate",
    )


def test_an_invitation_works_once_in_its_time_and_says_why_not(door):
    invite(door)
    with pytest.raises(InvitationUnknown):
        join(door, secret=sha256(b"another").digest())
    with pytest.raises(InvitationExpired):
        join(door, now=NOON + LIFETIME)
    join(door, now=NOON + LIFETIME - timedelta(microseconds=1))
    with pytest.raises(InvitationUsed):
        join(door, "D-second")
    with pytest.raises(InvitationUsed):
        join(door, "D-second", now=NOON + 2 * LIFETIME)
    assert "D-second" not in kept(door)


def test_of_many_devices_at_once_one_joins(door):
    invite(door)
    together = Barrier(8)

    def scan(number):
        with door.services.store.read() as db:
            enrolments.find(db, SECRET)
        together.wait()
        try:
            return join(door, f"D-{number}").device_id
        except InvitationUsed:
            return None

    before = set(kept(door))
    with ThreadPoolExecutor(8) as pool:
        joined = [name for name in pool.map(scan, range(8)) if name]
    assert len(joined) == 1
    assert set(kept(door)) - before == set(joined)


def test_what_a_browser_was_before_ends_when_it_joins(door):
    invite(door)
    join(door, "D-old")
    second = sha256(b"second").digest()
    invite(door, OFFICE, second)
    join(door, "D-next", second, instead_of="D-old")
    assert kept(door)["D-old"].revoked_at == NOON
    assert kept(door, OFFICE)["D-next"].revoked_at is None


def test_a_zone_given_up_meanwhile_is_the_whole_facility(door):
    zone = add_zone(door)
    invite(door, zone=zone.zone_id)
    zones.retire_zone(door.services, LIBRARY, zone.zone_id, NOON)
    assert join(door).zone == ""


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "가" * 41}, "name"),
        ({"name": "정문\u202e"}, "name"),
        ({"profile": "root"}, "profile"),
        ({"profile": ""}, "profile"),
        ({"zone": "Z-unknown"}, "zone"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_field(door, facts, field):
    with pytest.raises(BadInput) as refused:
        invite(door, **facts)
    assert refused.value.facts["field"] == field
    with pytest.raises(InvitationUnknown):
        join(door)


def test_a_zone_of_another_facility_is_none(door):
    elsewhere = add_zone(door, facility_id=OFFICE)
    with pytest.raises(BadInput):
        invite(door, zone=elsewhere.zone_id)
    invite(door)
    join(door)
    with pytest.raises(BadInput):
        change(door, zone=elsewhere.zone_id)


def change(door, device_id="D-new", facility_id=LIBRARY, **facts):
    usual = {"name": "정문", "zone": "", "profile": "desk"}
    return enrol_device.change_device(door.services, facility_id, device_id, **{**usual, **facts})


def test_a_device_gets_another_gate_zone_or_profile_from_its_own_facility_only(door):
    zone = add_zone(door)
    invite(door)
    join(door)
    change(door, name="후문", zone=zone.zone_id, profile="kiosk")
    device = kept(door)["D-new"]
    assert (device.name, device.zone, device.profile) == ("후문", zone.zone_id, "kiosk")
    with pytest.raises(NotFound):
        change(door, facility_id=OFFICE)
    roll_out.revoke_device(door.services, LIBRARY, "D-new", now=NOON)
    with pytest.raises(NotFound):
        change(door, name="정문")


def test_invitations_wait_until_used_over_or_taken_back(door):
    secrets = [sha256(bytes([number])).digest() for number in range(3)]
    for number, secret in enumerate(secrets):
        invite(door, secret=secret, now=NOON + timedelta(minutes=number))

    def waiting(at):
        with door.services.store.read() as db:
            return [one.token_hash for one in enrolments.waiting(db, LIBRARY, at)]

    assert waiting(NOON + timedelta(minutes=5)) == secrets[::-1]
    join(door, secret=secrets[0])
    for start in ("", secrets[0].hex()[:16], "zz", secrets[2].hex()[:16] + "0"):
        with pytest.raises(NotFound):
            enrol_device.withdraw(door.services, LIBRARY, start, NOON)
    with pytest.raises(NotFound):
        enrol_device.withdraw(door.services, OFFICE, secrets[1].hex()[:16], NOON)
    enrol_device.withdraw(door.services, LIBRARY, secrets[1].hex()[:16], NOON)
    assert waiting(NOON + timedelta(minutes=5)) == [secrets[2]]
    with pytest.raises(InvitationUsed):
        join(door, "D-late", secrets[1])
    assert waiting(NOON + timedelta(minutes=32)) == []


def test_old_invitations_are_forgotten_when_a_new_one_is_made(door):
    invite(door)
    invite(door, secret=sha256(b"later").digest(), now=NOON + LIFETIME + enrolments.KEPT + timedelta(seconds=1))
    with door.services.store.read() as db:
        assert enrolments.find(db, SECRET) is None


def test_a_zone_is_added_changed_and_given_up_when_no_device_stands_there(door):
    zone = add_zone(door, " 열람실  A ", 40)
    assert (zone.name, zone.capacity) == ("열람실 A", 40)
    changed = zones.change_zone(door.services, LIBRARY, zone.zone_id, name="열람실 B", capacity=None)
    assert (changed.zone_id, changed.name, changed.capacity) == (zone.zone_id, "열람실 B", None)
    invite(door, zone=zone.zone_id)
    join(door)
    with pytest.raises(zones.ZoneInUse):
        zones.retire_zone(door.services, LIBRARY, zone.zone_id, NOON)
    change(door, zone="")
    zones.retire_zone(door.services, LIBRARY, zone.zone_id, NOON)
    zones.retire_zone(door.services, LIBRARY, zone.zone_id, NOON)  # said twice it stays
    with pytest.raises(NotFound):
        zones.retire_zone(door.services, OFFICE, zone.zone_id, NOON)
    with pytest.raises(NotFound):
        zones.change_zone(door.services, OFFICE, zone.zone_id, name="남의 구역", capacity=None)


@pytest.mark.parametrize(
    ("name", "capacity", "field"),
    [
        ("", None, "name"),
        ("가" * 41, None, "name"),
        ("로비", None, "name"),
        ("홀", 0, "capacity"),
        ("홀", -1, "capacity"),
    ],
)
def test_a_zone_that_cannot_be_kept_is_refused_with_its_field(door, name, capacity, field):
    add_zone(door, "로비")
    add_zone(door, "로비", facility_id=OFFICE)
    with pytest.raises(BadInput) as refused:
        add_zone(door, name, capacity)
    assert refused.value.facts["field"] == field


def test_a_secret_is_read_however_it_was_typed():
    secret = secret_text(bytes(range(246, 256)))
    assert len(secret) == 16
    typed = "- ".join(grouped(secret)).lower().replace("0", "o").replace("1", "l")
    assert read_secret(f" {typed}\n") == secret
    assert len({secret_text(SECRET[:10]), secret_text(bytes(10)), secret_text(b"\xff" * 10)}) == 3
    for wrong in ("", secret[:-1], secret + "0", secret[:-1] + "!", "가" * 16):
        assert read_secret(wrong) is None
