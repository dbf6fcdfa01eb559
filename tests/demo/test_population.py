"""The floating population breathes like a commuter town, and its file is laid out like the real one."""

import csv
import io
import json
import zipfile
from datetime import date

import numpy as np
import pytest

from entry_service.demo import calendar, geometry, population, population_files


@pytest.fixture(scope="module")
def hourly(whole):
    """Return the city's people by day and hour, (28, 24)."""
    return whole.population.sum(axis=0).reshape(28, 24)


def test_days_and_kinds_of_day():
    days = calendar.demo_days()
    assert (days[0], days[-1], len(days)) == (date(2020, 8, 1), date(2020, 8, 28), 28)
    assert calendar.day_kind(date(2020, 8, 17)) == "sunday"  # Monday, public holiday
    assert calendar.day_kind(date(2020, 8, 18)) == "weekday"
    with pytest.raises(ValueError, match="consecutive"):
        calendar.assert_consecutive([days[0], days[2]])


def test_the_shape_is_cells_by_hours(whole):
    assert whole.population.shape == (len(whole.city.cells.code), 28 * 24)
    assert (whole.population >= 0).all()


def test_at_night_everybody_is_home_and_by_day_many_have_left(hourly):
    weekdays = [number for number, day in enumerate(calendar.demo_days()) if calendar.day_kind(day) == "weekday"]
    night, noon = hourly[weekdays, 3].mean(), hourly[weekdays, 14].mean()
    assert 255_000 < night < 295_000
    assert 0.75 < noon / night < 0.92


def test_weekends_and_the_public_holiday_empty_the_city_less(hourly):
    days = calendar.demo_days()
    by_kind = {
        kind: np.mean([hourly[n, 10:16].mean() for n, day in enumerate(days) if calendar.day_kind(day) == kind])
        for kind in ("weekday", "sunday")
    }
    assert by_kind["sunday"] > by_kind["weekday"] * 1.005
    holiday = hourly[days.index(date(2020, 8, 17)), 3:20]
    monday = hourly[days.index(date(2020, 8, 24)), 3:20]
    assert holiday[5:12].mean() > monday[5:12].mean()


def test_stations_swell_at_rush_hour_and_sanbon_in_the_evening(whole):
    cells, people = whole.city.cells, whole.population.reshape(-1, 28, 24)
    tuesday = calendar.demo_days().index(date(2020, 8, 11))

    def at(lon, lat):
        east, north = geometry.to_metres(lon, lat)
        return int(np.hypot(cells.east + 125 - east, cells.north + 125 - north).argmin())

    geumjeong, sanbon = people[at(126.943429, 37.372221), tuesday], people[at(126.93169, 37.35965), tuesday]
    assert geumjeong[8] > 1.3 * geumjeong[5]
    assert sanbon[19] > 1.2 * sanbon[4]  # while the city as a whole is emptier


def test_the_same_seed_gives_the_same_population_and_another_another(whole):
    days = calendar.demo_days(2)
    one = population.floating_population(whole.city, days, 3)
    np.testing.assert_array_equal(one, population.floating_population(whole.city, days, 3))
    assert not np.array_equal(one, population.floating_population(whole.city, days, 4))


def rows_of(path):
    with zipfile.ZipFile(path) as bundle:
        (name,) = bundle.namelist()
        text = bundle.read(name)
    assert not text.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in text
    return list(csv.reader(io.StringIO(text.decode("cp949"))))


def test_the_file_has_the_layout_of_the_real_one(whole, tmp_path):
    days = calendar.demo_days(2)
    paths = population_files.write_population(tmp_path, whole.city.cells, days, whole.population)
    assert [path.name for path in paths] == ["250_LOCAL_RESD_20200801.zip", "250_LOCAL_RESD_20200802.zip"]
    header, *rows = rows_of(paths[0])
    assert header == ["일자", "시간", "행정동코드", "250M격자", "생활인구합계"]
    assert {row[0] for row in rows} == {"20200801"}
    assert {row[1] for row in rows} == {f"{hour:02d}" for hour in range(24)}
    assert all(len(row[2]) == 11 and row[2].strip().isdigit() for row in rows)
    values = [row[4] for row in rows]
    assert values.count("*") > 100
    assert all(value == "*" or float(value) > 3 for value in values)


def test_a_cell_in_two_dongs_has_a_row_for_each_and_nothing_is_lost(whole, tmp_path):
    days = calendar.demo_days(1)
    (path,) = population_files.write_population(tmp_path, whole.city.cells, days, whole.population)
    _, *rows = rows_of(path)
    at_noon = [row for row in rows if row[1] == "12"]
    cells = [row[3] for row in at_noon]
    assert len(cells) > len(set(cells))
    shown = sum(float(row[4]) for row in at_noon if row[4] != "*")
    true = whole.population[:, 12].sum()
    assert (
        true - 3 * sum(row[4] == "*" for row in at_noon) - 0.05 * len(whole.city.cells.code) <= shown <= true + 5
    )


def test_the_same_population_is_written_as_the_same_bytes(whole, tmp_path):
    days = calendar.demo_days(1)
    (one,) = population_files.write_population(tmp_path / "a", whole.city.cells, days, whole.population)
    (two,) = population_files.write_population(tmp_path / "b", whole.city.cells, days, whole.population)
    assert one.read_bytes() == two.read_bytes()


def test_units_are_the_cells_as_closed_squares_in_degrees(whole, tmp_path):
    population_files.write_units(tmp_path / "units.geojson", whole.city.cells)
    collection = json.loads((tmp_path / "units.geojson").read_text(encoding="utf-8"))
    assert "CRS84" in collection["crs"]["properties"]["name"]
    assert [f["properties"]["unit_code"] for f in collection["features"]] == list(whole.city.cells.code)
    (ring,) = collection["features"][0]["geometry"]["coordinates"]
    assert len(ring) == 5
    assert ring[0] == ring[-1]
    east, north = geometry.to_metres(*np.array(ring).T)
    assert np.ptp(east) == pytest.approx(250, abs=0.1)
    assert np.ptp(north) == pytest.approx(250, abs=0.1)
