"""Doubted readings expose nobody until a person decides; then every reading of the log follows."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest

from entry_service.core.times import day_start, kst_day
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.log import doubts, scans
from entry_service.store.sites import posters
from entry_service.usecases.cases.register_case import PlaceTold, register_case
from entry_service.usecases.cases.trace import passes_of, trace
from entry_service.usecases.doors.doubting import follow_entry
from entry_service.usecases.doors.poster_entry import check_out_poster
from entry_service.usecases.doors.queued import QueuedScan
from entry_service.usecases.doors.sync import sync
from entry_service.usecases.hotspots.extract import write_extract
from entry_service.usecases.sites.facility_day import read_day
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, POSTER, SECOND, open_door
from ..watching import DAY, NOW, OFFICER, by_poster, door_device, inside, said, shared, waiting


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind), daily_cap=100) as opened:
        yield opened


def traced(door, start=NOON - HOUR, end=NOON + HOUR, place=LIBRARY):
    told = PlaceTold(facility_id=place, start=start, end=end)
    case = register_case(
        door.services,
        number=f"군포-{next(door.numbers)}",
        onset=None,
        specimen_date=kst_day(NOON),
        places=[told],
        passes=[],
        now=NOW,
    ).case
    return trace(door.services, case.case_id, now=NOW, actor=OFFICER)


def test_nobody_is_exposed_by_a_doubted_reading_until_it_is_decided(door):
    phone = shared(door)
    door.scan(door.phone(), NOON, scan_id="other")
    [place] = traced(door).places
    assert (place.people, place.held) == (1, 1)
    assert [one.held for one in place.exposed if one.pid == phone.pid] == [True]
    said(door, "counts", "staff_saw", ["here"])
    [place] = traced(door).places
    assert (place.people, place.held) == (2, 0)
    [elsewhere] = traced(door, place=OFFICE).places
    assert (elsewhere.people, elsewhere.held) == (0, 1)  # the other end still waits
    said(door, "void", "shared_pass", ["here"])
    found = traced(door)
    assert (found.people, found.places[0].held) == (1, 0)
    assert phone.pid not in [one for _day, one, _why in passes_of(found, held=True)]


def test_what_is_void_counts_nowhere_and_counts_again_when_taken_back(door, tmp_path):
    phone = shared(door)
    door.scan(phone, NOON + 30 * MINUTE, "out", scan_id="left", place=OFFICE)

    def readings():
        day = read_day(door.services, OFFICE, kst_day(NOON), NOW)
        return sum(day.entered), inside(door, NOON + 5 * MINUTE), extracted()

    def extracted():
        folder = tmp_path / f"extract-{next(door.numbers)}"
        start = day_start(kst_day(NOON))
        write_extract(door.services, folder, as_of=NOW + DAY, start=start, end=start + DAY)
        return b"".join(path.read_bytes() for path in sorted((folder / "facility_hours").iterdir()))

    before = readings()
    assert before[0] == 1
    done = said(door, "void", "shared_pass", ["there"])
    assert (done.changed, done.left, done.asked) == (1, 0, 0)
    after = readings()
    assert (after[0], after[1]) == (0, 1)  # never elsewhere: still in the library
    assert after[2] != before[2]
    with door.services.store.read() as db:
        kept = scans.scans_between(db, OFFICE, NOON, NOON + HOUR, uncounted=True)
        assert [one.scan_id for one in kept] == ["there", "left"]  # the leaving goes with its entry, both stay
        assert scans.scans_between(db, OFFICE, NOON, NOON + HOUR) == []
    said(door, "reopened", "decided_wrongly", ["there"], NOW + MINUTE)
    assert readings() == before
    assert ("there", ("two_places",)) in waiting(door)


def test_a_reading_elsewhere_that_waits_ends_no_visit(door):
    phone = shared(door)
    door.scan(phone, NOON + 10 * MINUTE, "out", scan_id="left", place=OFFICE)
    said(door, "counts", "staff_saw", ["here"])

    def contacts():
        return traced(door, NOON + 30 * MINUTE, NOON + HOUR).people

    assert contacts() == 1
    said(door, "counts", "place_wrong", ["there"])
    assert contacts() == 0  # gone from the library, by what somebody has decided
    said(door, "void", "shared_pass", ["there"])
    assert contacts() == 1


def counted(door, place=OFFICE):
    with door.services.store.read() as db:
        return [one.scan_id for one in scans.scans_between(db, place, NOON, NOON + HOUR)]


def test_another_reason_for_a_void_brings_no_leaving_back(door):
    phone = shared(door)
    door.scan(phone, NOON + 30 * MINUTE, "out", scan_id="left", place=OFFICE)
    for why in ("shared_pass", "made_up", "shared_pass"):
        assert said(door, "void", why, ["there"]).changed == 1
        assert counted(door) == []
    said(door, "counts", "staff_saw", ["there"])
    assert counted(door) == ["there", "left"]


@pytest.mark.parametrize("late", [False, True])
def test_a_leaving_that_is_read_after_the_void_of_its_entry_is_void_with_it(door, late):
    phone = shared(door)
    said(door, "void", "shared_pass", ["there"], now=NOON + 5 * MINUTE)
    if late:
        left = QueuedScan(
            scan_id="left",
            text=phone.code(NOON + 30 * MINUTE),
            direction="out",
            scanned_at=NOON + 30 * MINUTE,
            gate="",
        )
        sync(door.services, door_device(OFFICE), [left], device_now=NOON + HOUR, now=NOON + HOUR)
    else:
        door.scan(phone, NOON + 30 * MINUTE, "out", scan_id="left", place=OFFICE)
    assert counted(door) == []
    assert (counted(door, LIBRARY), inside(door, NOON + 31 * MINUTE)) == (["here"], 1)
    said(door, "reopened", "decided_wrongly", ["there"])
    assert counted(door) == ["there", "left"]


def test_a_way_out_by_a_ticket_of_a_void_entry_is_void_with_it(door):
    door.services.store.write(lambda db: posters.set_copied(db, POSTER, NOON, "A-manager"))
    ticket = by_poster(door, 1, NOON)
    said(door, "void", "copied_poster", now=NOON + MINUTE)
    check_out_poster(door.services, ticket, scan_id="form-1-out", now=NOON + 9 * MINUTE)
    assert counted(door, LIBRARY) == []
    said(door, "counts", "site_confirmed", ["form-1"])
    assert counted(door, LIBRARY) == ["form-1", "form-1-out"]


def test_a_way_out_that_is_being_read_while_its_entry_becomes_void_is_void_with_it(door):
    phone = shared(door)
    appended, waited = Event(), Event()
    entry = door.row("there")
    left = replace(entry, scan_id="left", direction="out", scanned_at=NOON + 9 * MINUTE)

    def leave(db):
        one_at_a_time(db, phone.pid)  # as every door does before it appends
        kept, new = scans.append_scan(db, left)
        assert new
        follow_entry(db, kept)
        appended.set()
        waited.wait(0.5)

    with ThreadPoolExecutor(1) as pool:
        leaving = pool.submit(door.services.store.write, leave)
        assert appended.wait(5)
        said(door, "void", "shared_pass", ["there"])
        leaving.result()
    assert counted(door) == []


def test_a_way_out_by_a_ticket_while_its_entry_becomes_void_is_void_with_it(door, monkeypatch):
    door.services.store.write(lambda db: posters.set_copied(db, POSTER, NOON, "A-manager"))
    ticket = by_poster(door, 1, NOON)
    decided, waited, decide = Event(), Event(), doubts.decide

    def decide_slowly(*args, **facts):
        decide(*args, **facts)
        decided.set()
        waited.wait(0.5)

    monkeypatch.setattr(doubts, "decide", decide_slowly)
    with ThreadPoolExecutor(1) as pool:
        void = pool.submit(said, door, "void", "copied_poster", ["form-1"])
        assert decided.wait(5)
        check_out_poster(door.services, ticket, scan_id="form-1-out", now=NOON + 9 * MINUTE)
        void.result()
    assert counted(door, LIBRARY) == []


def test_a_replay_knows_only_what_was_decided_by_then(door):
    shared(door)
    said(door, "void", "shared_pass", ["there"], NOW)
    said(door, "counts", "staff_saw", ["there"], NOW + HOUR)

    def known_by(at):
        with door.services.store.read() as db:
            return [one.scan_id for one in scans.stream(db, NOON - HOUR, NOON + HOUR, at)]

    assert known_by(NOW - SECOND) == known_by(NOW + HOUR) == ["here", "there"]
    assert known_by(NOW) == known_by(NOW + HOUR - SECOND) == ["here"]
