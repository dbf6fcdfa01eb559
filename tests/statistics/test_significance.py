"""Pseudo p-values and the false discovery rate."""

import numpy as np
import pytest
from scipy import stats

from analytics.statistics.refusals import StatisticRefused
from analytics.statistics.significance import fdr, fdr_any_dependence, pseudo_p


def test_the_pseudo_p_counts_the_observation_itself():
    simulated = np.arange(1.0, 100.0)[:, None]
    assert pseudo_p(np.array([1000.0, 50.0, 0.0]), simulated) == pytest.approx([0.01, 0.51, 1.0])


def test_a_tie_counts_against_significance_even_when_rounding_splits_it():
    observed = np.array([0.1 + 0.2])
    assert pseudo_p(observed, np.full((99, 1), 0.3)) == 1.0
    assert pseudo_p(np.array([0.3]), np.full((99, 1), 0.1 + 0.2)) == 1.0


def test_a_statistic_that_is_not_a_number_has_no_p():
    with pytest.raises(StatisticRefused):
        pseudo_p(np.array([np.nan]), np.ones((99, 1)))
    with pytest.raises(StatisticRefused):
        pseudo_p(np.array([1.0, 2.0]), np.ones((99, 3)))


def test_benjamini_hochberg_rejects_all_five_where_the_cut_off_of_others_does_not():
    q = fdr(np.array([0.01, 0.02, 0.03, 0.04, 0.05]))
    assert q == pytest.approx([0.05] * 5)
    assert len(fdr(np.array([]))) == 0
    with pytest.raises(StatisticRefused):
        fdr(np.array([0.1, np.nan]))


def test_benjamini_yekutieli_pays_the_harmonic_sum():
    p = np.array([0.001, 0.2, 0.02, 0.01])
    assert fdr_any_dependence(p) == pytest.approx(np.minimum(fdr(p) * (1 + 1 / 2 + 1 / 3 + 1 / 4), 1))
    with pytest.raises(StatisticRefused):
        fdr_any_dependence(np.array([np.nan]))


@pytest.mark.parametrize(("adjust", "method"), [(fdr, "bh"), (fdr_any_dependence, "by")])
def test_q_values_are_those_of_scipy_and_a_p_outside_its_range_is_refused(adjust, method):
    p = np.round(np.random.default_rng(3).beta(0.5, 2, 60), 2)  # with ties and zeros
    np.testing.assert_allclose(adjust(p), stats.false_discovery_control(p, method=method), rtol=1e-14)
    assert len(adjust(np.empty(0))) == 0
    with pytest.raises(StatisticRefused, match="between 0 and 1"):
        adjust(np.array([0.2, 1.5]))
