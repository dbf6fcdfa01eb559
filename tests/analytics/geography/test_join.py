"""Population codes and units meet by code, by crosswalk or by area, and the report says how."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analytics.geography import METRES, cells_over, grid, join_population, read_units
from analytics.refusals import UnitsRefused
from analytics.statistics.weights import contiguity, isolates
from tests.analytics.geography.test_codes import NEW, OLD
from tests.analytics.town import CODES, SOUTH, STEP, WEST, squares


def people_in(join, people: dict[str, float]) -> pd.Series:
    values = np.array([people[code] for code in join.weights.sources])
    return pd.Series(join.weights.carry(values), index=join.weights.targets)


def test_codes_that_match_are_not_touched():
    units, join = join_population(squares(), CODES)
    assert units.equals(squares().rename_axis("unit_code"))
    assert (join.joined, join.lost, join.without_population) == (36, (), ())
    assert join.renamed == join.merged == join.split == {}
    assert join.weights is join.interpolated() is None
    fewer, join = join_population(squares().iloc[1:], CODES[:-1])
    assert (join.joined, join.lost, join.without_population) == (34, (CODES[0],), (CODES[-1],))
    assert fewer.index.tolist() == CODES[1:].tolist()


def test_renumbered_and_split_dongs_take_the_code_of_the_population():
    names = ["11305595", "11305603", "11305608", "11305615", "11305625", "11305635", "11530780", "11530800"]
    others = ["11530510", "11530520", "11530530", "11530540", "11530550", "11530560", "11530595", "11530720"]
    others += ["11530730", "11530740", "11530750", "11530760", "11530770", "11530790"]
    people = ["11305590", "11305600", "11305606", "11305610", "11305620", "11305630", "11530780", *others]
    units, join = join_population(squares(names + others), people)
    assert join.renamed == dict(zip(names[:6], people[:6], strict=True))
    assert join.merged == {"11530800": "11530780"}
    assert (join.joined, join.lost, join.without_population) == (len(people), (), ())
    assert join.weights is None
    assert units.index.tolist() == sorted(people)
    assert units.loc["11530780", "name"] == "모의 7동"
    np.testing.assert_allclose(units.loc[["11530780"]].area, 2 * STEP**2)


def test_a_population_of_eleven_dongs_is_shared_among_twelve_by_area():
    units, join = join_population(squares(NEW), OLD)
    assert units.index.tolist() == NEW
    assert (join.joined, join.lost, join.without_population) == (11, (), ())
    assert join.split == {"41410520": ("41410520", "41410630"), "41410610": ("41410610", "41410630")}
    assert join.interpolated() == {"by": "crosswalk", "from_units": 11, "split": 2, "uncovered": 0.0}
    people = people_in(join, dict.fromkeys(OLD, 1000.0))
    assert people.sum() == pytest.approx(11_000)
    assert people["41410520"] == pytest.approx(516.2, abs=0.1)
    assert people["41410630"] == pytest.approx(483.8 + 170.9, abs=0.1)
    assert people["41410510"] == 1000


def test_a_population_of_twelve_dongs_is_joined_in_eleven():
    units, join = join_population(squares(OLD), NEW)
    assert units.index.tolist() == OLD
    assert (join.joined, join.lost) == (12, ())
    people = people_in(join, dict.fromkeys(NEW, 1000.0))
    assert people.sum() == pytest.approx(12_000)
    assert people["41410520"] == pytest.approx(1532.2, abs=0.1)
    back, whole = join_population(squares(OLD[:-1]), [*OLD[:-1]])
    assert whole.weights is None
    assert len(back) == 10


def test_units_in_the_other_system_are_joined_by_the_crosswalk():
    kostat = ["3116051", "3116052", "3116054", "3116055", "3116056", "3116057", "3116058", "3116059", "3116060"]
    kostat += ["3116062", "3116061"]
    units, join = join_population(squares(kostat), OLD)
    assert join.renamed == dict(zip(kostat, OLD, strict=True))
    assert units.loc["41410610", "name"] == "모의 10동"
    assert (join.joined, join.lost, join.by) == (11, (), "")
    assert join.coding["units"].system == "kostat7"


def test_a_split_of_unknown_areas_merges_its_parts_or_is_refused():
    names = ["11740515", "11740525", "11740526"]
    district = [f"11740{part}" for part in (530, 540, 550, 560, 570, 580, 590, 600, 610, 620, 640, 650, 660, 685)]
    district += ["11740690", "11740700"]
    units, join = join_population(squares(names + district), ["11740515", "11740520", *district])
    assert join.merged == {"11740526": "11740515"}
    assert join.renamed == {"11740525": "11740520"}
    assert len(units) == 2 + len(district)


def test_cells_and_a_population_by_dongs_need_the_dongs_boundaries():
    dongs = squares()
    cells = cells_over(dongs, 100)
    with pytest.raises(UnitsRefused, match="boundaries of the population's own dongs with --population-units"):
        join_population(cells, OLD)
    units, join = join_population(cells, CODES, dongs)
    assert units is cells
    assert (join.joined, join.lost, join.without_population, join.kind) == (36, (), (), "cell")
    assert join.interpolated() == {"by": "area", "from_units": 36, "split": 36, "uncovered": 0.0}
    people = people_in(join, dict.fromkeys(CODES, 2500.0))
    assert people.to_numpy() == pytest.approx(100)
    far = dongs.set_geometry(dongs.translate(1e5))
    with pytest.raises(UnitsRefused, match="share no area: two cities"):
        join_population(cells, CODES, far)


def test_part_of_the_dongs_outside_the_cells_is_reported():
    dongs = squares()
    cells = cells_over(dongs.iloc[6:], 100)  # without the southern row
    _, join = join_population(cells, CODES, dongs)
    assert (join.joined, join.lost) == (30, tuple(CODES[:6]))
    assert join.interpolated()["uncovered"] == pytest.approx(1 / 6, abs=1e-4)


def test_a_population_by_grid_cells_needs_no_boundaries():
    cells = cells_over(squares(), 250)
    dongs, join = join_population(squares(), cells.index)
    assert join.weights is not None
    people = people_in(join, dict.fromkeys(cells.index, 10.0))
    assert people[CODES[0]] == pytest.approx(40)
    same, plain = join_population(cells, cells.index)
    assert plain.weights is None
    assert same.index.equals(cells.index)


def test_a_common_name_is_no_common_cell():
    """Cells of 50 m and of 250 m begin at the same corner: by name, 25 times too many people would be in one."""
    large = cells_over(squares(), 250)
    small = cells_over(squares(), 50)
    assert set(large.index) <= set(small.index)
    _, join = join_population(small, large.index)
    assert join.by == "area"
    people = people_in(join, dict.fromkeys(large.index, 25.0))
    assert people.to_numpy() == pytest.approx(1)


def test_strangers_are_refused():
    with pytest.raises(UnitsRefused, match="two coding systems, or two cities"):
        join_population(squares(OLD), ["48890250", "48890310"])
    far = grid(["다사00000000"], 250)
    with pytest.raises(UnitsRefused, match="share no area"):
        join_population(squares(), far.index)


def test_dongs_given_for_the_population_must_be_its_own():
    box = shapely.box(WEST, SOUTH, WEST + 1000, SOUTH + 1000)
    cells = cells_over(gpd.GeoDataFrame(geometry=[box], crs=METRES), 100)
    with pytest.raises(UnitsRefused, match="another vintage than its codes"):
        join_population(cells, OLD, squares(NEW))


def test_seoul_joins_424_of_424_codes_in_either_system(reference_data):
    path = reference_data / "boundaries" / "seoul_admin_dong.geojson"
    people = pd.read_csv(
        reference_data / "population" / "seoul_living_population_202003.csv.gz", encoding="cp949", dtype=str
    )
    for column, renamed in (("adm_cd2", 6), ("adm_cd", 424)):
        units = read_units(path, code_column=column)
        joined, join = join_population(units, people["행정동코드"].unique())
        assert (len(units), len(joined)) == (425, 424)
        assert (join.joined, join.lost, join.without_population) == (424, (), ())
        assert (len(join.renamed), len(join.merged), join.split, join.by) == (renamed, 1, {}, "")
        assert "11530780" in join.merged.values()
        assert joined.loc["11530780", "name"] == "서울특별시 구로구 오류2동"
        assert join.coding["population"].as_dict() == {"system": "mois8", "since": None, "until": "2019-01-01"}
    assert len(isolates(contiguity(joined, gap_m=5))) == 0
