"""A scan that was a mistake is taken back: the row stays, nothing counts it, and only its own door may."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from entry_service.core.errors import BadInput, NotFound
from entry_service.core.model import Device
from entry_service.store.schema.door_tables import voids
from entry_service.store.sites import devices
from entry_service.usecases.doors.log_scan import inside_now
from entry_service.usecases.doors.undo import UndoTooLate, undo_scan
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, SECOND, open_door

DEVICE = Device(device_id="D-1", facility_id=LIBRARY, name="정문")


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


def undo(door, scan_id="scan-one", at=NOON + MINUTE, now=None, device=DEVICE):
    return undo_scan(door.services, device, scan_id, undone_at=at, now=now or at)


def rows(door):
    with door.services.store.read() as db:
        return db.execute(select(voids)).all()


def test_an_undone_entry_counts_no_more_and_stays_in_the_log(door):
    phone = door.phone()
    door.scan(phone, scan_id="scan-one")
    answer = undo(door)
    assert (answer.scan_id, answer.occupancy, answer.repeated) == ("scan-one", 0, False)
    assert inside_now(door.services, door.services.facility(LIBRARY), NOON + MINUTE) == 0
    assert door.row("scan-one").outcome == "accepted"
    [row] = rows(door)
    assert (row.scan_id, row.voided_by, row.reason, row.voided_at) == ("scan-one", "D-1", "undo", NOON + MINUTE)
    assert door.scan(phone, NOON + 2 * MINUTE).direction == "in"  # as if it had not been


def test_an_undone_way_out_puts_the_visitor_back_inside(door):
    phone = door.phone()
    door.scan(phone)
    door.scan(phone, NOON + 10 * MINUTE, "out", scan_id="scan-one")
    assert undo(door, at=NOON + 11 * MINUTE).occupancy == 1


def test_undone_twice_it_is_undone_once(door):
    door.scan(door.phone(), scan_id="scan-one")
    undo(door)
    again = undo(door, now=NOON + HOUR)  # a lost answer is asked for again, even an hour later
    assert again.repeated
    assert len(rows(door)) == 1


def test_a_scan_sent_again_after_its_undoing_is_the_same_answer_and_stays_undone(door):
    phone = door.phone()
    door.scan(phone, scan_id="scan-one")
    undo(door)
    assert door.scan(phone, scan_id="scan-one").repeated
    assert inside_now(door.services, door.services.facility(LIBRARY), NOON) == 0


@pytest.mark.parametrize(
    "device",
    [
        Device(device_id="D-2", facility_id=LIBRARY, name="후문"),
        Device(device_id="D-3", facility_id="GP-002", name="정문"),
    ],
)
def test_another_device_cannot_undo_it(door, device):
    door.scan(door.phone(), scan_id="scan-one")
    with pytest.raises(NotFound):
        undo(door, device=device)
    assert rows(door) == []


def test_a_browser_that_was_enrolled_anew_takes_back_what_it_did_before(door):
    """Its queue is uploaded under another name; only what the device before it read, and only in its facility."""
    was = replace(DEVICE, device_id="D-before")
    phone = door.phone()
    door.services.store.write(lambda db: devices.add(db, was, b"token", NOON))
    door.scan(phone, scan_id="scan-one", device=was)
    with pytest.raises(NotFound):
        undo(door)  # it is still in use
    door.services.store.write(lambda db: devices.revoke(db, was.device_id, NOON))
    with pytest.raises(NotFound):
        undo(door, device=replace(DEVICE, facility_id="GP-002"))
    assert undo(door).occupancy == 0
    assert [row.voided_by for row in rows(door)] == ["D-1"]


def test_what_is_not_there_or_was_refused_cannot_be_undone(door):
    phone = door.phone()
    with pytest.raises(Exception, match="pass_malformed"):
        door.scan(phone, scan_id="refused", text="https://example.kr/")
    for scan_id in ("refused", "unknown"):
        with pytest.raises(NotFound):
            undo(door, scan_id)


def test_after_ten_minutes_it_stays(door):
    door.scan(door.phone(), scan_id="scan-one")
    with pytest.raises(UndoTooLate):
        undo(door, at=NOON + 10 * MINUTE + SECOND)
    with pytest.raises(UndoTooLate):  # whatever the device says it is
        undo(door, at=NOON + MINUTE, now=NOON + HOUR)
    with pytest.raises(BadInput):
        undo(door, at=NOON - 5 * MINUTE, now=NOON + MINUTE)
    assert rows(door) == []
    assert undo(door, at=NOON + 10 * MINUTE).occupancy == 0
