"""Take what a device queued while it could not reach the service: many items, one transaction, an answer each.

What happened is never refused for a clock that was wrong (core/clock_rules.py), nor for being late, unless its day
is destroyed (late.py). The first that was logged under a ``scan_id`` stays: the same reading sent again, by
whichever request and however late, is the same answer, and another reading under that id is ``scan_conflict`` and
changes nothing. One bad item spoils no other.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.clock_rules import skew_of
from entry_service.core.errors import EntryError
from entry_service.core.model import Device, Scan
from entry_service.core.profiles import UNDO, assert_may
from entry_service.services import Services
from entry_service.store.database.engine import all_at_a_time
from entry_service.store.log import doubts, scans

from .collecting import assert_collecting
from .late import assert_kept, destroyed_before
from .limits import limit_of
from .log_scan import follow_row
from .queued import Queued, QueuedRefusal, QueuedScan, prepare_refusal, prepare_scan
from .queued_write import Written, append_queued
from .room import Crowd
from .undo import HAPPENED, Undone, follow, void

TURN = 8  # items, a millisecond or two of hashing, after which other threads get the interpreter
BREATH = 0.0001  # seconds: long enough that a door that waits really gets it


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedUndo:
    """A scan of this device was taken back; the times are the device's."""

    scan_id: str
    undone_at: datetime


Item = QueuedScan | QueuedRefusal | QueuedUndo
Outcome = Written | Undone | EntryError


def sync(
    services: Services,
    device: Device,
    items: Sequence[Item],
    *,
    device_now: datetime | None,
    now: datetime,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> list[Outcome]:
    """Log the queued items of a device and return what became of each, in order.

    Parameters
    ----------
    device_now : datetime, optional
        The present by the clock that told the times of the items; default: they are right.

    Raises ``Unavailable`` where nothing could be written: then nothing was, and the batch is sent again.
    """
    skew = skew_of(device_now, now)
    mark = destroyed_before(services)
    ready = []
    for place, item in enumerate(items, 1):
        ready.append(_prepare(services, device, item, mark, now=now, skew=skew, random=random))
        if not place % TURN:
            time.sleep(BREATH)
    people = sum(one.scan.party_size for one in ready if isinstance(one, Queued))
    facility = services.facility_of_door(device.facility_id, now)
    limit_of(services, facility, now, device.zone)  # read now, and remembered when the scans are judged
    with services.coming.announced(device.facility_id, people):
        told = services.store.write(lambda db: _write(db, services, device, ready, now))
        for one in told:
            if isinstance(one, Written):
                follow_row(services, one.scan, new=one.new)
    follow(services, [one for one in told if isinstance(one, Undone)], now)
    return told


def _prepare(
    services: Services,
    device: Device,
    item: Item,
    mark: datetime | None,
    *,
    now: datetime,
    skew: timedelta,
    random: Callable[[int], bytes],
) -> Queued | QueuedUndo | EntryError:
    """Return an item as far as it can be judged without the log, or why it cannot be taken."""
    try:
        if isinstance(item, QueuedUndo):
            assert_kept(services, item.undone_at, mark, skew=skew)
        else:
            may_leave = isinstance(item, QueuedScan) and item.direction != "in"
            leaves = assert_collecting(services, item.scanned_at, now, skew, may_leave=may_leave)
            assert_kept(services, item.scanned_at, mark, skew=skew, text=item.text)
        if isinstance(item, QueuedScan):
            return prepare_scan(services, device, item, now=now, skew=skew, random=random, leaves=leaves)
        if isinstance(item, QueuedRefusal):
            return prepare_refusal(services, device, item, now=now, skew=skew)
        assert_may(device, UNDO)
        return item
    except EntryError as refusal:
        return refusal


def _write(
    db: Connection,
    services: Services,
    device: Device,
    ready: Sequence[Queued | QueuedUndo | EntryError],
    now: datetime,
) -> list[Outcome]:
    """Write everything that can be written, in order; runs inside one transaction and may run again."""
    queued = [one for one in ready if isinstance(one, Queued)]
    passes = [one.scan.pid for one in queued if one.scan.pid is not None]
    all_at_a_time(db, [b"sync|" + device.device_id.encode(), *passes])
    ids = [one.scan.scan_id for one in queued]
    known: dict[str, Scan] = scans.find_scans(db, [*ids, *(scan_id + HAPPENED for scan_id in ids)])
    crowd = Crowd()
    doubted: list[doubts.Found] = []
    told: list[Outcome] = []
    for one in ready:
        try:
            if isinstance(one, Queued):
                told.append(append_queued(db, services, device, one, known, crowd, doubted))
            elif isinstance(one, QueuedUndo):
                told.append(void(db, device, one.scan_id, undone_at=one.undone_at, now=now))
            else:
                told.append(one)
        except EntryError as refusal:
            told.append(refusal)
    doubts.note_all(db, doubted)
    return told
