"""Readings are doubted as they are appended, by what the log says against them; nothing is refused or changed."""

from dataclasses import replace

import pytest

from entry_service.core.closings import Closing
from entry_service.store.log import closings
from entry_service.store.log.doubts import Wanted
from entry_service.store.sites import facilities, posters
from entry_service.usecases.doors.limits import RULES, set_distancing
from entry_service.usecases.doors.poster_entry import check_out_poster
from entry_service.usecases.doors.queued import QueuedScan
from entry_service.usecases.doors.sync import sync
from entry_service.usecases.doors.undo import undo_scan
from entry_service.usecases.sites.closings import everyone_out
from entry_service.usecases.sites.watch import listed
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, SECOND, open_door
from ..watching import NOW, by_call, by_poster, door_device, shared, waiting


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind), daily_cap=100) as opened:
        yield opened


def test_a_pass_that_cannot_have_made_the_way_is_doubted_at_both_ends(door):
    shared(door)
    assert waiting(door) == [("here", ("two_places",)), ("there", ("two_places",))]
    [there, here] = listed(door.services, Wanted(), limit=9).readings
    assert [one.facility_id for one in (*here.besides, *there.besides)] == [OFFICE, LIBRARY]
    assert (door.row("here").flags, door.row("there").flags) == ((), ("two_places",))  # the log is not changed
    slow = door.phone()
    door.scan(slow, NOON, scan_id="slow-here")
    door.scan(slow, NOON + 10 * MINUTE, scan_id="slow-there", place=OFFICE)
    assert len(waiting(door)) == 2


@pytest.mark.parametrize("late", ["here", "there"])
def test_what_arrives_late_is_judged_by_when_it_was_read(door, late):
    phone = door.phone()
    moments = {"here": (NOON, LIBRARY), "there": (NOON + 4 * MINUTE, OFFICE)}
    for name, (at, place) in moments.items():
        if name != late:
            door.scan(phone, at, scan_id=name, place=place)
    at, place = moments[late]
    device = door_device(place)
    item = QueuedScan(scan_id=late, text=phone.code(at), direction="in", scanned_at=at, gate="정문")
    sync(door.services, device, [item, item], device_now=NOW, now=NOW)
    assert [scan_id for scan_id, _why in waiting(door)] == ["here", "there"]
    assert door.row(late).flags[:2] == ("late", "two_places")


def test_a_clock_that_is_wrong_tells_nothing_of_the_way(door):
    phone = door.phone()
    door.scan(phone, NOON, scan_id="here")
    item = QueuedScan(
        scan_id="there", text=phone.code(NOON + 2 * MINUTE), direction="in", scanned_at=NOON + 2 * MINUTE, gate=""
    )
    sync(door.services, door_device(OFFICE), [item], device_now=NOW - 10 * MINUTE, now=NOW)
    assert waiting(door) == []


def test_an_entry_long_outside_opening_hours_is_doubted_by_whatever_door(door):
    for number, (hours, minutes) in enumerate([(-6, 31), (-6, 30), (-5, 29), (11, 29), (11, 31)]):
        at = NOON + hours * HOUR + minutes * MINUTE
        phone = door.phone(now=at)
        door.scan(phone, at, "in", scan_id=f"scan-at-{number}")
    leaving = door.phone()
    door.scan(leaving, NOON + 11 * HOUR + 40 * MINUTE, "out", scan_id="leaving")
    assert waiting(door) == [("scan-at-4", ("outside_hours",))]
    by_poster(door, 1, NOON + 11 * HOUR + 45 * MINUTE)
    assert waiting(door)[1] == ("form-1", ("outside_hours",))


@pytest.mark.parametrize("behind", [9 * HOUR, -9 * HOUR])
def test_a_clock_that_is_hours_off_puts_no_afternoon_outside_opening_hours(door, behind):
    phone, read = door.phone(), NOON + 3 * HOUR
    item = QueuedScan(
        scan_id="afternoon", text=phone.code(read), direction="in", scanned_at=read - behind, gate="정문"
    )
    sync(door.services, door_device(LIBRARY), [item], device_now=NOW - behind, now=NOW)
    assert {"outside_hours", "clock_skew"} <= set(door.row("afternoon").flags)
    assert waiting(door) == []


def test_an_entry_that_no_staff_saw_after_everyone_was_sent_out_is_doubted(door):
    closing = Closing(
        closing_id="c", facility_id=LIBRARY, zone="", closed_at=NOON, received_at=NOON, closed_by="D-1"
    )
    door.services.store.write(lambda db: closings.add(db, closing))
    by_poster(door, 1, NOON + 9 * MINUTE)
    by_poster(door, 2, NOON + 11 * MINUTE)
    door.scan(door.phone(), NOON + 20 * MINUTE)
    by_poster(door, 3, NOON + 21 * MINUTE)
    assert waiting(door) == [("form-2", ("after_closing",))]


