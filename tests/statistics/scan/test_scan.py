"""The scan of counts against an independent brute force: three models × three analyses, ties, zeros, caps."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.statistics.refusals import BadCounts, Misaligned, MissingValue, StatisticRefused
from analytics.statistics.scan import scan
from analytics.statistics.scan.intervals import runs_ending
from analytics.statistics.scan.null_draws import draw, null_of, random_states
from analytics.statistics.scan.replicates import largest_ratios
from analytics.statistics.scan.study import study
from analytics.statistics.scan.zones import circular_zones
from tests.statistics.scan.brute_force import baseline_of, best_by_centre, likelihood_ratio

MODELS = ("poisson", "bernoulli", "permutation")
ASKED = [(model, way) for model in MODELS for way in ("spatial", "space-time", "prospective")]
ASKED.remove(("permutation", "spatial"))  # it has no question to ask


def days(number: int) -> pd.DatetimeIndex:
    return pd.date_range("2020-08-01", periods=number, freq="D")


def little_map(model: str, seed: int, units: int = 7, intervals: int = 5):
    """Return cases, baseline and places: few sites (ties, co-located units), some cells without anybody."""
    rng = np.random.default_rng(seed)
    codes = pd.Index([f"u{number}" for number in rng.permutation(units)], name="unit_code")
    places = pd.DataFrame(rng.integers(0, 3, (units, 2)) * 100.0, columns=["x", "y"], index=codes)
    people = pd.DataFrame(rng.integers(0, 9, (units, intervals)), index=codes, columns=days(intervals))
    people.iloc[rng.integers(units)] = 0
    seen = pd.DataFrame(rng.poisson(0.8, (units, intervals)), index=codes, columns=days(intervals))
    seen = seen.clip(upper=people) if model == "bernoulli" else seen.where(people > 0, 0)
    return seen, None if model == "permutation" else people, places


@pytest.mark.parametrize(("model", "analysis"), ASKED)
@given(
    seed=st.integers(0, 10_000),
    max_share=st.sampled_from([0.3, 0.5, 1.0]),
    max_radius=st.sampled_from([None, 100.0, 150.0]),
    max_length=st.sampled_from([None, 1, 3, 9]),
    least=st.sampled_from([2, 3]),
)
@settings(max_examples=40)
def test_equals_a_brute_force_on_little_maps(model, analysis, seed, max_share, max_radius, max_length, least):
    seen, people, places = little_map(model, seed)
    if not seen.to_numpy().any() or (people is not None and not people.to_numpy().any()):
        return
    caps = {"max_share": max_share, "max_radius": max_radius, "max_length": max_length, "min_cases": least}
    found = scan(seen, people, places, model=model, analysis=analysis, replicates=19, seed=seed, **caps)
    told = [None if frame is None else frame.to_numpy() for frame in (seen, people)]
    time = {"longest": max_length or 2, "ends": [1, 2, 3, 4, 5] if analysis == "space-time" else [5]}
    if analysis == "spatial":
        told, time = [frame.sum(axis=1, keepdims=True) for frame in told], {"longest": 1, "ends": [1]}
    limits = {"max_share": max_share, "max_radius": max_radius or np.inf, "least": least}
    truth = best_by_centre(model, *told, places.to_numpy(), **time, **limits).set_axis(places.index)
    assert found.empty if truth.max() == 0 else found["llr"][1] == pytest.approx(truth.max(), rel=1e-9)
    base = baseline_of(model, seen.to_numpy(), None if people is None else people.to_numpy())
    base = pd.DataFrame(base, index=seen.index, columns=seen.columns)
    total, everyone = seen.to_numpy().sum(), base.to_numpy().sum()
    taken: set[str] = set()
    for row in found.itertuples():
        assert taken.isdisjoint(row.members)
        taken |= set(row.members)
        inside = (list(row.members), slice(row.start, row.end - pd.Timedelta(1)))
        b = base.loc[inside].to_numpy().sum()
        assert row.observed == seen.loc[inside].to_numpy().sum() >= least
        assert row.expected == pytest.approx(b * total / everyone)
        assert row.llr == pytest.approx(likelihood_ratio(model, row.observed, b, total, everyone), rel=1e-9)
        assert row.llr == pytest.approx(truth[row.centre], rel=1e-9)
    untouched = [code for code in truth.index if truth[code] > 0 and code not in taken]
    for code in untouched:  # whoever is left out shares a unit with a stronger cluster
        assert truth[code] <= found["llr"].max() * (1 + 1e-9)


@pytest.mark.parametrize("model", MODELS)
@given(seed=st.integers(0, 10_000), ends=st.sampled_from([[1, 2, 3, 4, 5, 6], [6], [4, 5, 6]]))
@settings(max_examples=15)
def test_the_maxima_of_replicates_equal_a_brute_force_on_the_same_draws(model, seed, ends):
    seen, people, places = little_map(model, seed, units=11, intervals=6)
    if seen.to_numpy().sum() < 2:
        return
    told = study(seen, people, places, model, spatial=False, end=None)
    zones = circular_zones(told.coordinates, told.share)
    runs = runs_ending(range(ends[0], ends[-1] + 1), 3)
    maxima, _ = largest_ratios(told, zones, runs, 2, 70, seed, 1.0, None, None)
    for state, maximum in zip(random_states(70, seed)[::10], maxima[::10], strict=True):
        drawn = drawn_counts(told, state)
        people_drawn = None if model == "permutation" else told.baseline
        where = told.coordinates.to_numpy()
        truth = best_by_centre(model, drawn, people_drawn, where, longest=3, ends=ends)
        assert maximum == pytest.approx(truth.max(), rel=1e-9, abs=1e-12)


def drawn_counts(told, state) -> np.ndarray:
    null, cells = null_of(told), np.zeros(told.seen.size, np.int32)
    draw(null.way, null.steps, null.guide, null.unit, null.interval, null.intervals, null.total, state, cells)
    return cells.reshape(told.seen.shape)


@pytest.mark.parametrize("model", MODELS)
def test_draws_keep_what_their_null_keeps_and_have_its_mean(model):
    seen, people, places = little_map(model, 3)
    told = study(seen, people, places, model, spatial=False, end=None)
    drawn = np.array([drawn_counts(told, state) for state in random_states(4_000, 1)])
    assert (drawn.sum(axis=(1, 2)) == told.total).all()
    if model == "permutation":
        assert (drawn.sum(axis=2) == told.seen.sum(axis=1)).all()
        assert (drawn.sum(axis=1) == told.seen.sum(axis=0)).all()
    if model == "bernoulli":
        assert (drawn <= told.baseline).all()
    expected = told.baseline * (told.total / told.everyone)
    assert np.abs(drawn.mean(axis=0) - expected).max() < 5 * np.sqrt(expected.max() / 4_000)


def test_bernoulli_draws_the_controls_where_they_are_fewer():
    codes = pd.Index(["a", "b", "c"])
    everyone = pd.DataFrame({"all": [10, 6, 4]}, index=codes)
    cases = pd.DataFrame({"all": [9, 5, 1]}, index=codes)
    told = study(cases, everyone, pd.DataFrame(0.0, codes, ["x", "y"]), "bernoulli", spatial=True, end=None)
    drawn = np.array([drawn_counts(told, state)[:, 0] for state in random_states(4_000, 1)])
    assert (drawn.sum(axis=1) == 15).all()
    assert (drawn <= [10, 6, 4]).all()
    assert drawn.mean(axis=0) == pytest.approx([7.5, 4.5, 3.0], abs=0.06)
    variance = 15 * 0.5 * 0.5 * 5 / 19  # hypergeometric
    assert drawn[:, 0].var() == pytest.approx(variance, rel=0.1)


def test_counts_beyond_sixteen_bits_give_the_same_answer_scaled():
    seen, people, places = little_map("poisson", 5)
    large = scan(seen * 9_000, people, places, model="poisson", analysis="space-time", replicates=19, seed=1)
    assert large["observed"][1] > 2**15 or seen.to_numpy().sum() * 9_000 > 2**15
    small = scan(seen, people, places, model="poisson", analysis="space-time", replicates=19, seed=1)
    assert large["llr"][1] == pytest.approx(9_000 * small["llr"][1])


def test_units_at_equal_distance_enter_together(cells):
    """All cases in a cell's left neighbour: a circle around the cell takes its four neighbours or none."""
    cases = pd.DataFrame(0, index=cells.index, columns=["all"])
    cases.loc["c026"] = 5
    found = spatial(cases, 1, cells)
    assert found["members"][1] == ("c026",)
    assert found.attrs["circles"] == spatial(cases, 9, cells).attrs["circles"]


