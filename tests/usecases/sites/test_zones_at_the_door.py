"""Doors to zones: entering one leaves the one before, each has a limit of its own, everyone out empties them."""

import pytest

from entry_service.core.model import Device
from entry_service.usecases.doors.check_in import FacilityFull, check_in_pass
from entry_service.usecases.doors.limits import set_distancing
from entry_service.usecases.doors.log_scan import inside_by_zone
from entry_service.usecases.doors.look import look
from entry_service.usecases.sites.closings import everyone_out
from entry_service.usecases.sites.zones import add_zone
from tests.databases import databases, kind  # noqa: F401

from ..door import LIBRARY, MINUTE, NOON, OFFICE, open_door


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


@pytest.fixture
def hall(door):
    facts = {"name": "열람실", "capacity": 2, "now": NOON, "random": door.random}
    return add_zone(door.services, LIBRARY, **facts).zone_id


def at(zone, place=LIBRARY):
    return Device(device_id=f"D-{zone}", facility_id=place, name="문", zone=zone)


def scan(door, device, phone, moment=NOON, direction="auto", **facts):
    facts = {
        "scan_id": f"scan-{next(door.numbers)}",
        "text": phone.code(moment),
        "gate": "",
        "now": moment,
        **facts,
    }
    return check_in_pass(door.services, device, direction=direction, scanned_at=moment, **facts)


def zones(door, moment=NOON):
    return inside_by_zone(door.services, door.services.facility(LIBRARY), moment)


def test_the_zone_is_the_devices_and_entering_it_leaves_the_one_before(door, hall):
    phone = door.phone()
    assert scan(door, at(""), phone).zone == ""
    told = scan(door, at(hall), phone, NOON + 10 * MINUTE)
    assert (told.direction, told.zone, told.occupancy, told.limit) == ("in", hall, 1, 2)
    assert zones(door, NOON + 10 * MINUTE) == {hall: 1}
    assert scan(door, at(""), phone, NOON + 30 * MINUTE).direction == "out"
    assert zones(door, NOON + 30 * MINUTE) == {}


def test_a_zone_is_full_before_its_facility_and_moving_counts_there_only(door, hall):
    phones = [door.phone() for _ in range(4)]
    for phone in phones[:2]:
        scan(door, at(hall), phone)
    with pytest.raises(FacilityFull) as refused:
        scan(door, at(hall), phones[2])
    assert refused.value.facts == {"occupancy": 2, "limit": 2}
    for phone in phones[2:]:
        assert scan(door, at(""), phone).outcome == "accepted"
    with pytest.raises(FacilityFull) as refused:
        scan(door, at(""), door.phone())
    assert refused.value.facts == {"occupancy": 4, "limit": 4}
    with pytest.raises(FacilityFull):  # inside the facility already, but there is no room in the hall
        scan(door, at(hall), phones[2], NOON + 10 * MINUTE)
    scan(door, at(hall), phones[0], NOON + 10 * MINUTE, "out")
    assert scan(door, at(hall), phones[2], NOON + 10 * MINUTE).outcome == "accepted"


def test_a_full_facility_refuses_at_a_zone_with_its_own_figures(door, hall):
    for _ in range(4):
        scan(door, at(""), door.phone())
    with pytest.raises(FacilityFull) as refused:
        scan(door, at(hall), door.phone())
    assert refused.value.facts == {"occupancy": 4, "limit": 4}


def test_after_everyone_was_sent_out_the_next_scan_lets_in(door):
    phone = door.phone()
    scan(door, at(""), phone)
    facts = {"closing_id": "closing-1", "closed_by": "D-1", "now": NOON + 20 * MINUTE}
    everyone_out(door.services, LIBRARY, "", closed_at=NOON + 20 * MINUTE, **facts)
    told = scan(door, at(""), phone, NOON + 30 * MINUTE)
    assert (told.direction, told.occupancy) == ("in", 1)


def test_a_closed_place_is_flagged_and_refuses_nobody_whom_staff_scan(door):
    """Clubs are closed at the level, whatever their capacity."""
    from dataclasses import replace

    from entry_service.store.sites import facilities
    from entry_service.usecases.doors.limits import LEVELS, RULES

    rule = next(one for one in RULES if one.kind == "closed")
    assert (rule.scheme, rule.level) in LEVELS
    club = replace(door.services.facility(OFFICE), category=rule.category, capacity=1)
    door.services.store.write(lambda db: facilities.update_facility(db, club))
    set_distancing(door.services, rule.scheme, rule.level, by="A-1", now=NOON)
    told = [scan(door, at("", OFFICE), door.phone()) for _ in range(2)]
    assert [answer.outcome for answer in told] == ["accepted"] * 2
    assert all("closed" in answer.flags and "full" not in answer.flags for answer in told)
    assert told[0].crowding == "closed"


def test_a_look_tells_what_a_scan_would_become_and_logs_nothing(door):
    phone = door.phone()
    device = at("")

    def seen(moment=NOON, text=None):
        told = look(
            door.services,
            device,
            text=text or phone.code(moment),
            scanned_at=moment,
            now=moment,
            random=door.random,
        )
        return told.valid, told.outcome, told.inside, told.direction_if_auto, told.verified

    assert seen() == (True, "accepted", False, "in", False)
    scan(door, device, phone)
    assert seen(NOON + 10 * MINUTE) == (True, "accepted", True, "out", False)
    assert seen(text="https://example.kr/") == (False, "pass_malformed", False, "in", False)
    assert seen(text=phone.code(NOON - 10 * MINUTE))[:2] == (False, "pass_expired")
    assert len(door.log()) == 1
