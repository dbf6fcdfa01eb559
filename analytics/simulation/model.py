"""What a simulated town gives to every method, and what was planted in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from ..coverage import Exposure

ALARM, NO_ALARM, EITHER = "alarm", "no alarm", "either"
"""What a good method says; either: a limit of the method, shown as it is."""


@dataclass(frozen=True)
class Planted:
    """Where and when an outbreak was put: unit codes, first day, day after the last."""

    units: tuple[str, ...]
    start: date
    end: date


@dataclass(frozen=True)
class Sample:
    """One town as an analyst meets it.

    Attributes
    ----------
    units : GeoDataFrame, index unit_code, planar metres
    exposure : Exposure of these units; in towns with a log, what analytics.coverage estimates from it
    visits : DataFrame
        `person`, `unit`, `start`, `end` (aware, half-open), `x`, `y` (metres: the door, for density maps).
    planted : None where risk is equal
    """

    units: gpd.GeoDataFrame
    exposure: Exposure
    visits: pd.DataFrame
    planted: Planted | None = None


@dataclass(frozen=True)
class Scenario:
    """A way to draw towns: `make(rng)` gives one; `expected` is what a good method says of it."""

    name: str
    title: str
    expected: str
    make: Callable[[np.random.Generator], Sample]
