"""Facility risk by hand, and what must hold whatever the figures: unit-free, monotone, no data without an area."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.statistics.facility_risk import facility_risk
from analytics.statistics.refusals import BadCounts, Misaligned, StatisticRefused

HOURS = pd.date_range("2020-08-01 18:00", periods=2, freq="h", tz="Asia/Seoul")


def by_hour(rows: dict[str, list[float]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index", columns=HOURS, dtype="float64")


@pytest.fixture
def facilities() -> pd.DataFrame:
    return pd.DataFrame({"area_m2": [50.0, 200.0], "dwell_minutes": [60.0, 30.0]}, index=["f1", "f2"])


def test_two_facilities_by_hand(facilities):
    """f1: λ = 1/50 · (1/2)² · (1, 0); f2: λ = 1/200 · (1/3)² · (0, 2)."""
    found = facility_risk(
        facilities, by_hour({"f1": [11, 10], "f2": [40, 62]}), by_hour({"f1": [1, 0], "f2": [0, 2]})
    )
    first = (1 / 50 * 0.25 * 10 + 0 * 10) / 20
    second = (0 * 40 + 1 / 200 / 9 * 2 * 60) / 100
    mean = (first * 20 + second * 100) / 120
    assert found["hazard"].tolist() == pytest.approx([first, second])
    assert found["relative_hazard"].tolist() == pytest.approx([first / mean, second / mean])
    assert found["density"].tolist() == pytest.approx([10.5 * 0.5 / 50, 51 / 3 / 200])
    assert found["dwell_correction"].tolist() == pytest.approx([1 / 4, 1 / 9])
    assert found["infectious_person_hours"].tolist() == pytest.approx([1 / 2, 2 / 3])
    assert found["rank"].tolist() == [1, 2]
    assert found["reason"].tolist() == ["", ""]


def test_without_area_or_stay_or_anybody_to_infect_there_is_no_data():
    codes = ["known", "area", "stay", "empty", "alone"]
    facilities = pd.DataFrame(
        {"area_m2": [80, np.nan, 80, 80, 80], "dwell_minutes": [45, 45, np.nan, 45, 45]}, index=codes
    )
    visitors = by_hour({code: [5, 5] for code in codes})
    visitors.loc["empty"] = [0, np.nan]
    visitors.loc["alone"] = [0, 1]
    ill = by_hour({code: [0, 1] for code in codes})
    found = facility_risk(facilities, visitors, ill)
    reasons = ["", "floor area unknown", "usual stay unknown", "nobody to infect", "nobody to infect"]
    assert found["reason"].tolist() == reasons
    assert found.drop(columns="reason").iloc[1:].isna().all(axis=None)
    assert found.loc["known", "relative_hazard"] == pytest.approx(1)


def test_an_hour_not_seen_counts_on_neither_side(facilities):
    seen = facility_risk(
        facilities, by_hour({"f1": [11, np.nan], "f2": [9, 5]}), by_hour({"f1": [1, 3], "f2": [1, 1]})
    )
    assert seen.loc["f1", "hazard"] == pytest.approx(1 / 50 / 4)


def test_where_nobody_is_infectious_nothing_stands_out(facilities):
    found = facility_risk(facilities, by_hour({"f1": [1, 2], "f2": [3, 4]}), by_hour({"f1": [0, 0], "f2": [0, 0]}))
    assert found["hazard"].tolist() == [0, 0]
    assert found["relative_hazard"].isna().all()


@settings(max_examples=40, deadline=None)
@given(
    areas=st.lists(st.floats(10, 2_000), min_size=3, max_size=3),
    stays=st.lists(st.floats(5, 240), min_size=3, max_size=3),
    seed=st.integers(0, 1_000),
    scale=st.floats(0.1, 10),
)
def test_ratios_and_ranks_do_not_know_the_unit_of_area_or_psi(areas, stays, seed, scale):
    rng = np.random.default_rng(seed)
    codes = ["a", "b", "c"]
    facilities = pd.DataFrame({"area_m2": areas, "dwell_minutes": stays}, index=codes)
    ill = pd.DataFrame(rng.integers(0, 3, (3, 2)), index=codes, columns=HOURS)
    visitors = ill + rng.integers(1, 30, (3, 2))
    plain = facility_risk(facilities, visitors, ill)
    other = facility_risk(facilities.assign(area_m2=facilities["area_m2"] * 10.7639), visitors, ill, psi=scale)
    np.testing.assert_allclose(plain["relative_hazard"], other["relative_hazard"])
    pd.testing.assert_series_equal(plain["rank"], other["rank"])
    turned = facility_risk(facilities.iloc[::-1], visitors.iloc[::-1], ill.iloc[::-1])
    pd.testing.assert_frame_equal(turned.reindex(codes), plain, rtol=1e-12)


@pytest.mark.parametrize(
    ("area", "stay", "ill"), [(0.5, 1.0, 1), (1.0, 2.0, 1), (1.0, 1.0, 2)], ids=["smaller", "longer", "more ill"]
)
def test_less_room_longer_stays_and_more_infectious_visitors_mean_more_hazard(facilities, area, stay, ill):
    visitors, infectious = by_hour({"f1": [20, 20], "f2": [20, 20]}), by_hour({"f1": [1, 0], "f2": [0, 1]})
    before = facility_risk(facilities, visitors, infectious)["hazard"]
    changed = facilities.assign(
        area_m2=facilities["area_m2"] * [area, 1], dwell_minutes=facilities["dwell_minutes"] * [stay, 1]
    )
    after = facility_risk(changed, visitors, infectious.mul([ill, 1], axis=0))["hazard"]
    assert after["f1"] > before["f1"]
    assert after["f2"] == before["f2"]


def test_the_risk_of_an_hour_is_at_most_one(facilities):
    found = facility_risk(
        facilities, by_hour({"f1": [9, 9], "f2": [9, 9]}), by_hour({"f1": [8, 8], "f2": [0, 0]}), psi=1e6
    )
    assert found.loc["f1", "hazard"] == 1


def test_impossible_figures_are_refused_with_the_facility(facilities):
    some, ill = by_hour({"f1": [5, 5], "f2": [5, 5]}), by_hour({"f1": [0, 1], "f2": [0, 6]})
    with pytest.raises(BadCounts, match="f2"):
        facility_risk(facilities, some, ill)
    with pytest.raises(BadCounts, match="f1"):
        facility_risk(facilities.assign(area_m2=[0.0, 5]), some, some)
    with pytest.raises(BadCounts, match="f2"):
        facility_risk(facilities, some, by_hour({"f1": [0, 1], "f2": [np.nan, 1]}))
    with pytest.raises(Misaligned):
        facility_risk(facilities, some.iloc[::-1], some)
    with pytest.raises(Misaligned, match="dwell_minutes"):
        facility_risk(facilities[["area_m2"]], some, some)
    with pytest.raises(StatisticRefused, match="psi"):
        facility_risk(facilities, some, some, psi=0)
