"""A run on cells with a population by dongs: people are shared out by area, and the summary says so."""

import json

import numpy as np
import pytest

from analytics.contract import read_extract
from analytics.geography import cells_over, read_units, write_units
from analytics.hotspots import find_hotspots
from analytics.parameters import Parameters
from analytics.population import read_population
from analytics.study import make_study
from tests.analytics.town import CODES, NOW, STEP, make_town, squares

QUICK = Parameters(replicates=99, gi_replicates=99, max_radius_m=600.0)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    town = make_town(31, days=7)
    town.people[4, 30:40] = np.nan  # masked
    folder = tmp_path_factory.mktemp("cells")
    written = town.write(folder, town.cases(10))
    write_units(cells_over(squares(), 250), folder / "cells.gpkg")
    return written | {"units": folder / "cells.gpkg", "population_units": written["units"]}


def studies(inputs):
    extract, people = read_extract(inputs["extract"]), read_population(inputs["population"])
    cells, dongs = read_units(inputs["units"]), read_units(inputs["population_units"])
    return make_study(extract, people, cells, QUICK, population_units=dongs), make_study(
        extract, people, dongs, QUICK
    )


def test_people_of_a_dong_are_spread_over_its_cells_and_none_is_lost(inputs):
    cells, dongs = studies(inputs)
    assert len(cells.units) == 4 * len(CODES)
    here, there = cells.exposure, dongs.exposure
    quarter = there.population / 4
    home = squares().sindex.query(cells.units.centroid, predicate="within")[1]
    np.testing.assert_allclose(here.population, quarter[home], rtol=1e-6, equal_nan=True)
    known = ~np.isnan(there.population).any(axis=0)
    np.testing.assert_allclose(
        here.population[:, known].sum(axis=0), there.population[:, known].sum(axis=0), rtol=1e-6
    )
    masked = np.isnan(there.population[4])
    assert masked.sum() == 10
    assert (here.missing[home == 4][:, masked] == "masked").all()
    assert not (here.missing[home != 4] == "masked").any()


def test_cells_are_below_dong_level_whatever_the_population_is_by(inputs):
    cells, dongs = studies(inputs)
    assert (cells.population.unit_kind, dongs.population.unit_kind) == ("cell", "dong")
    assert not dongs.facilities["reason"].str.contains("sensitive").any()
    assert cells.facilities["reason"].str.contains("sensitive").any()


def test_the_summary_and_its_warnings_say_that_the_population_is_interpolated(inputs, tmp_path):
    found = find_hotspots(**inputs, out=tmp_path / "out", created=NOW, parameters=QUICK)
    told = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["population"]
    assert (told["joined"], told["lost"], told["unit_kind"]) == (36, [], "cell")
    assert told["interpolated"] == {"by": "area", "from_units": 36, "split": 36, "uncovered": 0.0}
    assert told["codes"]["units"]["system"] == "cell"
    (said,) = [one for one in found.summary["warnings"] if one["code"] == "population_interpolated"]
    assert "36 of its 36 units" in said["en"]
    assert "36곳 가운데 36곳" in said["ko"]
    plain = inputs | {"units": inputs["population_units"], "population_units": None}
    assert find_hotspots(**plain, created=NOW, parameters=QUICK).summary["population"]["interpolated"] is None


def test_cells_keep_the_places_of_facilities(inputs):
    cells, _ = studies(inputs)
    inside = cells.facilities["unit_code"].dropna()
    assert len(inside) == len(cells.facilities)
    near = cells.units.loc[inside.unique()].centroid.distance(squares().centroid.union_all())
    assert near.max() <= STEP / 4 * 2**0.5 + 1
