"""``POST /api/v1/sync``: what a device queued while it could not reach the service, many items in one request.

Each item is read by itself, so that one that cannot be understood is answered by its own code and the others are
taken. The whole batch is refused only where nothing of it was written.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from flask import Blueprint, current_app
from msgspec import Meta

from entry_service.core.clock_rules import skew_of
from entry_service.core.errors import EntryError, TooMany
from entry_service.core.model import Device
from entry_service.core.profiles import CLOSING, assert_may
from entry_service.usecases.doors.presented import OVER_CAP
from entry_service.usecases.doors.queued_write import Written
from entry_service.usecases.doors.sync import Outcome, sync
from entry_service.usecases.doors.undo import Undone

from ..api.openapi import Body, operation
from ..frame.auth import current_device
from ..frame.context import now, services, settings
from ..frame.errors import FAULT, log_fault
from .acts_api import Moment, close_place
from .slip_api import log_body
from .sync_items import AnyItem, ClosingItem, RefusalItem, Result, SlipItem, id_of, queued, read_item, refused
from .turnstile import Turnstile

MOST_ITEMS = 200
AT_ONCE = 1  # batches that are written at a time in one process; measured by benchmarks/outage.py
blueprint = Blueprint("sync_api", __name__)


class Fault(EntryError):
    """An unexpected fault of one item; it is worth sending again."""

    status, (code, sentence) = 500, FAULT


class Batch(Body, frozen=True, forbid_unknown_fields=True):
    """Queued items, the oldest first. ``device_now``: the present, by the clock that told the times of the items.

    An item is an object with a ``kind``: ``scan``, ``slip`` and ``closing`` with the fields of their own
    addresses, ``refusal`` {scan_id, code, scanned_at, text, gate}, ``undo`` {scan_id, undone_at}.
    """

    items: Annotated[list[msgspec.Raw], Meta(max_length=MOST_ITEMS)]
    v: Annotated[int, Meta(ge=1, le=1, description="version of the items; taken for at least 30 days")] = 1
    device_now: Moment | None = None


class Synced(msgspec.Struct, frozen=True):
    """One result for each item, in the same order, and the present of the service."""

    results: list[Result]
    now: datetime


@operation(
    blueprint,
    "POST",
    "/api/v1/sync",
    summary="Log what a device queued while it was offline; one answer an item",
    auth="device:scan",
    body=Batch,
    answer=Synced,
    errors=(TooMany,),
)
def upload(body: Batch) -> Synced:
    """Answer when everything is durable; the same items again are the same answers."""
    device = current_device()
    with _turnstile().turn():
        return Synced(_results(device, body), now())


def _results(device: Device, body: Batch) -> list[Result]:
    """Log slips first, because an item may undo one, then what belongs to one transaction, then closings."""
    items = [read_item(raw) for raw in body.items]
    ids = [id_of(raw, item) for raw, item in zip(body.items, items, strict=True)]
    results: dict[int, Result] = {}
    together = []
    for place, item in enumerate(items):
        if isinstance(item, EntryError):
            results[place] = refused(ids[place], item)
        elif isinstance(item, SlipItem):
            results[place] = _alone(
                ids[place], lambda slip=item: log_body(device, slip, skew_of(body.device_now, now()))
            )
        elif not isinstance(item, ClosingItem):
            together.append(place)
    for place, outcome in zip(
        together, _log(device, [items[at] for at in together], body.device_now), strict=True
    ):
        results[place] = _told(ids[place], items[place], outcome)
    for place, item in enumerate(items):
        if isinstance(item, ClosingItem):
            results[place] = _alone(ids[place], lambda closing=item: _close(device, closing))
    return [results[place] for place in range(len(items))]


def _log(device: Device, items: Sequence[Any], device_now: datetime | None) -> Sequence[Outcome]:
    """Log scans, refusals and undoings in one transaction; where something breaks, each in one of its own."""
    given = [queued(item) for item in items]
    if not given:
        return []
    try:
        return sync(services(), device, given, device_now=device_now, now=now())
    except EntryError:
        raise
    except Exception as broken:
        log_fault(broken)
    told: list[Outcome] = []
    for one in given:
        try:
            told += sync(services(), device, [one], device_now=device_now, now=now())
        except EntryError as refusal:
            told.append(refusal)
        except Exception as broken:
            log_fault(broken)
            told.append(Fault())
    return told


def _alone(item_id: str, log: Callable[[], Any]) -> Result:
    """Log one item that has a transaction of its own; its failure is its own too."""
    try:
        done = log()
    except EntryError as refusal:
        return refused(item_id, refusal)
    except Exception as broken:
        log_fault(broken)
        return refused(item_id, Fault())
    if not hasattr(done, "outcome"):
        return Result(item_id, outcome="closed")
    return Result(
        item_id,
        outcome=done.outcome,
        direction=done.direction,
        flags=list(done.flags),
        received_at=done.received_at,
        repeated=done.repeated,
    )


def _close(device: Device, item: ClosingItem) -> Any:
    assert_may(device, CLOSING)
    return close_place(device, item)


def _told(item_id: str, item: AnyItem, outcome: Outcome) -> Result:
    if isinstance(outcome, EntryError):
        return refused(item_id, outcome)
    if isinstance(outcome, Undone):
        return Result(item_id, outcome="undone", repeated=outcome.repeated)
    if outcome.refusal is not None and not isinstance(item, RefusalItem):
        return refused(item_id, outcome.refusal)
    return _logged(item_id, outcome)


def _logged(item_id: str, written: Written) -> Result:
    scan = written.scan
    return Result(
        item_id,
        outcome=scan.outcome,
        direction=scan.direction,
        flags=[flag for flag in scan.flags if flag != OVER_CAP],
        received_at=scan.received_at,
        repeated=not written.new,
    )


def _turnstile() -> Turnstile:
    held = current_app.extensions
    return held.setdefault("sync_turns", Turnstile(AT_ONCE, max(settings().threads // 2 - AT_ONCE, 1)))
