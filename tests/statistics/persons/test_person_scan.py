"""The person-based scan: by its definition on little maps, by hand, and by what it must and must not call hot."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.statistics.persons.person_scan import person_scan, simulate_counts
from analytics.statistics.persons.visit_null import visit_null
from analytics.statistics.refusals import BadCounts, Misaligned, StatisticRefused

KST = "Asia/Seoul"
FIRST = pd.Timestamp("2020-08-01", tz=KST)


def hours(days: int) -> pd.DatetimeIndex:
    return pd.date_range(FIRST, periods=24 * days, freq="h")


def even(cells: pd.DataFrame, days: int, value: float = 1.0) -> pd.DataFrame:
    """Return the same observable person-hours in every unit and hour."""
    return pd.DataFrame(value, index=cells.index, columns=hours(days))


def visit(person, unit, day, hour=None, length=1) -> dict:
    """Return a visit of `length` hours, or of a whole day where no hour is given."""
    start = FIRST + pd.Timedelta(days=day, hours=hour or 0)
    end = start + (pd.Timedelta(days=1) if hour is None else pd.Timedelta(hours=length))
    return {"person": person, "unit": unit, "start": start, "end": end}


def by_definition(null, places, units, max_share, max_days):
    """Return the largest statistic over all windows, from the definition alone: loops, no shortcuts."""
    xy, share, best = places.to_numpy(float), null.share, 0.0
    for centre in range(len(xy)):
        away = np.hypot(*(xy - xy[centre]).T)
        for radius in np.unique(np.round(away, 6)):
            zone = away <= radius + 1e-5
            if radius > 0 and share[zone].sum() > max_share + 1e-12:
                continue
            for first in range(null.daily.shape[1]):
                for last in range(first, min(first + max_days, null.daily.shape[1])):
                    expected, seen = 0.0, set()
                    for person in set(null.person.tolist()):
                        absent = 1.0
                        for v in np.flatnonzero(null.person == person):
                            if first <= null.day[v] <= last:
                                absent *= 1 - null.chance[null.span[v]][zone].sum()
                                if zone[units[v]]:
                                    seen.add(person)
                        expected += 1 - absent
                    n = len(seen)
                    if n >= 2 and n > expected:
                        best = max(best, n * np.log(n / expected) - (n - expected))
    return best


@given(
    visits=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 3), st.sampled_from([None, 3, 12, 23])),
        min_size=2,
        max_size=9,
    ),
    seed=st.integers(0, 10_000),
    max_share=st.sampled_from([0.3, 0.6, 1.0]),
    max_days=st.integers(1, 4),
)
@settings(max_examples=30)
def test_equals_its_definition_on_little_maps_observed_and_in_every_replicate(visits, seed, max_share, max_days):
    rng = np.random.default_rng(seed)
    places = pd.DataFrame(rng.integers(0, 3, (6, 2)) * 100.0, columns=["x", "y"], index=list("abcdef"))
    exposure = pd.DataFrame(rng.integers(0, 4, (6, 96)).astype(float), index=places.index, columns=hours(4))
    exposure.iloc[0, :48] = np.nan
    exposure.iloc[1] = 0
    told = pd.DataFrame([visit(f"p{p}", "abcdef"[u], d, h) for p, u, d, h in visits])
    found = person_scan(told, exposure, places, max_share=max_share, max_days=max_days, replicates=19, seed=seed)
    null = visit_null(told, exposure)
    truth = by_definition(null, places.iloc[null.rows], null.unit, max_share, max_days)
    assert found.clusters["statistic"].max() == pytest.approx(truth) if truth else found.clusters.empty
    for drawn, maximum in zip(null.draw(19, seed)[:6], found.maxima, strict=False):
        assert maximum == pytest.approx(by_definition(null, places.iloc[null.rows], drawn, max_share, max_days))
    for row in found.clusters.itertuples():
        n, e = row.distinct_persons, row.expected
        assert row.statistic == pytest.approx(n * np.log(n / e) - (n - e))


def test_a_case_computed_by_hand():
    """Two units, a tenth of the person-hours in unit a; two persons in a on one day: E = 0.1 + 0.1."""
    places = pd.DataFrame({"x": [0.0, 900.0], "y": [0.0, 0.0]}, index=["a", "b"])
    exposure = pd.DataFrame([[1.0] * 72, [9.0] * 72], index=["a", "b"], columns=hours(3))
    told = pd.DataFrame([visit("p", "a", 1, 10), visit("q", "a", 1, 15), visit("p", "b", 2, 10)])
    found = person_scan(told, exposure, places, seed=1, replicates=999).clusters.loc[1]
    assert found["members"] == ("a",)
    assert (found["start"], found["end"]) == (date(2020, 8, 2), date(2020, 8, 3))
    assert (found["visits"], found["distinct_persons"]) == (2, 2)
    assert found["expected"] == pytest.approx(0.2)
    assert found["statistic"] == pytest.approx(2 * np.log(10) - 1.8)
    assert found["visit_expected"] == pytest.approx(3 * 0.1 / 3)
    llr = 2 * np.log(2 / 0.1) + 1 * np.log(1 / 2.9)
    assert found["visit_llr"] == pytest.approx(llr)
    # a draw reaches this only with both visits of day 1 in a (0.1 × 0.1): p's other visit makes E too large
    assert found["p"] == pytest.approx(0.01, abs=0.01)


def test_two_visits_of_one_person_count_once():
    places = pd.DataFrame({"x": [0.0, 900.0], "y": [0.0, 0.0]}, index=["a", "b"])
    exposure = pd.DataFrame([[1.0] * 72, [3.0] * 72], index=["a", "b"], columns=hours(3))
    told = pd.DataFrame([visit("p", "a", 0, 9), visit("p", "a", 1, 9), visit("q", "a", 1, 9)])
    found = person_scan(told, exposure, places, seed=1).clusters.loc[1]
    assert (found["visits"], found["distinct_persons"]) == (2, 2)  # day 1 alone: E = ¼ + ¼
    assert found["expected"] == pytest.approx(0.5)
    only_p = person_scan(told[told["person"] == "p"], exposure, places, seed=1)
    assert only_p.clusters.empty
    assert only_p.units["distinct_persons"].tolist() == [1, 0]
    assert only_p.units["observed"].tolist() == [2, 0]


def test_many_visits_by_three_people_are_not_an_outbreak_and_several_people_in_one_place_are(cells):
    exposure = even(cells, 14)
    rng = np.random.default_rng(5)
    elsewhere = [visit(f"b{n}", rng.choice(cells.index), int(rng.integers(14)), 12) for n in range(30)]
    busy = [visit(f"p{n % 3}", "c027", day, 9 + n) for day in range(3, 8) for n in range(9)]
    # three regulars, three visits a day each on five days: 45 visits, but three persons
    one_each = [visit(f"p{n}", "c027", 3 + n % 3, 12) for n in range(8)]
    crowd = person_scan(pd.DataFrame(elsewhere + one_each), exposure, cells, seed=3, max_share=0.2)
    regulars = person_scan(pd.DataFrame(elsewhere + busy), exposure, cells, seed=3, max_share=0.2)
    assert crowd.clusters["members"][1] == ("c027",)
    assert crowd.clusters["distinct_persons"][1] == 8
    assert crowd.clusters["p"][1] == 0.001
    assert crowd.units["scan_p"]["c027"] == 0.001
    strongest = regulars.clusters.loc[1]
    assert strongest["distinct_persons"] <= 4
    assert strongest["p"] > 0.05
    around = regulars.clusters[regulars.clusters["members"].map(lambda codes: "c027" in codes)]
    assert around["visit_llr"].max() > 30  # counting visits would have shouted: p below 1e-9


def test_an_officer_can_ask_for_more_than_two_persons(cells):
    told = pd.DataFrame([visit(person, "c027", 1, 12) for person in "pqr"] + [visit("s", "c050", 2, 12)])
    exposure = even(cells, 4)
    assert person_scan(told, exposure, cells, seed=1).clusters["p"][1] <= 0.05
    assert person_scan(told, exposure, cells, seed=1, min_persons=3).clusters["distinct_persons"][1] == 3
    assert person_scan(told, exposure, cells, seed=1, min_persons=5).clusters.empty
    with pytest.raises(StatisticRefused, match="min_persons"):
        person_scan(told, exposure, cells, seed=1, min_persons=1)


def test_a_visit_draws_its_unit_by_its_hours_and_by_its_whole_day_where_no_hour_is_known():
    exposure = pd.DataFrame(0.0, index=["a", "b"], columns=hours(2))
    exposure.loc["a"] = 1.0
    exposure.loc["b", exposure.columns[12]] = 3.0
    exposure.loc["b", exposure.columns[13]] = 1.0
    told = pd.DataFrame(
        [visit("p", "a", 0, 12), visit("q", "a", 0), visit("r", "a", 0, 12, 2), visit("s", "a", 1)]
    )
    late = visit("t", "a", 0, 12)
    late["start"] += pd.Timedelta(minutes=45)
    late["end"] += pd.Timedelta(hours=1)
    null = visit_null(pd.concat([told, pd.DataFrame([late])], ignore_index=True), exposure)
    chance_of_b = dict(zip("pqrst", null.chance[null.span[np.argsort(null.person)], 1], strict=True))
    assert chance_of_b == pytest.approx(
        {"p": 3 / 4, "q": 4 / 28, "r": 4 / 6, "s": 0.0, "t": (3 / 4 + 1) / (3 / 4 + 1 + 5 / 4)}
    )


def test_what_cannot_be_judged_is_left_out_with_its_reason(cells):
    exposure = even(cells, 3)
    exposure.loc["c001"] = np.nan
    exposure.loc["c002", exposure.columns[:24]] = 0
    told = pd.DataFrame(
        [
            visit("p", "c000", 0, 9),
            visit("p", "c001", 0, 9),
            visit("p", "c002", 0),
            visit("p", "c002", 1),
            visit("p", "41410", 1),
            visit("p", None, 1),
            visit("p", "c000", 3),
            visit("p", "c000", -1, 23, 4),
        ]
    )
    found = person_scan(told, exposure, cells, seed=1)
    unseen, outside = "no observable person-hours in the unit at that time", "outside all units"
    period = "outside the study period"
    assert found.reasons.tolist() == ["", unseen, unseen, "", outside, outside, period, period]
    assert found.units["observed"].sum() == 2
    assert found.units["observable"]["c001"] == 0
    drawn = simulate_counts(told, exposure, replicates=99, seed=1)
    assert drawn.sum(axis=1).tolist() == [2] * 99
    assert drawn[:, 1].sum() == 0


def test_units_without_data_change_nothing_for_the_others(cells):
    rng = np.random.default_rng(8)
    told = pd.DataFrame(
        [visit(f"p{n % 9}", rng.choice(cells.index[8:]), int(rng.integers(5)), 12) for n in range(30)]
    )
    exposure = even(cells, 5)
    exposure.iloc[:8] = np.nan
    whole = person_scan(told, exposure, cells, seed=2)
    part = person_scan(told, exposure.iloc[8:], cells.iloc[8:], seed=2)
    pd.testing.assert_frame_equal(whole.clusters, part.clusters)
    drawn = [simulate_counts(told, hours, replicates=99, seed=2) for hours in (exposure, exposure.iloc[8:])]
    assert (drawn[0][:, 8:] == drawn[1]).all()
    assert not {code for members in whole.clusters["members"] for code in members} & set(cells.index[:8])


def test_no_visits_is_an_answer_not_an_error(cells):
    none = pd.DataFrame(columns=["person", "unit", "start", "end"])
    found = person_scan(none, even(cells, 3), cells, seed=1)
    assert found.clusters.empty
    assert found.units["expected"].sum() == 0
    assert simulate_counts(none, even(cells, 3), replicates=99, seed=1).shape == (99, 64)


def test_replicates_follow_the_expected_counts(cells):
    exposure = even(cells, 3)
    exposure.iloc[10] = 20.0
    told = pd.DataFrame([visit(f"p{n}", "c000", n % 3, 12) for n in range(40)])
    drawn = simulate_counts(told, exposure, replicates=2_000, seed=4)
    expected = person_scan(told, exposure, cells, seed=1, replicates=19).units["expected"].to_numpy()
    assert expected.sum() == pytest.approx(40)
    assert np.abs(drawn.mean(axis=0) - expected).max() < 4 * np.sqrt(expected.max() / 2_000)


def test_days_are_calendar_days_of_the_exposure_even_for_daily_columns(cells):
    days = pd.date_range(FIRST, periods=4, freq="D")
    exposure = pd.DataFrame(1.0, index=cells.index, columns=days)
    utc = pd.DataFrame([visit("p", "c000", 1, 1), visit("q", "c000", 1, 2)])  # 01:00 KST is the day before in UTC
    utc[["start", "end"]] = utc[["start", "end"]].apply(lambda times: times.dt.tz_convert("UTC"))
    found = person_scan(utc, exposure, cells, seed=1).clusters.loc[1]
    assert (found["start"], found["end"]) == (date(2020, 8, 2), date(2020, 8, 3))


def test_windows_stay_within_the_caps(cells):
    told = pd.DataFrame([visit(f"p{n}", cells.index[9 + n % 3], n % 10, 12) for n in range(20)])
    found = person_scan(told, even(cells, 10), cells, seed=1, max_days=2, max_radius_m=250).clusters
    assert (found["radius_m"] <= 250).all()
    lengths = [(row.end - row.start).days for row in found.itertuples()]
    assert max(lengths) <= 2
    both = pd.DataFrame([visit(f"p{n}", cells.index[9 + n % 2], 4, 12) for n in range(12)])
    wide, narrow = (
        person_scan(both, even(cells, 10), cells, seed=1, max_radius_m=radius).clusters for radius in (250, 249)
    )
    assert set(wide["members"][1]) >= {cells.index[9], cells.index[10]}
    assert set(narrow["members"].map(len)) == {1}
    small = person_scan(told, even(cells, 10), cells, seed=1, max_share=1 / 64).clusters
    assert set(small["members"].map(len)) == {1}


def test_a_unit_with_more_than_the_largest_share_is_a_window_all_the_same():
    """A pilot of few places: what the city hall's unit holds is above any cap, and it can be hot."""
    places = pd.DataFrame({"x": [0.0, 900.0, 1_800.0], "y": 0.0}, index=["a", "b", "c"])
    exposure = pd.DataFrame([[6.0] * 48, [2.0] * 48, [2.0] * 48], index=places.index, columns=hours(2))
    told = pd.DataFrame([visit(f"p{n}", "a", 0, 12) for n in range(14)] + [visit("q", "b", 1, 12)])
    found = person_scan(told, exposure, places, seed=1, max_share=0.25)
    assert found.clusters.loc[1, "members"] == ("a",)
    assert found.units.loc["a", "scan_p"] <= 0.05
    assert set(found.clusters["members"].map(len)) == {1}


