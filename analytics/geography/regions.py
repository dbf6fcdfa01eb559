"""Where units must lie, as their codes say: the bounds of their district, or of their grid cell."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyproj

from .codes import canonical, column_of, detect, districts
from .grid import decode, side_of
from .metres import DEGREES, METRES

KOREA = (124.0, 33.0, 132.0, 39.0)  # degrees, the bounds of the contract
SLACK = 0.02
"""Degrees (2 km) by which boundaries of different makers may differ."""
BOUNDS = ["west", "south", "east", "north"]


@dataclass(frozen=True)
class Region:
    """Where a set of units must lie.

    `bounds`: DataFrame, one row per unit: west, south, east, north in degrees, those of Korea where the code
    does not tell. `name`: what is said of it. `known`: all codes tell more than that they are Korean.
    """

    bounds: pd.DataFrame
    name: str
    known: bool

    def whole(self) -> tuple[float, float, float, float]:
        """Return the bounds of all units together, without slack."""
        low, high = self.bounds[BOUNDS[:2]].min(), self.bounds[BOUNDS[2:]].max()
        return (*low, *high)

    def holds(self, bounds: np.ndarray) -> np.ndarray:
        """Return which units (rows west, south, east, north in degrees) lie where they must; NaN lies nowhere."""
        must = self.bounds.to_numpy()
        return (bounds[:, :2] >= must[:, :2] - SLACK).all(axis=1) & (bounds[:, 2:] <= must[:, 2:] + SLACK).all(
            axis=1
        )


def region_of(codes: pd.Series) -> Region:
    """Return where units of these codes must lie."""
    coding = detect(codes)
    if coding.system == "cell":
        return _of_cells(codes)
    column = column_of(coding.system)
    korea = anywhere_in_korea(len(codes))
    bounds, name, known = korea.bounds, korea.name, False
    if column:
        table = districts()
        table = table[table[column] != ""].set_index(column)
        district = canonical(codes, coding.system).str[:5]
        there = district.isin(table.index)
        if coding.system in ("district", "block"):  # short or long numbers may be anybody's own
            there &= there.all()
        bounds.loc[there] = table.loc[district[there], BOUNDS].to_numpy()
        known = bool(there.all()) and len(codes) > 0
        if known:
            first = table.loc[district[0], "name"]
            others = district.nunique() - 1
            name = f"{first} and {others} more" if others else first
    return Region(bounds, name, known)


def anywhere_in_korea(units: int) -> Region:
    """Return the region of units whose codes tell nothing more."""
    return Region(pd.DataFrame(np.tile(KOREA, (units, 1)), columns=BOUNDS), "Korea", False)


def _of_cells(codes: pd.Series) -> Region:
    corners = decode(codes)
    to_degrees = pyproj.Transformer.from_crs(METRES, DEGREES, always_xy=True)
    west, south = to_degrees.transform(corners["x"].to_numpy(), corners["y"].to_numpy())
    side = side_of(codes)
    east, north = to_degrees.transform(corners["x"].to_numpy() + side, corners["y"].to_numpy() + side)
    bounds = pd.DataFrame(np.column_stack([west, south, east, north]), columns=BOUNDS)
    return Region(bounds, f"grid cell {codes.iloc[0]} and the like", True)
