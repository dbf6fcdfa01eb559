"""Queued items: kept once whatever happens on the way, judged by their own time, none spoiled by another."""

import pytest

from entry_service.core.errors import NotAllowed, NotFound, ScanConflict
from entry_service.core.model import Device
from entry_service.usecases.doors.check_in import FacilityFull
from entry_service.usecases.doors.log_scan import inside_now
from entry_service.usecases.doors.queued import QueuedRefusal
from entry_service.usecases.doors.sync import QueuedUndo
from entry_service.usecases.doors.undo import Undone
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, SECOND, open_door
from ..queued_items import LATER, item, send


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


def rows(door):
    return {row.scan_id: row for row in door.log()}


def inside(door, now=LATER):
    return inside_now(door.services, door.services.facility(LIBRARY), now)


def test_what_was_queued_is_logged_by_its_own_time_and_says_that_it_came_late(door):
    phone = door.phone()
    [told] = send(door, item(phone, party_size=3, children=1))
    assert (told.new, told.refusal) == (True, None)
    row = door.row("scan-one")
    assert (row.scanned_at, row.received_at, row.pid) == (NOON, LATER, phone.pid)
    assert (row.flags, row.gate, row.party_size, row.children) == (("late",), "정문", 3, 1)


def test_the_same_items_again_are_the_same_answers(door):
    phones = [door.phone() for _ in range(3)]
    items = [item(phone, f"scan-{n}-x") for n, phone in enumerate(phones)]
    first = send(door, *items)
    again = send(door, *reversed(items), *items, now=LATER + HOUR, device_now=LATER + 9 * HOUR)
    assert [one.new for one in again] == [False] * 6
    assert [one.scan for one in again[3:]] == [one.scan for one in first]
    assert len(door.log()) == 3


def test_the_same_item_twice_in_one_batch_is_one_row(door):
    one = item(door.phone())
    first, second = send(door, one, one)
    assert (first.new, second.new) == (True, False)
    assert first.scan == second.scan


def test_a_scan_that_was_answered_live_is_no_second_row_when_it_is_sent_again(door):
    phone = door.phone()
    live = door.scan(phone, scan_id="scan-one", direction="in")
    [told] = send(door, item(phone))
    assert (told.new, told.scan.flags, live.flags) == (False, (), ("unverified",))
    again = door.scan(phone, scan_id="scan-one", direction="in", now=LATER)
    assert again.repeated
    assert len(door.log()) == 1


def test_another_reading_under_the_same_id_is_a_conflict_and_the_first_stays(door):
    phone = door.phone()
    send(door, item(phone))
    others = [
        item(door.phone()),
        item(phone, at=NOON + SECOND),
        item(phone, party_size=2),
        item(phone, direction="out"),
        item(phone, text="https://example.kr/"),
        QueuedRefusal(scan_id="scan-one", code="pass_malformed", scanned_at=NOON, text="x"),
    ]
    told = send(door, *others)
    assert all(isinstance(one, ScanConflict) for one in told)
    assert [row.pid for row in door.log()] == [phone.pid]


def test_one_bad_item_spoils_no_other(door):
    good, bad = item(door.phone(), "good-scan"), item(door.phone(), "bad-scan", party_size=2, children=2)
    told = send(door, bad, good, QueuedUndo(scan_id="unknown", undone_at=NOON))
    assert (told[0].code, told[1].new) == ("bad_input", True)
    assert isinstance(told[2], NotFound)
    assert set(rows(door)) == {"good-scan"}


def test_a_code_that_was_over_is_a_refused_row(door):
    phone = door.phone()
    old = item(phone, text=phone.code(NOON - 10 * MINUTE))
    for _ in range(2):
        [told] = send(door, old)
        assert told.refusal.code == "pass_expired"
    row = door.row("scan-one")
    assert (row.outcome, row.pid) == ("pass_expired", phone.pid)
    assert len(door.log()) == 1


@pytest.mark.parametrize("code", ["pass_malformed", "pass_expired", "card_revoked"])
def test_what_the_device_refused_is_a_refused_row(door, code):
    phone = door.phone()
    refusal = QueuedRefusal(scan_id="scan-one", code=code, scanned_at=NOON, text=phone.code(NOON - HOUR))
    assert [one.new for one in send(door, refusal) + send(door, refusal)] == [True, False]
    row = door.row("scan-one")
    assert (row.outcome, row.pid, row.scanned_at) == (code, phone.pid, NOON)
    assert inside(door) == 0


