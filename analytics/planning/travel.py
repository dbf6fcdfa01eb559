"""How far and how long it is from place to place: straight lines × a detour factor (streets: streets.py)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyproj

from ..geography.metres import DEGREES, METRES

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Travel:
    """Ways between places.

    Attributes
    ----------
    metres : float, places × places; infinite where there is no way
    seconds : the same at driving speed
    off_street : metres from each place to the street it is reached from; NaN without a street file
    """

    metres: np.ndarray
    seconds: np.ndarray
    off_street: np.ndarray
    places: Points

    def line(self, stops: Sequence[int]) -> list[tuple[float, float]]:
        """Return the way through these places as longitude and latitude."""
        return [self.places[stop] for stop in stops]


def straight(places: Points, *, detour: float, speed_kmh: float) -> Travel:
    """Return straight lines × detour between places (longitude, latitude)."""
    x, y = project(places)
    metres = np.hypot(x[:, None] - x, y[:, None] - y) * detour
    return Travel(metres, metres / (speed_kmh / 3.6), np.full(len(x), np.nan), list(places))


def project(places: Points) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of places (longitude, latitude) in METRES."""
    to_metres = pyproj.Transformer.from_crs(DEGREES, METRES, always_xy=True)
    lon, lat = np.asarray(places, float).reshape(-1, 2).T
    return to_metres.transform(lon, lat)
