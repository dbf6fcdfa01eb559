"""A visit known only by date is compared with whole days, also where some hours of a day have no figure."""

import numpy as np
import pandas as pd
import pytest

from analytics.statistics.persons.person_scan import person_scan
from analytics.statistics.persons.visit_null import NOT_OBSERVABLE, visit_null
from analytics.statistics.persons.whole_day import whole_day
from tests.statistics.conftest import lattice

FIRST = pd.Timestamp("2020-08-01", tz="Asia/Seoul")
DAY = pd.Timedelta(days=1)
RHYTHM = 1 + np.sin((np.arange(24) - 9) / 12 * np.pi)


def town(people, days=1) -> pd.DataFrame:
    """Return person-hours of as many units as `people` has levels, all of one rhythm."""
    hours = pd.date_range(FIRST, periods=24 * days, freq="h")
    codes = lattice(5).index[: len(people)]
    return pd.DataFrame(np.outer(people, np.tile(RHYTHM, days)), index=codes, columns=hours)


def dates(units, days) -> pd.DataFrame:
    start = FIRST + pd.to_timedelta(days, unit="D")
    return pd.DataFrame({"person": np.arange(len(units)), "unit": units, "start": start, "end": start + DAY})


@pytest.mark.parametrize("gaps", [slice(0, 8), slice(10, 16), slice(20, 24)])
def test_a_day_with_gaps_is_the_whole_day_where_units_share_a_rhythm(gaps):
    exposure = town([1.0, 2.0, 3.0, 4.0])
    whole = exposure.sum(axis=1).to_numpy()
    exposure.iloc[1, gaps] = np.nan
    exposure.iloc[2, 5] = np.nan
    np.testing.assert_allclose(whole_day(exposure.to_numpy()), whole)
    exposure.iloc[:, 12] = np.nan  # an hour that nobody knows is no part of anybody's day
    np.testing.assert_allclose(whole_day(exposure.to_numpy()), whole * (1 - RHYTHM[12] / RHYTHM.sum()))


def test_no_unit_needs_all_hours_for_the_rhythm_to_be_found():
    exposure = town(np.arange(1.0, 13.0))
    whole = exposure.sum(axis=1).to_numpy()
    for unit in range(12):
        exposure.iloc[unit, 2 * unit : 2 * unit + 2] = np.nan
    np.testing.assert_allclose(whole_day(exposure.to_numpy()), whole, rtol=1e-6)


def test_less_than_half_of_a_day_is_no_day_and_a_known_zero_is_no_gap():
    exposure = town([1.0, 2.0, 3.0, 4.0])
    exposure.iloc[0, 9:15] = np.nan  # a quarter of the hours, less than half of the people
    exposure.iloc[1, 10:22] = np.nan  # half of the hours, most of the people
    exposure.iloc[2, 10:22] = 0.0
    found = whole_day(exposure.to_numpy())
    assert found[0] > 0
    assert found[1] == 0
    assert found[2] == exposure.iloc[2].sum()
    assert (whole_day(np.full((3, 24), np.nan)) == 0).all()
    assert whole_day(np.array([[2.0], [np.nan]])).tolist() == [2.0, 0.0]


def test_dates_draw_whole_days_and_hours_stay_as_they_are():
    exposure = town([1.0, 3.0])
    exposure.iloc[1, 8:12] = np.nan
    told = dates(["c000", "c001", "c000"], [0, 0, 0])
    told.loc[2, "start"] += pd.Timedelta(hours=10)
    told.loc[2, "end"] = told.loc[2, "start"] + pd.Timedelta(hours=4)
    null = visit_null(told, exposure)
    chance = dict(zip(null.person, null.chance[null.span, 1], strict=True))
    known = 3 * RHYTHM[12:14].sum()
    assert chance == pytest.approx({0: 0.75, 1: 0.75, 2: known / (known + RHYTHM[10:14].sum())})
    exposure.iloc[1, 6:24] = np.nan
    assert visit_null(told, exposure).reasons.tolist() == ["", NOT_OBSERVABLE, ""]


@pytest.mark.parametrize("missing", [slice(0, 14), slice(11, 17)])
def test_false_alarms_stay_at_their_level_where_units_lack_hours(missing):
    """Equal risk; a quarter of the units lacks hours of every day. Gaps as nothing: 10 and 17 alarms of 40."""
    places, days, alarms = lattice(5), 7, 0
    clock = np.arange(24 * days) % 24
    for seed in range(40):
        rng = np.random.default_rng(seed)
        people = rng.uniform(50, 150, 25)
        exposure = town(people, days)
        exposure.iloc[::4, np.isin(clock, np.arange(24)[missing])] = np.nan
        told = dates(places.index[rng.choice(25, 300, p=people / people.sum())], rng.integers(0, days, 300))
        found = person_scan(told, exposure, places, max_share=0.25, replicates=99, seed=seed).clusters
        alarms += len(found) > 0 and found["p"].iloc[0] <= 0.05
    assert alarms <= 6  # 2 expected; above 6: one time in 300
