"""What a device's clock is worth."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core.clock_rules import (
    CLAMPED,
    FURTHEST,
    NONE,
    OLDEST,
    SKEWED,
    is_possible,
    kept_time,
    moments,
    skew_of,
    with_clock_flags,
)
from entry_service.core.visits import SKEW_AFTER

NOW = datetime(2020, 8, 25, 9, 0, tzinfo=UTC)
HOUR, SECOND, DAY = timedelta(hours=1), timedelta(seconds=1), timedelta(days=1)


def test_a_device_that_does_not_tell_its_present_is_believed():
    assert skew_of(None, NOW) == NONE
    assert skew_of(NOW - HOUR, NOW) == -HOUR


@pytest.mark.parametrize(
    ("told", "skew", "shown", "judged"),
    [
        (-HOUR, NONE, None, [-HOUR]),
        (-HOUR, SKEW_AFTER, None, [-HOUR]),
        (-HOUR, -5 * HOUR, None, [-HOUR, 4 * HOUR]),
        (-6 * HOUR, -5 * HOUR, None, [-6 * HOUR, -HOUR]),
        (400 * DAY, 400 * DAY + HOUR, None, [-HOUR]),
        (400 * DAY, NONE, -2 * HOUR, [-2 * HOUR]),
        (400 * DAY, NONE, None, [NONE]),
        (400 * DAY, 10 * DAY, -2 * HOUR, [-2 * HOUR]),
        (-400 * DAY, NONE, -300 * DAY, [NONE]),
        (-OLDEST, NONE, None, [NONE]),
        (FURTHEST, NONE, None, [NONE]),
    ],
)
def test_the_moments_at_which_a_reading_is_judged(told, skew, shown, judged):
    at = None if shown is None else NOW + shown
    assert list(moments(NOW + told, NOW, skew, at)) == [NOW + moment for moment in judged]


def test_a_possible_time_is_kept_as_told_and_another_replaced():
    assert kept_time(NOW - HOUR, NOW - 6 * HOUR, NOW) == NOW - HOUR
    assert kept_time(NOW + 2 * DAY, NOW - 6 * HOUR, NOW) == NOW - 6 * HOUR


@pytest.mark.parametrize(
    ("flags", "skew", "clamped", "all_flags"),
    [
        ((), NONE, False, ()),
        (("late",), SKEW_AFTER, False, ("late",)),
        (("late",), SKEW_AFTER + SECOND, False, ("late", SKEWED)),
        (("late",), -HOUR, False, ("late", SKEWED)),
        ((SKEWED, "unverified"), HOUR, False, (SKEWED, "unverified")),
        ((), NONE, True, (SKEWED, CLAMPED)),
    ],
)
def test_doubts_are_said_once(flags, skew, clamped, all_flags):
    assert with_clock_flags(flags, skew, clamped=clamped) == all_flags


@given(told=st.datetimes(timezones=st.just(UTC)), device_now=st.datetimes(timezones=st.just(UTC)))
def test_whatever_the_clock_says_there_is_a_moment_and_a_possible_time(told, device_now):
    skew = skew_of(device_now, NOW)
    judged = list(moments(told, NOW, skew, None))
    assert judged
    assert all(is_possible(moment, NOW) for moment in judged)
    assert all(is_possible(kept_time(told, moment, NOW), NOW) for moment in judged)