def spatial(cases: pd.DataFrame, people: float, cells: pd.DataFrame, **options) -> pd.DataFrame:
    population = pd.DataFrame(float(people), index=cases.index, columns=cases.columns)
    return scan(
        cases, population, cells, model="poisson", analysis="spatial", **{"replicates": 19, "seed": 1, **options}
    )


def test_the_radius_cap_counts_units_at_exactly_that_distance(cells):
    cases = pd.DataFrame(0, index=cells.index, columns=["all"])
    cases.loc[["c027", "c026", "c028", "c019", "c035"]] = 4
    found = spatial(cases, 1, cells, max_radius=250)
    assert set(found["members"][1]) == {"c027", "c026", "c028", "c019", "c035"}
    assert found["radius"][1] == 250
    assert spatial(cases, 1, cells, max_radius=249)["members"].map(len).max() == 1


def test_a_planted_cylinder_is_found_with_its_days(cells):
    rng = np.random.default_rng(4)
    seen = pd.DataFrame(rng.poisson(0.2, (64, 14)), index=cells.index, columns=days(14))
    seen.loc[["c018", "c019", "c026", "c027"], days(14)[5:8]] += 2
    people = pd.DataFrame(100, index=cells.index, columns=days(14))
    found = scan(seen, people, cells, model="poisson", analysis="space-time", seed=1).loc[1]
    assert {"c018", "c019", "c026", "c027"} <= set(found["members"])
    assert (found["start"], found["end"]) == (pd.Timestamp("2020-08-06"), pd.Timestamp("2020-08-09"))
    assert found["p"] == 0.001
    assert np.isnan(found["recurrence_interval"])


