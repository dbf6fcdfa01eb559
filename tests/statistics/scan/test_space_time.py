"""The space-time scan by its definition on little maps, and as the spatial scan when there is one day."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.statistics.refusals import BadCounts, Misaligned, MissingValue, StatisticRefused
from analytics.statistics.scan.space_time import kulldorff, space_time_scan
from analytics.statistics.scan.spatial import poisson_scan


def days(number: int) -> pd.DatetimeIndex:
    return pd.date_range("2020-08-01", periods=number, freq="D")


def by_definition(seen, people, xy, max_share, max_days):
    """Return the largest ratio over all cylinders: loops, no shortcuts."""
    total, everyone, best = seen.sum(), people.sum(), 0.0
    for centre in range(len(xy)):
        away = np.hypot(*(xy - xy[centre]).T)
        for radius in np.unique(np.round(away, 6)):
            zone = away <= radius + 1e-5
            if people[zone].sum() > max_share * everyone + 1e-9:
                continue
            for first in range(seen.shape[1]):
                for last in range(first + 1, min(first + max_days, seen.shape[1]) + 1):
                    c = seen[zone, first:last].sum()
                    e = total * people[zone, first:last].sum() / everyone
                    if c >= 2 and c > e:
                        rest = (total - c) * np.log((total - c) / (total - e)) if c < total else 0.0
                        best = max(best, c * np.log(c / e) + rest)
    return best


@given(seed=st.integers(0, 10_000), max_share=st.sampled_from([0.3, 0.5, 1.0]), max_days=st.integers(1, 5))
@settings(max_examples=40)
def test_equals_its_definition_on_little_maps_with_a_changing_population(seed, max_share, max_days):
    rng = np.random.default_rng(seed)
    places = pd.DataFrame(rng.integers(0, 3, (7, 2)) * 100.0, columns=["x", "y"])
    people = pd.DataFrame(rng.integers(0, 30, (7, 5)), columns=days(5))
    seen = pd.DataFrame(rng.poisson(0.6, (7, 5)), columns=days(5)).where(people > 0, 0)
    found = space_time_scan(seen, people, places, max_days=max_days, max_share=max_share, replicates=19, seed=seed)
    truth = by_definition(seen.to_numpy(), people.to_numpy(), places.to_numpy(), max_share, max_days)
    assert found["llr"].max() == pytest.approx(truth) if truth else found.empty
    for row in found.itertuples():
        window = seen.loc[list(row.members), str(row.start) : str(row.end - pd.Timedelta(days=1))]
        assert window.sum(axis=None) == row.observed
        assert row.llr == pytest.approx(kulldorff(row.observed, row.expected, int(seen.sum(axis=None)))[1])


def test_one_day_is_the_spatial_scan(cells):
    rng = np.random.default_rng(2)
    people = pd.Series(rng.integers(5, 90, 64), index=cells.index)
    seen = pd.Series(rng.poisson(people / 20), index=cells.index)
    flat = poisson_scan(seen, people, cells, replicates=19, seed=1)
    tall = space_time_scan(
        seen.to_frame(days(1)[0]).set_axis(days(1), axis=1),
        people.to_frame().set_axis(days(1), axis=1),
        cells,
        max_days=3,
        replicates=19,
        seed=1,
    )
    shared = ["centre", "members", "radius", "observed", "expected", "relative_risk", "llr"]
    pd.testing.assert_frame_equal(flat[shared], tall[shared])


def test_a_planted_cylinder_is_found_with_its_days(cells):
    rng = np.random.default_rng(4)
    seen = pd.DataFrame(rng.poisson(0.2, (64, 14)), index=cells.index, columns=days(14))
    seen.loc[["c018", "c019", "c026", "c027"], days(14)[5:8]] += 2
    people = pd.DataFrame(100, index=cells.index, columns=days(14))
    found = space_time_scan(seen, people, cells, max_days=7, seed=1).loc[1]
    assert {"c018", "c019", "c026", "c027"} <= set(found["members"])
    assert (str(found["start"]), str(found["end"])) == ("2020-08-06", "2020-08-09")
    assert found["p"] == 0.001


def test_risk_and_ratio_of_a_window_at_its_edges():
    risk, llr = kulldorff(106, 62.132247, 552)
    assert (risk, llr) == pytest.approx((1.873841, 14.780276), abs=1e-5)
    assert kulldorff(9, 3.0, 9)[0] == np.inf
    assert kulldorff(9, 3.0, 9)[1] == pytest.approx(9 * np.log(3))
    assert kulldorff(1, 3.0, 9)[1] == 0


def test_impossible_inputs_are_refused(cells):
    seen = pd.DataFrame(1, index=cells.index, columns=days(3))
    people = pd.DataFrame(5.0, index=cells.index, columns=days(3))
    gap = people.copy()
    gap.iloc[4, 1] = np.nan
    empty = people.copy()
    empty.iloc[5, 2] = 0
    with pytest.raises(MissingValue, match="c004"):
        space_time_scan(seen, gap, cells, max_days=2, seed=1)
    with pytest.raises(BadCounts, match="c005"):
        space_time_scan(seen, empty, cells, max_days=2, seed=1)
    with pytest.raises(Misaligned, match="days"):
        space_time_scan(seen, people.iloc[:, :2], cells, max_days=2, seed=1)
    with pytest.raises(Misaligned, match="consecutive"):
        space_time_scan(
            seen.set_axis([1, 2, 4], axis=1), people.set_axis([1, 2, 4], axis=1), cells, max_days=2, seed=1
        )
    holes = days(5)[[0, 2, 4]]
    with pytest.raises(Misaligned, match="consecutive"):
        space_time_scan(seen.set_axis(holes, axis=1), people.set_axis(holes, axis=1), cells, max_days=2, seed=1)
    with pytest.raises(StatisticRefused, match="max_days"):
        space_time_scan(seen, people, cells, max_days=0, seed=1)
    assert space_time_scan(seen * 0, people, cells, max_days=2, seed=1).empty
