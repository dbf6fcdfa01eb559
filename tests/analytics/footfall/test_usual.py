"""Surge and difference by hand: over midnight, the same kind of day, missing and masked never zero."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics.footfall.hours import FootfallHours
from analytics.footfall.usual import compare_day, days_alike, usual_of

FIRST = date(2020, 8, 3)  # a Monday


def hours_of(population: np.ndarray, at_most: np.ndarray | None = None, *, counted=None) -> FootfallHours:
    days = [FIRST + timedelta(days=number) for number in range(population.shape[1] // 24)]
    return FootfallHours(
        codes=pd.Index(["a"], name="unit_code"),
        days=days,
        first=0,
        population=population,
        at_most=population if at_most is None else at_most,
        counted=frozenset(days if counted is None else counted),
    )


def weeks(number: int) -> np.ndarray:
    """Return one unit's people: 100 · week + hour of the day."""
    hour = np.arange(24 * 7 * number)
    return (100.0 * (hour // (24 * 7) + 1) + hour % 24)[None, :]


def test_a_surge_is_what_came_in_three_hours_and_crosses_midnight():
    people = weeks(1)
    people[0, 24] = 150.0  # Tuesday at 0 o'clock, 121 at 21 o'clock the day before
    tuesday = compare_day(hours_of(people), FIRST + timedelta(days=1))
    assert tuesday.surge[0, 0] == 150 - 121
    assert tuesday.surge[0, 3] == 103 - 150
    monday = compare_day(hours_of(people), FIRST)
    assert np.isnan(monday.surge[0, :3]).all()
    assert (monday.surge[0, 3:] == 3).all()


def test_a_difference_is_from_the_median_of_the_other_days_of_the_kind():
    hours = hours_of(weeks(4))
    third = FIRST + timedelta(days=15)  # the third Tuesday: the others have 100, 200, 400
    assert [day.day for day in days_alike(hours, third)] == [4, 11, 25]
    told = compare_day(hours, third)
    assert (told.difference == 300 - 200).all()
    assert (told.rests_on == 3).all()


def test_holidays_are_compared_with_sundays_and_never_stand_for_a_weekday():
    hours = hours_of(weeks(4))
    assert [day.day for day in days_alike(hours, date(2020, 8, 17))] == [9, 15, 16, 23, 30]
    assert [day.day for day in days_alike(hours, date(2020, 8, 24))] == [3, 10]


def test_one_other_day_is_no_usual():
    told = compare_day(hours_of(weeks(2)), FIRST)
    assert np.isnan(told.difference).all()
    assert (told.rests_on == 1).all()


def test_an_hour_that_is_missing_is_in_no_median_and_says_how_many_days_are_left():
    people = weeks(4)
    people[0, 24 * 8 + 5] = np.nan  # 5 o'clock of the second Tuesday
    people[0, 24 * 15 + 7] = np.nan
    told = compare_day(hours_of(people), FIRST + timedelta(days=1))
    assert (told.rests_on[0, 5], told.rests_on[0, 6], told.rests_on[0, 7]) == (2, 3, 2)
    assert told.difference[0, 5] == 105 - (305 + 405) / 2
    assert told.difference[0, 6] == 106 - 306
    again = compare_day(hours_of(people), FIRST + timedelta(days=15))
    assert np.isnan(again.population[0, 7])
    assert np.isnan(again.difference[0, 7])
    assert np.isnan(again.surge[0, [7, 10]]).all()


def test_a_masked_hour_counts_as_the_most_it_can_be_so_an_increase_is_never_exaggerated():
    people, most = weeks(4), weeks(4)
    for week in range(3):
        people[0, 24 * (7 * week + 1) + 4], most[0, 24 * (7 * week + 1) + 4] = np.nan, 3.0
    told = compare_day(hours_of(people, most), FIRST + timedelta(days=22))
    assert told.difference[0, 4] == 404 - 3
    assert told.rests_on[0, 4] == 3
    first = compare_day(hours_of(people, most), FIRST + timedelta(days=1))
    assert np.isnan(first.difference[0, 4])
    assert first.surge[0, 7] == 107 - 3


def test_a_day_that_others_stand_for_is_compared_with_nothing_and_usual_for_nobody():
    days = [FIRST + timedelta(days=number) for number in range(28)]
    stood_in = FIRST + timedelta(days=8)
    hours = hours_of(weeks(4), counted=set(days) - {stood_in})
    gone = compare_day(hours, stood_in)
    assert np.isfinite(gone.population).all()
    assert np.isnan([gone.surge, gone.difference]).all()
    assert (gone.rests_on == 0).all()
    assert stood_in not in days_alike(hours, FIRST + timedelta(days=1))
    after = compare_day(hours, stood_in + timedelta(days=1))
    assert np.isnan(after.surge[0, :3]).all()
    assert np.isfinite(after.surge[0, 3:]).all()


def test_the_median_is_numpys_where_nothing_is_missing():
    rng = np.random.default_rng(3)
    for number in (2, 3, 4, 7):
        others = [rng.normal(size=(5, 24)) for _ in range(number)]
        np.testing.assert_allclose(usual_of(others)[0], np.median(others, axis=0))
