"""The files of the map: what is read back is what was there, missing and masked told apart, same bytes."""

import gzip
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analytics.contract import read_extract
from analytics.footfall import write_layers
from analytics.footfall.layers import LARGEST, MASKED_VALUE, MISSING, scale_of
from analytics.geography import read_units
from analytics.parameters import Parameters
from analytics.population import read_population
from analytics.study import make_study
from tests.analytics.town import CODES, make_town

DAYS = 22  # from Monday 3 August 2020


def layer(folder: Path, day: str, name: str) -> np.ndarray:
    return np.frombuffer(gzip.decompress((folder / day / f"{name}.i16.gz").read_bytes()), "<i2").reshape(24, -1)


def study_of(folder: Path, people_gone: str = "", *, days: int = DAYS, **extract):
    town = make_town(21, days=days)
    town.people[2, 30:34] = np.nan  # masked
    inputs = town.write(folder, town.cases(5))
    if people_gone:
        lines = inputs["population"][0].read_text("cp949").splitlines()
        inputs["population"][0].write_text("\n".join(x for x in lines if people_gone not in x), "cp949")
    parts = read_extract(inputs["extract"]), read_population(inputs["population"]), read_units(inputs["units"])
    return town, make_study(*parts, Parameters(**extract))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a town, its study, the folder of layers, the index as it was written."""
    folder = tmp_path_factory.mktemp("layers")
    town, study = study_of(folder)
    write_layers(folder / "map", study)
    return town, study, folder / "map", json.loads((folder / "map" / "index.json").read_text(encoding="utf-8"))


def test_population_is_read_back_hour_by_hour_in_the_order_of_the_index(written):
    town, study, folder, index = written
    scale = index["layers"]["population"]["scale"]
    assert index["unit_codes"] == study.units.index.tolist() == CODES.tolist()
    assert index["days"][0] == "2020-08-03"
    assert (len(index["days"]), index["hours"]) == (DAYS, 24)
    for number in (0, 9):
        values = layer(folder, index["days"][number], "population")
        told = town.people[:, 24 * number : 24 * number + 24].T
        known = np.isfinite(told)
        np.testing.assert_allclose(values[known] / scale, told[known], atol=0.5 / scale + 1e-4)


def test_masked_is_not_missing_and_neither_is_zero(written):
    _, _, folder, index = written
    assert (index["missing"], index["masked"]) == (MISSING, MASKED_VALUE) == (-32_768, -32_767)
    second = {name: layer(folder, "2020-08-04", name)[:, 2] for name in ("population", "surge", "difference")}
    for values in second.values():
        assert (values[6:10] == MASKED_VALUE).all()
    assert (second["surge"][10:13] > 0).all()  # three hours after a masked one: at least so many came
    first = layer(folder, "2020-08-03", "surge")
    assert (first[:3] == MISSING).all()
    assert (first[3:] != MISSING).all()


def test_difference_is_population_less_the_median_of_the_same_kind(written):
    town, _, folder, index = written
    assert index["usual"]["2020-08-11"] == {"kind": "tuesday", "days": ["2020-08-04", "2020-08-18"]}
    assert index["usual"]["2020-08-17"]["days"] == ["2020-08-09", "2020-08-15", "2020-08-16", "2020-08-23"]
    assert index["holidays"] == {"2020-08-15": "광복절", "2020-08-17": "임시공휴일"}
    scale, unit = index["layers"]["difference"]["scale"], 7
    day = town.people[unit].reshape(-1, 24)
    found = layer(folder, "2020-08-11", "difference")[:, unit] / scale
    np.testing.assert_allclose(found, day[8] - (day[1] + day[15]) / 2, atol=0.5 / scale + 1e-4)
    assert (layer(folder, "2020-08-11", "rests_on")[:, unit] == 2).all()
    assert (layer(folder, "2020-08-03", "rests_on") == 2).all()  # Mondays: the 10th, the 24th; the 17th is none


def test_grades_are_in_the_index_and_every_signed_layer_turns_at_zero(written):
    index = written[3]
    bounds = {name: told["bounds"] for name, told in index["layers"].items()}
    assert set(bounds) == {"population", "surge", "difference"}
    assert all(len(nine) == 9 and nine == sorted(nine) for nine in bounds.values())
    assert bounds["surge"][4] == bounds["difference"][4] == 0


def test_the_same_input_gives_the_same_bytes(written, tmp_path):
    _, study, folder, _ = written
    write_layers(tmp_path / "again", study)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        assert (tmp_path / "again" / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_a_day_without_files_shows_the_stand_in_and_compares_it_with_nothing(tmp_path):
    _, study = study_of(tmp_path, '"20200812"')
    index = write_layers(tmp_path / "map", study)
    assert index["stood_in"] == ["2020-08-12"]
    assert index["usual"]["2020-08-12"]["days"] == []
    assert index["usual"]["2020-08-05"]["days"] == ["2020-08-19"]
    assert (layer(tmp_path / "map", "2020-08-12", "population") > 0).all()
    for name in ("surge", "difference"):
        assert (layer(tmp_path / "map", "2020-08-12", name) == MISSING).all()


def test_typical_days_of_a_month_are_compared_with_nothing(written, tmp_path):
    study = written[1]
    typical = replace(study.stand_ins, typical=study.stand_ins.covered)
    index = write_layers(tmp_path / "map", replace(study, stand_ins=typical))
    assert index["typical"] == index["days"]
    assert all(told["days"] == [] for told in index["usual"].values())
    assert index["layers"]["difference"]["bounds"] == []  # no figure at all
    assert len(index["layers"]["population"]["bounds"]) == 9


def test_days_after_that_of_a_replay_tell_nothing(tmp_path):
    _, study = study_of(tmp_path, known_by=date(2020, 8, 18))
    index = write_layers(tmp_path / "map", study)
    assert index["days"][-1] == "2020-08-18"
    assert index["usual"]["2020-08-04"]["days"] == ["2020-08-11", "2020-08-18"]  # the 25th was not yet


def test_days_of_the_files_before_the_study_tell_what_is_usual_and_what_surges_at_its_first_midnight(tmp_path):
    town = make_town(21, days=8)
    inputs = town.write(tmp_path, town.cases(5))
    lines = inputs["population"][0].read_text("cp949").splitlines()
    first = [line for line in lines if '"20200803"' in line]
    for earlier in ("20200727", "20200802"):  # a Monday, and the day before
        lines += [line.replace("20200803", earlier) for line in first]
    inputs["population"][0].write_text("\n".join(lines), "cp949")
    parts = read_extract(inputs["extract"]), read_population(inputs["population"]), read_units(inputs["units"])
    index = write_layers(tmp_path / "map", make_study(*parts, Parameters()))
    assert index["days"][0] == "2020-08-03"
    assert index["usual"]["2020-08-03"]["days"] == ["2020-07-27", "2020-08-10"]
    scale = index["layers"]["surge"]["scale"]
    surge = layer(tmp_path / "map", "2020-08-03", "surge")[0] / scale
    np.testing.assert_allclose(surge, town.people[:, 0] - town.people[:, 21], atol=0.5 / scale + 1e-4)
    usual = (town.people[:, 5] + town.people[:, 7 * 24 + 5]) / 2
    found = layer(tmp_path / "map", "2020-08-03", "difference")[5] / scale
    np.testing.assert_allclose(found, town.people[:, 5] - usual, atol=0.5 / scale + 1e-4)


@pytest.mark.parametrize(("largest", "scale"), [(0.4, 100), (320, 100), (321, 50), (5_000, 5), (150_000, 0.2)])
def test_the_finest_scale_that_fits_is_taken(largest, scale):
    assert scale_of(np.array([np.nan, 1.0, largest])[None, :]) == pytest.approx(scale)
    assert max(1.0, largest) * scale <= LARGEST


def test_what_a_masked_figure_can_be_at_most_fits_too(written, tmp_path):
    _, study, _, _ = written
    most = study.exposure.population.copy()
    most[2, 30:34] = 5_000.0  # masked, and far more than anywhere is known to be
    index = write_layers(tmp_path / "map", replace(study, at_most=replace(study.exposure, population=most)))
    scale = index["layers"]["surge"]["scale"]
    surge = layer(tmp_path / "map", "2020-08-04", "surge")[10:13, 2] / scale
    expected = study.exposure.population[2, 34:37] - most[2, 31:34]
    assert (expected < -4_000).all()
    np.testing.assert_allclose(surge, expected, atol=0.5 / scale + 1e-4)
