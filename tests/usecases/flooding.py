"""Floods of poster entries at the library, for tests."""

from dataclasses import replace
from datetime import timedelta

from entry_service.core.actors import Actor
from entry_service.core.flood import WHY
from entry_service.core.model import Scan
from entry_service.store.log import scans
from entry_service.store.sites import facilities
from entry_service.usecases.doors.log_scan import inside_now
from entry_service.usecases.doors.quarantine import append_watched, decide, floods

from .door import HOUR, LIBRARY, NOON

MANAGER = Actor(account_id="A-manager", role="manager")


def resize(door, capacity, **facts):
    facility = replace(door.services.facility(LIBRARY), capacity=capacity, **facts)
    door.services.store.write(lambda db: facilities.update_facility(db, facility))


def fake(door, number, at, *, party_size=1, facility_id=LIBRARY, **facts):
    """Append an unverified poster entry as the form does after the deposit."""
    scan = Scan(
        scan_id=f"fake-{number:05}",
        facility_id=facility_id,
        pid=(10**9 + number).to_bytes(8, "big"),
        direction="in",
        source="poster",
        confidence="low",
        scanned_at=at,
        received_at=at,
        party_size=party_size,
        flags=("unverified",),
    )
    return append_watched(door.services, replace(scan, **facts), door.services.facility(facility_id))


def flood(door, count, start, seconds, first=0):
    for number in range(count):
        fake(door, first + number, start + timedelta(seconds=seconds * number / count))


def inside(door, at):
    return inside_now(door.services, door.services.facility(LIBRARY), at)


def spells(door, now=NOON + HOUR):
    return [(one.started_at, one.ended_at, one.decision, one.held) for one in floods(door.services, LIBRARY, now)]


def decided(door, decision, now, **facts):
    [one] = floods(door.services, LIBRARY, now)
    asked = {
        "why": WHY.get(decision, ("made_up",))[0],
        "actor": MANAGER,
        "facility_id": LIBRARY,
        "now": now,
        **facts,
    }
    return decide(door.services, one.quarantine_id, decision, **asked)


def counted(door, start=NOON - HOUR, end=NOON + 2 * HOUR):
    with door.services.store.read() as db:
        return scans.scans_between(db, LIBRARY, start, end)


def every(door):
    with door.services.store.read() as db:
        return scans.scans_between(db, LIBRARY, NOON - HOUR, NOON + 2 * HOUR, refused=True, uncounted=True)