def test_months_end_where_the_next_begins():
    months = pd.date_range("2020-01-01", periods=4, freq="MS")
    places = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": 0.0}, index=list("abcd"))
    seen = pd.DataFrame(1, index=places.index, columns=months)
    seen.loc["b", months[3]] = 9
    found = scan(
        seen, seen * 0 + 50, places, model="poisson", analysis="prospective", max_length=1, replicates=19, seed=1
    )
    assert (found["start"][1], found["end"][1]) == (pd.Timestamp("2020-04-01"), pd.Timestamp("2020-05-01"))


def test_impossible_inputs_are_refused_with_the_code(cells):
    seen = pd.DataFrame(1, index=cells.index, columns=days(3))
    people = pd.DataFrame(5.0, index=cells.index, columns=days(3))
    gap, empty = people.copy(), people.copy()
    gap.iloc[4, 1] = np.nan
    empty.iloc[5, 2] = 0
    asked = {"model": "poisson", "analysis": "space-time", "seed": 1}
    for wrong, refusal, told in [
        ({"baseline": gap}, MissingValue, "c004"),
        ({"baseline": empty}, BadCounts, "c005"),
        ({"baseline": empty, "model": "bernoulli"}, BadCounts, "c005"),
        ({"baseline": people.iloc[:, :2]}, Misaligned, "intervals"),
        ({"baseline": None}, StatisticRefused, "baseline"),
        ({"model": "permutation"}, StatisticRefused, "no baseline"),
        ({"model": "permutation", "baseline": None, "analysis": "spatial"}, StatisticRefused, "place and time"),
        ({"model": "normal"}, StatisticRefused, "model"),
        ({"analysis": "temporal"}, StatisticRefused, "analysis"),
        ({"max_length": 0}, StatisticRefused, "max_length"),
        ({"max_share": 0}, StatisticRefused, "max_share"),
        ({"max_radius": -1}, StatisticRefused, "max_radius"),
        ({"min_cases": 1}, StatisticRefused, "min_cases"),
        ({"replicates": 9}, StatisticRefused, "replicates"),
        ({"distance": "great_circle"}, StatisticRefused, "lon and lat"),
        ({"first_look": days(3)[0]}, StatisticRefused, "prospective"),
        ({"first_look": "2020-07-01", "analysis": "prospective"}, StatisticRefused, "study period"),
        ({"end": "2020-08-02"}, Misaligned, "ends"),
        ({"cases": seen.set_axis([1, 2, 4], axis=1)}, Misaligned, "DatetimeIndex"),
    ]:
        with pytest.raises(refusal, match=told):
            scan(**{"cases": seen, "baseline": people, "coordinates": cells, **asked, **wrong})
    nothing = scan(seen * 0, people, cells, **asked)
    assert nothing.empty
    assert nothing["start"].dt.date.empty
