"""Cases only: by its definition on little maps, exact in size, blind to regulars and to busy days."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analytics.statistics.persons.permutation import person_permutation
from analytics.statistics.refusals import Misaligned, StatisticRefused

START, DAYS = date(2020, 8, 1), 6
PERIOD = {"start": START, "end": date(2020, 8, 1 + DAYS)}


def table(rows: list[tuple]) -> pd.DataFrame:
    """Return visits of (person, unit, day)."""
    frame = pd.DataFrame(rows, columns=["person", "unit", "day"])
    return frame.assign(start=pd.Timestamp(START, tz="Asia/Seoul") + pd.to_timedelta(frame["day"], unit="D"))


def places_of(rng, count: int = 6) -> pd.DataFrame:
    codes = [f"u{number}" for number in range(count)]
    return pd.DataFrame(rng.integers(0, 3, (count, 2)) * 100.0, columns=["x", "y"], index=codes)


def windows(places, unit, max_share, max_days, max_radius):
    """Yield every circle (bool by unit) and run of days."""
    xy = places.to_numpy()
    share = np.bincount(unit, minlength=len(xy)) / len(unit)
    for centre in range(len(xy)):
        away = np.hypot(*(xy - xy[centre]).T)
        for radius in np.unique(away):
            zone = away <= radius + 1e-6
            if radius > 0 and (share[zone].sum() > max_share + 1e-12 or radius > max_radius + 1e-6):
                continue
            for first in range(DAYS):
                for last in range(first, min(first + max_days, DAYS)):
                    yield zone, first, last


def present(zone, first, last, unit, person, day) -> set:
    return {p for u, p, d in zip(unit, person, day, strict=True) if zone[u] and first <= d <= last}


def by_definition(places, unit, person, day, *, max_share, max_days, max_radius_m, min_persons) -> float:
    """Return the largest statistic; the expectation is the mean over every first day, person by person."""
    first_day = {p: min(day[person == p]) for p in set(person.tolist())}
    begins, best = list(first_day.values()), 0.0
    for zone, first, last in windows(places, unit, max_share, max_days, max_radius_m):
        n, expected = len(present(zone, first, last, unit, person, day)), 0
        for p in first_day:
            mine = person == p
            moved = [(day[mine] - first_day[p] + begin) % DAYS for begin in begins]
            hits = [bool(present(zone, first, last, unit[mine], person[mine], days)) for days in moved]
            expected += sum(hits)
        expected /= len(begins)
        if n >= min_persons and n > expected:
            best = max(best, n * np.log(n / expected) - (n - expected))
    return best


@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=9),
    seed=st.integers(0, 1_000),
    max_share=st.sampled_from([0.4, 0.7, 1.0]),
    max_days=st.integers(1, 3),
    max_radius_m=st.sampled_from([100.0, 150.0, 1_000.0]),
    min_persons=st.integers(2, 3),
)
@settings(max_examples=40)
def test_equals_its_definition_on_little_maps(rows, seed, **limits):
    places = places_of(np.random.default_rng(seed))
    visits = table([(f"p{p}", f"u{u}", d) for p, u, d in rows])
    options = {**limits, "replicates": 19, "seed": seed}
    found = person_permutation(visits, places, **PERIOD, **options)
    unit, person, day = (np.array(column) for column in zip(*[(u, p, d) for p, u, d in rows], strict=True))
    truth = by_definition(places, unit, person, day, **limits)
    assert found["statistic"].max() == pytest.approx(truth) if truth else found.empty
    for row in found.itertuples():
        n, e = row.distinct_persons, row.expected
        assert row.statistic == pytest.approx(n * np.log(n / e) - (n - e))
    again = person_permutation(visits.sample(frac=1, random_state=seed), places, **PERIOD, **options)
    pd.testing.assert_frame_equal(found, again)


def test_with_one_visit_a_person_the_expectation_is_the_product_of_the_margins():
    places = pd.DataFrame({"x": [0.0, 900.0], "y": 0.0}, index=["a", "b"])
    visits = table([("p", "a", 1), ("q", "a", 1), ("r", "b", 2), ("s", "b", 3), ("t", "b", 1)])
    found = person_permutation(visits, places, **PERIOD, max_share=0.4, seed=1).loc[1]
    assert (found["members"], found["distinct_persons"]) == (("a",), 2)
    assert (found["start"], found["end"]) == (date(2020, 8, 2), date(2020, 8, 3))
    assert found["expected"] == pytest.approx(2 * 3 / 5)


def test_circles_keep_to_the_radius_and_clusters_to_the_number_of_persons_asked_for():
    places = pd.DataFrame({"x": [0.0, 100, 200, 5_000, 5_100], "y": 0.0}, index=list("abcde"))
    together = [("p", "a", 1), ("q", "b", 1), ("r", "c", 1)]
    others = [(f"o{n}", "de"[n % 2], day) for n, day in enumerate([0, 2, 3, 4, 5, 0, 3])]
    visits = table(together + others)
    asked = {**PERIOD, "max_days": 1, "seed": 1, "replicates": 99}
    free, near, alone = (
        person_permutation(visits, places, **asked, max_radius_m=metres) for metres in (None, 100, 99)
    )
    assert set(free.loc[1, "members"]) == {"a", "b", "c"}
    assert (len(near.loc[1, "members"]), near.loc[1, "radius_m"]) == (3, 100)  # around b
    assert (alone["radius_m"] <= 99).all()
    three, four = (person_permutation(visits, places, **asked, min_persons=least) for least in (3, 4))
    assert set(three.loc[1, "members"]) == {"a", "b", "c"}
    assert (three["distinct_persons"] >= 3).all()
    assert (four["distinct_persons"] >= 4).all()


def test_p_is_uniform_where_days_do_not_depend_on_places():
    ps = []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        places = pd.DataFrame({"x": np.arange(8) * 100.0, "y": 0.0}, index=[f"u{n}" for n in range(8)])
        home, begin = rng.integers(0, 8, 20), rng.choice(DAYS, 20, p=[0.4, 0.1, 0.2, 0.1, 0.1, 0.1])
        rows = [
            (f"p{p}", f"u{home[p] if rng.random() < 0.7 else rng.integers(8)}", (begin[p] + step) % DAYS)
            for p in range(20)
            for step in rng.integers(0, 3, 2)
        ]
        found = person_permutation(table(rows), places, **PERIOD, replicates=99, seed=seed)
        ps.append(found["p"].min() if len(found) else 1.0)
    assert np.mean(np.array(ps) <= 0.05) <= stats.binom.isf(0.01, 120, 0.05) / 120
    assert stats.kstest(ps, "uniform", alternative="greater").pvalue > 0.01


def test_regulars_and_a_busy_day_are_no_outbreak_and_people_who_come_together_are():
    rng = np.random.default_rng(4)
    places = pd.DataFrame({"x": np.arange(10) * 500.0, "y": 0.0}, index=[f"u{n}" for n in range(10)])
    spread = [(f"b{n}", f"u{rng.integers(10)}", int(rng.integers(DAYS))) for n in range(40)]
    regulars = [(f"r{n % 3}", "u4", day) for n in range(9) for day in range(2, 4)]
    busy_day = [(f"d{n}", f"u{n % 10}", 5) for n in range(30)]
    quiet = person_permutation(table(spread + regulars + busy_day), places, **PERIOD, seed=1, max_days=2)
    assert quiet["p"].min() > 0.05
    together = [(f"t{n}", "u4", 3) for n in range(12)]
    found = person_permutation(table(spread + busy_day + together), places, **PERIOD, seed=1, max_days=2).loc[1]
    assert found["members"] == ("u4",)
    assert (found["start"], found["end"]) == (date(2020, 8, 4), date(2020, 8, 5))
    assert found["p"] <= 0.01


def test_what_cannot_be_judged_is_refused():
    places = pd.DataFrame({"x": [0.0, 900.0], "y": 0.0}, index=["a", "b"])
    with pytest.raises(Misaligned, match="coordinates"):
        person_permutation(table([("p", "z", 1)]), places, **PERIOD, seed=1)
    with pytest.raises(StatisticRefused, match="outside the study period"):
        person_permutation(table([("p", "a", 9)]), places, **PERIOD, seed=1)
    with pytest.raises(StatisticRefused, match="at least"):
        person_permutation(table([("p", "a", 1)]), places, **PERIOD, seed=1, replicates=9)
    assert person_permutation(table([("p", "a", 1)]), places, **PERIOD, seed=1).empty
