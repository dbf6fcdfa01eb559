"""The ground of the simulated towns: 36 units, two weeks, crowds that differ and move."""

from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..geography import METRES
from ..tables import KST

SIDE, STEP_M, DAYS = 6, 500.0, 14
UNITS = SIDE * SIDE
WEST, SOUTH = 949_000.0, 1_928_000.0
FIRST = pd.Timestamp("2020-08-03", tz=KST)  # a Monday
CODES = pd.Index([f"u{number:02d}" for number in range(UNITS)], name="unit_code", dtype="str")
HOURS = pd.date_range(FIRST, periods=24 * DAYS, freq="h", unit="us")
CLOCK, DAY = np.arange(24 * DAYS) % 24, np.arange(24 * DAYS) // 24
WEEKEND = DAY % 7 >= 5
OUT = np.where((CLOCK >= 8) & (CLOCK < 22), 1.0, 0.05)
"""When people go somewhere: by day twenty times as often as by night."""
PERSONS, MORE_VISITS = 30, 1.5
NOTHING_MISSING = pd.DataFrame(np.zeros((UNITS, len(HOURS)), np.uint8), CODES, HOURS)


@cache
def squares() -> gpd.GeoDataFrame:
    """Return the units, west to east and south to north."""
    number = np.arange(UNITS)
    x, y = WEST + STEP_M * (number % SIDE), SOUTH + STEP_M * (number // SIDE)
    return gpd.GeoDataFrame(
        {"name": CODES.to_numpy()}, geometry=shapely.box(x, y, x + STEP_M, y + STEP_M), crs=METRES, index=CODES
    )


def crowds(rng: np.random.Generator, times: float) -> np.ndarray:
    """Return people by unit and hour: units differ up to `times`, each with its own busiest hour."""
    size = 50.0 * np.exp(rng.uniform(0, np.log(times), (UNITS, 1)))
    peak = rng.uniform(0, 24, (UNITS, 1))
    return size * (1 + 0.6 * np.cos((CLOCK - peak) / 12 * np.pi))


def frames(people: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return people and why a figure is missing (nowhere), as analytics.coverage takes them."""
    return pd.DataFrame(people, CODES, HOURS), NOTHING_MISSING


def persons_of(rng: np.random.Generator, persons: int = PERSONS) -> np.ndarray:
    """Return whose each visit is: every person has one visit and Poisson many more."""
    return np.repeat(np.arange(persons), 1 + rng.poisson(MORE_VISITS, persons))


def draw_cells(rng: np.random.Generator, weight: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return row and column of cells drawn in proportion to a matrix of weights."""
    steps = np.cumsum(weight.ravel())
    cell = np.searchsorted(steps, rng.random(count) * steps[-1], side="right")
    return np.divmod(cell, weight.shape[1])


def stays(rng: np.random.Generator, person: np.ndarray, unit: np.ndarray, hour: np.ndarray) -> pd.DataFrame:
    """Return visits of 20 to 100 minutes that begin within the hour, at a door anywhere in the unit."""
    start = HOURS[hour] + pd.to_timedelta(rng.integers(0, 60, len(hour)), unit="min")
    end = start + pd.to_timedelta(rng.integers(20, 101, len(hour)), unit="min")
    return visits_at(rng, person, unit, start, end)


def whole_days(rng: np.random.Generator, person: np.ndarray, unit: np.ndarray, day: np.ndarray) -> pd.DataFrame:
    """Return visits known only by date."""
    start = FIRST + pd.to_timedelta(day, unit="D")
    return visits_at(rng, person, unit, start, start + pd.Timedelta(days=1))


def visits_at(rng, person, unit, start: pd.DatetimeIndex, end: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the table of visits, each at a door of its own."""
    x = WEST + STEP_M * (unit % SIDE + rng.random(len(unit)))
    y = SOUTH + STEP_M * (unit // SIDE + rng.random(len(unit)))
    return pd.DataFrame({"person": person, "unit": CODES[unit], "start": start, "end": end, "x": x, "y": y})
