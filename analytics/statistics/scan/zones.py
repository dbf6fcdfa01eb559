"""Circular zones: for every centre, its neighbours from near to far, and the circles they make.

Units at the same distance enter a circle together (a grid cell has four nearest neighbours, not a first one).
A zone is the part of the neighbour list up to the end of a tie, within the caps of radius and share.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..checks import assert_unique
from ..distances import SLACK, Distance, assert_caps, located
from ..parallel import PARTS, in_threads, slices
from .neighbour_lists import near_keys, neighbour_lists

ROWS = 64
"""Centres whose neighbours are sorted in one go."""


@dataclass(frozen=True)
class Zones:
    """All circles of a map in one flat list (rows are unit positions; circles of a centre are nested).

    Attributes
    ----------
    centres : int64 array
        Unit at the centre of each neighbour list (only centres with at least one admissible circle).
    starts : int64 array of length centres + 1
        Where each centre's neighbour list begins in `members`.
    members : int32 array
        Units, nearest first, equal distances in the order of the rows.
    zone : int32 array
        For each entry of `members`, the number of the circle (0, 1, …) of its centre in which it enters.
    radius : float array
        For each entry, its distance from the centre: metres, or the unit of planar coordinates.
    """

    centres: np.ndarray
    starts: np.ndarray
    members: np.ndarray
    zone: np.ndarray
    radius: np.ndarray

    def circle(self, row: int, zone: int) -> tuple[np.ndarray, float]:
        """Return the members (nearest first) and radius of one circle of the centre in this row."""
        part = slice(self.starts[row], self.starts[row + 1])
        size = int(np.searchsorted(self.zone[part], zone, side="right"))
        return self.members[part][:size], float(self.radius[part][size - 1])

    @property
    def count(self) -> int:
        """Return the number of circles (identical ones around different centres counted each)."""
        return int((self.zone[self.starts[1:] - 1] + 1).sum()) if len(self.centres) else 0


def circular_zones(
    coordinates: pd.DataFrame,
    share: np.ndarray,
    *,
    distance: Distance = "planar",
    max_share: float = 0.5,
    max_radius: float | None = None,
    smallest: bool = False,
) -> Zones:
    """Return every circle around a unit that holds at most `max_share` and reaches at most `max_radius`.

    Parameters
    ----------
    coordinates : DataFrame, one row per unit
        Columns `x`, `y` (planar) or `lon`, `lat` in degrees (great circle).
    share : array, one per unit, sums to 1
        What the cap is measured in: share of population at risk, expected cases or observable person-hours.
    max_radius : float, optional
        Metres (or the unit of the planar coordinates).
    smallest : bool
        Take every unit's smallest circle, itself alone, whatever its share: in a log of few places one unit may
        hold more than the cap, and it must not be passed over for that.
    """
    assert_caps(max_share, max_radius)
    assert_unique(coordinates.index, "coordinates")
    points, tolerance = located(coordinates, distance)
    reach = np.inf if max_radius is None else float(max_radius)
    cap = max_share * (1 + SLACK)

    def work(part: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        keys, bits = near_keys(points, part.start, part.stop, tolerance, reach)
        keys = np.sort(keys, axis=1)
        return neighbour_lists(points, part.start, keys, bits, share, tolerance, cap, reach, smallest)

    parts = in_threads(work, slices(len(points), max(PARTS, len(points) // ROWS)))
    sizes = np.concatenate([part[0] for part in parts])
    kept = np.flatnonzero(sizes)
    return Zones(
        centres=kept,
        starts=np.concatenate([[0], np.cumsum(sizes[kept])]).astype(np.int64),
        members=np.concatenate([part[1] for part in parts]),
        zone=np.concatenate([part[2] for part in parts]),
        radius=np.concatenate([part[3] for part in parts]),
    )
