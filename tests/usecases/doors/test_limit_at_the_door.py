"""The limit at the door: refused and logged, admitted by the manager, and never one too many at two doors."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from entry_service.core.errors import BadInput, NotAllowed, ScanConflict
from entry_service.core.model import Device
from entry_service.store.sites import facilities
from entry_service.usecases.doors.check_in import FacilityFull, check_in_pass
from entry_service.usecases.doors.log_scan import inside_now
from entry_service.usecases.doors.pins import WrongPin, set_pin
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, SECOND, open_door

PIN = "271828"


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


def fill(door, people=4):
    """Let four in, which is the limit."""
    return [door.scan(door.phone(), scan_id=f"inside-{n}") for n in range(people)]


def inside(door, now=NOON):
    return inside_now(door.services, door.services.facility(LIBRARY), now)


def test_at_the_limit_a_visitor_is_refused_and_the_refusal_is_a_row(door):
    told = fill(door)
    assert [(answer.occupancy, answer.limit) for answer in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (told[0].crowding, told[3].crowding) == ("relaxed", "full")
    phone = door.phone()
    for _ in range(2):  # sent again: refused again, one row
        with pytest.raises(FacilityFull) as refused:
            door.scan(phone, scan_id="one-too-many")
        assert refused.value.facts == {"occupancy": 4, "limit": 4}
    row = door.row("one-too-many")
    assert (row.outcome, row.pid, row.direction) == ("facility_full", phone.pid, "in")
    assert len(door.log()) == 5
    assert inside(door) == 4


def test_a_refusal_stays_a_refusal_when_there_is_room_again(door):
    phones = [door.phone() for _ in range(5)]
    for phone in phones[:4]:
        door.scan(phone)
    with pytest.raises(FacilityFull):
        door.scan(phones[4], scan_id="refused-1")
    door.scan(phones[0], NOON + 10 * MINUTE, "out")
    with pytest.raises(FacilityFull):
        door.scan(phones[4], scan_id="refused-1", now=NOON + 10 * MINUTE)
    assert door.scan(phones[4], NOON + 10 * MINUTE, scan_id="another-try").outcome == "accepted"


def test_an_acceptance_stays_one_when_it_is_full(door):
    phone = door.phone()
    first = door.scan(phone, scan_id="the-first")
    fill(door, 3)
    again = door.scan(phone, scan_id="the-first")
    assert (again.outcome, again.flags, again.repeated) == (first.outcome, first.flags, True)
    with pytest.raises(ScanConflict):
        door.scan(door.phone(), scan_id="the-first")


def test_who_leaves_or_is_inside_is_never_refused(door):
    phones = [door.phone() for _ in range(4)]
    for phone in phones:
        door.scan(phone)
    assert door.scan(phones[0], NOON + MINUTE).flags == ("duplicate", "unverified")
    assert door.scan(phones[1], NOON + 10 * MINUTE).direction == "out"
    assert door.scan(door.phone(), NOON + 10 * MINUTE, "out").outcome == "accepted"  # came by another door


def test_a_party_counts_whole(door):
    door.scan(door.phone(), party_size=3, children=2)
    with pytest.raises(FacilityFull):
        door.scan(door.phone(), party_size=2)
    answer = door.scan(door.phone(), scan_id="the-last-one", party_size=1)
    assert answer.occupancy == 4
    assert (door.log()[0].party_size, door.log()[0].children) == (3, 2)


@pytest.mark.parametrize(("people", "children"), [(0, 0), (21, 0), (-1, 0), (2, 2), (1, 1), (3, -1)])
def test_a_party_without_an_adult_or_of_a_busload_is_refused(door, people, children):
    with pytest.raises(BadInput):
        door.scan(door.phone(), party_size=people, children=children)
    assert door.log() == []


def test_the_manager_admits_beyond_the_limit_and_the_row_says_so(door):
    set_pin(door.services, LIBRARY, PIN, NOON)
    fill(door)
    answer = door.scan(door.phone(), scan_id="overridden", admit="override", pin=PIN)
    assert (answer.outcome, answer.flags, answer.occupancy) == ("accepted", ("full", "override", "unverified"), 5)
    row = door.row("overridden")
    assert (row.flags, row.device_id) == (("full", "override"), "D-1")


def test_an_override_where_there_is_room_is_an_ordinary_entry(door):
    set_pin(door.services, LIBRARY, PIN, NOON)
    assert door.scan(door.phone(), admit="override", pin=PIN).flags == ("unverified",)


@pytest.mark.parametrize("pin", ["", "271829", "27182", "２７１８２８x"])
def test_without_the_right_pin_nothing_is_logged(door, pin):
    set_pin(door.services, LIBRARY, PIN, NOON)
    fill(door)
    with pytest.raises(WrongPin):
        door.scan(door.phone(), admit="override", pin=pin)
    assert len(door.log()) == 4


def test_a_gate_cannot_override(door):
    set_pin(door.services, LIBRARY, PIN, NOON)
    gate = Device(device_id="D-9", facility_id=LIBRARY, name="문", profile="gate")
    facts = {"scan_id": "at-the-gate", "text": door.phone().code(NOON), "gate": "", "direction": "in"}
    with pytest.raises(NotAllowed):
        check_in_pass(door.services, gate, scanned_at=NOON, now=NOON, admit="override", pin=PIN, **facts)
    assert door.log() == []


def test_a_crowd_whose_count_is_a_moment_old_does_not_pass_the_limit(door):
    """All within one moment: between what was counted and the limit there is room for 80 people and no more."""
    changed = replace(door.services.facility(LIBRARY), capacity=400)
    door.services.store.write(lambda db: facilities.update_facility(db, changed))
    for n in range(16):
        door.scan(door.phone(), scan_id=f"busload-{n}", party_size=20, children=0)
    for n in range(4):
        door.scan(door.phone(), scan_id=f"late-busload-{n}", party_size=20, children=0)
    with pytest.raises(FacilityFull):
        door.scan(door.phone(), scan_id="one-too-many")
    assert inside(door) == 400


@pytest.mark.parametrize("capacity", [4, 70])
def test_two_doors_at_the_last_place_do_not_both_admit(door, capacity):
    """Forty visitors at once at eight doors for the last few places; far from the limit and near it."""
    changed = replace(door.services.facility(LIBRARY), capacity=capacity)
    door.services.store.write(lambda db: facilities.update_facility(db, changed))
    before = capacity - 3
    if before > 20:
        for n in range(before // 20):
            door.scan(door.phone(), scan_id=f"busload-{n}", party_size=20, children=0)
        before %= 20
    if before:
        door.scan(door.phone(), scan_id="the-others", party_size=before)
    phones = [door.phone() for _ in range(40)]

    def enter(number):
        try:
            return door.scan(phones[number], scan_id=f"visitor-{number}").outcome
        except FacilityFull as refused:
            return refused.code

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(enter, range(40)))
    assert (told.count("accepted"), told.count("facility_full")) == (3, 37)
    assert inside(door) == capacity
    assert sum(row.outcome == "facility_full" for row in door.log()) == 37


def test_whoever_has_gone_by_the_usual_stay_takes_no_place(door):
    phones = [door.phone() for _ in range(4)]
    for phone in phones:
        door.scan(phone)
    later = NOON + 3 * HOUR
    assert door.scan(door.phone(), later).occupancy == 1
    for phone in phones[:3]:  # they come again, and count as coming
        door.scan(phone, later + SECOND, "in")
    with pytest.raises(FacilityFull):
        door.scan(phones[3], later + 2 * SECOND, "in")
