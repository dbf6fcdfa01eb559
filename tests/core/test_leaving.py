"""What is certain of a leaving: until when somebody was seen, by when they were gone, and what is doubted."""

import pytest

from entry_service.core.closings import Closing, Closings
from entry_service.core.visits import LONGEST_STAY, pair_scans
from tests.core.test_visits import DWELL, MINUTE, NOON, SKEWED, scan


def bounds(*scans, **said):
    """Return (minutes from noon until seen here, gone by, whether sent out) of each visit."""
    return [
        ((visit.seen_until - NOON) / MINUTE, (visit.gone_by - NOON) / MINUTE, visit.sent_out)
        for visit in pair_scans(scans, dwell=DWELL.__getitem__, **said)
    ]


DAY = LONGEST_STAY / MINUTE


@pytest.mark.parametrize(
    ("scans", "closed", "expected"),
    [
        ([scan(0), scan(30, "out")], None, [(30, 30, False)]),
        ([scan(0)], None, [(0, DAY, False)]),
        ([scan(0), scan(1)], None, [(1, DAY, False)]),  # read twice: still here
        ([scan(0), scan(60, zone="Z-2")], None, [(60, DAY, False)]),
        ([scan(0), scan(200, place="karaoke")], None, [(0, 200, False), (200, 200 + DAY, False)]),
        ([scan(0), scan(30, "out", "karaoke")], None, [(0, 30, False)]),
        ([scan(0), scan(4 * 90 + 1, "out")], None, [(0, 361, False)]),  # too late to be believed, yet gone by then
        ([scan(0), scan(5, place="karaoke", **SKEWED)], None, [(0, DAY, False), (5, 5 + DAY, False)]),
        ([scan(0), scan(9, zone="Z-2", **SKEWED)], None, [(0, DAY, False)]),  # a wrong clock proves nothing
        ([scan(0)], 50, [(0, 50, True)]),
        ([scan(0)], 300, [(0, 300, True)]),  # long after the usual stay, but nobody was left
        ([scan(0), scan(20, place="karaoke")], 50, [(0, 20, False), (20, 20 + DAY, False)]),
        ([scan(0), scan(30, "out")], 50, [(30, 30, False)]),
    ],
)
def test_what_is_certain_of_a_leaving(scans, closed, expected):
    at = None if closed is None else NOON + closed * MINUTE
    facts = {"closing_id": "C-1", "facility_id": "library", "zone": "", "closed_by": "D-1"}
    closings = Closings([Closing(**facts, closed_at=at, received_at=at)] if at else [])
    assert bounds(*scans, closings=closings) == expected


def test_a_visit_carries_the_doubts_of_its_scans_and_of_being_elsewhere_too_soon():
    near = {"flags": ("late", "two_places")}
    visits = pair_scans([scan(0, flags=("late",)), scan(2, place="karaoke", **near)], dwell=DWELL.__getitem__)
    assert [visit.flags for visit in visits] == [("late", "two_places"), ("late", "two_places")]
    visits = pair_scans([scan(0), scan(30, place="karaoke", flags=("late",))], dwell=DWELL.__getitem__)
    assert [visit.flags for visit in visits] == [(), ("late",)]
    [visit] = pair_scans([scan(0, children=2), scan(30, "out", flags=("late",))], dwell=DWELL.__getitem__)
    assert (visit.flags, visit.children) == (("late",), 2)
