"""Areal interpolation: what is known of one set of units, for another, by the area that they share.

A unit's people are taken to be spread evenly over its area (Goodchild & Lam 1980), or over the part of it that
ancillary data tell (dasymetric; Wright 1936): a mask of land where people can be, or points such as buildings.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sparse
import shapely

from ..refusals import UnitsRefused

ROUNDING = 1e-6
"""A piece smaller than this share of both units is rounding of coordinates: borders that are meant to be one."""
COMPLETE = 1 - 1e-5
"""Shares that add up to this or more are scaled to 1: the rest is such pieces."""
OVERLAP = 5e-3
"""Published boundaries overlap by slivers: shares that add up to so much more than 1 are scaled down to it."""


@dataclass(frozen=True)
class ArealWeights:
    """Shares of the quantity of one set of units that go to another.

    `matrix`: csr_array, targets × sources; a column adds up to what is covered of its source. `sources`,
    `targets`: codes. `covered`: the share of each source's area (or ancillary weight) inside the targets.
    `by_area`: sources whose ancillary weight is zero, so that area decided for them.
    """

    matrix: sparse.csr_array
    sources: pd.Index
    targets: pd.Index
    covered: pd.Series
    by_area: tuple[str, ...] = ()

    def carry(self, values: np.ndarray) -> np.ndarray:
        """Return extensive values (people, lower or upper bounds) of the sources (× anything) for the targets.

        A target into which any part of a missing value (NaN) would go is missing, for the rest would be too low.
        A target that no source reaches is missing.
        """
        carried = self.matrix @ np.where(np.isnan(values), 0.0, values)
        carried[self.reached(np.isnan(values)) | self._unreached(values.ndim)] = np.nan
        return carried

    def reached(self, marked: np.ndarray) -> np.ndarray:
        """Return which targets have a part in a marked source (bool, sources × anything)."""
        flat = marked.reshape(len(marked), -1)
        some = flat.any(axis=0)  # most hours have no gap: nothing to look up
        found = np.zeros((len(self.targets), flat.shape[1]), bool)
        found[:, some] = (self.matrix != 0).astype(np.int32) @ flat[:, some].astype(np.int32) > 0
        return found.reshape(len(self.targets), *marked.shape[1:])

    def _unreached(self, dimensions: int) -> np.ndarray:
        return (np.diff(self.matrix.indptr) == 0).reshape(-1, *[1] * (dimensions - 1))

    def uncovered(self, quantity: pd.Series | None = None) -> float:
        """Return the share of a quantity of the sources (default: each counts alike) that goes to no target."""
        weights = np.ones(len(self.sources)) if quantity is None else quantity.reindex(self.sources).to_numpy()
        return float(1 - np.average(self.covered.to_numpy(), weights=weights))


def areal_weights(
    from_units: gpd.GeoDataFrame, to_units: gpd.GeoDataFrame, *, ancillary: gpd.GeoDataFrame | None = None
) -> ArealWeights:
    """Return the share of each of `from_units` that lies in each of `to_units`; all in one projected system.

    Parameters
    ----------
    ancillary
        Where in the units people are. Polygons: only area inside them counts. Points: their number counts, or
        the sum of their column `weight`. A unit without any of it is shared by area.

    Raises
    ------
    UnitsRefused
        The coordinate systems differ or are degrees, or the targets overlap.
    """
    for other in (to_units, *([ancillary] if ancillary is not None else [])):
        if other.crs != from_units.crs or from_units.crs is None or not from_units.crs.is_projected:
            raise UnitsRefused("areas can be shared only in one projected coordinate system")
    source, target, pieces = _pieces(from_units, to_units)
    size, whole = shapely.area(pieces), from_units.area.to_numpy()
    by_area: tuple[str, ...] = ()
    if ancillary is not None:
        told, part = _ancillary(from_units.geometry.to_numpy(), source, pieces, ancillary)
        empty = told <= 0
        size, whole = np.where(empty[source], size, part), np.where(empty, whole, told)
        by_area = tuple(from_units.index[empty])
    share = size / whole[source]
    covered = np.bincount(source, share, minlength=len(from_units))
    if (covered > 1 + OVERLAP).any():
        code = from_units.index[np.argmax(covered)]
        raise UnitsRefused(f"unit {code} is covered {covered.max():.4f} times: the units to be filled overlap")
    complete = covered >= COMPLETE
    share = np.where(complete[source], share / covered[source], share)
    kept = share > 0
    matrix = sparse.csr_array((share[kept], (target[kept], source[kept])), shape=(len(to_units), len(from_units)))
    covered = pd.Series(np.where(complete, 1.0, covered), index=from_units.index, name="covered")
    return ArealWeights(matrix, from_units.index, to_units.index, covered, by_area)


def _pieces(from_units: gpd.GeoDataFrame, to_units: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return source and target of each pair that shares area, and the piece they share."""
    sources, targets = from_units.geometry.to_numpy(), to_units.geometry.to_numpy()
    shapely.prepare(sources)
    target, source = shapely.STRtree(sources).query(targets, predicate="intersects")
    inside = shapely.contains_properly(sources[source], targets[target])
    pieces = targets[target]  # most cells lie in one dong: nothing to cut
    cut = ~inside
    pieces[cut] = shapely.intersection(sources[source[cut]], targets[target[cut]])
    smaller = np.minimum(shapely.area(sources[source]), shapely.area(targets[target]))
    some = shapely.area(pieces) > ROUNDING * smaller
    return source[some], target[some], pieces[some]


def _ancillary(
    shapes: np.ndarray, source: np.ndarray, pieces: np.ndarray, ancillary: gpd.GeoDataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of the ancillary data lies in each source and in each piece: area, or weight of points."""
    given = ancillary.geometry.to_numpy()
    if (shapely.get_dimensions(given) > 0).all():
        mask = shapely.union_all(given)
        return tuple(shapely.area(shapely.intersection(some, mask)) for some in (shapes, pieces))
    weight = ancillary["weight"].to_numpy(float) if "weight" in ancillary.columns else np.ones(len(given))
    tree = shapely.STRtree(given)
    shape, point = _first(*tree.query(shapes, predicate="intersects"))
    home = np.full(len(given), -1)
    home[point] = shape
    piece, within = tree.query(pieces, predicate="intersects")
    own = source[piece] == home[within]
    piece, within = _first(piece[own], within[own])
    return (
        np.bincount(shape, weight[point], minlength=len(shapes)),
        np.bincount(piece, weight[within], minlength=len(pieces)),
    )


def _first(shape: np.ndarray, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each point once: one on a common border belongs to the first shape."""
    order = np.lexsort((shape, point))
    _, at = np.unique(point[order], return_index=True)
    return shape[order][at], point[order][at]
