"""How far units are from each other, for every scan: on a plane or on the globe, and which distances are equal."""

from typing import Literal

import numpy as np
import pandas as pd
from numba import njit

from .checks import finite
from .refusals import Misaligned, StatisticRefused
from .weights import planar, tie_tolerance

Distance = Literal["planar", "great_circle"]
EARTH_RADIUS_M = 6_367_000.0
"""The sphere that SaTScan measures great circles on."""
TIE_METRES = 1e-3
"""Great-circle distances this close are equal (degrees printed with 8 decimals resolve about a millimetre)."""
SLACK = 1e-9
"""Relative rounding allowed at the share cap, so that a share of exactly one half is within one half."""


def located(coordinates: pd.DataFrame, distance: Distance) -> tuple[np.ndarray, float]:
    """Return points, units × 2 (planar) or × 3 (on the globe), and below which difference distances are equal."""
    if distance == "planar":
        points = planar(coordinates)
        return points, tie_tolerance(points)
    if distance != "great_circle":
        raise StatisticRefused(f'distance must be "planar" or "great_circle", not {distance!r}')
    if not {"lon", "lat"} <= set(coordinates.columns):
        raise Misaligned(f"great-circle coordinates need columns lon and lat, not {list(coordinates.columns)}")
    lon, lat = (np.radians(finite(coordinates[name], f"coordinate {name}")) for name in ("lon", "lat"))
    if (np.abs(lat) > np.pi / 2).any():
        raise Misaligned("a latitude is above 90 degrees: are lon and lat exchanged?")
    sphere = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    return EARTH_RADIUS_M * sphere, TIE_METRES


def assert_caps(max_share: float, max_radius: float | None) -> None:
    """Refuse caps that no circle could keep to."""
    if not 0 < max_share <= 1:
        raise StatisticRefused(f"max_share must be above 0 and at most 1, not {max_share}")
    if max_radius is not None and max_radius < 0:
        raise StatisticRefused(f"max_radius must not be negative, not {max_radius}")


@njit(nogil=True, cache=True)
def length_between(points, a, b):  # pragma: no cover (compiled)
    """Return the distance of two units: planar, or along a great circle."""
    total = 0.0
    for axis in range(points.shape[1]):
        total += (points[a, axis] - points[b, axis]) ** 2
    length = np.sqrt(total)
    if points.shape[1] == 3:
        length = 2 * EARTH_RADIUS_M * np.arcsin(min(1.0, length / (2 * EARTH_RADIUS_M)))
    return length
