"""Reports of a day that is destroyed: the device is told so, nothing is stored, whichever way they come."""

from datetime import datetime, timedelta

import pytest

from entry_service.core.model import Device
from entry_service.store.log import purged
from entry_service.usecases.doors.call_in import Call, log_call
from entry_service.usecases.doors.late import TooOld
from entry_service.usecases.doors.paper_contact import SlipContact
from entry_service.usecases.doors.queued import QueuedRefusal, QueuedScan
from entry_service.usecases.doors.slip import log_slip
from entry_service.usecases.doors.sync import QueuedUndo
from entry_service.usecases.sites.closings import everyone_out
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, NOON, open_door
from ..purging import DAY, OF_A_DAY, ONE, RETENTION, believed_since, due_at, fill, rows, run
from ..queued_items import send

LATE = due_at(DAY) + HOUR  # the day of NOON is destroyed
DEVICE = Device(device_id="D-1", facility_id=LIBRARY, name="정문")


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        believed_since(opened.services)
        yield opened


@pytest.fixture
def after(door):
    """Return the door after the day was destroyed, with a phone of that day and one of the day after."""
    phone, younger = door.phone(), door.phone(now=NOON + ONE)
    fill(door.services, DAY)
    run(door.services, LATE)
    return door, phone, younger


def everything(door):
    return rows(door.services), [door.services.vault.count_day(DAY + n * ONE) for n in range(-2, RETENTION + 2)]


def test_queued_items_of_a_destroyed_day_are_answered_and_not_kept(after):
    door, phone, younger = after
    before = everything(door)
    told = send(
        door,
        QueuedScan(scan_id="scan-of-a-pass", scanned_at=NOON, text=phone.code(NOON), direction="in"),
        QueuedScan(scan_id="scan-of-a-code", scanned_at=NOON, text="ABCDEF123456", direction="in"),
        QueuedRefusal(scan_id="scan-refused", scanned_at=NOON, text="x", code="pass_malformed"),
        QueuedUndo(scan_id="scan-undone", undone_at=NOON),
        now=LATE,
        device_now=LATE,
    )
    assert [type(one) for one in told] == [TooOld] * 4
    assert everything(door) == before
    assert all(not one.facts for one in told)


def test_an_item_of_the_day_after_is_kept_beside_them(after):
    door, phone, younger = after
    told = send(
        door,
        QueuedScan(scan_id="scan-old", scanned_at=NOON, text=phone.code(NOON), direction="in"),
        QueuedScan(scan_id="scan-young", scanned_at=NOON + ONE, text=younger.code(NOON + ONE), direction="in"),
        now=LATE,
        device_now=LATE,
    )
    assert isinstance(told[0], TooOld)
    assert (told[1].new, told[1].refusal) == (True, None)
    assert door.row("scan-young").scanned_at == NOON + ONE


def test_a_device_whose_clock_is_a_month_back_loses_nothing(after):
    """It tells its present too: the reading is of today."""
    door, _, _ = after
    phone = door.phone(now=LATE)
    off = LATE - NOON
    one = QueuedScan(scan_id="scan-one", scanned_at=NOON, text=phone.code(LATE), direction="in")
    [told] = send(door, one, now=LATE + HOUR, device_now=LATE + HOUR - off)
    assert (told.new, told.refusal) == (True, None)


def test_a_code_of_a_destroyed_day_tells_so_whatever_the_clock_says(after):
    door, phone, _ = after
    nonsense = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    one = QueuedScan(scan_id="scan-one", scanned_at=nonsense, text=phone.code(NOON), direction="in")
    [told] = send(door, one, now=LATE)
    assert isinstance(told, TooOld)
    assert door.row("scan-one") is None


@pytest.mark.parametrize("way", ["scan", "slip in", "slip out", "call", "closing"])
def test_no_other_way_in_reaches_a_destroyed_day(after, way):
    door, phone, _ = after
    services, before = door.services, everything(door)
    slip = {"scan_id": "scan-slip", "number": "0009", "scanned_at": NOON, "now": LATE, "random": door.random}
    contact = SlipContact(phone="010-0000-4321", residence="경기도 군포시")
    call = Call(call_id="call-1", facility_number="0800000001", caller="010-0000-4321", called_at=NOON)
    closing = {"zone": "", "closing_id": "closing-1", "closed_at": NOON, "closed_by": "D-1", "now": LATE}
    ways = {
        "scan": lambda: door.scan(phone, NOON, scan_id="scan-one", now=LATE),
        "slip in": lambda: log_slip(services, DEVICE, direction="in", contact=contact, **slip),
        "slip out": lambda: log_slip(services, DEVICE, direction="out", contact=None, **slip),
        "call": lambda: log_call(services, call, now=LATE, random=door.random),
        "closing": lambda: everyone_out(services, LIBRARY, **closing),
    }
    with pytest.raises(TooOld):
        ways[way]()
    assert everything(door) == before


def test_before_anything_was_destroyed_nothing_is_too_late(door):
    phone = door.phone()
    with door.services.store.read() as db:
        assert purged.purged_before(db) is None
    later = NOON + timedelta(days=20)
    one = QueuedScan(scan_id="scan-one", scanned_at=NOON, text=phone.code(NOON), direction="in")
    assert send(door, one, now=later, device_now=later)[0].new
    assert len(OF_A_DAY) == 18
