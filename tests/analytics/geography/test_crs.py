"""Coordinates are where the codes say, or the file is refused with the system in which they would be."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from analytics.geography import METRES, grid, read_units
from analytics.geography.crs import SYSTEMS
from analytics.refusals import UnitsRefused

ROOT = Path(__file__).resolve().parents[3]
LEGAL = ROOT / "entry_service" / "demo" / "data" / "gunpo_legal_dong.geojson"
PROJECTED = [name for name in SYSTEMS if name != "EPSG:4326"]
ANNEX = (126.93502, 37.36188)


@pytest.fixture(scope="module")
def gunpo() -> gpd.GeoDataFrame:
    return gpd.read_file(LEGAL)[["bjd_cd", "geometry"]]


def write(path: Path, features: gpd.GeoDataFrame, *, declared: str | None) -> Path:
    """Write features with a .prj that says something, or with none."""
    bare = features.set_crs(declared or METRES, allow_override=True)
    pyogrio.write_dataframe(bare, path)
    if declared is None:
        path.with_suffix(".prj").unlink()
    return path


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [
        ("EPSG:5179", 949969, 1929353),
        ("EPSG:5181", 194243, 429177),
        ("EPSG:5186", 194243, 529177),
        ("EPSG:5174", 194173, 428872),
        ("EPSG:5178", 950159, 1929047),
        ("EPSG:3857", 14130342, 4489669),
    ],
)
def test_the_city_hall_annex_lies_where_it_is_known_to_lie_in_each_system(name, x, y):
    point = gpd.GeoSeries([shapely.Point(ANNEX)], crs="EPSG:4326").to_crs(SYSTEMS[name]).iloc[0]
    assert (point.x, point.y) == pytest.approx((x, y), abs=1)


def test_seoul_city_hall_lies_in_katec_where_others_compute_it():
    point = gpd.GeoSeries([shapely.Point(126.978546, 37.566554)], crs="EPSG:4326").to_crs(SYSTEMS["KATEC"]).iloc[0]
    assert (point.x, point.y) == pytest.approx((309961, 552081), abs=5)


@pytest.mark.parametrize("name", PROJECTED)
def test_a_file_that_says_its_system_or_is_told_it_gives_the_same_units(gunpo, tmp_path, name):
    truth = read_units(LEGAL)
    moved = gunpo.to_crs(SYSTEMS[name])
    told = read_units(write(tmp_path / "bare.shp", moved, declared=None), crs=name)
    assert shapely.hausdorff_distance(told.geometry.to_numpy(), truth.geometry.to_numpy()).max() < 0.5
    path = write(tmp_path / "said.shp", moved, declared=SYSTEMS[name])
    if name == "KATEC":  # a .prj has no room for the shift of its datum
        with pytest.raises(UnitsRefused, match="beside 경기도 군포시, as KATEC on it"):
            read_units(path)
    else:
        said = read_units(path)
        assert shapely.hausdorff_distance(said.geometry.to_numpy(), truth.geometry.to_numpy()).max() < 0.5


@pytest.mark.parametrize("name", PROJECTED)
def test_a_file_without_prj_is_refused_with_the_one_system_that_fits_its_district(gunpo, tmp_path, name):
    path = write(tmp_path / "bare.shp", gunpo.to_crs(SYSTEMS[name]), declared=None)
    with pytest.raises(UnitsRefused, match=f"there as {name}: say it with --units-crs") as refusal:
        read_units(path)
    assert str(refusal.value).startswith(f"{path}: does not say its coordinate system")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("EPSG:5186", "EPSG:5181", "100 km away; they would be there as EPSG:5186"),
        ("EPSG:5181", "EPSG:5186", "100 km away; they would be there as EPSG:5181"),
        ("EPSG:5179", "EPSG:5186", "they would be there as EPSG:5179"),
        ("EPSG:5179", "EPSG:4326", "they would be there as EPSG:5179"),
        ("KATEC", "EPSG:5186", "they would be there as KATEC"),
        ("EPSG:3857", "EPSG:5179", "they would be there as EPSG:3857"),
        (
            "EPSG:5174",
            "EPSG:5181",
            "as EPSG:5174 on it within 100 m; say --units-crs (of grid: --over-crs) EPSG:5174",
        ),
        (
            "EPSG:5178",
            "EPSG:5179",
            "as EPSG:5178 on it within 100 m; say --units-crs (of grid: --over-crs) EPSG:5178",
        ),
    ],
)
def test_a_wrong_prj_is_refused_with_the_right_one(gunpo, tmp_path, right, wrong, said):
    path = write(tmp_path / "wrong.shp", gunpo.to_crs(SYSTEMS[right]), declared=SYSTEMS[wrong])
    with pytest.raises(UnitsRefused) as refusal:
        read_units(path)
    assert said in str(refusal.value)
    assert "경기도 군포시" in str(refusal.value)
    with pytest.raises(UnitsRefused):
        read_units(LEGAL, crs=wrong) if wrong != "EPSG:4326" else read_units(path, crs=wrong)


@pytest.mark.parametrize(
    ("name", "what"), [("EPSG:4326", "latitude and longitude"), ("EPSG:5186", "north and east")]
)
def test_exchanged_coordinates_are_said_to_be_so(gunpo, tmp_path, name, what):
    there = gunpo.to_crs(SYSTEMS[name])
    turned = there.set_geometry(shapely.transform(there.geometry.to_numpy(), lambda xy: xy[:, ::-1])).set_crs(name)
    for declared in (SYSTEMS[name], None):
        path = write(tmp_path / f"turned{declared is None}.shp", turned, declared=declared)
        with pytest.raises(UnitsRefused, match=rf"{what} are exchanged \(as {name}"):
            read_units(path)


def test_a_single_dong_fits_two_systems_and_the_refusal_names_both(gunpo, tmp_path):
    one = gunpo[gunpo["bjd_cd"] == "4141010500"].to_crs("EPSG:5181")
    with pytest.raises(UnitsRefused, match="EPSG:5181 or EPSG:5174"):
        read_units(write(tmp_path / "one.shp", one, declared=None))
    assert len(read_units(write(tmp_path / "said.shp", one, declared="EPSG:5181"))) == 1


def test_one_feature_astray_is_named_with_its_number_and_code(gunpo, tmp_path):
    moved = gunpo.to_crs(METRES)
    moved.loc[3, "geometry"] = shapely.transform(moved.geometry[3], lambda xy: xy + [0, 100_000])
    path = write(tmp_path / "astray.shp", moved, declared=METRES)
    with pytest.raises(UnitsRefused, match=r"feature 4, unit 41410104: lies at 126\.8.*, 38\..*1 of 9 features"):
        read_units(path)


def test_grid_names_tell_where_cells_lie_to_the_metre(tmp_path):
    cells = grid(["다사49902930", "다사49902940", "다사50002930"], 100)
    pyogrio.write_dataframe(cells.reset_index(), tmp_path / "cells.gpkg")
    assert read_units(tmp_path / "cells.gpkg").geometry.equals(cells.geometry)
    shifted = cells.set_crs("EPSG:5178", allow_override=True).reset_index()
    pyogrio.write_dataframe(shifted, tmp_path / "bessel.gpkg")
    with pytest.raises(UnitsRefused, match="as EPSG:5179 on it"):
        read_units(tmp_path / "bessel.gpkg")


def test_own_codes_in_an_unknown_system_are_refused_with_all_that_could_be(gunpo, tmp_path):
    own = gunpo.assign(bjd_cd=[f"zone {number}" for number in range(9)]).to_crs("EPSG:5186")
    with pytest.raises(UnitsRefused, match=r"EPSG:5186 or EPSG:5181.*differ by 100 km"):
        read_units(write(tmp_path / "own.shp", own, declared=None))
    far = own.to_crs("EPSG:4326").translate(-200).to_frame("geometry").assign(code=own["bjd_cd"].to_numpy())
    with pytest.raises(UnitsRefused, match=r"nor in any system of Korea \(feature 1 begins at -73"):
        read_units(write(tmp_path / "far.shp", far, declared="EPSG:4326"))


def test_empty_shapes_are_named(gunpo, tmp_path):
    broken = gunpo.copy()
    broken.loc[2, "geometry"] = shapely.LineString([(126.9, 37.35), (126.91, 37.35)])
    broken.to_file(tmp_path / "broken.geojson")
    with pytest.raises(UnitsRefused, match=r"feature 3, unit 41410103: the geometry is empty or has no area"):
        read_units(tmp_path / "broken.geojson")


@pytest.mark.parametrize("name", ["gunpo_admin_dong_2021", "gunpo_admin_dong_202406", "seoul_admin_dong"])
def test_published_boundaries_pass(reference_data, name):
    units = read_units(reference_data / "boundaries" / f"{name}.geojson")
    assert units.crs == METRES
    assert np.isfinite(units.total_bounds).all()


def test_codes_of_ones_own_that_look_official_only_need_to_lie_in_korea(tmp_path):
    """Eight digits that begin like a district of Busan, in Gunpo, where no system would put Busan."""
    squares = [shapely.box(126.9 + 0.01 * i, 37.3, 126.91 + 0.01 * i, 37.31) for i in range(5)]
    codes = [f"2644051{number}" for number in range(5)]
    town = gpd.GeoDataFrame({"unit_code": codes}, geometry=squares, crs="EPSG:4326")
    pyogrio.write_dataframe(town, tmp_path / "town.geojson")
    assert read_units(tmp_path / "town.geojson").index.tolist() == codes
