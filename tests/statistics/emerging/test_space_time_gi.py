"""Gi* of the bins of a cube: by hand, against the flat Gi*, honest under its null, missing is missing."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from analytics.statistics import weights
from analytics.statistics.emerging import Cube, cube_of, emerging_hot_spots, space_time_gi
from analytics.statistics.gi_star import gi_star
from analytics.statistics.persons.visit_null import visit_null
from analytics.statistics.rates import empirical_bayes
from analytics.statistics.refusals import BadCounts, Misaligned, StatisticRefused
from tests.statistics.conftest import lattice
from tests.statistics.little_worlds import visited

SIDE, DAYS = 9, 14
PLACES = lattice(SIDE)
NEAR = weights.distance_band(PLACES, 250 * 2**0.5)
BINS = pd.date_range("2020-08-03", periods=DAYS, name="bin")


def frame(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values, PLACES.index, BINS)


def world(seed: int, visits: int, *, gaps: float = 0.1) -> Cube:
    """Return a cube whose visits fall by observable person-hours, which differ widely; some bins are missing."""
    rng = np.random.default_rng(seed)
    exposure = rng.lognormal(0, 1.2, (len(PLACES), 1)) * rng.uniform(0.5, 2, (len(PLACES), DAYS))
    exposure[rng.random(exposure.shape) < gaps] = np.nan
    day, person = rng.integers(0, DAYS, visits), rng.integers(0, max(visits // 2, 1), visits)
    share = np.nan_to_num(exposure) / np.nansum(exposure, axis=0)
    unit = np.array([rng.choice(len(PLACES), p=share[:, one]) for one in day], int)
    counts, expected = np.zeros(exposure.shape, int), share * np.bincount(day, minlength=DAYS)
    np.add.at(counts, (unit, day), 1)
    table = pd.DataFrame({"person": person, "unit": unit, "bin": day})
    return Cube(frame(counts), frame(exposure), frame(expected), table)


def planted(seed: int, visits: int) -> Cube:
    """Return such a cube with a quarter that has too many visits, so that smoothing leaves differences."""
    cube = world(seed, visits)
    counts, unit, day = cube.counts.copy(), 40, int(np.flatnonzero(cube.known.iloc[40])[5])
    counts.iloc[unit, day] += 12
    more = pd.DataFrame({"person": np.arange(12) // 2 + 900, "unit": unit, "bin": day})
    return Cube(counts, cube.exposure, cube.expected, pd.concat([cube.visits, more], ignore_index=True))


def brute(cube: Cube, steps_back: int) -> tuple[np.ndarray, np.ndarray]:
    """Return z and different persons of each bin, neighbour by neighbour."""
    known, near = cube.known.to_numpy(), NEAR.toarray().astype(bool) | np.eye(len(PLACES), dtype=bool)
    flat = empirical_bayes(pd.Series(cube.counts.to_numpy()[known]), pd.Series(cube.exposure.to_numpy()[known]))[
        "smoothed"
    ].to_numpy()
    x = np.full(known.shape, np.nan)
    x[known] = flat
    n, mean, deviation = known.sum(), flat.mean(), flat.std()
    z, persons = np.full(known.shape, np.nan), np.zeros(known.shape)
    for unit, day in np.argwhere(known):
        days = range(max(day - steps_back, 0), day + 1)
        cells = [(u, d) for u in np.flatnonzero(near[unit]) for d in days if known[u, d]]
        k = len(cells)
        scale = deviation * np.sqrt((n * k - k**2) / (n - 1))
        z[unit, day] = (sum(x[cell] for cell in cells) - k * mean) / scale if scale else 0.0
        inside = cube.visits[[cell in cells for cell in zip(cube.visits["unit"], cube.visits["bin"], strict=True)]]
        persons[unit, day] = inside["person"].nunique()
    return z, persons


@pytest.mark.parametrize("steps_back", [0, 1, 2])
def test_z_and_persons_are_those_of_the_definition(steps_back):
    cube = planted(4, 150)
    found = space_time_gi(cube, NEAR, steps_back=steps_back)
    z, persons = brute(cube, steps_back)
    np.testing.assert_allclose(found.z, z, atol=1e-8)
    around = NEAR + sparse.eye_array(len(PLACES))
    expected = sum(np.pad(around @ cube.expected, ((0, 0), (lag, 0)))[:, :DAYS] for lag in range(steps_back + 1))
    more = stats.poisson.sf(persons - 1, expected)
    hot = cube.known.to_numpy() & (more < 0.2)
    np.testing.assert_allclose(found.p.to_numpy()[hot], 2 * more[hot], rtol=1e-9)
    assert (found.side.to_numpy()[hot] == 1).all()


def test_a_cube_of_one_bin_is_the_flat_gi_star():
    cube = world(3, 400, gaps=0.0)
    one = Cube(*(table.iloc[:, :1] for table in (cube.counts, cube.exposure, cube.expected)))
    smoothed = empirical_bayes(one.counts.iloc[:, 0], one.exposure.iloc[:, 0])["smoothed"]
    z = gi_star(smoothed, NEAR)["z"]
    assert z.abs().max() > 1
    np.testing.assert_allclose(space_time_gi(one, NEAR).z.iloc[:, 0], z, atol=1e-8)


@pytest.mark.parametrize("visits", [40, 400, 4_000])
def test_under_the_null_no_more_maps_than_alpha_have_a_hot_or_cold_bin_and_the_normal_p_marks_too_many(visits):
    runs, marked, by_normal = 40, 0, 0
    for seed in range(runs):
        found = space_time_gi(world(seed, visits), NEAR)
        marked += bool((found.q <= 0.05).any(axis=None))
        z = found.z.to_numpy()[found.z.notna()]
        by_normal += bool((stats.false_discovery_control(2 * stats.norm.sf(np.abs(z))) <= 0.05).any())
    assert marked <= stats.binom.isf(0.01, runs, 0.05) < by_normal


def test_under_the_null_a_unit_in_twenty_has_a_trend_although_neighbourhoods_share_days():
    shares = []
    for seed in range(30):
        found = emerging_hot_spots(world(seed, 400), NEAR)
        if (found["z"] != 0).any():  # else smoothing left nothing to have a trend
            shares.append((found["trend_p"] <= 0.05).mean())
    assert len(shares) > 10
    assert 0.03 < np.mean(shares) < 0.07


def test_one_patient_with_twenty_visits_makes_no_hot_bin_and_twenty_patients_do():
    cube = world(6, 200, gaps=0.0)
    counts = cube.counts.copy()
    counts.iloc[40, -1] += 20
    again = pd.DataFrame({"unit": [40] * 20, "bin": [DAYS - 1] * 20})
    for person, hot in ((np.full(20, 999), False), (np.arange(900, 920), True)):
        visits = pd.concat([cube.visits, again.assign(person=person)], ignore_index=True)
        found = space_time_gi(Cube(counts, cube.exposure, cube.expected, visits), NEAR)
        assert ((found.q.iloc[40, -1] <= 0.05) & (found.side.iloc[40, -1] > 0)) == hot


def test_a_quarter_that_grows_is_told_apart_from_one_that_was():
    cube = world(7, 300, gaps=0.0)
    counts, rows = cube.counts.copy(), [cube.visits]
    for unit, days in ((20, (DAYS - 2, DAYS - 1)), (60, range(DAYS - 1))):
        for day in days:
            counts.iloc[unit, day] += 40
            rows.append(pd.DataFrame({"person": np.arange(40) + 1_000 * unit, "unit": unit, "bin": day}))
    with_both = Cube(counts, cube.exposure, cube.expected, pd.concat(rows, ignore_index=True))
    found = emerging_hot_spots(with_both, NEAR, steps_back=0)
    codes = PLACES.index
    assert found.loc[codes[20], "category"] == "consecutive_hot"
    assert found.loc[codes[60], "category"] == "historical_hot"
    assert found.loc[codes[20], ["hot_bins", "first_hot"]].tolist() == [2, BINS[-2]]
    assert found.loc[codes[60], "last_hot"] == BINS[-2]
    assert found.loc[codes[8], "category"] == "no_pattern"


def test_the_cube_of_a_log_holds_what_the_scan_expects_and_leaves_missing_days_out():
    told = visited(np.random.default_rng(2), "null")
    null = visit_null(told["visits"], told["exposure"])
    cube = cube_of(null)
    np.testing.assert_allclose(cube.expected.sum(axis=1), null.expected())
    assert cube.counts.to_numpy().sum() == len(null.person) == len(cube.visits)
    np.testing.assert_array_equal(cube.known, null.daily > 0)
    assert not set(told["exposure"].index[:3]) & set(cube.counts.index)
    pairs = cube_of(null, days_per_bin=3)  # eight days: the first two fill no bin
    assert pairs.counts.shape[1] == 2
    assert pairs.counts.columns[-1] == pd.Timestamp("2020-08-06")
    np.testing.assert_array_equal(pairs.counts.iloc[:, 1], cube.counts.iloc[:, 5:].sum(axis=1))


def test_too_few_bins_and_no_figures_are_said_and_hold_no_category():
    cube = world(8, 100, gaps=0.0)
    exposure = cube.exposure.copy()
    exposure.iloc[0] = np.nan
    exposure.iloc[1, 9:] = np.nan
    gone = exposure.isna().to_numpy()
    kept = cube.visits[~gone[cube.visits["unit"], cube.visits["bin"]]]
    found = emerging_hot_spots(
        Cube(cube.counts.mask(gone, 0), exposure, cube.expected.mask(gone, 0.0), kept), NEAR
    )
    assert found["reason"].iloc[:3].tolist() == ["no_data", "too_few_bins", ""]
    assert found["category"].iloc[:2].tolist() == ["", ""]
    assert found["bins"].iloc[:3].tolist() == [0, 9, DAYS]
    assert found.loc[PLACES.index[0], ["z", "q", "tau", "last_bin"]].isna().all()


def test_impossible_cubes_are_refused_by_unit():
    cube = world(9, 50, gaps=0.0)
    with pytest.raises(BadCounts, match="c004"):
        Cube(cube.counts, frame(cube.exposure.to_numpy() * (PLACES.index != "c004")[:, None]), cube.expected)
    hole = cube.exposure.copy()
    unit, day = (int(cube.visits[name].iloc[0]) for name in ("unit", "bin"))
    hole.iloc[unit, day] = np.nan
    with pytest.raises(StatisticRefused, match="without exposure"):
        Cube(cube.counts, hole, cube.expected)
    with pytest.raises(Misaligned, match="bins of counts"):
        Cube(cube.counts, cube.exposure.iloc[:, 1:], cube.expected)
    with pytest.raises(Misaligned, match="binary"):
        space_time_gi(cube, NEAR * 0.5)
    with pytest.raises(Misaligned, match="units are 81"):
        space_time_gi(cube, NEAR[:-1, :-1])
