"""Circles around a unit, made when they are looked at: at 50 m there are tens of millions, and few matter.

Units at the same distance enter a circle together. Circles of a centre are nested and told apart by number; runs
of them, by radius, are *classes*: whatever is in some circle of a class is in its largest, and any of them expects
at least what its smallest does.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit
from scipy.spatial import cKDTree

from .checks import assert_unique
from .distances import SLACK, Distance, assert_caps, length_between, located

CHAIN = 8.0  # tolerances by which an entry of a tie may lie beyond the edge of its class


@dataclass(frozen=True)
class Discs:
    """A map whose circles can be asked for.

    `points`: units × 2 (planar) or × 3 (chords on the globe); `share` of each unit, at most `cap` in a circle (a
    unit alone always is one); `reach`: largest radius; `edges`: upper radius of each class.
    """

    points: np.ndarray
    share: np.ndarray
    cap: float
    reach: float
    tolerance: float
    edges: np.ndarray


def discs(
    coordinates: pd.DataFrame,
    share: np.ndarray,
    *,
    distance: Distance,
    max_share: float,
    max_radius: float | None,
    classes: int = 2,
) -> Discs:
    """Return the circles of a map; `coordinates` as in person_scan, `classes` at most so many."""
    assert_caps(max_share, max_radius)
    assert_unique(coordinates.index, "coordinates")
    points, tolerance = located(coordinates, distance)
    widest = float(np.ptp(points, axis=0).sum()) * np.pi / 2  # no two units are farther apart, chord or arc
    reach = widest if max_radius is None else float(max_radius)
    return Discs(
        points, np.asarray(share, float), max_share, reach, tolerance, _edges(points, reach, tolerance, classes)
    )


def _edges(points: np.ndarray, reach: float, tolerance: float, classes: int) -> np.ndarray:
    """Return radii that grow by one factor from that of nearest neighbours; the first class is the unit alone."""
    nearest = cKDTree(points).query(points, k=2)[0][:, 1] if len(points) > 1 else np.zeros(1)
    nearest = nearest[(nearest > tolerance) & (nearest < reach)]
    if not len(nearest):
        return np.array([tolerance, reach + 2 * tolerance])
    smallest = float(np.quantile(nearest, 0.05)) * (1 + 1e-6)
    count = int(np.clip(np.ceil(np.log(reach / smallest) / np.log(1.1)), 1, classes - 1))
    between = np.geomspace(smallest, max(reach, smallest), count)[:-1]
    return np.concatenate([[tolerance], between, [reach + 2 * tolerance]])


@njit(nogil=True, cache=True)
def disc(points, share, cap, reach, tolerance, centre):  # pragma: no cover (compiled)
    """Return members (nearest first), circle number and distance of each entry of one centre's circles."""
    near = np.empty(len(points), np.int32)
    far = np.empty(len(points))
    count = 0
    for unit in range(len(points)):
        length = length_between(points, centre, unit)
        if length <= reach + tolerance:
            near[count], far[count] = unit, length
            count += 1
    order = _rising(far[:count], reach + tolerance)
    members, length = near[:count][order], far[:count][order]
    zone = np.zeros(count, np.int32)
    total, size = 0.0, 0
    for at in range(count):
        if at:
            zone[at] = zone[at - 1] + (length[at] - length[at - 1] > tolerance)
        total += share[members[at]]
        if at + 1 < count and length[at + 1] - length[at] <= tolerance:
            continue
        if zone[at] > 0 and (total > cap * (1 + SLACK) or length[at] > reach + tolerance):
            break
        size = at + 1
    return members[:size], zone[:size], length[:size]


@njit(nogil=True, cache=True)
def _rising(length, reach):  # pragma: no cover (compiled)
    """Return the stable order of lengths up to `reach`: by rings of equal area, then within each ring."""
    rings = len(length)
    ring, start = np.empty(len(length), np.int64), np.zeros(rings + 1, np.int64)
    for at in range(len(length)):
        share = length[at] / reach if reach > 0 else 0.0
        ring[at] = min(int(share * share * rings), rings - 1)
        start[ring[at] + 1] += 1
    for number in range(rings):
        start[number + 1] += start[number]
    order, free = np.empty(len(length), np.int64), start[:-1].copy()
    for at in range(len(length)):
        order[free[ring[at]]] = at
        free[ring[at]] += 1
    for number in range(rings):
        a, b = start[number], start[number + 1]
        if b - a > 64:
            order[a:b] = order[a:b][np.argsort(length[order[a:b]], kind="mergesort")]
            continue
        for i in range(a + 1, b):
            moved, j = order[i], i
            while j > a and length[order[j - 1]] > length[moved]:
                order[j] = order[j - 1]
                j -= 1
            order[j] = moved
    return order


@njit(nogil=True, cache=True)
def class_of(edges, length):  # pragma: no cover (compiled)
    """Return the class of a circle whose nearest newcomer is at this distance; len(edges) beyond the last."""
    low, high = 0, len(edges)
    while low < high:
        middle = (low + high) // 2
        if length <= edges[middle]:
            high = middle
        else:
            low = middle + 1
    return low
