"""Days and hours of Korea, categories, opening hours, and when a case counts as infectious."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core import categories, times
from entry_service.core.visits import is_open

SECONDS = st.integers(0, 5_600_000_000)  # to the middle of the 22nd century
MOMENTS = st.builds(datetime.fromtimestamp, SECONDS, st.sampled_from([UTC, times.KST]))
NOON = datetime(2020, 8, 25, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@given(MOMENTS)
def test_a_moment_lies_in_its_korean_day_and_in_no_other(at):
    day = times.kst_day(at)
    assert times.day_start(day) <= at < times.day_start(day + timedelta(days=1))
    assert times.day_of_number(times.day_number(day)) == day


def test_the_korean_day_begins_at_fifteen_hours_utc():
    assert times.day_start(date(2020, 8, 25)) == datetime(2020, 8, 24, 15, 0, tzinfo=UTC)
    assert times.day_start(date(2020, 8, 25)).tzinfo is UTC
    assert times.kst_day(datetime(2020, 8, 24, 14, 59, 59, tzinfo=UTC)) == date(2020, 8, 24)
    assert times.kst_day(datetime(2020, 8, 24, 8, 0, tzinfo=timezone(timedelta(hours=-7)))) == date(2020, 8, 25)
    assert times.day_number(date(1970, 1, 1)) == 0


def test_categories_are_whole_and_have_sensible_hours():
    assert len(categories.CATEGORIES) == len(categories._ROWS)
    for code, category in categories.CATEGORIES.items():
        assert code == category.code
        assert category.korean
        assert category.english
        assert 0 <= category.opens < category.closes <= category.opens + 24
        assert 5 <= category.dwell_minutes <= 240
    assert categories.assumed_dwell("library") == timedelta(minutes=90)
    assert categories.assumed_dwell("nobody knows") == categories.assumed_dwell("other")


@pytest.mark.parametrize(
    ("opens", "closes", "open_at"),
    [
        (9, 18, set(range(9, 18))),
        (0, 24, set(range(24))),
        (17, 30, set(range(17, 24)) | set(range(6))),
        (12, 24, set(range(12, 24))),
        (22, 26, {22, 23, 0, 1}),
    ],
)
def test_opening_hours_may_run_past_midnight(opens, closes, open_at):
    assert {hour for hour in range(24) if is_open(opens, closes, hour)} == open_at
