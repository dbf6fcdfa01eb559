"""The units of a run as a browser needs them: few bytes, in one order, that of the figures by hour.

Cells of the national grid (국가지점번호) are sent as a grid: origin, size, runs of cells northwards, and two
polynomials of second degree between grid and degrees, fitted to the run's own corners. 14,560 cells of 50 m come
to some 2 kB so. Where a corner lies further than ``TOLERANCE`` of a cell from the grid, and for dongs and output
areas, outlines are sent: steps of 0.000001 degrees from corner to corner.
"""

import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

CELL = re.compile(r"([가나다라마바사아자차카타파하]{2})(\d{4})(\d{4})")
LETTERS = "가나다라마바사아자차카타파하"
SQUARE, WEST, SOUTH, UNIT = 100_000, 700_000, 1_300_000, 10  # metres, EPSG:5179: 국가지점번호
TOLERANCE = 0.02  # of a cell: half a pixel where a cell is 25 pixels wide
STEP = 1_000_000  # steps a degree: 0.1 m
FITTED = 1_500  # cells that a fit looks at
Point = tuple[float, float]


def shapes(codes: Sequence[str], geometries: Sequence[dict]) -> dict:
    """Return the shapes of units, in the order given.

    Parameters
    ----------
    codes : sequence of str
        Unit codes.
    geometries : sequence of dict
        GeoJSON polygons or multipolygons, longitude and latitude (CRS84), in the same order.

    Returns
    -------
    dict
        ``kind`` "cells": ``size`` (m), ``origin`` (east, north of column 0 and row 0, EPSG:5179), ``runs`` of
        ``[column, row, count]`` northwards, ``centre`` (lon, lat), ``to_degrees`` and ``to_grid`` (two times six
        coefficients of 1, x, y, x², xy, y² of the distance from the centre, in cells and in degrees).
        ``kind`` "outlines": ``codes`` and ``rings``, a unit's rings as ``[lon, lat, step, step, …]``.
    """
    return _grid(codes, geometries) or {
        "kind": "outlines",
        "codes": list(codes),
        "step": STEP,
        "rings": [[_steps(ring) for ring in _rings(shape)] for shape in geometries],
    }


def _grid(codes: Sequence[str], geometries: Sequence[dict]) -> dict | None:
    corners = [_corner(code) for code in codes]
    if len(codes) < 9 or None in corners:
        return None
    size = math.gcd(*(value - corners[0][axis] for axis in (0, 1) for value in (at[axis] for at in corners)))
    if size == 0 or any(len(_rings(shape)) != 1 or len(_rings(shape)[0]) != 5 for shape in geometries):
        return None
    west, south = min(at[0] for at in corners), min(at[1] for at in corners)
    grid = [((east - west) // size, (north - south) // size) for east, north in corners]
    rings = [_rings(shape)[0][:4] for shape in geometries]
    middle = [(sum(x for x, _ in ring) / 4, sum(y for _, y in ring) / 4) for ring in rings]
    every = max(1, len(codes) // FITTED)
    halves = [(column + 0.5, row + 0.5) for column, row in grid]
    home, centre = halves[len(halves) // 2], middle[len(middle) // 2]
    to_grid = _fit([_from(at, centre) for at in middle[::every]], [_from(at, home) for at in halves[::every]])
    to_degrees = _fit([_from(at, home) for at in halves[::every]], [_from(at, centre) for at in middle[::every]])
    if not _lies_on(grid, rings, to_grid, centre, home):
        return None
    return {
        "kind": "cells",
        "size": size,
        "origin": [west, south],
        "runs": _runs(grid),
        "home": home,
        "centre": centre,
        "to_degrees": to_degrees,
        "to_grid": to_grid,
    }


def _corner(code: str) -> tuple[int, int] | None:
    """Return east and north of a cell's lower left corner, or None where the code is not of the national grid."""
    found = CELL.fullmatch(code)
    if found is None:
        return None
    across, up = (LETTERS.index(letter) * SQUARE for letter in found[1])
    return WEST + across + UNIT * int(found[2]), SOUTH + up + UNIT * int(found[3])


def _runs(grid: Iterable[tuple[int, int]]) -> list[list[int]]:
    runs: list[list[int]] = []
    for column, row in grid:
        if runs and runs[-1][0] == column and runs[-1][1] + runs[-1][2] == row:
            runs[-1][2] += 1
        else:
            runs.append([column, row, 1])
    return runs


def _from(at: Point, origin: Point) -> Point:
    return at[0] - origin[0], at[1] - origin[1]


def _terms(x: float, y: float) -> tuple[float, ...]:
    return 1.0, x, y, x * x, x * y, y * y


def _fit(inputs: list[Point], outputs: list[Point]) -> list[list[float]]:
    """Return the coefficients of the two polynomials of second degree that fit best (least squares)."""
    import numpy as np  # here: no door of the service needs it

    solved = np.linalg.lstsq(np.array([_terms(*at) for at in inputs]), np.array(outputs), rcond=None)[0]
    return [[float(f"{value:.12g}") for value in axis] for axis in solved.T]


def _lies_on(
    grid: list[tuple[int, int]], rings: list[list[Point]], to_grid: list[list[float]], centre: Point, home: Point
) -> bool:
    """Say whether every corner of every cell lies on a corner of the grid."""
    import numpy as np

    x, y = np.moveaxis(np.array(rings) - np.array(centre), -1, 0)  # cells × four corners
    at = np.tensordot(np.array(to_grid), np.array(np.broadcast_arrays(*_terms(x, y))), 1)
    off = at + np.array(home)[:, None, None] - np.array(grid).T[:, :, None]
    return bool((np.minimum(abs(off), abs(off - 1)) <= TOLERANCE).all())


def _rings(shape: dict) -> list[list[Point]]:
    """Return all rings of a polygon or multipolygon; which are holes follows from where they lie."""
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    return [[(x, y) for x, y, *_ in ring] for polygon in polygons for ring in polygon]


def _steps(ring: list[Point]) -> list[int]:
    whole = [(round(x * STEP), round(y * STEP)) for x, y in ring]
    steps = [value for (x, y), (x2, y2) in pairwise(whole) for value in (x2 - x, y2 - y)]
    return [*whole[0], *steps]
