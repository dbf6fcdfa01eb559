"""Testing sites: the best of all choices in small cases, a true bound in any; when to staff them."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from analytics.planning.covering import maximal_covering
from analytics.planning.sites import FIRST, LAST, staffing


def best_by_brute_force(reach: np.ndarray, weight: np.ndarray, count: int) -> float:
    choices = combinations(range(len(reach)), min(count, len(reach)))
    return max(weight[reach[list(chosen)].any(axis=0)].sum() for chosen in choices)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 100_000), candidates=st.integers(1, 9), places=st.integers(1, 14), count=st.integers(1, 4)
)
def test_the_choice_is_the_best_there_is_and_the_bound_is_never_below_it(seed, candidates, places, count):
    rng = np.random.default_rng(seed)
    reach = rng.random((candidates, places)) < 0.35
    weight = np.round(rng.lognormal(0, 1, places), 3) * (rng.random(places) < 0.8)
    found = maximal_covering(csr_array(reach.astype(float)), weight, count)
    best = best_by_brute_force(reach, weight, count)
    assert found.reached == pytest.approx(best)
    assert found.bound >= best * (1 - 1e-9)
    assert found.optimal
    assert sum(found.gains) == pytest.approx(found.reached)
    assert list(found.gains) == sorted(found.gains, reverse=True)
    assert all(gain > 0 for gain in found.gains)


def test_where_greedy_errs_exchange_or_branching_finds_the_best():
    reach = np.array([[0, 1, 1, 1, 1, 0], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], float)
    found = maximal_covering(csr_array(reach), np.ones(6), 2)
    assert (set(found.chosen), found.reached, found.bound) == ({1, 2}, 6.0, pytest.approx(6.0))


def test_no_candidate_or_nobody_exposed_is_no_site():
    assert maximal_covering(csr_array((0, 3)), np.ones(3), 2).chosen == ()
    assert maximal_covering(csr_array(np.ones((2, 3))), np.zeros(3), 2).chosen == ()


def test_a_site_is_staffed_when_most_people_of_its_units_are_there():
    people = np.zeros((2, 24))
    people[0, 14:18], people[1, 2:5], people[1, 9:12] = 100, 900, 10
    begin, share = staffing(people, np.array([3.0, 1.0]), 4, FIRST)
    assert (begin, share) == (14, pytest.approx(300 / 307.5))
    begin, _ = staffing(people, np.array([0.0, 1.0]), 4, FIRST)
    assert FIRST <= begin <= LAST - 4  # not at night, though most people are there then
    assert begin == 8
    assert staffing(people, np.array([0.0, 1.0]), 4, 12)[0] == 12
