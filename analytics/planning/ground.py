"""What the stops stand on: the results, and a usual day in each of their units."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyproj

from ..geography.metres import DEGREES, METRES
from .model import Sentence
from .reading import Results
from .risk import surge_part
from .usual_day import UsualDays, going_on_from, surges, usual_days, usual_profile


@dataclass(frozen=True)
class Ground:
    """What the stops stand on: results with their usual day, and when the teams leave.

    `people`, `seen`: units × 24, people present and observable person-hours of a usual day (`usual`: which days
    these are); people as today goes on, where the teams leave on the day that is not over. `tomorrow`: people of a
    usual day of the kind of the day after.
    """

    results: Results
    people: np.ndarray
    seen: np.ndarray
    growth: np.ndarray
    hour: np.ndarray
    begin: datetime
    usual: UsualDays
    tomorrow: np.ndarray

    def row(self, unit: object) -> tuple[pd.Series | None, int]:
        """Return a unit's row of hotspots.geojson and its number; (None, -1) where `unit` is no code (NaN)."""
        if not isinstance(unit, str):
            return None, -1
        at = int(self.results.units.index.get_loc(unit))
        return self.results.units.iloc[at], at

    def surge_hour(self, at: int) -> int | None:
        """Return the hour in which a unit's surge is reached, by its number; None where there is none."""
        return int(self.hour[at]) if at >= 0 and self.hour[at] >= 0 else None

    def surge(self, at: int) -> float | None:
        """Return a unit's surge, by its number; None where there is none."""
        return None if at < 0 or np.isnan(self.growth[at]) else float(self.growth[at])

    def surge_part(self, at: int) -> Sentence:
        """Return the points of a unit's surge, by its number; -1 is outside all units."""
        if at < 0:
            return surge_part(float("nan"), float("nan"), -1)
        hour = int(self.hour[at])
        return surge_part(float(self.growth[at]), float(self.people[at, hour]), hour)


def make_ground(results: Results, begin: datetime) -> Ground:
    """Return the ground of a plan."""
    counted = np.isfinite(results.span_population).any(axis=0).reshape(-1, 24).any(axis=1)
    over = [day for day, some in zip(results.span, counted, strict=True) if some and day != results.going_on]
    usual = usual_days(over, begin.date())
    after = usual_days(over, begin.date() + timedelta(days=1)).days
    tomorrow = usual_profile(results.span_population, results.span, after)
    people, seen = (
        usual_profile(figures, results.span, usual.days)
        for figures in (results.span_population, results.span_observable)
    )
    if results.going_on == begin.date():
        people = going_on_from(people, results.population[:, -24:])
    return Ground(results, people, seen, *surges(people, begin.hour), begin, usual, tomorrow)


def to_degrees(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a point in METRES, to seven decimals (a centimetre)."""
    lon, lat = pyproj.Transformer.from_crs(METRES, DEGREES, always_xy=True).transform(x, y)
    return round(float(lon), 7), round(float(lat), 7)
