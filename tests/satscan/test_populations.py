"""Population over time is integrated exactly."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from analytics.satscan.dates import date_reader
from analytics.satscan.populations import count_covariates, interval_weights, person_days, read_populations
from analytics.satscan.records import read_records


def day(*parts: int) -> int:
    return (date(*parts) - date(1970, 1, 1)).days


@pytest.fixture
def read(tmp_path):
    def read(text: str):
        path = tmp_path / "a.pop"
        path.write_text(text, encoding="utf-8")
        records = read_records(path)
        count_covariates(records, path)
        return read_populations(records, path, date_reader(None, None))

    return read


def lived(populations, *edges: int) -> pd.DataFrame:
    return person_days(populations.table, np.array(edges), Path("a.pop"))


def test_one_date_is_constant(read):
    assert lived(read("a 2020 100\n"), day(2019, 1, 1), day(2020, 1, 1), day(2021, 1, 1)).to_numpy().tolist() == [
        [36_500, 36_600]
    ]


def test_years_are_the_first_of_july_and_change_linearly(read):
    # from 100 on 2019-07-01 to 466 on 2020-07-01, 366 days later: one more a day
    populations = read("a 2019 100\na 2020 466\n")
    at = day(2019, 7, 1)
    found = lived(populations, at - 10, at, at + 1, at + 366, at + 376).iloc[0]
    assert found.tolist() == pytest.approx([1_000, 100.5, (100 + 466) / 2 * 366 - 100.5, 4_660], rel=1e-14)


def test_months_are_the_fifteenth(read):
    # 2020-02-15 to 2020-03-15 is 29 days in a leap year
    populations = read("a 2020/2 0\na 2020/3 29\nb 2020/2 1\nb 2020/3 1\n")
    assert lived(populations, day(2020, 2, 15), day(2020, 3, 1)).loc["a"].iloc[0, 0] == pytest.approx(15**2 / 2)


def test_days_hold_all_day(read):
    populations = read("a 2020/8/1 10\na 2020/8/2 20\na 2020/8/4 40\n")
    first = day(2020, 8, 1)
    found = lived(populations, *range(first - 1, first + 6)).iloc[0]
    assert found.tolist() == [10, 10, 20, 30, 40, 40]


def test_repeated_rows_and_strata_add_up(read):
    populations = read("a 2020 10 m\na 2020 5 m\na 2020 7 f\nb 2020 1 f\n")
    found = lived(populations, 0, 2)
    assert found.to_dict()[0] == {("a", "f"): 14, ("a", "m"): 30, ("b", "f"): 2}


def test_unspecified_is_constant(read):
    assert lived(read("a unspecified 10\n"), 0, 3, 4).to_numpy().tolist() == [[30, 10]]


def test_nobody_lives_in_a_place_on_a_date_it_has_no_record_for_as_in_satscan(read):
    both = lived(read("a 2018 10\na 2020 30\nb 2018 1\nb 2019 1\nb 2020 1\n"), day(2018, 7, 1), day(2020, 7, 1))
    falls, rises = 10 * 365 / 2, 30 * 366 / 2  # to zero on 1 July 2019, and up again
    assert both.loc["a"].to_numpy() == pytest.approx(np.array([[falls + rises]]))


def test_a_date_with_the_place_but_without_a_stratum_is_nobody(read):
    found = lived(read("a 2018 10 m\na 2018 10 f\na 2020 30 f\n"), day(2018, 7, 1), day(2020, 7, 1))
    assert found.loc[("a", "m")].iloc[0] == pytest.approx(10 / 2 * 731)


@given(
    dates=st.lists(st.integers(0, 400), min_size=1, max_size=6, unique=True).map(sorted),
    edges=st.lists(st.integers(-50, 450), min_size=2, max_size=5, unique=True).map(sorted),
    seed=st.integers(0, 99),
)
def test_the_integral_is_that_of_scipy(dates, edges, seed):
    people = np.random.default_rng(seed).uniform(0, 1_000, len(dates))
    found = interval_weights(np.array(dates), np.zeros(len(dates), bool), np.array(edges)) @ people

    def population(moment: float) -> float:
        return float(np.interp(moment, dates, people))

    for start, end, value in zip(edges[:-1], edges[1:], found, strict=True):
        inside = [at for at in dates if start < at < end]
        true = sum(
            quad(population, one, other)[0] for one, other in zip([start, *inside], [*inside, end], strict=True)
        )
        assert value == pytest.approx(true, rel=1e-9, abs=1e-6)


@given(
    dates=st.lists(st.integers(0, 60), min_size=1, max_size=8, unique=True).map(sorted),
    edges=st.lists(st.integers(-9, 80), min_size=2, max_size=5, unique=True).map(sorted),
)
def test_weights_add_up_to_the_days_of_the_interval(dates, edges):
    for whole_day in (False, True):
        weights = interval_weights(np.array(dates), np.full(len(dates), whole_day), np.array(edges))
        assert weights.sum(axis=1) == pytest.approx(np.diff(edges))
        assert (weights >= -1e-9).all()


@pytest.mark.parametrize(("rough", "exact"), [("2020", "2020/7/1"), ("2020/8", "2020/8/15")])
def test_a_date_told_roughly_and_exactly_is_one_date(written, rough, exact):
    """A place dated by the year alone is not empty because another is dated to the day."""
    geo = [("a", 0, 0), ("b", 9, 0), ("c", 20, 0)]
    cas = [("a", 5, "2020/8/1"), ("b", 4, "2020/8/2"), ("c", 3, "2020/8/20")]
    asked = ("--coordinates-type", "cartesian", "--max-population", "0.9")
    found = {}
    for name, dates in (("mixed", (exact, rough, exact)), ("one", (exact, exact, exact))):
        pop = [(place, day, people) for (place, *_), day, people in zip(geo, dates, (100, 200, 300), strict=True)]
        answer = written(cas=cas, geo=geo, pop=pop).scan(*asked)
        found[name] = [(one["members"], one["expected"]) for one in answer["clusters"]]
    assert found["mixed"] == found["one"]


def test_a_place_or_a_covariate_without_people_on_some_date_is_named(written):
    geo = [("a", 0, 0), ("b", 9, 0), ("c", 20, 0)]
    cas = [("a", 5, "2020/8/1", "m"), ("b", 4, "2020/8/2", "f"), ("c", 3, "2020/8/20", "m")]
    pop = [(place, year, 100, sex) for place, *_ in geo for year in (2020, 2021) for sex in "mf"]
    plane = ("--coordinates-type", "cartesian")
    assert not any("some dates" in note for note in written(cas=cas, geo=geo, pop=pop).scan(*plane)["notes"])
    pop.remove(("b", 2021, 100, "f"))
    (note,) = [note for note in written(cas=cas, geo=geo, pop=pop).scan(*plane)["notes"] if "some dates" in note]
    assert note.startswith("1 places have no population, or none of some covariates")
    assert note.endswith("nobody lives there then: b.")