def test_impossible_inputs_are_refused(cells):
    exposure, told = even(cells, 2), pd.DataFrame([visit("p", "c000", 0, 9)])
    with pytest.raises(Misaligned, match="aware"):
        person_scan(told, exposure.set_axis(exposure.columns.tz_localize(None), axis=1), cells, seed=1)
    with pytest.raises(Misaligned, match="no time zone"):
        person_scan(told.assign(start=told["start"].dt.tz_localize(None)), exposure, cells, seed=1)
    with pytest.raises(BadCounts, match="c003"):
        person_scan(told, exposure.sub((exposure.index == "c003") * 2.0, axis=0), cells, seed=1)
    with pytest.raises(StatisticRefused, match="end after"):
        person_scan(told.assign(end=told["start"]), exposure, cells, seed=1)
    with pytest.raises(Misaligned, match="coordinates"):
        person_scan(told, exposure, cells.iloc[::-1], seed=1)
    with pytest.raises(Misaligned, match="column"):
        person_scan(told.drop(columns="person"), exposure, cells, seed=1)
    with pytest.raises(StatisticRefused, match="max_days"):
        person_scan(told, exposure, cells, seed=1, max_days=0)
    with pytest.raises(StatisticRefused, match="replicates"):
        person_scan(told, exposure, cells, seed=1, replicates=9)
    with pytest.raises(StatisticRefused, match="no unit"):
        person_scan(told, exposure * 0, cells, seed=1)
