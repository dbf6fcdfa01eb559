"""A pass at the door: judged by its own time, logged before it is answered, doubted but kept."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from entry_service.core import base45
from entry_service.core.errors import (
    BadInput,
    PassForged,
    PassKeyUnknown,
    PassMalformed,
    PassRefused,
    ScanConflict,
)
from entry_service.core.passes import PREFIX
from entry_service.services import REMEMBERED
from entry_service.store.sites import facilities
from entry_service.usecases.doors.check_in import FURTHEST, OLDEST
from entry_service.usecases.doors.log_scan import inside_now
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, PERSON, SECOND, open_door


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


def test_a_scan_is_a_row_before_it_is_an_answer(door):
    phone = door.phone()
    answer = door.scan(phone, scan_id="scan-one", now=NOON + SECOND)
    row = door.row("scan-one")
    assert (row.pid, row.facility_id, row.device_id, row.gate) == (phone.pid, LIBRARY, "D-1", "정문")
    assert (row.scanned_at, row.received_at) == (NOON, NOON + SECOND)
    assert (row.direction, row.source, row.confidence, row.outcome) == ("in", "staff_scan", "high", "accepted")
    assert row.flags == ()  # the log does not say whether a number was verified: that would link days
    assert (answer.direction, answer.outcome, answer.flags) == ("in", "accepted", ("unverified",))
    assert (answer.occupancy, answer.capacity, answer.repeated) == (1, 4, False)


def test_a_verified_phone_is_graded_higher(door):
    person = replace(PERSON, certificate=certificate(door))
    answer = door.scan(door.phone(person), scan_id="scan-one")
    assert answer.flags == ()
    assert door.row("scan-one").confidence == "high"


def certificate(door, phone="+821000001234"):
    challenge = door.services.vault.verification.begin(phone, NOON)
    code = door.services.vault.verification.messages()[0].text[-6:]
    return door.services.vault.verification.confirm(challenge.challenge_id, phone, code, NOON)[0]


def test_the_same_scan_id_is_the_same_answer(door):
    phone = door.phone()
    first = door.scan(phone, scan_id="scan-one")
    again = door.scan(phone, scan_id="scan-one", now=NOON + HOUR)
    assert again == replace(first, repeated=True)
    assert len(door.log()) == 1


def test_the_same_scan_id_of_another_reading_is_a_conflict(door):
    door.scan(door.phone(), scan_id="scan-one")
    with pytest.raises(ScanConflict):
        door.scan(door.phone(), scan_id="scan-one")
    with pytest.raises(ScanConflict):
        door.scan(door.phone(), scan_id="scan-one", text="https://example.kr/")
    assert len(door.log()) == 1


def test_the_same_scan_id_in_the_other_direction_is_a_conflict(door):
    phone = door.phone()
    door.scan(phone, scan_id="scan-one", direction="in")
    with pytest.raises(ScanConflict):
        door.scan(phone, scan_id="scan-one", direction="out")
    assert door.scan(phone, scan_id="scan-one").direction == "in"  # by itself it would say so too
    assert [row.direction for row in door.log()] == ["in"]


def test_a_refused_scan_id_does_not_become_an_entry_nor_an_entry_a_refusal(door):
    phone = door.phone()
    old = phone.code(NOON - 5 * MINUTE)
    with pytest.raises(PassRefused):
        door.scan(phone, scan_id="refused", text=old)
    with pytest.raises(ScanConflict):
        door.scan(phone, scan_id="refused")
    door.scan(phone, scan_id="accepted")
    with pytest.raises(ScanConflict):
        door.scan(phone, scan_id="accepted", text=old)
    assert [(row.scan_id, row.outcome) for row in door.log()] == [
        ("refused", "pass_expired"),
        ("accepted", "accepted"),
    ]


def forged(text):
    data = bytearray(base45.decode(text[4:]))
    data[40] ^= 1
    return PREFIX + base45.encode(bytes(data))


def unknown_key(text):
    data = bytearray(base45.decode(text[4:]))
    data[1] = 99
    return PREFIX + base45.encode(bytes(data))


@pytest.mark.parametrize(
    ("text", "code", "knows_the_pass"),
    [
        (lambda phone: phone.code(NOON - 45 * SECOND), "pass_expired", True),
        (lambda phone: phone.code(NOON + 30 * SECOND), "pass_from_future", True),
        (lambda phone: forged(phone.code(NOON)), "pass_forged", False),
        (lambda phone: unknown_key(phone.code(NOON)), "pass_key_unknown", False),
        (lambda phone: "https://www.gunpo.go.kr/", "pass_malformed", False),
    ],
)
def test_a_refused_pass_is_a_row_with_its_reason_and_counts_nobody(door, text, code, knows_the_pass):
    phone = door.phone()
    for _ in range(2):  # sent again: refused again, one row
        with pytest.raises(PassRefused) as refused:
            door.scan(phone, scan_id="scan-one", text=text(phone))
        assert refused.value.code == code
    [row] = door.log()
    assert (row.outcome, row.confidence, row.flags) == (code, "low", ())
    assert row.pid == (phone.pid if knows_the_pass else None)
    assert inside_now(door.services, door.services.facility(LIBRARY), NOON) == 0
    assert door.scan(phone).direction == "in"


def test_the_refusals_that_know_no_pass():
    assert {PassForged.code, PassKeyUnknown.code, PassMalformed.code} == {
        "pass_forged",
        "pass_key_unknown",
        "pass_malformed",
    }


@pytest.mark.parametrize("off", [-OLDEST, FURTHEST])
def test_a_clock_that_is_days_off_is_told_and_logs_nothing(door, off):
    phone = door.phone()
    with pytest.raises(BadInput) as refused:
        door.scan(phone, now=NOON - off)
    assert refused.value.facts == {"field": "scanned_at"}
    assert door.log() == []
    inner = off * (1 - 1e-6)
    assert door.scan(phone, now=NOON - inner).outcome == "accepted"


def test_auto_lets_in_then_out_then_in(door):
    phone = door.phone()
    told = [door.scan(phone, NOON + n * 10 * MINUTE) for n in range(4)]
    assert [answer.direction for answer in told] == ["in", "out", "in", "out"]
    assert [answer.occupancy for answer in told] == [1, 0, 1, 0]


def test_the_same_pass_read_twice_is_one_passage(door):
    phone = door.phone()
    assert door.scan(phone).direction == "in"
    again = door.scan(phone, NOON + 90 * SECOND)
    assert (again.direction, again.flags, again.occupancy) == ("in", ("duplicate", "unverified"), 1)
    door.scan(phone, NOON + 30 * MINUTE)
    out_again = door.scan(phone, NOON + 31 * MINUTE)
    assert (out_again.direction, out_again.flags) == ("out", ("duplicate", "unverified"))


def test_a_chosen_direction_wins(door):
    phone = door.phone()
    told = [door.scan(phone, NOON + n * 10 * MINUTE, way) for n, way in enumerate(("out", "in", "in", "out"))]
    assert [answer.direction for answer in told] == ["out", "in", "in", "out"]


def test_another_facility_lets_in(door):
    phone = door.phone()
    door.scan(phone)
    elsewhere = door.scan(phone, NOON + 10 * MINUTE, place=OFFICE)
    assert (elsewhere.direction, elsewhere.flags, elsewhere.capacity) == ("in", ("unverified",), None)


def test_a_pass_at_two_places_at_once_is_kept_and_doubted(door):
    phone = door.phone()
    door.scan(phone)
    elsewhere = door.scan(phone, NOON + 2 * MINUTE, place=OFFICE)
    assert (elsewhere.outcome, elsewhere.flags) == ("accepted", ("two_places", "unverified"))


def test_a_scan_that_arrives_late_is_judged_by_what_had_happened_by_its_own_time(door):
    phone = door.phone()
    door.scan(phone, NOON + 30 * MINUTE, scan_id="online")
    late = door.scan(phone, NOON, now=NOON + 3 * HOUR)
    assert (late.direction, late.flags) == ("in", ("late", "unverified"))
    between = door.scan(phone, NOON + 29 * MINUTE, now=NOON + 3 * HOUR)
    assert (between.direction, between.flags) == ("out", ("late", "unverified"))
    near = door.scan(phone, NOON + 28 * MINUTE, place=OFFICE, now=NOON + 3 * HOUR)
    assert near.flags == ("late", "two_places", "unverified")


def test_a_clock_that_is_ahead_is_doubted(door):
    phone = door.phone()
    assert door.scan(phone, now=NOON - 91 * SECOND).flags == ("clock_skew", "unverified")


def test_outside_opening_hours_is_kept_and_doubted(door):
    phone = door.phone()
    assert door.scan(phone, NOON + 10 * HOUR + 59 * MINUTE, "in").flags == ("unverified",)
    assert door.scan(phone, NOON + 11 * HOUR + 30 * MINUTE, "out").flags == ("outside_hours", "unverified")


def test_an_entry_that_happened_over_the_limit_is_kept_and_told(door):
    phones = [door.phone() for _ in range(5)]
    told = [door.scan(phone, NOON + n * SECOND, admit="happened") for n, phone in enumerate(phones)]
    assert [("full" in answer.flags) for answer in told] == [False] * 4 + [True]
    assert (told[4].outcome, told[4].occupancy) == ("accepted", 5)
    again = door.scan(phones[0], NOON + MINUTE)
    assert again.flags == ("duplicate", "unverified")  # was inside already
    assert "full" not in door.scan(phones[1], NOON + 10 * MINUTE).flags  # goes out


def test_of_many_readings_at_the_same_moment_one_is_the_first(door):
    phone = door.phone()
    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(lambda n: door.scan(phone, scan_id=f"scan-id-{n}"), range(12)))
    assert {answer.direction for answer in told} == {"in"}
    assert sum("duplicate" not in answer.flags for answer in told) == 1
    assert len(door.log()) == 12
    assert inside_now(door.services, door.services.facility(LIBRARY), NOON) == 1


def test_whoever_stays_longer_than_usual_without_a_check_out_is_counted_no_more(door):
    facility = door.services.facility(LIBRARY)
    door.scan(door.phone())
    assert inside_now(door.services, facility, NOON + 90 * MINUTE) == 1
    assert inside_now(door.services, facility, NOON + 91 * MINUTE) == 0


def test_who_is_inside_is_the_same_after_a_restart(databases, tmp_path):  # noqa: F811
    addresses = databases.pair("sqlite")
    with open_door(tmp_path / "var", *addresses) as door:
        door.scan(door.phone())
        settings = door.services.settings
    from entry_service.services import open_services

    services = open_services(settings, NOON + MINUTE)
    assert inside_now(services, services.facility(LIBRARY), NOON + MINUTE) == 1
    services.close()


def test_a_device_clock_that_runs_ahead_keeps_nobody_inside(door):
    """Hours ahead: the visitor is inside now and leaves by a right clock; by the other they would stay all day."""
    facility = door.services.facility(LIBRARY)
    visitor, other = door.phone(), door.phone()
    for phone in (visitor, other):
        told = door.scan(phone, NOON + 11 * HOUR, "in", now=NOON)
        assert (told.outcome, "clock_skew" in told.flags) == ("accepted", True)
    assert inside_now(door.services, facility, NOON) == 2
    assert door.scan(visitor, NOON + 10 * MINUTE, "out").occupancy == 1
    assert inside_now(door.services, facility, NOON + 90 * MINUTE) == 1
    assert inside_now(door.services, facility, NOON + 91 * MINUTE) == 0


def test_a_capacity_that_another_process_changed_is_followed_within_seconds(door):
    capacity = door.scan(door.phone()).capacity
    changed = replace(door.services.facility(LIBRARY), capacity=capacity + 1)
    door.services.store.write(lambda db: facilities.update_facility(db, changed))  # this process is not told
    assert door.scan(door.phone(), NOON + REMEMBERED - SECOND).capacity == capacity
    assert door.scan(door.phone(), NOON + REMEMBERED).capacity == capacity + 1
    assert door.scan(door.phone(), NOON - SECOND).capacity == capacity + 1


def test_a_clock_that_was_set_back_does_not_keep_an_old_capacity(door):
    capacity = door.scan(door.phone()).capacity
    changed = replace(door.services.facility(LIBRARY), capacity=capacity + 1)
    door.services.store.write(lambda db: facilities.update_facility(db, changed))
    assert door.scan(door.phone(), NOON - HOUR).capacity == capacity + 1


def test_who_left_the_lunch_unread_comes_in_for_dinner(door):
    """Nobody stays in a library for more than six hours: the automatic direction does not end the lunch then."""
    visitor = door.phone()
    assert door.scan(visitor, NOON - 5 * HOUR).direction == "in"
    assert door.scan(visitor, NOON + HOUR).direction == "out"  # six hours: believed
    early = door.phone()
    assert door.scan(early, NOON - 5 * HOUR).direction == "in"
    again = door.scan(early, NOON + HOUR + SECOND)
    assert (again.direction, again.occupancy) == ("in", 1)
