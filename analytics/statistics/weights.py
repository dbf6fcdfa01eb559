"""Who neighbours whom: binary spatial weights without self, rows in the order of the units given.

Isolates are never hidden: `isolates` lists them, `attach_isolates` gives each its nearest unit as neighbour.
Coordinates are planar metres in columns `x`, `y`.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import sparse
from scipy.spatial import cKDTree

from .checks import assert_unique, finite
from .refusals import Misaligned, StatisticRefused

TIE = 1e-10
"""Distances closer than this share of the largest coordinate are equal (0.1 mm at national coordinates)."""


def contiguity(units: gpd.GeoDataFrame, *, gap_m: float = 0.0) -> sparse.csr_array:
    """Return queen contiguity: units that share at least a point, or lie within `gap_m` metres of each other.

    Parameters
    ----------
    units : GeoDataFrame, one row per unit
        Polygons; a projected CRS if `gap_m` is above zero (published boundaries leave slivers of a metre or two).
    """
    shapes = _outlines(units)
    if gap_m > 0 and units.crs is not None and not units.crs.is_projected:
        raise StatisticRefused(f"gap_m is in metres, but the units are in {units.crs.name}")
    tree = shapely.STRtree(shapes)
    if gap_m > 0:
        rows, columns = tree.query(shapes, predicate="dwithin", distance=gap_m)
    else:
        rows, columns = tree.query(shapes, predicate="intersects")
    return _binary(rows, columns, len(units))


def rook(units: gpd.GeoDataFrame) -> sparse.csr_array:
    """Return rook contiguity: units that share a stretch of boundary; a common corner alone does not count."""
    shapes = _outlines(units)
    rows, columns = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    a_line = shapely.get_dimensions(shapely.intersection(shapes[rows], shapes[columns])) >= 1
    return _binary(rows[a_line], columns[a_line], len(units))


def distance_band(coordinates: pd.DataFrame, threshold_m: float) -> sparse.csr_array:
    """Return weights that join units at most `threshold_m` apart (ties at the threshold are in)."""
    points = planar(coordinates)
    reach = threshold_m + tie_tolerance(points)
    pairs = cKDTree(points).query_pairs(reach, output_type="ndarray")
    return _binary(np.r_[pairs[:, 0], pairs[:, 1]], np.r_[pairs[:, 1], pairs[:, 0]], len(points))


def k_nearest(coordinates: pd.DataFrame, k: int) -> sparse.csr_array:
    """Return weights that join each unit to its k nearest others; not symmetric, equal distances by code order."""
    points = planar(coordinates)
    if not 0 < k < len(points):
        raise StatisticRefused(f"k must be from 1 to {len(points) - 1}, not {k}")
    by_code = np.argsort(np.argsort(coordinates.index.to_numpy(), kind="stable"))
    tolerance = tie_tolerance(points)
    tree = cKDTree(points)
    reach = tree.query(points, k=k + 1)[0][:, -1] + 2 * tolerance  # the unit itself is one of the k + 1
    within = tree.query_ball_point(points, reach)
    rows = np.repeat(np.arange(len(points)), [len(found) for found in within])
    columns = np.concatenate(within).astype(np.int64)
    rows, columns = rows[rows != columns], columns[rows != columns]
    distance = np.round(np.hypot(*(points[rows] - points[columns]).T) / tolerance)
    order = np.lexsort((by_code[columns], distance, rows))
    rows, columns = rows[order], columns[order]
    nearest = np.arange(len(rows)) - np.searchsorted(rows, rows) < k
    return _binary(rows[nearest], columns[nearest], len(points))


def isolates(weights: sparse.csr_array) -> np.ndarray:
    """Return the row positions of units without any neighbour."""
    return np.flatnonzero(np.diff(sparse.csr_array(weights).indptr) == 0)


def attach_isolates(weights: sparse.csr_array, coordinates: pd.DataFrame) -> sparse.csr_array:
    """Return weights in which every isolate and its nearest unit are neighbours of each other."""
    alone = isolates(weights)
    if not len(alone):
        return weights.copy()
    points = planar(coordinates)
    if len(points) < 2:
        raise StatisticRefused("a single unit cannot have a neighbour")
    _, nearest = cKDTree(points).query(points[alone], k=2)
    partner = np.where(nearest[:, 0] == alone, nearest[:, 1], nearest[:, 0])
    known = weights.tocoo()
    rows = np.r_[known.row, alone, partner]
    return _binary(rows, np.r_[known.col, partner, alone], len(points))


def subset(weights: sparse.csr_array, keep: np.ndarray) -> sparse.csr_array:
    """Return the weights among the units where `keep` is true (units without data leave the map)."""
    return sparse.csr_array(weights[keep][:, keep])


def planar(coordinates: pd.DataFrame) -> np.ndarray:
    """Return columns x, y as an array of shape (units, 2), or refuse what is missing."""
    if not {"x", "y"} <= set(coordinates.columns):
        raise Misaligned(f"planar coordinates need columns x and y (metres), not {list(coordinates.columns)}")
    return np.column_stack([finite(coordinates[axis], f"coordinate {axis}") for axis in ("x", "y")])


def tie_tolerance(points: np.ndarray) -> float:
    """Return the distance below which two distances between these points count as equal."""
    return TIE * max(float(np.abs(points).max(initial=0.0)), 1e-9)


def _outlines(units: gpd.GeoDataFrame) -> np.ndarray:
    assert_unique(units.index, "units")
    shapes = units.geometry.to_numpy()
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if empty.any():
        raise Misaligned(f"unit {units.index[empty][0]} has no geometry")
    return shapes


def _binary(rows: np.ndarray, columns: np.ndarray, size: int) -> sparse.csr_array:
    others = rows != columns
    matrix = sparse.csr_array((np.ones(int(others.sum())), (rows[others], columns[others])), shape=(size, size))
    matrix.data[:] = 1.0
    matrix.sort_indices()
    return matrix