def test_a_reason_that_is_none_is_no_row(door):
    [told] = send(door, QueuedRefusal(scan_id="scan-one", code="accepted", scanned_at=NOON))
    assert told.facts == {"field": "code"}
    assert door.log() == []


def test_over_the_limit_it_is_flagged_and_never_refused(door):
    told = send(door, *(item(door.phone(), f"scan-{n}-x") for n in range(6)), now=NOON + MINUTE)
    assert ["full" in one.scan.flags for one in told] == [False] * 4 + [True] * 2
    assert all(one.refusal is None for one in told)
    assert inside(door, NOON + MINUTE) == 6


def test_hours_later_nobody_of_the_queue_takes_a_place(door):
    told = send(door, *(item(door.phone(), f"scan-{n}-x") for n in range(6)))
    assert not any("full" in one.scan.flags for one in told)
    assert inside(door) == 0


def test_who_was_refused_and_came_in_because_nobody_heard_it_is_in_the_log(door):
    """The refusal was written, its answer was lost, and the device let the visitor in by its own word."""
    for n in range(4):
        door.scan(door.phone(), scan_id=f"inside-{n}")
    phone = door.phone()
    with pytest.raises(FacilityFull):
        door.scan(phone, scan_id="scan-one", direction="in")
    for new in (True, False):
        [told] = send(door, item(phone), now=NOON + MINUTE)
        assert (told.new, told.refusal, told.scan.flags) == (new, None, ("full",))
    assert [row.outcome for row in door.log()].count("facility_full") == 1
    assert inside(door, NOON + MINUTE) == 5
    [undone] = send(door, QueuedUndo(scan_id="scan-one", undone_at=NOON + MINUTE), now=NOON + 2 * MINUTE)
    assert isinstance(undone, Undone)
    assert inside(door, NOON + 2 * MINUTE) == 4


def test_an_undoing_in_the_queue_is_judged_by_the_times_of_the_device(door):
    phone, other = door.phone(), door.phone()
    told = send(
        door,
        item(phone, "mistaken", NOON + 5 * HOUR + 30 * MINUTE),
        QueuedUndo(scan_id="mistaken", undone_at=NOON + 5 * HOUR + 31 * MINUTE),
        item(other, "right-one", NOON + 5 * HOUR + 30 * MINUTE),
        QueuedUndo(scan_id="right-one", undone_at=NOON + 5 * HOUR + 41 * MINUTE),
    )
    assert isinstance(told[1], Undone)
    assert told[3].code == "undo_too_late"
    assert inside(door) == 1
    assert send(door, QueuedUndo(scan_id="mistaken", undone_at=NOON + 5 * HOUR + 31 * MINUTE))[0].repeated


def test_a_kiosk_undoes_nothing_by_way_of_its_queue(door):
    kiosk = Device(device_id="D-K", facility_id=LIBRARY, name="키오스크", profile="kiosk")
    told = send(door, item(door.phone()), QueuedUndo(scan_id="scan-one", undone_at=NOON + MINUTE), device=kiosk)
    assert told[0].new
    assert isinstance(told[1], NotAllowed)


def test_a_queue_goes_on_after_its_browser_was_enrolled_anew(door):
    items = [item(door.phone(), f"scan-{n}-x") for n in range(4)]
    send(door, *items[:2])  # acknowledged, but the answer was lost; then the device was revoked and enrolled anew
    again = Device(device_id="D-NEW", facility_id=LIBRARY, name="정문")
    assert [one.new for one in send(door, *items, device=again)] == [False, False, True, True]
    assert {row.device_id for row in door.log()} == {"D-1", "D-NEW"}


def test_the_queue_of_another_facility_is_a_conflict_not_a_repeat(door):
    one = item(door.phone())
    send(door, one)
    [told] = send(door, one, device=Device(device_id="D-9", facility_id=OFFICE, name="정문"))
    assert isinstance(told, ScanConflict)
