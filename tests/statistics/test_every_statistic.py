"""One contract over every statistic: seeded, order-free, honest under the null, and it finds what is there."""

import numpy as np
import pandas as pd
import pytest

from analytics.statistics.refusals import StatisticRefused
from tests.statistics.little_worlds import CENTRE, CODES, PLANTED
from tests.statistics.roll import EVERY, TESTS, WITH_NEIGHBOURS

every = pytest.mark.parametrize("statistic", EVERY, ids=lambda statistic: statistic.name)
every_test = pytest.mark.parametrize("statistic", TESTS, ids=lambda statistic: statistic.name)
NULL_WORLDS = 40


@every
def test_the_same_seed_gives_the_same_answer_and_another_seed_nearly_so(statistic):
    told = statistic.frames("planted")
    first, again, other = (statistic.run(seed, 199, **told) for seed in (5, 5, 6))
    pd.testing.assert_series_equal(first, again)
    np.testing.assert_allclose(first, other, rtol=0, atol=0.2 if statistic.random else 0)


@every
def test_inputs_are_not_changed(statistic):
    told = statistic.frames("planted")
    before = {name: frame.copy(deep=True) for name, frame in told.items()}
    statistic.run(1, 19, **told)
    for name, frame in told.items():
        (pd.testing.assert_frame_equal if frame.ndim == 2 else pd.testing.assert_series_equal)(frame, before[name])


@every
def test_the_order_of_rows_does_not_matter(statistic):
    told = statistic.frames("planted")
    turn = np.random.default_rng(3).permutation(len(CODES))
    turned = {
        name: frame.sample(frac=1, random_state=4) if name == "visits" else frame.iloc[turn]
        for name, frame in told.items()
    }
    found = statistic.run(2, 99, **turned)
    pd.testing.assert_series_equal(found.reindex(CODES), statistic.run(2, 99, **told), rtol=1e-9)


@every
def test_renaming_the_units_renames_the_answer(statistic):
    told = statistic.frames("planted")
    names = {code: f"z{99 - number}" for number, code in enumerate(CODES)}  # and turns their order round
    renamed = {
        name: frame.assign(unit=frame["unit"].map(names)) if name == "visits" else frame.rename(index=names)
        for name, frame in told.items()
    }
    found, truth = statistic.run(2, 299, **renamed), statistic.run(2, 299, **told)
    assert list(found.index) == list(names.values())
    tolerance = 0.15 if statistic.random else 1e-12
    np.testing.assert_allclose(found.to_numpy(), truth.to_numpy(), rtol=0, atol=tolerance)


@every_test
def test_where_all_is_equal_nothing_is_hot(statistic):
    p = statistic.run(1, 99, **statistic.frames("constant"))
    assert not statistic.hot(p).any()


@every_test
def test_a_planted_cluster_is_found(statistic):
    p = statistic.run(1, 199, **statistic.frames("planted"))
    hot = statistic.hot(p)
    assert hot[CENTRE]
    assert hot[PLANTED].sum() >= 3
    assert hot.sum() <= 21  # Gi* spills over to the neighbours of the five


@every_test
def test_under_the_null_p_is_at_most_alpha_in_about_alpha_of_cases(statistic):
    """Forty null worlds: the share of p ≤ alpha, a world counting as one observation (its units go together)."""
    p = [
        statistic.uniform(statistic.run(1_000 + seed, 99, **statistic.frames(seed=seed)))
        for seed in range(NULL_WORLDS)
    ]
    for alpha in (0.05, 0.2, 0.5):
        share = np.array([(world <= alpha + 1e-9).mean() for world in p])
        error = max(share.std(), np.sqrt(alpha * (1 - alpha) / len(p[0]))) / np.sqrt(NULL_WORLDS)
        assert share.mean() <= alpha + 3 * error
    assert np.mean([(world <= 0.2).mean() for world in p]) >= 0.08  # a test that hardly speaks is no test


@pytest.mark.parametrize(
    "statistic", [statistic for statistic in EVERY if statistic.gap], ids=lambda statistic: statistic.name
)
def test_a_missing_value_is_refused_with_the_code_of_its_unit(statistic):
    told = statistic.frames()
    gappy = told[statistic.gap].astype(float).copy()
    gappy.iloc[33] = np.nan
    with pytest.raises(StatisticRefused, match="c33"):
        statistic.run(1, 19, **{**told, statistic.gap: gappy})


@every_test
def test_a_unit_without_coordinates_is_refused_with_its_code(statistic):
    told = statistic.frames()
    lost = told["coordinates"].drop(index="c33").reindex(CODES)
    with pytest.raises(StatisticRefused, match="c33"):
        statistic.run(1, 19, **{**told, "coordinates": lost})


@pytest.mark.parametrize("statistic", WITH_NEIGHBOURS, ids=lambda statistic: statistic.name)
def test_a_unit_without_neighbours_is_refused_or_left_out_by_name(statistic):
    told = statistic.frames()
    far = told["coordinates"].copy()
    far.loc["c33"] = 1e6
    if statistic.name == "gi_star_under_null":  # says why in its own column
        p = statistic.run(1, 19, **{**told, "coordinates": far})
        assert np.isnan(p["c33"])
    else:
        with pytest.raises(StatisticRefused, match="c33"):
            statistic.run(1, 19, **{**told, "coordinates": far})
