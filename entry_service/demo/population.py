"""Floating population of the demo city: people present per 250 m cell and hour.

People at an hour = residents at home + people at work + shoppers + travellers at stations, each with its hours of
the day by kind of day, times noise of the city's day, the cell's day and the cell's hour. Deterministic by seed.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np

from . import calendar
from .city import City

# Share of the fullest hour, hours 0–23. Assumed; the shape follows what living-population data show of a commuter
# town: fullest at night, lowest from ten to four on weekdays, flatter at weekends.
HOURS: dict[str, dict[str, str]] = {
    "residents": {
        "weekday": "98 98 99 99 98 96 90 80 68 60 56 55 55 55 55 56 58 62 69 76 82 88 93 96",
        "saturday": "97 98 98 98 98 97 96 93 89 83 79 76 74 73 72 72 73 75 78 82 86 90 93 95",
        "sunday": "96 97 98 98 98 98 97 95 92 87 82 79 77 76 75 75 77 79 83 87 91 94 96 97",
    },
    "jobs": {
        "weekday": "4 3 3 3 4 7 18 45 78 92 97 98 94 97 100 99 96 84 58 36 24 15 9 6",
        "saturday": "4 3 3 3 3 5 9 17 27 34 38 38 37 37 37 36 34 30 24 18 14 10 7 5",
        "sunday": "3 3 3 3 3 4 6 9 13 17 20 21 21 21 21 20 19 17 15 12 9 7 5 4",
    },
    "leisure": {
        "weekday": "10 6 4 3 3 3 5 9 14 22 34 47 58 53 48 47 50 58 70 74 66 50 34 19",
        "saturday": "16 10 6 4 4 4 6 9 15 28 46 62 76 84 90 94 96 98 100 95 82 64 44 28",
        "sunday": "20 12 7 5 4 4 6 9 14 26 44 60 74 82 86 88 87 84 80 70 56 40 26 15",
    },
    "transit": {
        "weekday": "6 3 1 1 2 12 38 84 100 56 36 34 36 36 36 38 46 70 96 78 54 42 34 18",
        "saturday": "8 4 1 1 2 9 17 26 34 38 42 46 50 54 56 58 60 60 56 48 42 36 28 16",
        "sunday": "8 4 1 1 2 8 14 20 26 32 38 42 46 50 52 54 54 54 50 44 38 30 22 12",
    },
}
LEVEL_TWO_LEISURE = 0.78  # shopping and evenings out under distancing level 2, against before (assumed)
CITY_DAY, CELL_DAY, CELL_HOUR = 0.012, 0.05, 0.04  # standard deviations of log noise


def floating_population(city: City, days: Sequence[date], seed: int) -> np.ndarray:
    """Return people present, float64 (cells, 24 × days): column h is hour h after ``days[0]`` 00:00 KST."""
    calendar.assert_consecutive(days)
    rng = np.random.default_rng([seed, 2])
    cells, count = city.cells, len(city.cells.code)
    hours = [
        sum(
            np.outer(getattr(cells, use), _profile(use, day)) * _distancing(use, day)
            for use in ("residents", "jobs", "leisure", "transit")
        )
        * rng.lognormal(0, CITY_DAY)
        * rng.lognormal(0, CELL_DAY, (count, 1))
        for day in days
    ]
    return np.concatenate(hours, axis=1) * rng.lognormal(0, CELL_HOUR, (count, 24 * len(days)))


def _profile(use: str, day: date) -> np.ndarray:
    return np.array(HOURS[use][calendar.day_kind(day)].split(), dtype=float) / 100


def _distancing(use: str, day: date) -> float:
    return LEVEL_TWO_LEISURE if use == "leisure" and day >= calendar.LEVEL_TWO else 1.0
