"""An entry by a call is doubted like one by a poster; a wrong clock tells nothing of a later way either."""

from dataclasses import replace

import pytest

from entry_service.store.sites import facilities
from entry_service.usecases.doors.queued import QueuedScan
from entry_service.usecases.doors.sync import sync
from entry_service.usecases.sites.closings import everyone_out
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, open_door
from ..watching import by_call, door_device, waiting


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind), daily_cap=100) as opened:
        yield opened


def test_a_call_after_everyone_was_sent_out_or_outside_opening_hours_is_doubted(door):
    callable_ = replace(door.services.facility(LIBRARY), call_number="0800000001")
    door.services.store.write(lambda db: facilities.update_facility(db, callable_))
    everyone_out(door.services, LIBRARY, "", closing_id="c", closed_by="D-1", closed_at=NOON, now=NOON)
    by_call(door, 1, NOON + 9 * MINUTE)
    by_call(door, 2, NOON + 11 * MINUTE)
    door.scan(door.phone(), NOON + 20 * MINUTE)
    by_call(door, 3, NOON + 21 * MINUTE)
    by_call(door, 4, NOON + 14 * HOUR)
    assert waiting(door) == [("call:2", ("after_closing",)), ("call:4", ("outside_hours",))]


def test_a_reading_by_a_clock_that_was_wrong_tells_nothing_of_a_later_way(door):
    phone = door.phone()
    item = QueuedScan(scan_id="wrong", text=phone.code(NOON), direction="in", scanned_at=NOON, gate="")
    sync(door.services, door_device(OFFICE), [item], device_now=NOON - 20 * MINUTE, now=NOON)
    assert "clock_skew" in door.row("wrong").flags
    door.scan(phone, NOON + 2 * MINUTE, scan_id="right")
    assert waiting(door) == []
