"""The real files are read whole: Seoul's living population, SKT's FLOW_TIME, and what the demo city writes."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.population import read_population
from entry_service.demo import calendar, city, population, population_files

SEED = 20200801


@pytest.fixture(scope="module")
def march(reference_data):
    """Return four weeks of Seoul from 2020-03-02."""
    return read_population([reference_data / "population" / "seoul_living_population_202003.csv.gz"])


def test_seoul_of_march_2020_is_424_dongs_by_672_hours(march):
    table = march.table
    (report,) = march.sources
    assert (report.rows_read, report.rows_kept, report.rejected_counts) == (284_928, 284_928, {})
    assert (report.format, report.encoding, march.unit_kind) == ("seoul_dong", "cp949", "dong")
    assert len(table) == 284_928
    assert table["unit_code"].nunique() == 424
    assert table["unit_code"].str.fullmatch(r"\d{8}").all()
    assert (table.groupby("unit_code").size() == 672).all()
    assert table["hour"].min() == pd.Timestamp("2020-03-02T00:00+09:00")
    assert table["hour"].max() == pd.Timestamp("2020-03-29T23:00+09:00")
    assert (table["missing"] == "").all()
    assert table["population"].notna().all()


def test_the_values_are_those_of_an_independent_reading(march, reference_data):
    path = reference_data / "population" / "seoul_living_population_202003.csv.gz"
    raw = pd.read_csv(path, encoding="cp949", dtype=str)
    raw.columns = ["day", "at", "unit_code", "people"]
    hour = pd.to_datetime(raw["day"] + raw["at"], format="%Y%m%d%H").dt.tz_localize("Asia/Seoul")
    other = pd.DataFrame({"unit_code": raw["unit_code"], "hour": hour, "other": raw["people"].astype(float)})
    both = march.table.merge(other, on=["unit_code", "hour"], validate="one_to_one")
    assert len(both) == len(march.table)
    np.testing.assert_array_equal(both["population"], both["other"])


def test_two_files_of_the_same_layout_join(march, reference_data):
    folder = reference_data / "population"
    both = read_population(sorted(folder.glob("seoul_living_population_*.csv.gz")))
    assert [report.rows_kept for report in both.sources] == [71_232, 284_928]
    assert len(both.table) == 71_232 + 284_928
    assert set(march.table["unit_code"]) == set(both.table["unit_code"])


@pytest.mark.parametrize(("month", "rows", "days"), [("202002", 2001, 29), ("202003", 2139, 31)])
def test_the_wide_carrier_file_is_69_dongs_by_every_hour_of_the_month(reference_data, month, rows, days):
    carrier = read_population([reference_data / "population" / f"FLOW_TIME_{month}.CSV"])
    (report,) = carrier.sources
    assert (report.rows_read, report.rows_kept, report.encoding) == (rows, rows, "utf-8-sig")
    assert carrier.table["unit_code"].nunique() == 69
    assert len(carrier.table) == 69 * days * 24
    first = carrier.table[carrier.table["unit_code"] == "11140520"].iloc[0]
    assert first["hour"] == pd.Timestamp(f"{month[:4]}-{month[4:]}-01T00:00+09:00")
    assert first["population"] == {"202002": 1393.34, "202003": 698.13}[month]


def test_what_the_demo_city_writes_is_read_back(tmp_path):
    made, days = city.make_city(SEED, 1.0), calendar.demo_days(2)
    people = population.floating_population(made, days, SEED)
    paths = population_files.write_population(tmp_path, made.cells, days, people)
    back = read_population(paths)
    assert back.unit_kind == "cell"
    assert all(report.rejected_counts == {} for report in back.sources)
    expected, masked = {}, set()
    for cell, dong in zip(*np.nonzero(made.cells.shares), strict=True):
        for hour in range(48):
            value = people[cell, hour] * made.cells.shares[cell, dong]
            if value < population_files.NOBODY:
                continue
            key = str(made.cells.code[cell]), hour
            if round(value, 2) <= population_files.MASKED_UP_TO:
                masked.add(key)
            expected[key] = expected.get(key, 0.0) + round(value, 2)
    start = pd.Timestamp(date(2020, 8, 1), tz="Asia/Seoul")
    hours = (back.table["hour"] - start) // pd.Timedelta(hours=1)
    keys = list(zip(back.table["unit_code"], hours, strict=True))
    assert set(keys) == set(expected)
    assert {key for key, why in zip(keys, back.table["missing"], strict=True) if why == "masked"} == masked
    assert len(masked) > 1000
    known = back.table["missing"].to_numpy() == ""
    wanted = np.array([expected[key] for key in keys])
    np.testing.assert_allclose(back.table["population"][known], wanted[known], atol=0.011)
    assert back.table["population"][~known].isna().all()
