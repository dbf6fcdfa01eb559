"""Ten grades: classes of equal size, bounds as a person would write them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.footfall.grades import LEEWAY, grade_bounds, roundest, signed_bounds


def counted(figures) -> tuple[np.ndarray, np.ndarray]:
    values, counts = np.unique(np.asarray(figures, float), return_counts=True)
    return values, counts


@pytest.mark.parametrize(
    ("low", "middle", "high", "written"),
    [
        (97, 103, 108, 100),
        (17.1, 17.9, 18.6, 18),
        (4.1, 4.2, 4.4, 4.2),
        (1_140, 1_190, 1_260, 1_200),
        (0.31, 0.33, 0.36, 0.35),
        (-26.4, -25.2, -24.1, -25),
        (-3, 1, 4, 0),
        (7.3, 7.3, 7.3, 7.3),
    ],
)
def test_a_bound_is_the_roundest_number_near_its_decile(low, middle, high, written):
    assert roundest(low, middle, high) == written


def test_classes_hold_a_tenth_each_and_bounds_have_few_digits():
    figures = np.random.default_rng(1).lognormal(3, 1.5, 50_000).round(1)
    bounds = grade_bounds(*counted(figures))
    sizes = np.histogram(figures, [-np.inf, *np.nextafter(bounds, np.inf), np.inf])[0] / len(figures)
    assert (np.abs(sizes - 0.1) <= 2 * LEEWAY + 0.002).all()
    assert all(len(f"{bound:g}".replace(".", "").strip("0")) <= 2 for bound in bounds)


def test_more_and_fewer_have_five_classes_each_and_zero_between():
    figures = np.random.default_rng(2).normal(4, 30, 50_000).round(1)
    bounds = signed_bounds(*counted(figures))
    assert bounds[4] == 0
    assert len(bounds) == 9
    more = figures[figures > 0]
    sizes = np.histogram(more, [0, *np.nextafter(bounds[5:], np.inf), np.inf])[0] / len(more)
    assert (np.abs(sizes - 0.2) <= 2 * LEEWAY + 0.002).all()


def test_without_figures_there_are_no_bounds_and_equal_figures_leave_grades_empty():
    nothing = np.zeros(3), np.zeros(3, int)
    assert grade_bounds(*nothing) == signed_bounds(*nothing) == []
    assert grade_bounds(*counted([5.0] * 40)) == [5.0] * 9
    assert signed_bounds(*counted([0.0] * 40)) == [0.0] * 9
    assert signed_bounds(*counted([0.0, 2.0]))[:5] == [0.0] * 5


@given(st.lists(st.integers(-50_000, 50_000), min_size=1, max_size=200))
def test_bounds_always_rise_and_lie_among_the_figures(figures):
    scaled = np.array(figures) / 10
    for bounds in (grade_bounds(*counted(scaled)), signed_bounds(*counted(scaled))):
        assert len(bounds) == 9
        assert bounds == sorted(bounds)
        assert min(0, scaled.min()) <= bounds[0]
        assert bounds[-1] <= max(0, scaled.max())
