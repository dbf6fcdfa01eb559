"""Local and global Moran's I against spdep and esda; clusters, outliers and flat maps."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from analytics.statistics.global_moran import global_moran
from analytics.statistics.local_moran import local_moran, local_moran_permutation
from analytics.statistics.refusals import IsolatedUnits, MissingValue, StatisticRefused

ESDA_QUADRANTS = {1: "high-high", 2: "low-high", 3: "low-low", 4: "high-low"}


@pytest.mark.parametrize("graph", ["queen", "cr85"])
def test_local_moran_equals_spdep_on_north_carolina(golden, edges_to_weights, graph):
    truth = golden("spdep_localG_localmoran_ncsids.csv").set_index("FIPS")
    file = "ncsids_queen_edges.csv" if graph == "queen" else "ncsids_ncCR85_edges.csv"
    w = edges_to_weights(golden(file), truth.index.to_series())
    found = local_moran(truth["rate74"], w)
    for ours, column in (
        (found["i"], f"Ii_{graph}_W_rate74"),
        (found["i"] * np.diff(w.indptr), f"Ii_{graph}_B_rate74"),
        (found["z"], f"ZIi_{graph}_W_rate74"),
        (found["p"], f"PIi_{graph}_W_rate74"),
    ):
        np.testing.assert_allclose(ours, truth[column], rtol=0, atol=1e-9)


def test_local_moran_equals_esda_on_north_carolina(golden, edges_to_weights):
    truth = golden("esda_ncsids.csv").set_index("FIPS")
    w = edges_to_weights(golden("ncsids_queen_edges.csv"), truth.index.to_series())
    found = local_moran_permutation(truth["rate74"], w, seed=1)
    np.testing.assert_allclose(found["i"] * 99 / 100, truth["esda_Ii"], rtol=0, atol=1e-9)  # n − 1 there
    assert (found["quadrant"] == truth["esda_quad"].map(ESDA_QUADRANTS)).all()
    assert np.abs(found["p_sim"] / 2 - truth["esda_Ii_p_sim_one"]).max() < 0.05  # 999 draws, folded


def test_global_moran_equals_spdep_on_north_carolina(golden, edges_to_weights):
    truth = golden("spdep_localG_localmoran_ncsids.csv").set_index("FIPS")
    w = edges_to_weights(golden("ncsids_queen_edges.csv"), truth.index.to_series())
    found = global_moran(truth["rate74"], w)
    assert found.i == pytest.approx(0.230910449, abs=5e-10)
    assert found.expected == pytest.approx(-1 / 99)
    assert found.variance == pytest.approx(0.004065134, abs=5e-10)
    assert found.z == pytest.approx(3.780074, abs=5e-7)
    assert found.p == pytest.approx(7.839e-5, rel=1e-4)
    assert local_moran(truth["rate74"], w)["i"].mean() == pytest.approx(found.i)


def test_permutation_p_agrees_with_the_whole_conditional_distribution():
    values = pd.Series([5.0, 4, 1, 2, 3, 0, 2.5], index=list("abcdefg"))
    pairs = [(0, 1), (0, 4), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (6, 0)]
    rows, columns = np.array(pairs + [(b, a) for a, b in pairs]).T
    w = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(7, 7))
    found = local_moran_permutation(values, w, seed=3)
    hot = local_moran_permutation(values, w, alternative="greater", seed=3)
    pd.testing.assert_frame_equal(hot[["i", "quadrant", "z"]], found[["i", "quadrant", "z"]])
    assert set(hot["quadrant"]) > {"high-high"}
    for unit in range(7):
        others = np.delete(values.to_numpy(), unit)
        sums = np.array([sum(draw) for draw in combinations(others, int(np.diff(w.indptr)[unit]))])
        observed = (w @ values.to_numpy())[unit]
        exact = min(1.0, 2 * min((sums >= observed).mean(), (sums <= observed).mean()))
        assert found["p_sim"].iloc[unit] == pytest.approx(exact, abs=0.03)
        high = hot["quadrant"].iloc[unit] == "high-high"
        assert hot["p_sim"].iloc[unit] == pytest.approx((sums >= observed).mean() if high else 1, abs=0.015)


def test_the_data_are_one_of_the_draws_so_p_is_never_zero(cells, queen):
    values = pd.Series(np.arange(64.0), index=cells.index)
    values[["c000", "c001", "c008", "c009"]] = 1e4  # a corner: hardly a draw gives c000 these neighbours
    one_sided, two_sided = (
        local_moran_permutation(values, queen, alternative=side, permutations=99, seed=1).loc["c000", "p_sim"]
        for side in ("greater", "two-sided")
    )
    assert (one_sided, two_sided) == (1 / 100, 2 / 100)


def test_greater_finds_what_is_hot_and_nothing_else(cells, queen):
    values = pd.Series(np.random.default_rng(1).normal(5, 1, 64), index=cells.index)
    values[cells["x"].between(250, 1_000) & cells["y"].between(250, 1_000)] += 6
    values["c027"] = 0.0
    values[["c054", "c055", "c062", "c063"]] = 2.0  # a cold corner
    drawn = local_moran_permutation(values, queen, alternative="greater", seed=1)
    analytic, both = (local_moran(values, queen, alternative=side) for side in ("greater", "two-sided"))
    for found, p in ((drawn, "p_sim"), (analytic, "p")):
        assert found.loc[["c018", "c019"], "q"].max() <= 0.05
        assert set(found.loc[found["q"] <= 0.05, "quadrant"]) == {"high-high"}
        assert (found.loc[found["quadrant"] != "high-high", p] == 1).all()
    high = (analytic["quadrant"] == "high-high") & (analytic["z"] > 0)
    np.testing.assert_allclose(2 * analytic.loc[high, "p"], both.loc[high, "p"])
    for test in (local_moran, lambda *told, **asked: local_moran_permutation(*told, **asked, seed=1)):
        with pytest.raises(StatisticRefused, match="alternative"):
            test(values, queen, alternative="less")


def test_a_cluster_and_the_odd_one_out_are_told_apart(cells, queen):
    values = pd.Series(np.random.default_rng(1).normal(5, 1, 64), index=cells.index)
    values[cells["x"].between(250, 1_000) & cells["y"].between(250, 1_000)] += 6
    values["c027"] = 0.0  # x = y = 750, amid the high ones
    found = local_moran_permutation(values, queen, seed=1)
    assert found.loc["c027", "quadrant"] == "low-high"
    assert found.loc["c027", "z"] < 0
    assert found.loc["c018", "quadrant"] == "high-high"
    assert (found.loc[["c018", "c027"], "q"] <= 0.05).all()
    assert (found.loc[found["q"] <= 0.05, "quadrant"] != "low-low").all()
    assert (found["q_any"] >= found["q"]).all()


def test_a_flat_map_has_neither_clusters_nor_outliers(cells, queen):
    flat = pd.Series(0.1, index=cells.index) + np.tile([0, 1e-17], 32)
    for found, p in ((local_moran(flat, queen), "p"), (local_moran_permutation(flat, queen, seed=1), "p_sim")):
        assert (found[["i", "z"]] == 0).all(axis=None)
        assert (found["quadrant"] == "none").all()
        assert (found[p] == 1).all()
    with pytest.raises(StatisticRefused, match="equal"):
        global_moran(pd.Series(1.0, index=cells.index), queen)


@pytest.mark.parametrize("statistic", [local_moran, global_moran])
def test_gaps_and_isolates_are_refused_with_their_code(cells, queen, cut_off, statistic):
    values = pd.Series(np.arange(64.0), index=cells.index)
    with pytest.raises(MissingValue, match="c007"):
        statistic(values.where(values != 7), queen)
    with pytest.raises(IsolatedUnits, match="c003"):
        statistic(values, cut_off)
    with pytest.raises(StatisticRefused, match="four"):
        global_moran(values[:3], sparse.csr_array(1.0 - np.eye(3)))
    with pytest.raises(StatisticRefused, match="permutations"):
        local_moran_permutation(values, queen, permutations=9, seed=1)
