"""The national grid (국가지점번호): names and lower-left corners, and cells made from either.

Squares of 100 km are lettered 가나다… eastwards and northwards from (700 km, 1,300 km) in EPSG:5179; in a
square, four and four digits count tens of metres (도로명주소법 시행령 제37조). A name says where a cell begins,
not how large it is: a 100 m and a 250 m cell may share one.
"""

import re
from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..refusals import UnitsRefused
from .metres import METRES

LETTERS = "가나다라마바사아"
COLUMNS, ROWS = 7, 8
EAST, NORTH, SQUARE, STEP = 700_000, 1_300_000, 100_000, 10  # metres
SIZES = (50, 100, 250, 500, 1_000)
"""Sides of the cells that are made, metres."""
NAME = re.compile(rf"[{LETTERS[:COLUMNS]}][{LETTERS}](?:\d{{4}}|\d{{6}}|\d{{8}})", re.ASCII)
MOST_CELLS = 2_000_000


def encode(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the names (4 + 4 digits) of the 10 m squares in which points of EPSG:5179 lie, such as 다사52505325.

    Raises
    ------
    UnitsRefused
        A point lies outside the grid.
    """
    column, east = _split(x, EAST)
    row, north = _split(y, NORTH)
    outside = (column < 0) | (column >= COLUMNS) | (row < 0) | (row >= ROWS)
    if outside.any():
        at = np.flatnonzero(outside)[0]
        raise UnitsRefused(
            f"({np.ravel(x)[at]:.0f}, {np.ravel(y)[at]:.0f}) lies outside the national grid (EPSG:5179)"
        )
    letters = np.array(list(LETTERS))
    words = np.char.add(letters[column], letters[row])
    digits = np.char.add(np.char.zfill(east.astype(str), 4), np.char.zfill(north.astype(str), 4))
    return np.char.add(words, digits).astype(object)


def decode(names: Collection[str]) -> pd.DataFrame:
    """Return `x`, `y`: the lower-left corners in EPSG:5179 of names, index as given.

    Blanks are ignored. Names have 4 + 4 digits (10 m), or 3 + 3 (100 m) or 2 + 2 (1 km).

    Raises
    ------
    UnitsRefused
        Something is no name of the grid.
    """
    given = pd.Index([str(name) for name in names], name="unit_code", dtype="str")
    corners = np.empty((len(given), 2))
    for number, name in enumerate(given):
        text = "".join(name.split())
        if not NAME.fullmatch(text):
            raise UnitsRefused(
                f"'{name}' is no name of the national grid: two letters and 4, 6 or 8 digits, as 다사52505325"
            )
        half = len(text) // 2 - 1
        scale = 10 ** (5 - half)
        corners[number, 0] = EAST + SQUARE * LETTERS.index(text[0]) + scale * int(text[2 : 2 + half])
        corners[number, 1] = NORTH + SQUARE * LETTERS.index(text[1]) + scale * int(text[2 + half :])
    return pd.DataFrame(corners, columns=["x", "y"], index=given)


def grid(names: Collection[str], size_m: int) -> gpd.GeoDataFrame:
    """Return the cells of these names: index `unit_code` (sorted), `name` (empty), squares in EPSG:5179.

    Raises
    ------
    UnitsRefused
        A name is none, is there twice, or no cell of this size begins there; the size is none of SIZES.
    """
    _assert_size(size_m)
    corners = decode(names).sort_index()
    if not corners.index.is_unique:
        raise UnitsRefused(f"cell {corners.index[corners.index.duplicated()][0]} is there twice")
    off = np.flatnonzero((corners.to_numpy() % size_m != 0).any(axis=1))
    if len(off):
        raise UnitsRefused(f"no cell of {size_m} m begins at {corners.index[off[0]]}")
    return _squares(corners.index, corners["x"].to_numpy(), corners["y"].to_numpy(), size_m)


def cells_over(outline: gpd.GeoDataFrame, size_m: int) -> gpd.GeoDataFrame:
    """Return the cells (as `grid` does) whose centre lies inside the outline, given in EPSG:5179.

    Raises
    ------
    UnitsRefused
        The size is none of SIZES, no centre is inside, or there would be more than MOST_CELLS to look at.
    """
    _assert_size(size_m)
    west, south, east, north = outline.total_bounds
    columns = np.arange(np.floor(west / size_m), np.ceil(east / size_m)) * size_m
    rows = np.arange(np.floor(south / size_m), np.ceil(north / size_m)) * size_m
    if len(columns) * len(rows) > MOST_CELLS:
        raise UnitsRefused(f"more than {MOST_CELLS:,} cells of {size_m} m: take larger ones or a smaller outline")
    x, y = (values.ravel() for values in np.meshgrid(columns, rows))
    points = shapely.points(x + size_m / 2, y + size_m / 2)
    inside = np.zeros(len(points), bool)
    inside[shapely.STRtree(outline.geometry.to_numpy()).query(points, predicate="intersects")[0]] = True
    if not inside.any():
        raise UnitsRefused(f"no cell of {size_m} m has its centre inside the outline")
    x, y = x[inside], y[inside]
    return _squares(pd.Index(encode(x, y), name="unit_code", dtype="str"), x, y, size_m).sort_index()


def side_of(names: Collection[str]) -> int:
    """Return the largest of SIZES whose cells can begin at all these names and do not overlap; 10 if none can."""
    corners = decode(names).to_numpy()
    gap = min(np.diff(np.unique(axis)).min(initial=SIZES[-1]) for axis in corners.T)
    return max((size for size in SIZES if size <= gap and not (corners % size).any()), default=STEP)


def _split(values: np.ndarray, origin: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the 100 km square and the tens of metres in it."""
    tens = np.floor((np.ravel(values) - origin) / STEP).astype(np.int64)
    return tens // (SQUARE // STEP), tens % (SQUARE // STEP)


def _squares(codes: pd.Index, x: np.ndarray, y: np.ndarray, size_m: int) -> gpd.GeoDataFrame:
    boxes = shapely.box(x, y, x + size_m, y + size_m)
    return gpd.GeoDataFrame({"name": ""}, geometry=boxes, index=codes, crs=METRES)


def _assert_size(size_m: int) -> None:
    if size_m not in SIZES:
        raise UnitsRefused(f"cells of {size_m} m are not made, only of {', '.join(map(str, SIZES))} m")
