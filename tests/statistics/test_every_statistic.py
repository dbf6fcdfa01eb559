"""One contract over every statistic that marks places: seeded, order-free, unmutating, honest under the null."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from analytics.statistics import weights
from analytics.statistics.gi_star import gi_star, gi_star_permutation
from analytics.statistics.gi_star_null import gi_star_under_null
from analytics.statistics.persons.person_scan import person_scan, simulate_counts
from analytics.statistics.persons.visit_null import visit_null
from analytics.statistics.refusals import StatisticRefused
from analytics.statistics.scan import scan

ALPHA, SIDE, DAYS, VISITS = 0.05, 8, 10, 60
CODES = pd.Index([f"c{number:03d}" for number in range(SIDE * SIDE)], name="unit_code")
PLANTED = ["c010", "c017", "c018", "c019", "c026"]  # a cell and its four nearest
HOURS = pd.date_range("2020-08-01", periods=24 * DAYS, freq="h", tz="Asia/Seoul")
Frames = dict[str, pd.DataFrame | pd.Series]


@dataclass(frozen=True)
class Statistic:
    """How to make its input, how to run it, and which answer per unit says hot, looking everywhere."""

    name: str
    world: Callable[..., Frames]
    run: Callable[..., pd.Series]
    random: bool = True
    gap: str = ""


def places() -> pd.DataFrame:
    return pd.DataFrame(
        {"x": np.tile(np.arange(SIDE), SIDE) * 250.0, "y": np.repeat(np.arange(SIDE), SIDE) * 250.0}, index=CODES
    )


def field(rng, kind: str) -> Frames:
    """Return values that are noise, with a planted rise, or constant."""
    values = pd.Series(
        np.full(len(CODES), 0.3) if kind == "constant" else rng.normal(5, 1, len(CODES)), index=CODES
    )
    if kind == "planted":
        values[[*PLANTED, "c009", "c011", "c025", "c027"]] += 5
    return {"values": values, "coordinates": places()}


def crowds(rng) -> pd.Series:
    """Return very unequal observable person-hours: some units hold fifty times what others hold."""
    return pd.Series(rng.lognormal(3, 1.0, len(CODES)), index=CODES)


def counted(rng, kind: str) -> Frames:
    """Return cases that fall on the crowds, with five units of many more, or one a unit on equal crowds."""
    if kind == "constant":
        return {
            "cases": pd.Series(1, index=CODES),
            "population": pd.Series(7.0, index=CODES),
            "coordinates": places(),
        }
    people = crowds(rng)
    cases = pd.Series(rng.multinomial(VISITS, people / people.sum()), index=CODES)
    if kind == "planted":
        cases[PLANTED] += 8
    return {"cases": cases, "population": people, "coordinates": places()}


def daily(rng, kind: str) -> Frames:
    """Return cases by unit and day, as `counted`."""
    days = pd.DatetimeIndex(HOURS[::24].tz_localize(None))
    people = pd.DataFrame(np.outer(crowds(rng), rng.uniform(0.5, 2, DAYS)), index=CODES, columns=days)
    if kind == "constant":
        people[:] = 3.0
        cases = pd.DataFrame(1, index=CODES, columns=days)
    else:
        drawn = rng.multinomial(VISITS, people.to_numpy().ravel() / people.to_numpy().sum())
        cases = pd.DataFrame(drawn.reshape(people.shape), index=CODES, columns=days)
    if kind == "planted":
        cases.loc[PLANTED, days[4:6]] += 3
    return {"cases": cases, "population": people, "coordinates": places()}


def visited(rng, kind: str) -> Frames:
    """Return visits that fall on unequal crowds, seen with unequal coverage and in some hours not at all."""
    rhythm = 0.2 + np.sin(np.pi * np.arange(24) / 24) ** 2
    exposure = pd.DataFrame(np.outer(crowds(rng), np.tile(rhythm, DAYS)), index=CODES, columns=HOURS)
    exposure *= rng.uniform(0.02, 0.9, (len(CODES), 1))
    exposure = exposure.mask(rng.random(exposure.shape) < 0.2)
    exposure.iloc[:5] = np.nan
    if kind == "constant":
        exposure[:] = 1.0
        rows = [(f"p{n}", code, 24 * (n % DAYS) + 12) for n, code in enumerate(CODES)]
    else:
        hours = rng.choice(24 * DAYS, VISITS, p=np.tile(rhythm, DAYS) / rhythm.sum() / DAYS)
        chance = np.nan_to_num(exposure.to_numpy())[:, hours]
        steps = np.cumsum(chance, axis=0) / chance.sum(axis=0)
        units = (rng.random(VISITS) >= steps).sum(axis=0)
        people = rng.integers(0, VISITS // 3, VISITS)
        rows = [(f"p{n}", CODES[unit], hour) for n, unit, hour in zip(people, units, hours, strict=True)]
    if kind == "planted":
        exposure.loc[PLANTED] = exposure.loc[PLANTED].fillna(1.0)
        rows += [(f"q{n}", PLANTED[n % 5], 24 * (4 + n % 2) + 13) for n in range(15)]
    visits = pd.DataFrame(rows, columns=["person", "unit", "hour"])
    start = HOURS[visits.pop("hour")]
    return {
        "visits": visits.assign(start=start, end=start + pd.Timedelta(hours=1)),
        "exposure": exposure,
        "coordinates": places(),
    }


def neighbours(coordinates: pd.DataFrame):
    return weights.distance_band(coordinates, 360)


def of_clusters(clusters: pd.DataFrame, codes: pd.Index) -> pd.Series:
    p = {code: row.p for row in clusters.itertuples() for code in row.members}
    return pd.Series([p.get(code, 1.0) for code in codes], index=codes)


def run_gi(seed, replicates, values, coordinates):
    return gi_star(values, neighbours(coordinates))["q"]


def run_permutation(seed, replicates, values, coordinates):
    draws = max(replicates, 2_499)
    return gi_star_permutation(values, neighbours(coordinates), permutations=draws, seed=seed)["q"]


def run_spatial(seed, replicates, cases, population, coordinates):
    flat = [told.to_frame("all") for told in (cases, population)]
    found = scan(*flat, coordinates, model="poisson", analysis="spatial", replicates=replicates, seed=seed)
    return of_clusters(found, cases.index)


def run_bernoulli(seed, replicates, cases, population, coordinates):
    everyone = cases + np.ceil(population)
    flat = [told.to_frame("all") for told in (cases, everyone)]
    found = scan(*flat, coordinates, model="bernoulli", analysis="spatial", replicates=replicates, seed=seed)
    return of_clusters(found, cases.index)


def run_space_time(seed, replicates, cases, population, coordinates):
    options = {"model": "poisson", "analysis": "space-time", "max_length": 4, "replicates": replicates}
    return of_clusters(scan(cases, population, coordinates, seed=seed, **options), cases.index)


def run_prospective(seed, replicates, cases, population, coordinates):
    until = cases.columns[:6]  # the planted cases are of the last two days then
    options = {"model": "poisson", "analysis": "prospective", "max_length": 4, "replicates": replicates}
    return of_clusters(scan(cases[until], population[until], coordinates, seed=seed, **options), cases.index)


def run_space_time_permutation(seed, replicates, cases, population, coordinates):
    options = {"model": "permutation", "analysis": "space-time", "max_length": 4, "replicates": replicates}
    return of_clusters(scan(cases, None, coordinates, seed=seed, **options), cases.index)


def run_persons(seed, replicates, visits, exposure, coordinates):
    found = person_scan(visits, exposure, coordinates, max_days=4, replicates=replicates, seed=seed)
    return of_clusters(found.clusters, exposure.index)


def run_gi_null(seed, replicates, visits, exposure, coordinates):
    null = visit_null(visits, exposure)
    seen = null.codes[null.unit].value_counts().reindex(exposure.index, fill_value=0)
    observable = exposure.sum(axis=1)
    drawn = simulate_counts(visits, exposure, replicates=max(replicates, 2_499), seed=seed)
    found = gi_star_under_null(seen, drawn, observable, neighbours(coordinates))
    return found["q"].where(found["reason"] == "", 1.0)


STATISTICS = [
    Statistic("gi_star", field, run_gi, random=False, gap="values"),
    Statistic("gi_star_permutation", field, run_permutation, gap="values"),
    Statistic("gi_star_under_null", visited, run_gi_null),
    Statistic("scan, poisson, spatial", counted, run_spatial, gap="population"),
    Statistic("scan, bernoulli, spatial", counted, run_bernoulli, gap="population"),
    Statistic("scan, poisson, space-time", daily, run_space_time, gap="population"),
    Statistic("scan, poisson, prospective", daily, run_prospective, gap="population"),
    Statistic("scan, permutation, space-time", daily, run_space_time_permutation, gap="cases"),
    Statistic("person_scan", visited, run_persons),
]
every = pytest.mark.parametrize("statistic", STATISTICS, ids=lambda statistic: statistic.name)


def world(statistic, kind="null", seed=1) -> Frames:
    return statistic.world(np.random.default_rng(seed), kind)


@every
def test_the_same_seed_gives_the_same_answer_and_another_seed_nearly_so(statistic):
    told = world(statistic, "planted")
    first, again, other = (statistic.run(seed, 199, **told) for seed in (5, 5, 6))
    pd.testing.assert_series_equal(first, again)
    assert (first - other).abs().max() < 0.2


@every
def test_inputs_are_not_changed(statistic):
    told = world(statistic, "planted")
    before = {name: frame.copy(deep=True) for name, frame in told.items()}
    statistic.run(1, 19, **told)
    for name, frame in told.items():
        (pd.testing.assert_frame_equal if frame.ndim == 2 else pd.testing.assert_series_equal)(frame, before[name])


@every
def test_the_order_of_rows_does_not_matter(statistic):
    told = world(statistic, "planted")
    rng = np.random.default_rng(3)
    turn = rng.permutation(len(CODES))
    turned = {
        name: frame.sample(frac=1, random_state=4) if name == "visits" else frame.iloc[turn]
        for name, frame in told.items()
    }
    found = statistic.run(2, 99, **turned)
    pd.testing.assert_series_equal(found.reindex(CODES), statistic.run(2, 99, **told))


@every
def test_renaming_the_units_renames_the_answer(statistic):
    told = world(statistic, "planted")
    names = {code: f"z{999 - number}" for number, code in enumerate(CODES)}  # and turns their order round
    renamed = {
        name: frame.assign(unit=frame["unit"].map(names)) if name == "visits" else frame.rename(index=names)
        for name, frame in told.items()
    }
    found = statistic.run(2, 999, **renamed)
    truth = statistic.run(2, 999, **told)
    assert list(found.index) == list(names.values())
    tolerance = 0.1 if statistic.random else 1e-12
    assert np.abs(found.to_numpy() - truth.to_numpy()).max() <= tolerance


@every
def test_a_constant_field_has_nothing_hot(statistic):
    found = statistic.run(1, 999, **world(statistic, "constant"))
    assert found.min() > ALPHA


@every
def test_a_planted_cluster_is_found(statistic):
    found = statistic.run(1, 999, **world(statistic, "planted"))
    assert found["c018"] <= ALPHA
    assert (found[PLANTED] <= ALPHA).sum() >= 3
    assert (found <= ALPHA).sum() <= 21  # Gi* spills over to the neighbours of the five


@every
def test_false_alarms_under_the_null_are_about_alpha(statistic):
    """Share of 120 null worlds in which anything at all is hot; crowds and coverage unequal where they exist."""
    worlds = 120
    alarms = sum(
        statistic.run(1_000 + seed, 99, **world(statistic, seed=seed)).min() <= ALPHA for seed in range(worlds)
    )
    assert alarms <= 14  # 5 % of 120 is 6; more than 14 has probability 0.1 %
    assert alarms >= 1  # and a test that never speaks is no test


@pytest.mark.parametrize(
    "statistic", [statistic for statistic in STATISTICS if statistic.gap], ids=lambda statistic: statistic.name
)
def test_a_missing_value_is_refused_with_the_code_of_its_unit(statistic):
    told = world(statistic)
    gappy = told[statistic.gap].astype(float).copy()
    gappy.iloc[33] = np.nan
    with pytest.raises(StatisticRefused, match="c033"):
        statistic.run(1, 19, **{**told, statistic.gap: gappy})
    with pytest.raises(StatisticRefused, match="c033"):
        statistic.run(1, 19, **{**told, "coordinates": told["coordinates"].drop(index="c033").reindex(CODES)})
