"""What the tests of queued items share: an item of a phone, and a batch of a device."""

from entry_service.core.model import Device
from entry_service.usecases.doors.queued import QueuedScan
from entry_service.usecases.doors.sync import sync

from .door import HOUR, LIBRARY, NOON

DEVICE = Device(device_id="D-1", facility_id=LIBRARY, name="정문")
LATER = NOON + 6 * HOUR


def item(phone, scan_id="scan-one", at=NOON, **facts):
    """Return a scan of what the phone showed, as a device queues it."""
    facts = {"text": phone.code(at), "direction": "in", **facts}
    return QueuedScan(scan_id=scan_id, scanned_at=at, **facts)


def send(door, *items, now=LATER, device=DEVICE, device_now=None):
    """Send a batch and return what became of each item."""
    return sync(door.services, device, items, device_now=device_now, now=now)
