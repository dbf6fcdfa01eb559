"""Where things are: spatial units from a boundary file, the codes that join them to the population, points.

Units are whatever a run is made on: dongs, output areas or grid cells. Measuring is done in EPSG:5179 (metres).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from .refusals import UnitsRefused

METRES = "EPSG:5179"
DEGREES = "EPSG:4326"
KOREA = (124.0, 33.0, 132.0, 39.0)  # degrees, the bounds of the contract
CODE_COLUMNS = ("unit_code", "adm_cd2", "행정동코드", "adm_cd8", "adm_cd", "tot_reg_cd", "code")
NAME_COLUMNS = ("name", "adm_nm", "행정동명", "dong_nm", "adm_kor_nm")
GAP_M = 5.0
"""Published boundaries leave slivers: units this close are neighbours."""
CROSSWALK = Path(__file__).parent / "data" / "crosswalk.csv"


@dataclass(frozen=True)
class Join:
    """How boundary codes and population codes met, for the summary.

    `joined`: codes with both; `lost`: population codes without a boundary; `without_population`:
    boundaries without a population row; `renamed`, `merged`: boundary code → population code, from
    analytics/data/crosswalk.csv.
    """

    joined: int
    lost: tuple[str, ...]
    without_population: tuple[str, ...]
    renamed: dict[str, str]
    merged: dict[str, str]


def read_units(path: Path, *, code_column: str | None = None, crs: str | None = None) -> gpd.GeoDataFrame:
    """Return the units of a vector file: index `unit_code` (text, sorted), columns `name`, `geometry` (EPSG:5179).

    Parameters
    ----------
    code_column
        Column that holds the code; by default the first of `unit_code`, `adm_cd2`, … that the file has. A code of
        ten digits that ends in "00" (administrative dong) is cut to the eight that population files use.
    crs
        Coordinate system of a file that does not say its own.

    Raises
    ------
    UnitsRefused
        The file cannot be read, has no code column, a code is empty or there twice, a geometry has no area,
        the coordinate system is unknown or puts the units outside Korea.
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
    placed = _in_metres(raw, path, crs)
    name = next((name for name in NAME_COLUMNS if name in raw.columns and name != column), None)
    units = gpd.GeoDataFrame(
        {"name": _text(raw[name]).to_numpy() if name else ""},
        geometry=_areas(placed.geometry, codes, path).to_numpy(),
        index=pd.Index(codes.to_numpy(), name="unit_code", dtype="str"),
        crs=METRES,
    )
    return units.sort_index()


def join_population(
    units: gpd.GeoDataFrame, population_codes: Collection[str], *, crosswalk: Path = CROSSWALK
) -> tuple[gpd.GeoDataFrame, Join]:
    """Return the units under the codes of the population file, and how the two met.

    A boundary whose code the population does not have takes the code of the crosswalk, if the population has that
    one; boundaries that so come to share a code become one unit (its own boundary keeps its name). Codes that
    match as they are stay untouched.

    Raises
    ------
    UnitsRefused
        Not one code is common: most likely two coding systems.
    """
    known = {str(code) for code in population_codes}
    rules = pd.read_csv(crosswalk, dtype="str").set_index("boundary_code")["population_code"].to_dict()
    moved = {code: rules[code] for code in units.index if code not in known and rules.get(code) in known}
    own = set(units.index) - set(moved)
    merged = {code: target for code, target in moved.items() if target in own}
    renamed = {code: target for code, target in moved.items() if target not in own}
    joined = units.assign(stranger=units.index.isin(list(moved)))
    joined.index = pd.Index([moved.get(code, code) for code in units.index], name="unit_code", dtype="str")
    if not joined.index.is_unique:
        joined = joined.sort_values("stranger", kind="stable").dissolve(level="unit_code", aggfunc="first")
    joined = joined.drop(columns="stranger").sort_index()[["name", "geometry"]]
    both = known & set(joined.index)
    if not both:
        raise UnitsRefused(
            f"no code of the population ({_some(known)}) is among the units ({_some(joined.index)}): "
            "two coding systems, or two cities?"
        )
    lost, bare = sorted(known - both), sorted(set(joined.index) - both)
    return joined, Join(len(both), tuple(lost), tuple(bare), renamed, merged)


