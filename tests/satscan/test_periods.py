"""The study period is cut backwards from its last day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.satscan.periods import cut, widen


def test_days_and_whole_months_and_years():
    assert len(cut(date(2020, 2, 1), date(2020, 3, 1), "day").starts) == 30
    months = cut(date(2019, 11, 1), date(2020, 3, 31), "month")
    assert months.starts == tuple(date(2019 + (m > 12), (m - 1) % 12 + 1, 1) for m in range(11, 16))
    assert not months.long_first
    years = cut(date(2018, 1, 1), date(2020, 12, 31), "year")
    assert years.starts == (date(2018, 1, 1), date(2019, 1, 1), date(2020, 1, 1))
    assert list(years.edges[1:] - years.edges[:-1]) == [365, 365, 366]


def test_days_left_over_join_the_first_interval():
    period = cut(date(2020, 1, 10), date(2020, 3, 31), "month")
    assert period.starts == (date(2020, 1, 10), date(2020, 3, 1))
    assert period.long_first


def test_months_that_end_in_mid_month():
    assert cut(date(2020, 5, 16), date(2020, 8, 15), "month").starts == (
        date(2020, 5, 16),
        date(2020, 6, 16),
        date(2020, 7, 16),
    )


def test_a_day_that_a_month_lacks_becomes_the_first_of_the_next():
    assert cut(date(2021, 1, 29), date(2021, 4, 28), "month").starts[-2:] == (date(2021, 3, 1), date(2021, 3, 29))


@given(
    start=st.dates(date(1990, 1, 1), date(2020, 1, 1)),
    days=st.integers(1, 2_000),
    unit=st.sampled_from(["day", "month", "year"]),
)
def test_intervals_follow_one_another_and_none_is_shorter_than_a_unit(start, days, unit):
    period = cut(start, start + timedelta(days), unit)
    lengths = period.edges[1:] - period.edges[:-1]
    shortest = {"day": 1, "month": 28, "year": 365}[unit]
    assert period.starts[0] == start
    assert lengths.sum() == days + 1
    assert (lengths[1:] >= shortest).all()
    assert (lengths[1:] <= {"day": 1, "month": 31, "year": 366}[unit]).all()
    assert lengths[0] >= min(shortest, days + 1)


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    [
        ("day", date(2020, 1, 5), date(2020, 2, 7)),
        ("month", date(2020, 1, 1), date(2020, 2, 29)),
        ("year", date(2020, 1, 1), date(2020, 12, 31)),
    ],
)
def test_a_period_from_dates_is_widened_to_whole_units(unit, start, end):
    assert widen(date(2020, 1, 5), date(2020, 2, 7), unit) == (start, end)
