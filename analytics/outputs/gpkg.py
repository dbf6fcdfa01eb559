"""hotspots.gpkg: units and clusters for QGIS and other geographic information systems, in EPSG:5179."""

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from ..verdict import Verdict
from .gpkg_styles import layer_styles

VERSION = "1.2"
"""Of GeoPackage: what QGIS of 2022 (GDAL 3.6) reads without a warning; nothing of later versions is used."""


def write_gpkg(path: Path, units: gpd.GeoDataFrame, verdict: Verdict, summary: dict[str, object]) -> None:
    """Write layers `hotspots` (one row per unit) and `clusters` (the area of each one's units), and their styles.

    The time stamp inside the file is `created`, so that the same run gives the same bytes.
    """
    stamp = pd.Timestamp(summary["created"]).tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%S.000Z")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": stamp})
    try:
        table = units.rename_axis("unit_code").reset_index()
        whole = ["observed", "distinct_persons"]
        table[whole] = table[whole].astype("Int64")
        pyogrio.write_dataframe(_finite(table), path, layer="hotspots", driver="GPKG", VERSION=VERSION)
        pyogrio.write_dataframe(_areas(units, verdict), path, layer="clusters", driver="GPKG", append=True)
        styles = layer_styles(table.columns, stamp)
        kept = {"FID": "id", "DATETIME_PRECISION": "MILLISECOND"}  # to the second the standard is not met
        pyogrio.write_dataframe(styles, path, layer="layer_styles", driver="GPKG", append=True, **kept)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _areas(units: gpd.GeoDataFrame, verdict: Verdict) -> gpd.GeoDataFrame:
    clusters = verdict.clusters
    shapes = [units.geometry.loc[list(members)].union_all() for members in clusters["members"]]
    table = clusters.assign(
        members=[" ".join(members) for members in clusters["members"]],
        start=pd.to_datetime(clusters["start"]).dt.strftime("%Y-%m-%d"),
        end=pd.to_datetime(clusters["end"]).dt.strftime("%Y-%m-%d"),
    )
    return _finite(gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=units.crs), crs=units.crs))


def _finite(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the table with infinite figures empty."""
    numbers = table.select_dtypes("float").columns
    return table.assign(**{name: table[name].replace({math.inf: np.nan}) for name in numbers})
