"""Units, codes and points: any vector file in Korea, joined with the population, a point in one unit or none."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from analytics.geography import centres, locate, read_units
from analytics.refusals import UnitsRefused
from tests.analytics.town import CODES, STEP, squares


def write(path, *, crs="EPSG:4326", **columns):
    units = squares()
    units = units.reset_index(drop=True).assign(**columns) if columns else units.reset_index()
    units.to_crs(crs).to_file(path)
    return path


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:5179", "EPSG:5186"])
def test_any_format_and_projection_gives_the_same_units(tmp_path, crs):
    units = read_units(write(tmp_path / "units.gpkg", crs=crs))
    assert units.index.tolist() == CODES.tolist()
    assert units.crs.to_epsg() == 5179
    np.testing.assert_allclose(units.area, STEP**2, rtol=1e-5)
    assert units["name"].iloc[0] == "모의 1동"


def test_ten_digit_dong_codes_are_cut_to_the_eight_of_the_population(tmp_path):
    path = write(tmp_path / "units.geojson", adm_cd2=[f"{code}00" for code in CODES], adm_cd=range(36))
    assert read_units(path).index.tolist() == CODES.tolist()
    assert read_units(path, code_column="adm_cd").index[0] == "0"


def test_a_file_without_coordinate_system_must_be_told(tmp_path):
    units = squares().reset_index()
    pyogrio.write_dataframe(units, tmp_path / "bare.shp")
    (tmp_path / "bare.prj").unlink()
    with pytest.raises(UnitsRefused, match=r"does not say its coordinate system.*--units-crs"):
        read_units(tmp_path / "bare.shp")
    np.testing.assert_allclose(read_units(tmp_path / "bare.shp", crs="EPSG:5179").area, STEP**2)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"label": "x"}, "no field unit_code or adm_cd2"),
        ({"unit_code": "41410100"}, "41410100 is there twice"),
        ({"unit_code": ["", *CODES[1:]]}, "feature 1, field unit_code: empty"),
    ],
)
def test_unusable_units_are_refused_with_file_and_field(tmp_path, columns, said):
    path = write(tmp_path / "units.geojson", **columns)
    with pytest.raises(UnitsRefused, match=said) as refusal:
        read_units(path)
    assert str(path) in str(refusal.value)


def test_degrees_that_are_not_degrees_and_files_that_are_not_maps_are_refused(tmp_path):
    squares().reset_index().set_crs("EPSG:4326", allow_override=True).to_file(tmp_path / "metres.gpkg")
    with pytest.raises(UnitsRefused, match="not in 경기도 군포시"):
        read_units(tmp_path / "metres.gpkg")
    (tmp_path / "text.geojson").write_text("not a map")
    with pytest.raises(UnitsRefused, match="not a vector file"):
        read_units(tmp_path / "text.geojson")
    with pytest.raises(UnitsRefused, match="no such file"):
        read_units(tmp_path / "none.geojson")
    with pytest.raises(UnitsRefused, match="not a coordinate system"):
        read_units(write(tmp_path / "units.gpkg"), crs="EPSG:nonsense")


def test_points_fall_in_one_unit_borders_in_the_lower_code_and_strangers_in_none():
    units = squares()
    middle = units.geometry.centroid
    border = shapely.Point(units.geometry.iloc[1].bounds[0], units.geometry.iloc[1].centroid.y)
    away = shapely.Point(middle.iloc[0].x - 10 * STEP, middle.iloc[0].y)
    points = gpd.GeoSeries([middle.iloc[7], border, away], crs=units.crs, index=["a", "b", "c"]).to_crs(
        "EPSG:4326"
    )
    found = locate(pd.DataFrame({"lon": points.x, "lat": points.y}), units)
    assert found[["a", "b"]].tolist() == [CODES[7], CODES[0]]
    assert found.isna().tolist() == [False, False, True]
    assert locate(pd.DataFrame({"lon": [], "lat": []}), units).empty


def test_a_centre_lies_in_its_unit_even_in_a_horseshoe():
    horse = shapely.box(0, 0, 300, 300).difference(shapely.box(100, 100, 300, 200))
    units = gpd.GeoDataFrame(geometry=[horse, shapely.box(400, 0, 500, 100)], index=["a", "b"], crs="EPSG:5179")
    middle = centres(units)
    assert shapely.contains_xy(horse, *middle.loc["a"])
    assert middle.loc["b"].tolist() == [450.0, 50.0]
