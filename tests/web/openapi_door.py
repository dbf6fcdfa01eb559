"""The door's operations for test_openapi.py: a body of each, and how to bring about what only they refuse."""

import os
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from entry_service import passwords
from entry_service.core.model import Device
from entry_service.store.log import purged
from entry_service.store.sites import devices, facilities
from entry_service.usecases.doors import cards
from entry_service.usecases.doors.check_in import check_in_pass
from entry_service.usecases.doors.paper_contact import SlipContact
from entry_service.web.door import sync_api
from entry_service.web.frame.sessions import token_hash

from .camera import phone_with_pass

SCAN_ID = str(UUID(int=1))
BODIES = {
    "door_api.new_look": lambda now: {"text": "EPC1", "scanned_at": now},
    "door_api.undo": lambda now: {"undone_at": now},
    "door_api.pin": lambda now: {"pin": "000000"},
    "door_api.close": lambda now: {"closing_id": "closing-1", "closed_at": now},
    "sync_api.upload": lambda now: {"items": []},
    "tally_api.tell": lambda now: {"since": now, "until": now, "minutes": [[26639040, 3]]},
    "slip_api.new_slip": lambda now: {
        "scan_id": SCAN_ID,
        "number": "12",
        "scanned_at": now,
        "direction": "in",
        "contact": {"phone": "010-0000-1234", "residence": "군포시"},
    },
}


def scanned(caller, **more):
    """Return the body of a scan of a real pass."""
    now = caller.clock()
    return caller.body(text=phone_with_pass(caller.services, now).code(now), scanned_at=now.isoformat(), **more)


def facility_full(caller):
    changed = replace(caller.services.facility("GP-001"), capacity=0)
    caller.services.store.write(lambda db: facilities.update_facility(db, changed))
    return caller.call(body=scanned(caller))


def wrong_pin(caller):
    return caller.call(body=scanned(caller, admit="override", pin="000000"))


def undo_too_late(caller):
    now = caller.clock()
    facts = {"scan_id": SCAN_ID, "text": phone_with_pass(caller.services, now).code(now), "gate": ""}
    device = Device(device_id="D-GP-001", facility_id="GP-001", name="정문")
    check_in_pass(caller.services, device, direction="in", scanned_at=now, now=now, **facts)
    caller.clock.passes(minutes=11)
    return caller.call()


def closing_conflict(caller):
    caller.call()
    other = Device(device_id="D-9", facility_id="GP-002", name="후문")
    caller.services.store.write(lambda db: devices.add(db, other, token_hash("another-door"), caller.clock()))
    return caller.call(headers={"Authorization": "Bearer another-door"})


def too_many_typed_codes(caller):
    for number in range(20):
        own = {} if caller.known.endpoint == "door_api.new_look" else {"scan_id": str(UUID(int=9 + number))}
        caller.call(body=caller.body(text=f"AAAAA{number:05}", **own))
    return caller.call(body=caller.body(text="AAAAAAAAAA"))


def too_many_pins(caller):
    with passwords._turn(), passwords._turn():  # as many at once as there may be
        return caller.call()


def too_many_batches(caller):
    with caller.app.test_request_context():
        turnstile = sync_api._turnstile()
    with ExitStack() as all_turns:
        while turnstile._inside.acquire(blocking=False):
            all_turns.callback(turnstile._inside.release)
        return caller.call()


def too_old(caller):
    """Call about a day that was destroyed meanwhile."""
    scan = caller.known.endpoint == "api.new_scan"
    body = scanned(caller) if scan else caller.body()
    if caller.known.endpoint == "calls.new_call":
        caller.take_calls()
    caller.clock.passes(days=2)
    caller.services.store.write(lambda db: purged.move_mark(db, caller.clock() - timedelta(days=1)))
    return caller.call(body=body)


def log_closed(caller):
    caller.services.store._writer.close()
    return caller.call()


def slip_conflict(caller):
    caller.call()
    return caller.call(body=caller.body(number="13"))


def card_revoked(caller):
    now, random = caller.clock(), os.urandom
    contact = SlipContact(safety_code="12가34나")
    card = cards.issue(caller.services, "GP-001", contact, form_id="form", now=now, random=random)
    cards.revoke(caller.services, "GP-001", card.card_id, now=now)
    return caller.call(body=caller.body(text=card.text))


TOO_OLD = ("api.new_scan", "door_api.close", "slip_api.new_slip", "calls.new_call")
WAYS = {
    **{(endpoint, "too_old"): too_old for endpoint in TOO_OLD},
    ("api.new_scan", "card_unknown"): lambda caller: caller.call(body=caller.body(text="EPK1" + "0" * 16)),
    ("api.new_scan", "card_revoked"): card_revoked,
    ("slip_api.new_slip", "scan_conflict"): slip_conflict,
    ("api.new_scan", "facility_full"): facility_full,
    ("api.new_scan", "wrong_pin"): wrong_pin,
    ("api.new_scan", "too_many"): too_many_typed_codes,
    ("door_api.new_look", "too_many"): too_many_typed_codes,
    ("door_api.new_look", "unavailable"): log_closed,
    ("door_api.undo", "undo_too_late"): undo_too_late,
    ("door_api.undo", "not_found"): lambda caller: caller.call(),
    ("door_api.undo", "unavailable"): log_closed,
    ("door_api.pin", "wrong_pin"): lambda caller: caller.call(),
    ("door_api.pin", "too_many"): too_many_pins,
    ("door_api.pin", "unavailable"): log_closed,
    ("door_api.close", "closing_conflict"): closing_conflict,
    ("door_api.close", "not_found"): lambda caller: caller.call(body=caller.body(zone="Z-of-nobody")),
    ("door_api.close", "unavailable"): log_closed,
    ("sync_api.upload", "unavailable"): log_closed,
    ("tally_api.tell", "unavailable"): log_closed,
    ("sync_api.upload", "too_many"): too_many_batches,
}
