"""The trend test: hand-computed values, scipy, every permutation, honest under its null."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analytics.statistics.emerging import mann_kendall
from analytics.statistics.emerging.mann_kendall import EXACT_UP_TO
from analytics.statistics.refusals import StatisticRefused


def trend(*values: float) -> pd.Series:
    return mann_kendall(pd.DataFrame([values], dtype=float)).iloc[0]


def score(values) -> int:
    return sum(np.sign(b - a) for a, b in itertools.combinations(values, 2))


def test_hand_computed_values():
    # 5 values, all rising: S = 10, variance 5·4·15/18 = 16.67, z = 9/4.08; 2 of 120 orders are as extreme
    rising = trend(1, 2, 3, 4, 5)
    assert (rising["n"], rising["s"], rising["tau"]) == (5, 10, 1)
    assert rising["z"] == pytest.approx(9 / np.sqrt(50 / 3))
    assert rising["p"] == pytest.approx(2 / 120)
    # 23, 24, 29, 6, 29, 24, 24, 29, 23 (Gilbert 1987, p. 209: ties of 2, 3 and 3; variance 81.33, here S = 2)
    tied = trend(23, 24, 29, 6, 29, 24, 24, 29, 23)
    assert tied["s"] == score([23, 24, 29, 6, 29, 24, 24, 29, 23])
    variance = (9 * 8 * 23 - (2 * 1 * 9 + 3 * 2 * 11 + 3 * 2 * 11)) / 18
    assert tied["z"] == pytest.approx(np.sign(tied["s"]) * (abs(tied["s"]) - 1) / np.sqrt(variance))


def test_all_equal_is_no_trend_and_less_than_two_values_are_no_series():
    flat = trend(3, 3, 3, 3)
    assert flat[["s", "tau", "z", "p"]].tolist() == [0, 0, 0, 1]
    assert trend(np.nan, 4, np.nan)[["tau", "z", "p"]].isna().all()


def test_missing_values_are_left_out_not_zero():
    pd.testing.assert_series_equal(trend(np.nan, 5, np.nan, 4, 7, 9, np.nan), trend(5, 4, 7, 9))


def test_infinite_values_are_refused():
    with pytest.raises(StatisticRefused, match="finite"):
        trend(1, np.inf, 2)


@pytest.mark.parametrize("length", [4, 9, 16, 28, 33])
def test_without_ties_p_and_tau_are_those_of_scipy(length):
    values = np.random.default_rng(length).normal(size=(25, length))
    found = mann_kendall(pd.DataFrame(values))
    for row, ours in zip(values, found.itertuples(), strict=True):
        theirs = stats.kendalltau(np.arange(length), row, method="exact")
        assert ours.tau == pytest.approx(theirs.statistic, abs=1e-12)
        assert ours.p == pytest.approx(theirs.pvalue, abs=1e-9)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=7))
@settings(max_examples=60, deadline=None)
def test_with_ties_p_is_the_share_of_all_orders_that_are_as_extreme(values):
    found = trend(*values)
    orders = [abs(score(order)) for order in itertools.permutations(values)]
    assert found["s"] == score(values)
    assert found["p"] == pytest.approx(np.mean([other >= abs(score(values)) for other in orders]))
    tau = stats.kendalltau(np.arange(len(values)), values).statistic
    assert found["tau"] == pytest.approx(0.0 if np.isnan(tau) else tau)


def test_beyond_the_exact_length_p_is_nearly_the_same():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(10, EXACT_UP_TO + 1)).round(1)
    longer, shorter = (mann_kendall(pd.DataFrame(values[:, :length])) for length in (EXACT_UP_TO + 1, EXACT_UP_TO))
    normal = 2 * stats.norm.sf(shorter["z"].abs())
    np.testing.assert_allclose(shorter["p"], normal, atol=0.01)
    np.testing.assert_allclose(longer["p"], 2 * stats.norm.sf(longer["z"].abs()))


def test_a_series_turned_round_has_the_opposite_trend():
    values = np.random.default_rng(5).integers(0, 6, (40, 12)).astype(float)
    there, back = mann_kendall(pd.DataFrame(values)), mann_kendall(pd.DataFrame(values[:, ::-1]))
    np.testing.assert_array_equal(there[["s", "z", "tau"]], -back[["s", "z", "tau"]])
    np.testing.assert_array_equal(there["p"], back["p"])


def test_under_the_null_no_more_than_alpha_of_the_rows_have_a_trend():
    values = np.random.default_rng(7).integers(0, 4, (4_000, 14)).astype(float)
    share = (mann_kendall(pd.DataFrame(values))["p"] <= 0.05).mean()
    assert 0.035 < share <= stats.binom.isf(0.01, 4_000, 0.05) / 4_000
