"""p, sequential stopping, the Gumbel tail, earlier looks, recurrence intervals, and the iterative scan."""

import os

import numpy as np
import pandas as pd
import pytest

from analytics.statistics.refusals import StatisticRefused
from analytics.statistics.scan import scan, scan_iteratively
from analytics.statistics.scan.inference import gumbel_p, p_values, recurrence_interval, stopping_point
from analytics.statistics.scan.intervals import looks_since, runs_ending

DAYS = pd.date_range("2020-08-01", periods=10, freq="D")


def city(cells, seed: int, *, risen: float = 0.0):
    """Return cases and people of 64 cells × 10 days; four cells have `risen` more cases in the last three days."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame(rng.lognormal(3, 0.7, (64, 1)) * np.ones(10), index=cells.index, columns=DAYS)
    cases = pd.DataFrame(rng.poisson(people / 60), index=cells.index, columns=DAYS)
    cases.loc[["c018", "c019", "c026", "c027"], DAYS[-3:]] += rng.poisson(risen, (4, 3))
    return cases, people


def test_the_answer_does_not_depend_on_the_number_of_processors(cells, monkeypatch):
    cases, people = city(cells, 1, risen=1)
    asked = {"model": "poisson", "analysis": "space-time", "replicates": 199, "seed": 5}
    several = scan(cases, people, cells, **asked)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    alone = scan(cases, people, cells, **asked)
    pd.testing.assert_frame_equal(several, alone)
    np.testing.assert_array_equal(several.attrs["maxima"], alone.attrs["maxima"])


def test_more_replicates_begin_with_the_same_ones(cells):
    cases, people = city(cells, 1)
    asked = {"model": "poisson", "analysis": "space-time", "seed": 5}
    few, many = (scan(cases, people, cells, replicates=number, **asked).attrs["maxima"] for number in (70, 199))
    np.testing.assert_array_equal(few, many[:70])


def test_sequential_draws_stop_at_the_exceedance_asked_for(cells):
    cases, people = city(cells, 2)
    asked = {"model": "poisson", "analysis": "space-time", "seed": 5}
    whole = scan(cases, people, cells, replicates=499, **asked)
    short = scan(cases, people, cells, replicates=499, stop_after=20, **asked)
    times = np.cumsum(whole.attrs["maxima"] >= whole["llr"][1] * (1 - 1e-10))
    stop = int(np.searchsorted(times, 20)) + 1
    assert short.attrs["replicates"] == stop < 499
    assert short["p"][1] == 20 / stop
    assert short["p"][1] == pytest.approx(whole["p"][1], abs=0.2)
    strong, people = city(cells, 2, risen=4)
    found = scan(strong, people, cells, replicates=99, stop_after=20, **asked)
    assert (found.attrs["replicates"], found["p"][1]) == (99, 0.01)


def test_sequential_p_by_hand():
    maxima = np.array([1.0, 3.0, 2.0, 4.0, 1.0])
    assert stopping_point(2.0, maxima, 2) == 3
    assert stopping_point(2.0, maxima, 4) is None
    assert stopping_point(2.0, maxima, None) is None
    assert p_values(np.array([2.0, 1.0]), maxima[:3], stopped=True) == pytest.approx([2 / 3, 1])
    assert p_values(np.array([2.0]), maxima, stopped=False) == pytest.approx([4 / 6])


def test_gumbel_tail_is_that_of_scipy_and_follows_a_gumbel_sample():
    from scipy.stats import gumbel_r

    maxima = gumbel_r.rvs(loc=7, scale=1.4, size=20_000, random_state=3)
    asked = np.array([8.0, 12.0, 20.0])
    scale = maxima.std(ddof=1) * np.sqrt(6) / np.pi
    assert gumbel_p(asked, maxima) == pytest.approx(
        gumbel_r.sf(asked, maxima.mean() - np.euler_gamma * scale, scale)
    )
    assert gumbel_p(asked, maxima) == pytest.approx(gumbel_r.sf(asked, 7, 1.4), rel=0.15)
    assert np.isnan(gumbel_p(asked, np.full(9, 2.0))).all()


def test_recurrence_intervals_by_hand():
    assert recurrence_interval(np.array([0.001, 0.05]), 1.0, 1) == pytest.approx([1000, 20])
    assert recurrence_interval(np.array([0.05]), 7.0, 4) == pytest.approx([7 / (1 - 0.95**0.25)])
    assert recurrence_interval(np.array([1.0]), 1.0, 3) == pytest.approx([1.0])
    with pytest.raises(StatisticRefused, match="looks"):
        recurrence_interval(np.array([0.5]), 1.0, 0)


def test_looks_are_counted_from_the_first_to_this_one():
    bounds = DAYS.append(pd.DatetimeIndex(["2020-08-11"]))
    assert looks_since(bounds, None) == 1
    assert looks_since(bounds, pd.Timestamp("2020-08-10 12:00")) == 1
    assert looks_since(bounds, pd.Timestamp("2020-08-07")) == 4
    with pytest.raises(StatisticRefused, match="first_look"):
        looks_since(bounds, pd.Timestamp("2020-08-11"))


def test_runs_are_those_that_end_where_asked():
    runs = runs_ending(range(3, 5), 2)
    assert list(zip(runs.first, runs.stop, strict=True)) == [(2, 3), (3, 4), (1, 3), (2, 4)]


def test_earlier_looks_raise_the_maxima_and_so_p(cells):
    cases, people = city(cells, 3, risen=1)
    asked = {"model": "poisson", "analysis": "prospective", "max_length": 3, "replicates": 199, "seed": 5}
    once = scan(cases, people, cells, **asked)
    often = scan(cases, people, cells, first_look=DAYS[4], **asked)
    shared = ["centre", "members", "start", "end", "observed", "expected", "llr"]
    pd.testing.assert_frame_equal(once[shared], often[shared])
    assert (once["end"] == DAYS[-1] + pd.Timedelta(days=1)).all()
    assert (often.attrs["maxima"] >= once.attrs["maxima"]).all()
    assert often.attrs["maxima"].mean() > once.attrs["maxima"].mean()
    assert (often["p"] >= once["p"]).all()
    np.testing.assert_allclose(once["recurrence_interval"], 1 / once["p"])
    np.testing.assert_allclose(often["recurrence_interval"], 1 / (1 - (1 - often["p"]) ** (1 / 6)))


def test_the_iterative_scan_takes_each_cluster_out_and_stops_at_chance(cells):
    cases, people = city(cells, 4, risen=3)
    cases.loc[["c060", "c061"], DAYS[1:3]] += 8
    asked = {"model": "poisson", "analysis": "space-time", "replicates": 99, "seed": 5}
    before = cases.copy(), people.copy()
    found = scan_iteratively(cases, people, cells, alpha=0.05, rounds=5, **asked)
    pd.testing.assert_frame_equal(cases, before[0])
    pd.testing.assert_frame_equal(people, before[1])
    assert (found["p"][:-1] <= 0.05).all()
    assert found["p"].iloc[-1] > 0.05
    assert {"c060", "c061"} <= set(found["members"][1]) | set(found["members"][2])
    assert "c018" in set(found["members"][1]) | set(found["members"][2])
    left = cases.copy()
    left.loc[list(found["members"][1]), slice(found["start"][1], found["end"][1] - pd.Timedelta(1))] = 0
    assert found["observed"][2] <= left.to_numpy().sum()
    alone = scan_iteratively(cases, None, cells, rounds=2, **{**asked, "model": "permutation"})
    assert not set(alone["members"][1]) & set(alone["members"].iloc[-1]) or len(alone) == 1
    with pytest.raises(StatisticRefused, match="rounds"):
        scan_iteratively(cases, people, cells, rounds=0, **asked)


def test_more_runs_than_memory_holds_are_refused_with_what_to_do():
    days = 170 * 365
    with pytest.raises(StatisticRefused, match="longer time unit, or a shorter longest window"):
        runs_ending(range(1, days + 1), days // 2)
