"""hotspots.gpkg opens in QGIS with its styles: every value has a class, and GDAL finds the file in order."""

import json
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from analytics.outputs.gpkg import write_gpkg
from analytics.outputs.gpkg_styles import AGREEMENT, STATUS, STYLES, layer_styles, qml
from analytics.result_tables import CONTRACT

CREATED = datetime(2020, 9, 1, 3, tzinfo=UTC).isoformat()
SQUARES = [shapely.box(949_000 + 500 * n, 1_928_000, 949_500 + 500 * n, 1_928_500) for n in range(3)]


def write(path: Path, **more: list[str]) -> None:
    units = gpd.GeoDataFrame(
        {
            "status": ["hot", "not significant", "no data"],
            "observed": [4, 0, None],
            "distinct_persons": [3, 0, None],
            **more,
        },
        geometry=SQUARES,
        index=pd.Index(["a", "b", "c"]),
        crs="EPSG:5179",
    )
    clusters = pd.DataFrame(
        {"kind": ["person"], "members": [("a", "b")], "start": ["2020-08-03"], "end": ["2020-08-05"], "p": [0.01]}
    )
    write_gpkg(path, units, SimpleNamespace(clusters=clusters), {"created": CREATED})


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "hotspots.gpkg"
    write(path, agreement=["both", "neither", ""])
    return path


def test_layers_and_styles_are_in_one_file_that_gdal_reads(file):
    assert [name for name, _ in pyogrio.list_layers(file)] == ["hotspots", "clusters", "layer_styles"]
    assert len(gpd.read_file(file, layer="hotspots")) == 3
    with sqlite3.connect(file) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'").fetchone() == (
            "attributes",
        )
        assert db.execute("PRAGMA user_version").fetchone() == (10_200,)  # older programs read it unwarned
        [(changed,)] = db.execute("SELECT DISTINCT update_time FROM layer_styles").fetchall()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", changed)
    db.close()


def test_qgis_finds_the_default_style_of_each_layer(file):
    asked = (
        "SELECT styleName, styleQML FROM layer_styles WHERE f_table_schema = '' AND f_table_name = ? "
        "AND f_geometry_column = ? AND useAsDefault ORDER BY update_time DESC"
    )
    db = sqlite3.connect(file)
    for layer in ("hotspots", "clusters"):
        column = db.execute(
            "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (layer,)
        ).fetchone()
        assert len(db.execute(asked, (layer, *column)).fetchall()) == 1
    identity = [row[1] for row in db.execute("PRAGMA table_info(layer_styles)") if row[5]]
    db.close()
    assert identity == ["id"]


def test_every_value_has_a_class_and_differs_without_colour():
    fields = json.loads(CONTRACT.read_text(encoding="utf-8"))["tables"]["hotspots"]["schema"]["fields"]
    said = {one["name"]: one["constraints"]["enum"] for one in fields if "enum" in one.get("constraints", {})}
    assert {one.value for one in STATUS} == set(said["status"])
    assert {one.value for one in AGREEMENT} == set(said["agreement"])
    assert len({one.brush for one in STATUS}) == 3


@pytest.mark.parametrize("style", STYLES, ids=[one[2] for one in STYLES])
def test_a_style_is_well_formed_and_each_class_has_its_symbol(style):
    _, _, column, classes, _ = style
    root = ElementTree.fromstring(qml(column, classes).partition("\n")[2])
    renderer = root.find("renderer-v2")
    assert renderer.get("attr") == column
    symbols = {one.get("name") for one in renderer.find("symbols")}
    assert {one.get("symbol") for one in renderer.find("categories")} == symbols


def test_a_run_without_agreement_has_no_style_of_it():
    assert layer_styles(["status"], CREATED)["styleName"].tolist() == ["판단 status", "군집 kind"]


def test_the_same_result_gives_the_same_bytes(file, tmp_path):
    write(tmp_path / "again.gpkg", agreement=["both", "neither", ""])
    assert (tmp_path / "again.gpkg").read_bytes() == file.read_bytes()
