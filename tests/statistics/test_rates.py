"""Empirical Bayes against spdep; exact intervals of relative risk near zero."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from analytics.statistics.rates import (
    empirical_bayes,
    local_empirical_bayes,
    ratio,
    relative_risk,
    smoothed_interval,
)
from analytics.statistics.refusals import BadCounts, IsolatedUnits, Misaligned, MissingValue


def test_empirical_bayes_equals_spdep_on_north_carolina(golden, north_carolina):
    truth = golden("spdep_rates_ncsids.csv").set_index("NAME")
    found = empirical_bayes(north_carolina["SID74"], north_carolina["BIR74"])
    np.testing.assert_allclose(found["raw"], truth.loc[found.index, "EB_raw"], rtol=1e-12)
    np.testing.assert_allclose(found["smoothed"], truth.loc[found.index, "EB_est"], rtol=1e-9)
    assert found.attrs["prior_variance"] == pytest.approx(7.692931e-07, rel=1e-6)
    assert found.attrs["prior_mean"] == pytest.approx(0.002021445, rel=1e-6)


def test_local_empirical_bayes_equals_spdep_on_north_carolina(golden, north_carolina, edges_to_weights):
    truth = golden("spdep_rates_ncsids.csv").set_index("NAME").loc[north_carolina.index]
    w = edges_to_weights(golden("ncsids_queen_edges.csv"), truth["FIPS"])
    found = local_empirical_bayes(north_carolina["SID74"], north_carolina["BIR74"], w)
    np.testing.assert_allclose(found["raw"], truth["EB_raw"], rtol=1e-12)
    np.testing.assert_allclose(found["smoothed"], truth["EBlocal_est"], rtol=1e-9)


def test_where_all_are_neighbours_the_local_prior_is_the_global_one(cells):
    rng = np.random.default_rng(1)
    base = pd.Series(rng.lognormal(3, 1, 64), index=cells.index)
    events = pd.Series(rng.poisson(base * rng.gamma(2, 0.5, 64)), index=cells.index)
    everyone = sparse.csr_array(1.0 - np.eye(64))
    found = local_empirical_bayes(events, base, everyone)
    np.testing.assert_allclose(found["smoothed"], empirical_bayes(events, base)["smoothed"], rtol=1e-9)


def test_a_high_part_of_town_is_not_drawn_down_to_the_mean_of_the_whole(cells, queen, cut_off):
    base = pd.Series(40.0, index=cells.index)
    risk = np.where(cells["y"] > 800, 0.4, 0.1)
    events = pd.Series(np.random.default_rng(2).poisson(base * risk), index=cells.index)
    within = (cells["y"] > 1_100).to_numpy()
    local = local_empirical_bayes(events, base, queen)["smoothed"]
    assert (
        np.abs(local - risk)[within].mean()
        < np.abs(empirical_bayes(events, base)["smoothed"] - risk)[within].mean()
    )
    nothing = local_empirical_bayes(events * 0, base, queen)
    assert (nothing[["smoothed", "prior_variance"]] == 0).all(axis=None)
    with pytest.raises(IsolatedUnits, match="c003"):
        local_empirical_bayes(events, base, cut_off)


def test_the_middle_of_the_interval_of_a_smoothed_rate_is_that_rate(golden, north_carolina):
    events, births = north_carolina["SID74"], north_carolina["BIR74"]
    found = smoothed_interval(events, births)
    rates = empirical_bayes(events, births)
    a, b = rates.attrs["prior_variance"], rates.attrs["prior_mean"]
    posterior = stats.gamma(b**2 / a + events, scale=1 / (b / a + births))
    np.testing.assert_allclose(posterior.mean(), found["smoothed"], rtol=1e-9)
    np.testing.assert_allclose(posterior.cdf(found["ci_low"]), 0.025)
    np.testing.assert_allclose(posterior.cdf(found["ci_high"]), 0.975)
    assert (smoothed_interval(events, births, confidence=0.5)["ci_high"] < found["ci_high"]).all()


def test_the_interval_of_smoothed_rates_holds_nearly_95_percent_of_true_rates():
    rng = np.random.default_rng(4)
    inside = []
    for _ in range(40):
        base = pd.Series(rng.lognormal(3, 1, 200))
        truth = rng.gamma(4, 0.05, 200)
        found = smoothed_interval(pd.Series(rng.poisson(truth * base)), base)
        inside.append(((found["ci_low"] <= truth) & (truth <= found["ci_high"])).mean())
    assert 0.925 <= np.mean(inside) <= 0.96


def test_without_spread_there_is_no_interval_to_give():
    found = smoothed_interval(pd.Series([2, 6, 1]), pd.Series([100.0, 300, 50]))
    assert (found["smoothed"] == 0.02).all()
    assert found[["ci_low", "ci_high"]].isna().all(axis=None)


def test_without_more_spread_than_chance_every_rate_is_the_mean():
    base = pd.Series([100.0, 300, 50], index=list("abc"))
    found = empirical_bayes(pd.Series([2, 6, 1], index=list("abc")), base)
    assert found.attrs["prior_variance"] == 0
    assert (found["smoothed"] == 0.02).all()
    nothing = empirical_bayes(pd.Series([0, 0, 0], index=list("abc")), base)
    assert (nothing["smoothed"] == 0).all()


def test_a_unit_without_exposure_has_no_rate():
    events = pd.Series([1, 0], index=["11110515", "11110530"])
    with pytest.raises(BadCounts, match="11110530"):
        empirical_bayes(events, pd.Series([5.0, 0.0], index=events.index))
    with pytest.raises(MissingValue, match="11110530"):
        empirical_bayes(events, pd.Series([5.0, np.nan], index=events.index))
    with pytest.raises(Misaligned):
        empirical_bayes(events, pd.Series([5.0, 1.0], index=events.index[::-1]))


def test_the_interval_is_that_of_the_exact_binomial_test():
    """42 of 552 fall where 21.24 are expected: odds of the binomial interval over null odds."""
    found = relative_risk(pd.Series([42], index=["a"]), pd.Series([21.24], index=["a"]), 552).loc["a"]
    share = stats.binomtest(42, 552).proportion_ci(0.95, "exact")
    odds = 21.24 / (552 - 21.24)
    assert found["relative_risk"] == pytest.approx((42 / 21.24) / ((552 - 42) / (552 - 21.24)))
    assert found["ci_low"] == pytest.approx(share.low / (1 - share.low) / odds)
    assert found["ci_high"] == pytest.approx(share.high / (1 - share.high) / odds)


def test_relative_risk_near_zero_and_at_the_edges():
    codes = ["none", "all", "empty", "whole"]
    observed = pd.Series([0, 9, 0, 9], index=codes)
    expected = pd.Series([3.0, 3.0, 0.0, 9.0], index=codes)
    found = relative_risk(observed, expected, 9)
    none, everything = found.loc["none"], found.loc["all"]
    assert (none["relative_risk"], none["ci_low"]) == (0, 0)
    assert 0 < none["ci_high"] < np.inf
    assert (everything["relative_risk"], everything["ci_high"]) == (np.inf, np.inf)
    assert 0 < everything["ci_low"] < np.inf
    assert found.loc[["empty", "whole"]].isna().all(axis=None)


def test_the_interval_covers_at_least_95_percent_of_the_time():
    """Summed exactly over the binomial distribution, not simulated, for small expected counts."""
    total, expected = 40, 1.5
    codes = pd.RangeIndex(total + 1)
    found = relative_risk(pd.Series(codes, index=codes), pd.Series(expected, index=codes), total)
    for truth in (0.2, 1.0, 3.0, 8.0):
        share = truth * expected / (truth * expected + total - expected)
        inside = (found["ci_low"] <= truth) & (truth <= found["ci_high"])
        assert (stats.binom.pmf(codes, total, share) * inside).sum() >= 0.95


def test_counts_are_whole_and_within_the_total():
    with pytest.raises(BadCounts, match="x1"):
        relative_risk(pd.Series([1.5], index=["x1"]), pd.Series([1.0], index=["x1"]), 3)
    with pytest.raises(BadCounts, match="x1"):
        relative_risk(pd.Series([4], index=["x1"]), pd.Series([1.0], index=["x1"]), 3)


def test_ratio_is_missing_where_nothing_is_expected():
    found = ratio(pd.Series([2, 0], index=["a", "b"]), pd.Series([4.0, 0.0], index=["a", "b"]))
    assert found["a"] == 0.5
    assert np.isnan(found["b"])


def test_ratio_equals_spdep_on_north_carolina(golden, north_carolina):
    truth = golden("spdep_rates_ncsids.csv").set_index("NAME").loc[north_carolina.index]
    expected = north_carolina["BIR74"] * north_carolina["SID74"].sum() / north_carolina["BIR74"].sum()
    found = ratio(north_carolina["SID74"], expected)
    np.testing.assert_allclose(100 * found, truth["pm_relrisk"], rtol=1e-9)
