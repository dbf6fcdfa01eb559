"""Doubted readings at the door of two facilities, and what an officer decides about them, for tests."""

from datetime import timedelta

from entry_service.core.actors import Actor
from entry_service.core.model import Device
from entry_service.store.log.doubts import Wanted
from entry_service.usecases.doors.call_in import Call, log_call
from entry_service.usecases.doors.issue_pass import Person
from entry_service.usecases.doors.log_scan import inside_now
from entry_service.usecases.doors.poster_entry import check_in_poster
from entry_service.usecases.sites.watch import decide, listed
from tests.databases import databases, kind  # noqa: F401

from .door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, POSTER

DAY = timedelta(days=1)
OFFICER = Actor(account_id="A-officer", role="officer")
NOW = NOON + 5 * HOUR


def waiting(door, **wanted):
    """Return (scan_id, reasons) of what waits, the oldest first."""
    found = listed(door.services, Wanted(**wanted), limit=500).readings
    return [(one.scan_id, one.reasons) for one in reversed(found)]


def said(door, decision, why, chosen=None, now=NOW, **seen):
    wanted = Wanted() if chosen is None else chosen
    return decide(door.services, wanted, decision=decision, why=why, actor=OFFICER, now=now, **seen)


def inside(door, at, place=LIBRARY):
    return inside_now(door.services, door.services.facility(place), at)


def by_poster(door, number, at, poster=POSTER):
    person = Person(name="시험방문자", phone=f"010-0000-{3_000 + number}", residence="경기도 군포시")
    form = {"scan_id": f"form-{number}", "party_size": 1, "now": at, "random": door.random}
    return check_in_poster(door.services, poster, person, **form)


def by_call(door, number, at):
    call = Call(
        call_id=f"{number}",
        facility_number="080-000-0001",
        caller=f"010-0000-{4_000 + number}",
        called_at=at,
    )
    return log_call(door.services, call, now=at, random=door.random)


def shared(door):
    """Let one pass be read at the library and, two minutes later, 5.6 km further north; return it."""
    phone = door.phone()
    door.scan(phone, NOON, scan_id="here")
    door.scan(phone, NOON + 2 * MINUTE, scan_id="there", place=OFFICE)
    return phone


def door_device(place):
    return Device(device_id="D-1", facility_id=place, name="정문")
