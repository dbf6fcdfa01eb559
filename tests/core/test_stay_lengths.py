"""The shape of stays: a category's own, borrowed from all, or assumed; its median is the usual stay."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core.stay_lengths import MINUTE, StayLengths, believed, distributions

USUAL = {"library": 90 * MINUTE, "bath": 120 * MINUTE}


def of(histograms, category):
    return distributions(histograms, lambda code: USUAL.get(code, 60 * MINUTE))(category)


@given(st.dictionaries(st.integers(0, 300), st.integers(1, 20), min_size=1), st.integers(0, 310))
def test_counts_from_a_length_on(histogram, asked):
    made = StayLengths.of(((minutes + 0.5, count) for minutes, count in histogram.items()), "own")
    assert made.at_least(asked) == sum(n for m, n in histogram.items() if m + 0.5 >= asked)
    assert made.longer_than(asked + 0.5) == sum(n for m, n in histogram.items() if m > asked)
    assert made.remaining[0] == sum(histogram.values())


def test_a_category_with_thirty_stays_has_its_own_shape():
    made = of({"library": {10: 15, 100: 15}}, "library")
    assert (made.minutes, made.remaining, made.basis) == ((10.5, 100.5), (30, 15), "own")


def test_with_fewer_it_borrows_the_shape_of_all_and_stretches_it_to_its_usual_stay():
    learned = {"library": {29: 20, 59: 20, 119: 20}, "bath": {300: 29}}
    made = of(learned, "bath")  # the library's median is 59.5 minutes, the usual bath lasts 120
    assert made.basis == "pooled"
    assert made.minutes == pytest.approx((29.5 / 59.5 * 120, 120, 119.5 / 59.5 * 120))
    assert made.remaining == (60, 40, 20)


def test_categories_are_pooled_as_multiples_of_their_own_median():
    learned = {"library": {90: 30}, "station": {9: 30}}
    assert set(of(learned, "bath").minutes) == {120}


def test_where_nobody_ever_checked_out_the_shape_is_assumed_around_the_usual_stay():
    made = of({}, "bath")
    assert made.basis == "assumed"
    assert made.at_least(120) == 100 == made.remaining[0] / 2
    assert made.at_least(60) / 200 == pytest.approx(0.876, abs=0.01)  # log-normal, sigma 0.6


def test_stays_that_no_check_out_is_believed_for_are_left_out():
    assert believed({-1: 5, 0: 1, 359: 2, 360: 9, 10: 0}, 90 * MINUTE) == {0: 1, 359: 2}
    assert believed({179: 1, 180: 1}, timedelta(minutes=10)) == {179: 1}
