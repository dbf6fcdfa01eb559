"""Spatial units from a vector file: their codes, names and shapes, checked."""

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from ..folders import assert_can_be_made
from ..refusals import OutputRefused, UnitsRefused
from .crs import settle
from .metres import METRES
from .regions import region_of

CODE_COLUMNS = (
    "unit_code", "adm_cd2", "행정동코드", "adm_cd8", "admi_cd", "adm_dr_cd", "adm_cd", "tot_reg_cd", "emd_cd",
    "bjd_cd", "code",
)  # fmt: skip
NAME_COLUMNS = (
    "name", "adm_nm", "행정동명", "dong_nm", "admi_nm", "adm_dr_nm", "adm_kor_nm", "emd_kor_nm", "name_ko",
)  # fmt: skip
WRITTEN = {".gpkg": "GPKG", ".geojson": "GeoJSON"}
GAP_M = 5.0
"""Published boundaries leave slivers: units this close are neighbours."""


def read_units(path: Path, *, code_column: str | None = None, crs: str | None = None) -> gpd.GeoDataFrame:
    """Return the units of a vector file: index `unit_code` (text, sorted), columns `name`, `geometry` (EPSG:5179).

    Parameters
    ----------
    code_column
        Column that holds the code; by default the first of `unit_code`, `adm_cd2`, … that the file has. A code of
        ten digits that ends in "00" (administrative dong) is cut to the eight that population files use.
    crs
        Coordinate system, where the file does not say its own or says a wrong one: a name of crs.SYSTEMS or of
        pyproj.

    Raises
    ------
    UnitsRefused
        The file cannot be read, has no code column, a code is empty or there twice, a geometry has no area, the
        coordinate system is unknown or does not put the units where their codes say (see crs.settle).
    """
    raw = _read(path)
    column = _code_column(raw, path, code_column)
    codes = _text(raw[column])
    empty = np.flatnonzero(codes == "")
    if len(empty):
        raise UnitsRefused(f"{path}, feature {empty[0] + 1}, field {column}: empty; every unit needs a code")
    dong = codes.str.fullmatch(r"\d{8}00")
    if dong.all():
        codes = codes.str[:8]
    twice = codes[codes.duplicated()]
    if len(twice):
        raise UnitsRefused(
            f"{path}, field {column}: {twice.iloc[0]} is there twice; merge its shapes into one feature"
        )
    placed = _placed(raw, codes, path, crs)
    name = next((name for name in NAME_COLUMNS if name in raw.columns and name != column), None)
    units = gpd.GeoDataFrame(
        {"name": _text(raw[name]).to_numpy() if name else ""},
        geometry=placed.geometry.to_numpy(),
        index=pd.Index(codes.to_numpy(), name="unit_code", dtype="str"),
        crs=METRES,
    )
    return units.sort_index()


def read_outline(path: Path, *, crs: str | None = None) -> gpd.GeoDataFrame:
    """Return the features of a vector file as they are, in EPSG:5179; codes are used where it has some.

    Raises
    ------
    UnitsRefused
        As read_units, but codes may lack or repeat.
    """
    raw = _read(path)
    column = next((_find(raw, name) for name in CODE_COLUMNS if _find(raw, name)), None)
    codes = _text(raw[column]) if column else pd.Series("", index=raw.index)
    return _placed(raw, codes, path, crs)[["geometry"]]


def write_units(units: gpd.GeoDataFrame, path: Path) -> None:
    """Write units where read_units finds them again; the file appears only when complete.

    Raises
    ------
    OutputRefused
        The ending is neither .gpkg nor .geojson, or the file cannot be written.
    """
    if path.suffix.lower() not in WRITTEN:
        raise OutputRefused(f"{path}: only {' and '.join(WRITTEN)} are written")
    assert_can_be_made(path)
    made = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made.unlink(missing_ok=True)
        pyogrio.write_dataframe(units.reset_index(), made, driver=WRITTEN[path.suffix.lower()], layer="units")
        os.replace(made, path)
    except (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as cause:
        raise OutputRefused(f"{path}: cannot be written ({cause})") from cause
    finally:
        made.unlink(missing_ok=True)


def _read(path: Path) -> gpd.GeoDataFrame:
    if not Path(path).exists():
        raise UnitsRefused(f"{path}: no such file")
    try:
        raw = pyogrio.read_dataframe(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError) as cause:
        raise UnitsRefused(f"{path}: not a vector file that can be read ({cause})") from cause
    if not isinstance(raw, gpd.GeoDataFrame) or raw.empty:
        raise UnitsRefused(f"{path}: holds no features with geometry")
    return raw


def _find(raw: gpd.GeoDataFrame, name: str) -> str | None:
    """Return the field of this name, in upper or lower case."""
    return next((str(field) for field in raw.columns if str(field).lower() == name.lower()), None)


def _code_column(raw: gpd.GeoDataFrame, path: Path, wanted: str | None) -> str:
    for name in (wanted,) if wanted else CODE_COLUMNS:
        if found := _find(raw, name):
            return found
    has = ", ".join(str(name) for name in raw.columns if name != "geometry")
    raise UnitsRefused(f"{path}: no field {wanted or ' or '.join(CODE_COLUMNS)}; it has {has}")


def _text(values: pd.Series) -> pd.Series:
    """Return values as text; a number read from the file loses nothing but a trailing ".0"."""
    text = values.astype("str").where(values.notna(), "").str.strip()
    return text.str.replace(r"\.0$", "", regex=True)


def _placed(raw: gpd.GeoDataFrame, codes: pd.Series, path: Path, crs: str | None) -> gpd.GeoDataFrame:
    """Return the features in EPSG:5179, with valid shapes that have an area."""
    bad = np.flatnonzero(~(shapely.area(shapely.make_valid(raw.geometry.to_numpy())) > 0))
    if len(bad):
        raise UnitsRefused(
            f"{path}, feature {bad[0] + 1}, unit {codes.iloc[bad[0]]}: the geometry is empty or has no area"
        )
    placed = settle(raw, path, codes.tolist(), region_of(codes), crs)
    return placed.set_geometry(placed.geometry.make_valid())  # once projected: rounding can cross a border
