"""Pairing: whatever order scans arrive in, every check-in has one visit, and minutes are neither made nor lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core.closings import Closing, Closings
from entry_service.core.model import Scan
from entry_service.core.visits import (
    DUPLICATE_WITHIN,
    HOUR,
    LATE_AFTER,
    LONGEST_STAY,
    SKEW_AFTER,
    flags_of,
    hours_of,
    longest_stay,
    pair_scans,
)

NOON = datetime(2020, 8, 25, 3, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
DWELL = {"library": 90 * MINUTE, "karaoke": 60 * MINUTE}


def scan(minutes, direction="in", place="library", pid=b"pass-one", **facts):
    at = NOON + minutes * MINUTE
    usual = {"source": "staff_scan", "confidence": "high", "scanned_at": at, "received_at": at}
    name = f"{place}-{pid!r}-{minutes}-{direction}"
    whole = {"scan_id": name, "facility_id": place, "pid": pid, "direction": direction, **usual}
    return Scan(**{**whole, **facts})


def stays(*scans, **said):
    """Return (place, minutes from noon to entry, minutes inside, whether assumed) of each visit."""
    return [
        (
            visit.facility_id,
            (visit.entered_at - NOON) / MINUTE,
            (visit.left_at - visit.entered_at) / MINUTE,
            visit.dwell_assumed,
        )
        for visit in pair_scans(scans, dwell=DWELL.__getitem__, **said)
    ]


SKEWED = {"flags": ("clock_skew",)}


@pytest.mark.parametrize(
    ("scans", "expected"),
    [
        ([scan(0), scan(5, "out", **SKEWED)], [("library", 0, 90, True)]),  # when they left is not known
        (
            [scan(0, **SKEWED), scan(5, "out")],
            [("library", 0, 5, True)],
        ),  # when they came is not, but they are gone
        ([scan(0, flags=("clock_skew", "clamped")), scan(200, "out")], [("library", 0, 90, True)]),
        ([scan(0), scan(5, place="karaoke", **SKEWED)], [("library", 0, 90, True), ("karaoke", 5, 60, True)]),
        (
            [scan(0), scan(9, zone="Z-1", **SKEWED), scan(30, "out")],
            [("library", 0, 30, False)],
        ),  # both ends are known
        ([scan(0), scan(30, "out", flags=("late",))], [("library", 0, 30, False)]),  # late is only late
    ],
)
def test_a_clock_that_was_wrong_tells_no_length_of_stay(scans, expected):
    assert stays(*scans) == expected


@pytest.mark.parametrize(
    ("scans", "expected"),
    [
        ([], []),
        ([scan(0), scan(30, "out")], [("library", 0, 30, False)]),
        ([scan(0)], [("library", 0, 90, True)]),
        ([scan(5, "out")], []),
        ([scan(0), scan(1), scan(30, "out")], [("library", 0, 30, False)]),
        ([scan(0), scan(2), scan(30, "out")], [("library", 0, 2, True), ("library", 2, 28, False)]),
        ([scan(0), scan(30, "out"), scan(31, "out")], [("library", 0, 30, False)]),
        ([scan(0), scan(20, place="karaoke")], [("library", 0, 20, True), ("karaoke", 20, 60, True)]),
        ([scan(0), scan(300, place="karaoke")], [("library", 0, 90, True), ("karaoke", 300, 60, True)]),
        ([scan(0), scan(30, "out", "karaoke"), scan(40, "out")], [("library", 0, 30, True)]),
        ([scan(0), scan(0, "out")], [("library", 0, 90, True)]),
        ([scan(0), scan(4 * 90, "out")], [("library", 0, 4 * 90, False)]),
        ([scan(0), scan(4 * 90 + 1, "out")], [("library", 0, 90, True)]),
        ([scan(0, zone="Z-1"), scan(30, zone="Z-2"), scan(50, "out")], [("library", 0, 50, False)]),
        ([scan(0, zone="Z-1"), scan(1, zone="Z-2")], [("library", 0, 91, True)]),
        ([scan(0), scan(60, zone="Z-2"), scan(61, zone="Z-2")], [("library", 0, 150, True)]),
        (
            [scan(0), scan(60, zone="Z-2"), scan(62, zone="Z-2")],
            [("library", 0, 62, True), ("library", 62, 90, True)],
        ),
        ([scan(0), scan(90, zone="Z-2")], [("library", 0, 180, True)]),
        ([scan(0), scan(91, zone="Z-2")], [("library", 0, 90, True), ("library", 91, 90, True)]),
        (
            [scan(0), scan(60, zone="Z-2"), scan(70, place="karaoke")],
            [("library", 0, 70, True), ("karaoke", 70, 60, True)],
        ),
        ([scan(0), scan(30, "out"), scan(30)], [("library", 0, 30, False), ("library", 30, 90, True)]),
        ([scan(0, outcome="pass_expired"), scan(9, "out", outcome="pass_forged")], []),
        ([scan(0, pid=None)], []),
        ([scan(0), scan(10, "out", pid=b"pass-two")], [("library", 0, 90, True)]),
    ],
)
def test_stays(scans, expected):
    assert stays(*scans) == expected


def closing(minutes, zone="", place="library"):
    at = NOON + minutes * MINUTE
    return Closing(
        closing_id=f"{place}-{zone}-{minutes}",
        facility_id=place,
        zone=zone,
        closed_at=at,
        received_at=at,
        closed_by="D-1",
    )


@pytest.mark.parametrize(
    ("scans", "closed", "expected"),
    [
        ([scan(0)], [closing(30)], [("library", 0, 30, False)]),
        ([scan(0)], [closing(60), closing(30)], [("library", 0, 30, False)]),
        ([scan(0)], [closing(100)], [("library", 0, 90, True)]),
        ([scan(0)], [closing(-1)], [("library", 0, 90, True)]),
        ([scan(0)], [closing(0)], [("library", 0, 0, False)]),
        ([scan(0)], [closing(30, place="karaoke")], [("library", 0, 90, True)]),
        ([scan(0), scan(40, "out")], [closing(30)], [("library", 0, 30, False)]),
        ([scan(0), scan(20, "out")], [closing(30)], [("library", 0, 20, False)]),
        (
            [scan(0), scan(20, place="karaoke")],
            [closing(30)],
            [("library", 0, 20, True), ("karaoke", 20, 60, True)],
        ),
        ([scan(0), scan(40)], [closing(30)], [("library", 0, 30, False), ("library", 40, 90, True)]),
        ([scan(0), scan(1)], [closing(0.5)], [("library", 0, 0.5, False), ("library", 1, 90, True)]),
        ([scan(0, zone="Z-1")], [closing(30, "Z-1")], [("library", 0, 30, False)]),
        ([scan(0, zone="Z-1")], [closing(30, "Z-2")], [("library", 0, 90, True)]),
        ([scan(0)], [closing(30, "Z-2")], [("library", 0, 90, True)]),
        ([scan(0, zone="Z-1")], [closing(30)], [("library", 0, 30, False)]),
        ([scan(0, zone="Z-1"), scan(20, zone="Z-2")], [closing(30, "Z-1")], [("library", 0, 110, True)]),
        ([scan(0, zone="Z-1"), scan(20, zone="Z-2")], [closing(30, "Z-2")], [("library", 0, 30, False)]),
    ],
)
def test_everyone_out_ends_stays_at_the_latest(scans, closed, expected):
    assert stays(*scans, closings=Closings(closed)) == expected


@pytest.mark.parametrize(("dwell", "longest"), [(10, 180), (60, 240), (150, 600), (600, 1440)])
def test_how_late_a_check_out_is_believed(dwell, longest):
    assert longest_stay(dwell * MINUTE) == longest * MINUTE


def test_a_visit_tells_what_its_check_in_told():
    [visit] = pair_scans(
        [scan(0, source="poster", confidence="low", party_size=3), scan(9, "out", party_size=1)],
        dwell=DWELL.__getitem__,
    )
    assert (visit.source, visit.confidence, visit.party_size, visit.pid) == ("poster", "low", 3, b"pass-one")


@st.composite
def logs(draw):
    one = st.builds(
        scan,
        st.integers(0, 60 * 30).map(lambda seconds: seconds / 2),
        direction=st.sampled_from(["in", "out"]),
        place=st.sampled_from(list(DWELL)),
        pid=st.sampled_from([b"pass-one", b"pass-two", None]),
        party_size=st.integers(1, 3),
        outcome=st.sampled_from(["accepted", "accepted", "accepted", "pass_expired"]),
    )
    many = draw(st.lists(one, max_size=16))
    return [replace(each, scan_id=f"scan-{number}") for number, each in enumerate(many)]


@given(many=logs(), data=st.data())
def test_the_order_of_arrival_does_not_matter(many, data):
    dwell = DWELL.__getitem__
    assert pair_scans(data.draw(st.permutations(many)), dwell=dwell) == pair_scans(many, dwell=dwell)


@given(logs())
def test_no_stay_is_negative_and_stays_of_a_pass_do_not_overlap(many):
    last_left = {}
    for visit in pair_scans(many, dwell=DWELL.__getitem__):
        assert visit.entered_at <= visit.left_at <= visit.entered_at + LONGEST_STAY
        if not visit.dwell_assumed or visit.left_at - visit.entered_at < DWELL[visit.facility_id]:
            ends = [one.scanned_at for one in many if one.pid == visit.pid and one.outcome == "accepted"]
            assert visit.left_at in ends  # no end is invented but the assumed one
        assert last_left.get(visit.pid, visit.entered_at) <= visit.entered_at
        last_left[visit.pid] = visit.left_at


@given(logs())
def test_every_accepted_check_in_belongs_to_exactly_one_visit(many):
    """It begins one; or it is a second reading, within two minutes, of the one that does."""
    visits = pair_scans(many, dwell=DWELL.__getitem__)
    entries = [one for one in many if one.outcome == "accepted" and one.pid and one.direction == "in"]
    for one in entries:
        own = [visit for visit in visits if (visit.pid, visit.facility_id) == (one.pid, one.facility_id)]
        begun = [visit for visit in own if timedelta() <= one.scanned_at - visit.entered_at < DUPLICATE_WITHIN]
        assert begun
    starts = [(visit.pid, visit.facility_id, visit.entered_at) for visit in visits]
    known = [(one.pid, one.facility_id, one.scanned_at) for one in entries]
    assert all(starts.count(start) <= known.count(start) for start in starts)


@given(start=st.integers(0, 10_000), length=st.integers(0, 20_000))
def test_the_hours_of_a_stay_are_whole_hours_that_add_up(start, length):
    begin, end = NOON + start * SECOND, NOON + (start + length) * SECOND
    hours = list(hours_of(begin, end))
    assert sum((stay for _, stay in hours), timedelta()) == end - begin
    assert all(timedelta() < stay <= HOUR for _, stay in hours)
    assert [hour for hour, _ in hours] == sorted({hour for hour, _ in hours})


JUST = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("late", "flags"),
    [(LATE_AFTER, ()), (LATE_AFTER + JUST, ("late",)), (-SKEW_AFTER, ()), (-SKEW_AFTER - JUST, ("clock_skew",))],
)
def test_the_clock_of_a_device_is_doubted_both_ways(late, flags):
    assert flags_of(scan(0, received_at=NOON + late), []) == flags


@pytest.mark.parametrize(
    ("other", "flags"),
    [
        (None, ()),
        (scan(-1), ("duplicate",)),
        (scan(1), ("duplicate",)),
        (scan(-2), ()),
        (scan(-1, "out"), ()),
        (scan(-1, zone="Z-1"), ()),
        (scan(-1, place="karaoke"), ()),
    ],
)
def test_what_was_seen_of_a_pass_nearby_in_time_is_doubted(other, flags):
    assert flags_of(scan(0), [other]) == flags
    assert flags_of(scan(0), [None, other]) == flags


def test_all_doubts_are_told():
    doubted = scan(0, received_at=NOON + HOUR)
    found = flags_of(doubted, [scan(-1), scan(1, place="karaoke")], too_near=True)
    assert found == ("late", "duplicate", "two_places")
