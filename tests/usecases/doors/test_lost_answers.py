"""A write that was told to have failed may be durable: the wait ended, the disk did not. The repeat puts it right.

Who is inside is kept in memory beside the log on SQLite; here every door's first try is written and answered with
``Unavailable``, as the writer does when its patience is over.
"""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from entry_service.core.errors import Unavailable
from entry_service.core.model import Device
from entry_service.store.sites import facilities
from entry_service.usecases.doors.call_in import Call, log_call
from entry_service.usecases.doors.log_scan import inside_now
from entry_service.usecases.doors.paper_contact import SlipContact
from entry_service.usecases.doors.poster_entry import check_in_poster, check_out_poster
from entry_service.usecases.doors.slip import log_slip
from entry_service.usecases.doors.undo import undo_scan
from tests.databases import databases, kind  # noqa: F401

from ..door import LIBRARY, MINUTE, NOON, PERSON, POSTER, open_door
from ..queued_items import item, send

DEVICE = Device(device_id="D-1", facility_id=LIBRARY, name="정문")
NUMBER = "0800390001"


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        called = replace(opened.services.facility(LIBRARY), call_number=NUMBER)
        opened.services.store.write(lambda db: facilities.update_facility(db, called))
        yield opened


@contextmanager
def answers_lost(door, monkeypatch):
    """Let the log write everything and tell nobody."""
    store = type(door.services.store)
    real = store.write

    def write(own, fn):
        done = real(own, fn)
        if own is door.services.store:
            raise Unavailable(reason="timeout")
        return done

    with monkeypatch.context() as patched:
        patched.setattr(store, "write", write)
        yield


def inside(door, now=NOON):
    return inside_now(door.services, door.services.facility(LIBRARY), now)


def by_scan(door):
    phone = door.phone()
    return lambda: door.scan(phone, scan_id="one", direction="in")


def by_queue(door):
    one = item(door.phone(), "scan-one")
    return lambda: send(door, one, now=NOON)


def by_slip(door):
    typed = SlipContact(phone="010-0000-1234", residence="군포시")
    facts = {"scan_id": "slip-one", "number": "1", "scanned_at": NOON, "direction": "in", "contact": typed}
    return lambda: log_slip(door.services, DEVICE, **facts, now=NOON, random=door.random)


def by_poster(door):
    facts = {"scan_id": "poster-one", "party_size": 1, "now": NOON, "random": door.random}
    return lambda: check_in_poster(door.services, POSTER, PERSON, **facts)


def by_call(door):
    call = Call(call_id="exchange-1", facility_number=NUMBER, caller="010-0000-1234", called_at=NOON)
    return lambda: log_call(door.services, call, now=NOON, random=door.random)


@pytest.mark.parametrize("way", [by_scan, by_queue, by_slip, by_poster, by_call])
def test_whoever_came_in_without_an_answer_is_inside_when_it_is_asked_for_again(door, monkeypatch, way):
    enters = way(door)
    with answers_lost(door, monkeypatch), pytest.raises(Unavailable):
        enters()
    assert len(door.log()) == 1
    enters()
    assert (len(door.log()), inside(door)) == (1, 1)
    enters()
    assert inside(door) == 1


def test_an_undoing_and_a_leaving_without_an_answer_are_followed_when_they_are_said_again(door, monkeypatch):
    door.scan(door.phone(), scan_id="one", direction="in")
    ticket = by_poster(door)()
    assert inside(door) == 2
    for again in (
        lambda: undo_scan(door.services, DEVICE, "one", undone_at=NOON + MINUTE, now=NOON + MINUTE),
        lambda: check_out_poster(door.services, ticket, scan_id="poster-one-out", now=NOON + MINUTE),
    ):
        with answers_lost(door, monkeypatch), pytest.raises(Unavailable):
            again()
        again()
    assert inside(door, NOON + 2 * MINUTE) == 0


def test_a_scan_that_was_undone_is_not_let_in_again_by_its_repeat(door, monkeypatch):
    enters = by_scan(door)
    with answers_lost(door, monkeypatch), pytest.raises(Unavailable):
        enters()
    undo_scan(door.services, DEVICE, "one", undone_at=NOON + MINUTE, now=NOON + MINUTE)
    enters()
    assert inside(door, NOON + MINUTE) == 0


@pytest.mark.parametrize("age", [0, 5])
def test_what_stops_the_write_stops_a_refused_scan_too(door, age):
    """The short way asks there whether the device was revoked: then nothing of it is logged, no refusal either."""
    phone = door.phone()

    def revoked(db):
        raise LookupError

    with pytest.raises(LookupError):
        door.scan(phone, text=phone.code(NOON - age * MINUTE), before_writing=revoked)
    assert door.log() == []
