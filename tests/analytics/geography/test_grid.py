"""The national grid: names and corners, cells from names, cells over an outline, the command."""

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analytics.commands import main
from analytics.geography import METRES, cells_over, decode, encode, grid, locate, read_units
from analytics.geography.grid import EAST, NORTH, SIZES, SQUARE, side_of
from analytics.refusals import UnitsRefused
from tests.analytics.geography.test_crs import LEGAL, ROOT

AREA_KM2 = 36.55  # of the nine legal dongs


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [
        ("다사52505325", 952_500, 1_953_250),
        ("다사 4996 2935", 949_960, 1_929_350),  # Gunpo's city hall
        ("다사 5389 5200", 953_890, 1_952_000),  # Seoul's
        ("다사525532", 952_500, 1_953_200),
        ("다사5253", 952_000, 1_953_000),
        ("가가00000000", 700_000, 1_300_000),
        ("사아99999999", 1_399_990, 2_099_990),
    ],
)
def test_names_are_lower_left_corners(name, x, y):
    assert decode([name]).iloc[0].tolist() == [x, y]
    if len(name.replace(" ", "")) == 10:
        assert encode(np.array([x, x + 9.99]), np.array([y, y + 9.99])).tolist() == [name.replace(" ", "")] * 2


@given(st.integers(0, 7 * SQUARE // 10 - 1), st.integers(0, 8 * SQUARE // 10 - 1))
def test_every_square_of_ten_metres_comes_back_from_its_name(column, row):
    x, y = EAST + 10.0 * column, NORTH + 10.0 * row
    (name,) = encode(np.array([x]), np.array([y]))
    assert decode([name]).iloc[0].tolist() == [x, y]


def test_what_is_no_name_and_what_lies_outside_is_said():
    for bad in ("다사5250532", "Da52505325", "다타52505325", "아사52505325", ""):
        with pytest.raises(UnitsRefused, match=f"'{bad}' is no name of the national grid"):
            decode(["다사52505325", bad])
    with pytest.raises(UnitsRefused, match=r"\(699999, 1950000\) lies outside the national grid"):
        encode(np.array([950_000.0, 699_999.0]), np.array([1_950_000.0, 1_950_000.0]))
    with pytest.raises(UnitsRefused, match="no cell of 250 m begins at 다사52515325"):
        grid(["다사52505325", "다사52515325"], 250)
    with pytest.raises(UnitsRefused, match="다사52505325 is there twice"):
        grid(["다사52505325", "다사52505325"], 250)
    with pytest.raises(UnitsRefused, match="cells of 70 m are not made, only of 50, 100"):
        grid(["다사52505325"], 70)


@pytest.mark.parametrize("size", SIZES)
def test_cells_over_the_city_fill_it_and_are_made_again_from_their_names(size):
    outline = gpd.read_file(LEGAL).to_crs(METRES)
    cells = cells_over(outline, size)
    assert len(cells) == pytest.approx(AREA_KM2 * 1e6 / size**2, rel=0.003 if size < 500 else 0.05)
    assert cells.index.is_monotonic_increasing
    assert set(cells.index.str[:2]) == {"다사"}
    again = grid(cells.index, size)
    assert again.geometry.equals(cells.geometry)
    assert side_of(cells.index) == size
    centre = cells.geometry.centroid.to_crs("EPSG:4326").iloc[[0, -1]]
    assert locate(centre.get_coordinates().rename(columns={"x": "lon", "y": "lat"}), cells).tolist() == [
        cells.index[0],
        cells.index[-1],
    ]


def test_an_outline_without_a_centre_or_too_large_is_refused():
    speck = gpd.GeoDataFrame(geometry=[shapely.box(950_001, 1_930_001, 950_009, 1_930_009)], crs=METRES)
    with pytest.raises(UnitsRefused, match="no cell of 100 m has its centre inside"):
        cells_over(speck, 100)
    land = gpd.GeoDataFrame(geometry=[shapely.box(800_000, 1_500_000, 1_100_000, 2_000_000)], crs=METRES)
    with pytest.raises(UnitsRefused, match="more than 2,000,000 cells of 50 m"):
        cells_over(land, 50)


@pytest.mark.parametrize("ending", ["gpkg", "geojson"])
def test_the_command_writes_units_that_a_run_reads(tmp_path, ending):
    out = tmp_path / "new" / f"cells.{ending}"
    done = CliRunner().invoke(main, ["grid", "--over", str(LEGAL), "--size", "250", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "585 cells of 250 m, from 다사44502475 to 다사52002925" in done.output
    cells = read_units(out)
    assert cells.geometry.equals(cells_over(gpd.read_file(LEGAL).to_crs(METRES), 250).geometry)
    if ending == "geojson":
        assert json.loads(out.read_text("utf-8"))["crs"]["properties"]["name"].endswith("5179")
    assert [path.name for path in out.parent.iterdir()] == [out.name]


@pytest.mark.parametrize(
    ("over", "out", "said"),
    [
        ("nowhere.geojson", "cells.gpkg", "nowhere.geojson: no such file"),
        (str(LEGAL), "cells.csv", "only .gpkg and .geojson are written"),
        (str(LEGAL), "file/cells.gpkg", "is not a folder"),
    ],
)
def test_refusals_of_the_command_are_one_sentence(tmp_path, monkeypatch, over, out, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    done = CliRunner().invoke(main, ["grid", "--over", over, "--out", out])
    assert done.exit_code == 2
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_every_option_of_the_command_is_documented():
    told = (ROOT / "docs" / "geography.md").read_text(encoding="utf-8")
    options = [option.opts[0] for option in main.commands["grid"].params]
    assert [option for option in options if f"| `{option}` |" not in told] == []
