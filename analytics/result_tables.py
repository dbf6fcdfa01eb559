"""Tables of contract/results.json as text: CSV and GeoJSON with the contract's columns in its order."""

import json
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

CONTRACT = Path(__file__).parent.parent / "contract" / "results.json"
DIGITS = 8  # significant digits of a number in a table


def columns(table: str) -> list[str]:
    """Return the columns of one table of contract/results.json, in its order."""
    tables = json.loads(CONTRACT.read_text(encoding="utf-8"))["tables"]
    return [field["name"] for field in tables[table]["schema"]["fields"]]


def write_clusters(path: Path, clusters: pd.DataFrame) -> None:
    """Write clusters.csv: members separated by a space, an infinite figure empty."""
    table = clusters.assign(members=[" ".join(members) for members in clusters["members"]])
    write_table(path, table.replace({math.inf: np.nan})[columns("clusters")])


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, numbers with DIGITS significant digits."""
    write_text(path, table.to_csv(index=False, float_format=f"%.{DIGITS}g"))


def write_geojson(path: Path, units: gpd.GeoDataFrame) -> None:
    """Write hotspots.geojson: one feature a unit, in CRS84 whatever the units come in."""
    names, units = columns("hotspots"), units.to_crs("OGC:CRS84")
    table = units.drop(columns="geometry").rename_axis("unit_code").reset_index()[names]
    shapes = json.loads(units.geometry.set_precision(1e-7, mode="pointwise").to_json())["features"]
    features = [
        {
            "type": "Feature",
            "properties": {name: _json(row[name]) for name in names},
            "geometry": shape["geometry"],
        }
        for row, shape in zip(table.to_dict("records"), shapes, strict=True)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    collection = {"type": "FeatureCollection", "name": "hotspots", "crs": crs, "features": features}
    write_text(path, json.dumps(collection, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def _json(value: object) -> object:
    """Return a table's value as JSON: no figure, or an infinite one, is null."""
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return value


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8 that ends with a line break."""
    path.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