def locate(points: pd.DataFrame, units: gpd.GeoDataFrame) -> pd.Series:
    """Return the unit_code of each point (columns `lon`, `lat` in degrees), NaN outside all units.

    A point on a common border belongs to the unit with the lower code. Index of the points is kept.
    """
    to_metres = pyproj.Transformer.from_crs(DEGREES, METRES, always_xy=True)
    x, y = to_metres.transform(points["lon"].to_numpy(float), points["lat"].to_numpy(float))
    tree = shapely.STRtree(units.geometry.to_numpy())
    point, unit = tree.query(shapely.points(x, y), predicate="intersects")
    first = pd.Series(unit).groupby(point).min() if len(point) else pd.Series(dtype="int64")
    found = pd.Series(np.nan, index=points.index, dtype="object", name="unit_code")
    found.iloc[first.index.to_numpy(dtype="int64")] = units.index[first.to_numpy(dtype="int64")].to_numpy()
    return found.astype("str")


def centres(units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return `x`, `y` in metres of a point inside each unit: its centroid, where that is inside."""
    middle = units.geometry.centroid
    inside = middle.within(units.geometry)
    middle = middle.where(inside, units.geometry.representative_point())
    return pd.DataFrame({"x": middle.x, "y": middle.y}, index=units.index)


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


def _code_column(raw: gpd.GeoDataFrame, path: Path, wanted: str | None) -> str:
    by_lower = {str(name).lower(): name for name in raw.columns}
    for name in (wanted,) if wanted else CODE_COLUMNS:
        if name.lower() in by_lower:
            return by_lower[name.lower()]
    has = ", ".join(str(name) for name in raw.columns if name != "geometry")
    raise UnitsRefused(f"{path}: no field {wanted or ' or '.join(CODE_COLUMNS)}; it has {has}")


def _text(values: pd.Series) -> pd.Series:
    """Return values as text; a number read from the file loses nothing but a trailing ".0"."""
    text = values.astype("str").where(values.notna(), "").str.strip()
    return text.str.replace(r"\.0$", "", regex=True)


def _in_metres(raw: gpd.GeoDataFrame, path: Path, crs: str | None) -> gpd.GeoDataFrame:
    bounds = raw.total_bounds
    if crs is not None:
        try:
            raw = raw.set_crs(crs, allow_override=True)
        except pyproj.exceptions.CRSError as cause:
            raise UnitsRefused(f"{crs} is not a coordinate system ({cause})") from cause
    elif raw.crs is None:
        if not _within_korea(bounds):
            raise UnitsRefused(
                f"{path}: does not say its coordinate system, and {bounds[:2].round(1).tolist()} are no degrees "
                "of Korea; say it, for example --units-crs EPSG:5179 (5181 and 5186 differ by 100 km)"
            )
        raw = raw.set_crs(DEGREES)
    if not _within_korea(raw.to_crs(DEGREES).total_bounds):
        raise UnitsRefused(
            f"{path}: in {raw.crs.name} the units are not in Korea (corner {bounds[:2].round(1).tolist()}); "
            "say the right coordinate system with --units-crs"
        )
    return raw.to_crs(METRES)


def _within_korea(bounds: Sequence[float]) -> bool:
    west, south, east, north = KOREA
    return bool(west <= bounds[0] and south <= bounds[1] and bounds[2] <= east and bounds[3] <= north)


def _areas(shapes: gpd.GeoSeries, codes: pd.Series, path: Path) -> gpd.GeoSeries:
    mended = shapes.make_valid()
    bad = np.flatnonzero(~(mended.area > 0).to_numpy())
    if len(bad):
        raise UnitsRefused(f"{path}, unit {codes.iloc[bad[0]]}: the geometry is empty or has no area")
    return mended


def _some(codes: Collection[str]) -> str:
    return f"for example {sorted(codes)[0]}"
