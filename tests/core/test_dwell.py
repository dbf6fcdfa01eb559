"""The usual stay is a median of believable stays, drawn towards the assumption while they are few."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core.dwell import ENOUGH, WEIGHT, learn

HOUR = timedelta(hours=1)


def test_too_few_stays_teach_nothing():
    assert learn({}, HOUR) is None
    assert learn({20: ENOUGH - 1}, HOUR) is None
    assert learn({20: ENOUGH}, HOUR).stays == ENOUGH


@pytest.mark.parametrize(
    ("stays", "median"),
    [
        ({20: 300}, 20.5),
        ({10: 150, 30: 150}, 20.5),
        ({10: 151, 30: 149}, 10.5),
        ({1: 100, 20: 200, 90: 100}, 20.5),
    ],
)
def test_the_median_of_many_stays_is_drawn_a_little_to_the_assumption(stays, median):
    told = learn(stays, HOUR)
    many = sum(stays.values())
    assert told.minutes == pytest.approx((many * median + WEIGHT * 60) / (many + WEIGHT))
    assert min(median, 60) < told.minutes < max(median, 60)


def test_what_no_check_out_is_believed_for_is_left_out():
    """Twelve hours in a café: a lunch and the check-out of a dinner."""
    told = learn({20: 100, 12 * 60: 5_000}, HOUR)
    assert told.stays == 100
    assert told.minutes < 60
    assert learn({4 * 60: 1000}, HOUR) is None
    assert learn({4 * 60 - 1: 1000}, HOUR) is not None


@given(st.dictionaries(st.integers(0, 300), st.integers(1, 50), max_size=20), st.integers(5, 240))
def test_what_is_learned_lies_between_the_shortest_or_assumed_and_the_longest_or_assumed(stays, minutes):
    told = learn(stays, timedelta(minutes=minutes))
    if told is not None:
        assert min(min(stays), minutes) <= told.minutes <= max(max(stays) + 1, minutes)