@pytest.mark.parametrize("last", ["here", "there"])
def test_a_reading_by_a_wrong_clock_hides_no_contradiction(door, last):
    """One at the library, one by a wrong clock there too, and one far away: the first and the last are doubted."""
    phone = door.phone()
    real = {"here": (NOON, LIBRARY), "there": (NOON + 2 * MINUTE, OFFICE)}
    first = next(name for name in real if name != last)
    for name in (first, "wrong", last):
        if name == "wrong":
            at = NOON + MINUTE
            item = QueuedScan(scan_id=name, text=phone.code(at), direction="in", scanned_at=at, gate="")
            sync(door.services, door_device(LIBRARY), [item], device_now=NOW + HOUR, now=NOW)
            assert "clock_skew" in door.row(name).flags
        else:
            door.scan(phone, real[name][0], scan_id=name, place=real[name][1])
    assert [scan_id for scan_id, _why in waiting(door)] == ["here", "there"]


def test_an_entry_where_the_level_lets_nobody_in_is_doubted_by_whatever_door(door):
    """From half an hour after the level began until it ends; late ones are judged by the level of their time."""
    rule = next(one for one in RULES if one.kind == "closed" and one.category)
    club = replace(door.services.facility(LIBRARY), category=rule.category)
    door.services.store.write(lambda db: facilities.update_facility(db, club))
    late = door.phone()
    phones = [door.phone() for _ in range(4)]
    set_distancing(door.services, rule.scheme, rule.level, by="A-1", now=NOON)
    door.scan(phones[0], NOON + 29 * MINUTE, "in", scan_id="soon")
    door.scan(phones[1], NOON + 31 * MINUTE, "in", scan_id="read")
    door.scan(phones[1], NOON + 40 * MINUTE, "out", scan_id="left")
    by_poster(door, 1, NOON + 41 * MINUTE)
    set_distancing(door.services, "", "", by="A-1", now=NOON + HOUR)
    door.scan(phones[2], NOON + 61 * MINUTE, "in", scan_id="open-again")
    items = [
        QueuedScan(scan_id=name, text=late.code(at), direction="in", scanned_at=at, gate="")
        for name, at in (("late-before", NOON - MINUTE), ("late-within", NOON + 50 * MINUTE))
    ]
    sync(door.services, door_device(LIBRARY), items, device_now=NOW, now=NOW)
    assert waiting(door) == [(name, ("closed",)) for name in ("read", "form-1", "late-within")]


def test_staff_whose_reading_was_undone_prove_nothing(door):
    everyone_out(door.services, LIBRARY, "", closing_id="c", closed_by="D-1", closed_at=NOON, now=NOON)
    door.scan(door.phone(), NOON + 12 * MINUTE, scan_id="seen")
    then = NOON + 13 * MINUTE
    undo_scan(door.services, door_device(LIBRARY), "seen", undone_at=then, now=then)
    by_poster(door, 1, NOON + 14 * MINUTE)
    assert waiting(door) == [("form-1", ("after_closing",))]


def test_everyone_out_that_is_told_late_doubts_the_entries_since(door):
    by_poster(door, 1, NOON + 9 * MINUTE)
    by_poster(door, 2, NOON + 11 * MINUTE)
    leaving = by_poster(door, 3, NOON + 12 * MINUTE)
    check_out_poster(door.services, leaving, scan_id="form-3-out", now=NOON + 13 * MINUTE)
    door.scan(door.phone(), NOON + 20 * MINUTE)
    by_poster(door, 4, NOON + 21 * MINUTE)
    told = {"closed_by": "D-1", "closed_at": NOON, "now": NOON + HOUR}
    everyone_out(door.services, LIBRARY, "Z-1", closing_id="zone", **told)
    assert waiting(door) == []
    for _twice in range(2):
        everyone_out(door.services, LIBRARY, "", closing_id="c", **told)
        assert waiting(door) == [("form-2", ("after_closing",)), ("form-3", ("after_closing",))]


def test_an_entry_by_a_poster_that_was_replaced_is_doubted(door):
    door.services.store.write(lambda db: posters.retire(db, LIBRARY, NOON))
    by_poster(door, 1, NOON + 23 * HOUR)
    by_poster(door, 2, NOON + 24 * HOUR)
    assert waiting(door) == [("form-2", ("retired_poster",))]


def test_more_calls_in_a_minute_than_a_door_lets_in_are_a_burst_from_the_first_on(door):
    callable_ = replace(door.services.facility(LIBRARY), call_number="0800000001", capacity=100)
    door.services.store.write(lambda db: facilities.update_facility(db, callable_))
    for number in range(10):
        by_call(door, number, NOON + number * SECOND)
    assert waiting(door) == []
    for number in range(10, 13):
        by_call(door, number, NOON + number * SECOND)
    by_call(door, 13, NOON + 61 * SECOND)
    assert waiting(door) == [(f"call:{number}", ("burst",)) for number in range(13)]
