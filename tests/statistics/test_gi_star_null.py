"""Gi* under the scan's null: the plain formulas replicate by replicate, honest about what is not tested."""

import numpy as np
import pandas as pd
import pytest

from analytics.statistics import weights
from analytics.statistics.gi_star import gi_star
from analytics.statistics.gi_star_null import gi_star_under_null
from analytics.statistics.rates import empirical_bayes
from analytics.statistics.refusals import BadCounts, Misaligned, StatisticRefused


@pytest.fixture
def exposure(cells) -> pd.Series:
    rng = np.random.default_rng(1)
    return pd.Series(rng.lognormal(3, 1, 64), index=cells.index)


def draws(exposure: pd.Series, visits: int, replicates: int, seed: int) -> np.ndarray:
    base = exposure.fillna(0)
    return np.random.default_rng(seed).multinomial(visits, base / base.sum(), size=replicates)


def test_every_replicate_goes_through_the_same_smoothing_and_gi_star(cells, queen, exposure):
    counts = pd.Series(draws(exposure, 80, 1, 5)[0], index=cells.index)
    simulated = draws(exposure, 80, 60, 6)
    found = gi_star_under_null(counts, simulated, exposure, queen)
    rates = empirical_bayes(counts, exposure)
    pd.testing.assert_frame_equal(found[["raw", "smoothed"]], rates, check_flags=False)
    observed = gi_star(rates["smoothed"], queen)["z"]
    np.testing.assert_allclose(found["z"], observed, atol=1e-12)
    each = [
        gi_star(empirical_bayes(pd.Series(row, index=cells.index), exposure)["smoothed"], queen)["z"]
        for row in simulated
    ]
    above = (np.array(each) >= observed.to_numpy() - 1e-9).sum(axis=0)
    np.testing.assert_allclose(found["p"], (above + 1) / 61)


def test_a_planted_neighbourhood_passes_and_equal_risk_in_unequal_crowds_does_not(cells, queen, exposure):
    simulated = draws(exposure, 150, 9_999, 2)
    quiet = gi_star_under_null(
        pd.Series(draws(exposure, 150, 1, 3)[0], index=cells.index), simulated, exposure, queen
    )
    assert quiet["q"].min() > 0.05
    counts = pd.Series(draws(exposure, 110, 1, 4)[0], index=cells.index)
    counts[["c027", "c028", "c035", "c036"]] += 10
    hot = gi_star_under_null(counts, simulated, exposure, queen)
    assert (hot.loc[["c027", "c028", "c035", "c036"], "q"] <= 0.05).all()
    assert hot.loc["c000", "q"] > 0.05


def test_units_without_exposure_or_neighbours_are_not_tested_and_say_why(cells, queen, exposure):
    exposure = exposure.copy()
    exposure[["c001", "c008", "c009"]] = np.nan  # c000 in the corner loses all its neighbours
    exposure["c063"] = 0
    counts = pd.Series(draws(exposure, 60, 1, 4)[0], index=cells.index)
    found = gi_star_under_null(counts, draws(exposure, 60, 99, 5), exposure, queen)
    assert found["reason"]["c001"] == found["reason"]["c063"] == "no observable person-hours"
    assert found["reason"]["c000"] == "no neighbour with data"
    assert (found["reason"] == "").sum() == 59
    assert found.loc[found["reason"] != "", ["z", "p", "q"]].isna().all(axis=None)
    assert found.loc[found["reason"] == "", ["z", "p", "q"]].notna().all(axis=None)
    part = exposure > 0
    alone = gi_star_under_null(
        counts[part], draws(exposure, 60, 99, 5)[:, part], exposure[part], weights.subset(queen, part.to_numpy())
    )
    pd.testing.assert_frame_equal(found[part], alone)


def test_no_visits_at_all_is_nothing_hot(cells, queen, exposure):
    nothing = gi_star_under_null(pd.Series(0, index=cells.index), np.zeros((99, 64), int), exposure, queen)
    assert (nothing["p"] == 1).all()
    assert (nothing["z"] == 0).all()


def test_impossible_inputs_are_refused(cells, queen, exposure):
    counts, simulated = pd.Series(1, index=cells.index), np.ones((99, 64), int)
    with pytest.raises(Misaligned):
        gi_star_under_null(counts, simulated[:, :5], exposure, queen)
    with pytest.raises(BadCounts, match="c004"):
        gi_star_under_null(counts, simulated, exposure.where(exposure.index != "c004"), queen)
    with pytest.raises(BadCounts, match="c004"):
        gi_star_under_null(counts, simulated, exposure.where(exposure.index != "c004", -1), queen)
    with pytest.raises(StatisticRefused, match="replicates"):
        gi_star_under_null(counts, simulated[:9], exposure, queen)
