"""Ways along streets: shortest paths over the lines of a file, both directions of each, at one speed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pyproj
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from ..geography.metres import DEGREES, METRES
from ..refusals import InputRefused
from .travel import Points, Travel, project

GRID_M = 0.1
"""Ends of lines this close are one crossing: published lines meet to a centimetre."""
MAX_OFF_M = 500.0
"""A place farther from every street cannot be reached by them."""


class StreetsRefused(InputRefused):
    """A street file that cannot be used."""


@dataclass(frozen=True)
class Streets:
    """Pieces of street: `ends` (pieces × 2, numbers of `corners`), `corners` (x, y in METRES)."""

    corners: np.ndarray
    ends: np.ndarray


@dataclass(frozen=True)
class StreetTravel(Travel):
    """Ways along streets; `before[i, n]` is the node before n on the way from place i, as scipy tells it."""

    nodes: np.ndarray
    of_place: np.ndarray
    before: np.ndarray

    def line(self, stops: Sequence[int]) -> list[tuple[float, float]]:
        """Return the way through these places along the streets, as longitude and latitude."""
        points = [self.places[stops[0]]]
        for start, end in zip(stops, stops[1:], strict=False):
            node, way = int(self.of_place[end]), []
            while node >= 0:
                way.append(node)
                node = int(self.before[start, node])
            points += [*_degrees(self.nodes[way[::-1]]), self.places[end]]
        return [point for n, point in enumerate(points) if n == 0 or point != points[n - 1]]


def read_streets(path: Path) -> Streets:
    """Return the streets of a vector file (GeoJSON, GeoPackage, shapefile …).

    Raises
    ------
    StreetsRefused
        The file cannot be read, does not say its coordinate system, or has a shape that is no line.
    """
    try:
        shapes = gpd.read_file(path)
    except (OSError, ValueError, pyogrio.errors.DataSourceError) as error:
        raise StreetsRefused(f"cannot be read ({error})", file=path) from error
    if shapes.crs is None:
        raise StreetsRefused("does not say its coordinate system", file=path)
    if not len(shapes):
        raise StreetsRefused("holds no streets", file=path)
    kinds = shapes.geometry.geom_type
    wrong = np.flatnonzero(~kinds.isin(["LineString", "MultiLineString"]))
    if len(wrong):
        words = f"feature {wrong[0] + 1} is no line, but {kinds.iloc[wrong[0]] or 'without a shape'}"
        raise StreetsRefused(words, file=path, field="geometry")
    lines = shapely.get_parts(shapes.to_crs(METRES).geometry.to_numpy())
    xy, line = shapely.get_coordinates(lines, return_index=True)
    if not np.isfinite(xy).all():
        raise StreetsRefused("a coordinate that its coordinate system does not have", file=path, field="geometry")
    corners, number = np.unique(np.rint(xy / GRID_M).astype(np.int64), axis=0, return_inverse=True)
    number = number.ravel()
    ends = np.column_stack([number[:-1], number[1:]])[line[:-1] == line[1:]]
    return Streets(corners * GRID_M, ends[ends[:, 0] != ends[:, 1]])


def street_travel(path: Path, places: Points, *, speed_kmh: float) -> Travel:
    """Return the ways between places (longitude, latitude) along the streets of a file.

    A place is reached from the nearest point of the nearest street, and the straight way to it counts twice: there
    and back. Infinite: no street within MAX_OFF_M, or the streets of both are not connected.
    """
    streets = read_streets(path)
    here = np.column_stack(project(places))
    segments = shapely.linestrings(streets.corners[streets.ends])
    points = shapely.points(here)
    piece = shapely.STRtree(segments).nearest(points)
    along = shapely.line_locate_point(segments[piece], points)
    foot = shapely.get_coordinates(shapely.line_interpolate_point(segments[piece], along))
    off = np.hypot(*(here - foot).T)
    nodes = np.vstack([streets.corners, foot])
    of_place = len(streets.corners) + np.arange(len(here))
    graph = _graph(streets, nodes, piece, along)
    far, before = dijkstra(graph, directed=False, indices=of_place, return_predecessors=True)
    metres = far[:, of_place] + off[:, None] + off
    metres[(off > MAX_OFF_M)[:, None] | (off > MAX_OFF_M)] = np.inf
    np.fill_diagonal(metres, 0.0)
    return StreetTravel(metres, metres / (speed_kmh / 3.6), off, list(places), nodes, of_place, before)


def _graph(streets: Streets, nodes: np.ndarray, piece: np.ndarray, along: np.ndarray) -> csr_array:
    """Return the street graph with the feet of the places as nodes of their own, chained along their piece."""
    first = len(streets.corners)
    chains = [streets.ends]
    for one in np.unique(piece):
        feet = np.flatnonzero(piece == one)
        chain = [
            streets.ends[one, 0],
            *(first + feet[np.argsort(along[feet], kind="stable")]),
            streets.ends[one, 1],
        ]
        chains.append(np.column_stack([chain[:-1], chain[1:]]))
    pairs = np.unique(np.sort(np.vstack(chains), axis=1), axis=0)
    length = np.maximum(np.hypot(*(nodes[pairs[:, 0]] - nodes[pairs[:, 1]]).T), 1e-6)  # zero would be no street
    return csr_array((length, (pairs[:, 0], pairs[:, 1])), shape=(len(nodes), len(nodes)))


def _degrees(xy: np.ndarray) -> list[tuple[float, float]]:
    lon, lat = pyproj.Transformer.from_crs(METRES, DEGREES, always_xy=True).transform(*xy.T)
    return list(zip(lon.tolist(), lat.tolist(), strict=True))
