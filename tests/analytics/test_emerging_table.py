"""emerging.csv: a row per unit, days as dates, no data where nobody could be seen, an outbreak that begins."""

from datetime import date

import numpy as np
import pytest

from analytics.contract import read_extract
from analytics.emerging_table import emerging_table
from analytics.geography import read_units
from analytics.parameters import Parameters
from analytics.population import read_population
from analytics.result_tables import columns
from analytics.statistics.emerging import CATEGORIES
from analytics.study import make_study
from analytics.verdict import judge
from tests.analytics.town import CODES, make_town

QUICK = {"replicates": 99, "gi_replicates": 99, "max_radius_m": 1_200.0}
DAYS = 14


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Return what a town was read to in which thirty persons meet in a middling place at the end, and where."""
    town = make_town(12, days=DAYS)
    daily = town.active.reshape(len(town.unit), DAYS, 24).any(axis=2)
    lasting = (daily.sum(axis=1) >= 12) & daily[:, -2:].all(axis=1)
    by_footfall = sorted(np.flatnonzero(lasting), key=lambda f: town.intensity[town.unit == town.unit[f]].sum())
    facility = int(by_footfall[len(by_footfall) // 2])
    hours = np.flatnonzero(town.active[facility])
    late = [hours[hours // 24 == DAYS - 2][0], hours[hours // 24 == DAYS - 1][0]]
    visits = town.cases(10) + [town.visit(100 + person, facility, late[person % 2]) for person in range(30)]
    inputs = town.write(tmp_path_factory.mktemp("emerging"), visits)
    read = read_extract(inputs["extract"]), read_population(inputs["population"]), read_units(inputs["units"])
    return read, CODES[town.unit[facility]]


def table_of(read, **asked):
    parameters = Parameters(**QUICK, **asked)
    study = make_study(*read, parameters)
    return emerging_table(study, judge(study.kept(), study.exposure, study.units, parameters), parameters)


def test_an_outbreak_of_the_last_two_days_is_a_consecutive_hot_spot(parts):
    read, where = parts
    table = table_of(read).set_index("unit_code")
    assert table.index.tolist() == CODES.tolist()
    row = table.loc[where]
    assert row["category"] == "consecutive_hot"
    assert row[["hot_days", "first_hot", "last_hot", "last_day"]].tolist() == [
        2, "2020-08-15", "2020-08-16", "2020-08-16",
    ]  # fmt: skip
    assert row["q"] <= 0.05 < 2 < row["z"]


def test_a_place_that_could_not_be_observed_is_no_data_and_holds_no_figure(parts):
    row = table_of(parts[0]).set_index("unit_code").loc[CODES[-1]]
    assert row[["category", "reason", "days", "hot_days"]].tolist() == ["", "no_data", 0, 0]
    assert row[["first_hot", "last_day", "z", "q", "trend_tau", "trend_p"]].isna().all()


def test_fewer_than_ten_days_are_too_few_for_a_category(parts):
    table = table_of(parts[0], known_by=date(2020, 8, 11))
    assert set(table["reason"]) == {"too_few_days", "no_data"}
    assert set(table["category"]) == {""}
    assert table["days"].max() == 9


def test_the_columns_and_words_are_those_of_the_contract(parts):
    table = table_of(parts[0])
    assert list(table[columns("emerging")]) == columns("emerging")
    assert set(table["category"]) <= {"", *CATEGORIES}
