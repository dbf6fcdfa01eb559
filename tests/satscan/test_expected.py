"""Expected cases by hand: covariates, changing populations, leap years."""

import numpy as np
import pandas as pd
import pytest

from analytics.refusals import ScanFileRefused
from analytics.satscan.expected import expected_cases

FILES = ("a.cas", "a.pop")


def lived(rows: dict[tuple[str, str], list[float]]) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples(list(rows), names=["place", "stratum"])
    return pd.DataFrame(list(rows.values()), index=index, dtype="float64")


def cases(*rows: tuple[str, int, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["place", "count", "stratum"])
    return table.assign(line=range(1, len(table) + 1))


def test_two_age_groups():
    # old: 12 cases in 400 person-days; young: 3 in 1,000
    people = lived(
        {("a", "old"): [100, 100], ("a", "young"): [0, 300], ("b", "old"): [50, 150], ("b", "young"): [700, 0]}
    )
    happened = cases(("a", 5, "old"), ("b", 7, "old"), ("b", 3, "young"))
    found = expected_cases(people, happened, pd.Index(["b", "a", "c"]), FILES)
    assert found.index.tolist() == ["b", "a", "c"]
    assert found.to_numpy() == pytest.approx(np.array([[1.5 + 2.1, 4.5], [3.0, 3.0 + 0.9], [0, 0]]))
    assert found.to_numpy().sum() == pytest.approx(15)


def test_a_category_that_nobody_lives_in_is_named():
    with pytest.raises(ScanFileRefused, match=r"a.cas, line 2, field covariates: .*category '3 m'.*a.pop"):
        expected_cases(
            lived({("a", "2\tm"): [1]}), cases(("a", 1, "2\tm"), ("a", 1, "3\tm")), pd.Index(["a"]), FILES
        )


def test_a_place_that_nobody_lives_in_is_named():
    with pytest.raises(ScanFileRefused, match=r"a.cas, line 1, field id: .*place b.*zero"):
        expected_cases(lived({("a", ""): [1], ("b", ""): [0]}), cases(("b", 1, "")), pd.Index(["a", "b"]), FILES)


def test_standardisation_through_the_command(written):
    # one year of constant population: expected is Σ n_k C_k / N_k
    rows = [
        ("a", 2020, 100, 1),
        ("a", 2020, 300, 2),
        ("b", 2020, 300, 1),
        ("b", 2020, 100, 2),
        ("c", 2020, 100, 2),
    ]
    runner = written(
        geo=[("a", 0, 0), ("b", 9, 0), ("c", 20, 0)],
        pop=rows,
        cas=[("a", 6, "2020/3/1", 1), ("b", 2, "2020/4/1", 1), ("a", 1, "2020/5/1", 2), ("c", 1, 2)],
    )
    answer = runner.scan("--coordinates-type", "cartesian", "--start", "2020", "--end", "2020")
    first = answer["clusters"][0]
    assert (first["members"], first["observed"]) == (["a"], 7)
    assert first["expected"] == pytest.approx(100 * 8 / 400 + 300 * 2 / 500, rel=1e-12)
    assert "1 records without a date were taken to be within the study period." in answer["notes"]


def test_a_leap_year_has_a_longer_february(written):
    # constant population: what is expected in a month is proportional to its days
    runner = written(
        geo=[("a", 0, 0), ("b", 9, 0)],
        pop=[("a", 2020, 100), ("b", 2020, 100)],
        cas=[("a", 9, "2020/2"), ("b", 6, "2020/1"), ("b", 5, "2020/3"), ("a", 1, "2020/4")],
    )
    answer = runner.scan(
        "--coordinates-type", "cartesian", "--analysis", "space-time", "--time-unit", "month", "--max-duration", 1
    )
    first = answer["clusters"][0]
    assert (first["members"], first["start"], first["end"]) == (["a"], "2020-02-01", "2020-02-29")
    assert first["expected"] == pytest.approx(21 / 2 * 29 / 121, rel=1e-12)
    assert answer["period"] == {"start": "2020-01-01", "end": "2020-04-30", "intervals": 4}
