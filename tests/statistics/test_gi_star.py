"""Gi* and Gi against spdep, esda, Getis & Ord's own table, and the six points of esda's documentation."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from analytics.statistics import gi_star as module
from analytics.statistics import weights
from analytics.statistics.gi_star import gi_star, gi_star_permutation
from analytics.statistics.neighbour_draws import exceedances
from analytics.statistics.refusals import IsolatedUnits, Misaligned, MissingValue, StatisticRefused

SIX_POINTS = pd.DataFrame({"x": [10.0, 20, 40, 15, 30, 30], "y": [10.0, 10, 10, 20, 20, 30]}, index=list("abcdef"))
SIX_VALUES = pd.Series([2.0, 3, 3.2, 5, 8, 7], index=list("abcdef"))


@pytest.mark.parametrize(
    ("star", "published"),
    [
        (False, [-1.0136729, -0.04361589, 1.31558703, -0.31412676, 1.15373986, 1.77833941]),
        (True, [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]),
    ],
    ids=["Gi", "Gi*"],
)
def test_six_points_of_the_esda_documentation(star, published):
    w = weights.distance_band(SIX_POINTS, 15)
    assert gi_star(SIX_VALUES, w, star=star)["z"].to_numpy() == pytest.approx(published, abs=1e-8)


@pytest.mark.parametrize("graph", ["queen", "cr85"])
def test_equals_spdep_on_north_carolina(golden, edges_to_weights, graph):
    truth = golden("spdep_localG_localmoran_ncsids.csv")
    file = "ncsids_queen_edges.csv" if graph == "queen" else "ncsids_ncCR85_edges.csv"
    values = truth.set_index("FIPS")["rate74"]
    w = edges_to_weights(golden(file), truth["FIPS"])
    for star, column in ((True, f"Gistar_{graph}_B_rate74"), (False, f"Gi_{graph}_B_rate74")):
        ours = gi_star(values, w, star=star)["z"].to_numpy()
        np.testing.assert_allclose(ours, truth[column], rtol=0, atol=1e-9)


def test_p_and_q_equal_spdep_on_north_carolina(golden, edges_to_weights):
    truth = golden("spdep_gistar_fdr_ncsids.csv")
    rate = golden("spdep_localG_localmoran_ncsids.csv").set_index("FIPS")["rate74"]
    found = gi_star(rate, edges_to_weights(golden("ncsids_queen_edges.csv"), truth["FIPS"]))
    np.testing.assert_allclose(found["z"], truth["z"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["p"], truth["p_upper"], rtol=1e-9)
    two_sided = 2 * np.minimum(found["p"], 1 - found["p"])
    np.testing.assert_allclose(module.fdr(two_sided), truth["bh_two"], rtol=1e-9)
    assert (two_sided < 0.05).sum() == 12
    assert (module.fdr(two_sided) < 0.05).sum() == 2
    np.testing.assert_allclose(module.fdr_any_dependence(two_sided), truth["by_two"], rtol=1e-9)
    assert (found["q_any"] >= found["q"]).all()


@pytest.mark.parametrize("band", [30, 60, 90, 120, 150])
def test_equals_spdep_on_the_grid_of_getis_and_ord(golden, band):
    grid = golden("spdep_localG_getisord.csv").set_index("i")
    w = weights.distance_band(grid[["x", "y"]], band)
    for star, column in ((True, f"Gistar_{band}"), (False, f"Gi_{band}")):
        ours = gi_star(grid["val"], w, star=star)["z"]
        np.testing.assert_allclose(ours, grid[column], rtol=0, atol=1e-9)


def test_the_printed_table_of_1996_divides_by_n_minus_1(golden):
    grid = golden("spdep_localG_getisord.csv").set_index("i")
    w = weights.distance_band(grid[["x", "y"]], 30)
    cell = grid.index[(grid["x"] == 210) & (grid["y"] == 210)][0]
    assert gi_star(grid["val"], w, star=False)["z"][cell] == pytest.approx(1.221979, abs=5e-7)
    star = gi_star(grid["val"], w)["z"][cell]
    assert star == pytest.approx(1.450780, abs=5e-7)
    assert star * np.sqrt(255 / 256) == pytest.approx(1.447943, abs=5e-7)


def test_equals_esda_with_binary_weights(golden, edges_to_weights):
    truth = golden("esda_ncsids.csv").set_index("FIPS")
    w = edges_to_weights(golden("ncsids_queen_edges.csv"), truth.index.to_series())
    for star, column in ((True, "esda_Gistar_B"), (False, "esda_Gi_B")):
        ours = gi_star(truth["rate74"], w, star=star)["z"]
        np.testing.assert_allclose(ours, truth[column], rtol=0, atol=1e-9)


def test_permutation_p_agrees_with_the_whole_conditional_distribution():
    """Five others, neighbours drawn two by two: the exact p of unit a is a count of pairs."""
    values = pd.Series([5.0, 4, 1, 2, 3, 0], index=list("abcdef"))
    pairs = [(0, 1), (0, 4), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)]
    rows, columns = np.array(pairs + [(b, a) for a, b in pairs]).T
    w = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(6, 6))
    found = gi_star_permutation(values, w, permutations=9_999, seed=3)
    for unit in range(6):
        others = [values.iloc[other] for other in range(6) if other != unit]
        size = int(w[[unit]].sum())
        sums = [sum(draw) for draw in combinations(others, size)]
        exact = np.mean([total >= (w @ values.to_numpy())[unit] for total in sums])
        assert found["p_sim"].iloc[unit] == pytest.approx(exact, abs=0.02)


def test_units_share_draws_and_each_reads_them_around_itself():
    """Seven units of one to four neighbours: each p is that of all sets of its size."""
    rng = np.random.default_rng(2)
    values = pd.Series(rng.normal(size=7), index=list("gfedcba"))
    w = sparse.csr_array(np.triu(rng.random((7, 7)) < 0.5, 1).astype(float))
    w = sparse.csr_array(w + w.T)
    assert len(np.unique(np.diff(w.indptr))) >= 3
    above = exceedances(values, w, 40_000, 5)
    for unit in range(7):
        others = np.delete(values.to_numpy(), unit)
        sums = [sum(draw) for draw in combinations(others, int(np.diff(w.indptr)[unit]))]
        exact = np.mean([total >= (w @ values.to_numpy())[unit] - 1e-12 for total in sums])
        assert above[unit] / 40_000 == pytest.approx(exact, abs=4 * np.sqrt(0.25 / 40_000))


def test_the_answer_does_not_know_how_many_processors_there_are(cells, queen, monkeypatch):
    values = pd.Series(np.random.default_rng(1).normal(size=64), index=cells.index)
    many = exceedances(values, queen, 999, 1)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert (exceedances(values, queen, 999, 1) == many).all()


def test_permutation_p_of_north_carolina_agrees_with_esda(golden, edges_to_weights):
    truth = golden("esda_ncsids.csv")
    w = edges_to_weights(golden("ncsids_queen_edges.csv"), truth["FIPS"])
    found = gi_star_permutation(truth.set_index("FIPS")["rate74"], w, seed=1)
    esda_p = truth["esda_Gistar_B_p_sim_one"].to_numpy()  # 999 draws, smaller tail: fold ours
    folded = np.minimum(found["p_sim"], 1 - found["p_sim"]).to_numpy()
    assert np.abs(folded - esda_p).max() < 0.05
    assert found["p_sim"].min() >= 1 / 10_000


def test_a_constant_field_has_no_hot_place(cells, queen):
    flat = pd.Series(0.1, index=cells.index)
    assert (gi_star(flat, queen)["z"] == 0).all()
    assert (gi_star(flat, queen)["q"] == 0.5).all()
    assert (gi_star_permutation(flat, queen, permutations=999, seed=1)["p_sim"] == 1).all()
    nearly = flat + np.tile([0, 1e-17], 32)
    assert (gi_star(nearly, queen)["z"] == 0).all()


def test_a_missing_value_is_refused_with_its_code(cells, queen):
    values = pd.Series(1.0, index=cells.index)
    values["c007"] = np.nan
    with pytest.raises(MissingValue, match="c007"):
        gi_star(values, queen)


def test_an_isolate_is_refused_with_its_code(cells, cut_off):
    with pytest.raises(IsolatedUnits, match="c003"):
        gi_star(pd.Series(range(64), index=cells.index), cut_off)


def test_weights_that_are_not_binary_are_refused(cells, queen):
    values = pd.Series(range(64), index=cells.index)
    with pytest.raises(Misaligned, match="binary"):
        gi_star(values, queen * 0.25)
    with pytest.raises(Misaligned, match="itself"):
        gi_star(values, sparse.csr_array(queen + sparse.eye_array(64)))
    with pytest.raises(StatisticRefused, match="permutations"):
        gi_star_permutation(values, queen, permutations=10, seed=1)
