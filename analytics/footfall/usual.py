"""What is usual at a place and hour, and how far today is from it."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from .day_kinds import kind_of_day
from .hours import FootfallHours

SURGE_HOURS = 3
FEWEST_DAYS = 2
"""One other day is an anecdote: with fewer there is no usual."""


@dataclass(frozen=True)
class Compared:
    """One day, arrays units × 24: `population`, `surge`, `difference` (NaN: no figure), `rests_on` (days, int)."""

    population: np.ndarray
    surge: np.ndarray
    difference: np.ndarray
    rests_on: np.ndarray


def days_alike(hours: FootfallHours, day: date) -> list[date]:
    """Return the other counted days of the kind that are over; none for a day that was not counted."""
    if day not in hours.counted:
        return []
    kind, others = kind_of_day(day), hours.counted - {day, hours.going_on}
    return [other for other in hours.days if other in others and kind_of_day(other) == kind]


def compare_day(hours: FootfallHours, day: date) -> Compared:
    """Return the day's figures: people present, how many more than three hours before, how many more than usual.

    Surge: population(h) − population(h − 3), over midnight too. Difference: population − usual, the median of the
    other counted days of the same kind at that hour, if there are two. Where the earlier or the other figure is
    masked, the most it can be is taken: an increase is never exaggerated. A day that a mean of others stands for
    has neither. Of a day that is not over, the hours that have come are compared with the same hours of others.
    """
    population = hours.of(hours.population, day)
    nothing = np.full(population.shape, np.nan)
    if day not in hours.counted:
        return Compared(population, nothing, nothing, np.zeros(population.shape, np.int16))
    before = hours.of(hours.at_most, day, back=SURGE_HOURS).copy()
    if date.fromordinal(day.toordinal() - 1) not in hours.counted:
        before[:, :SURGE_HOURS] = np.nan
    alike = days_alike(hours, day)
    if len(alike) < FEWEST_DAYS:
        usual, rests_on = nothing, np.full(population.shape, len(alike), np.int16)
    else:
        usual, rests_on = usual_of([hours.of(hours.at_most, other) for other in alike])
    return Compared(population, population - before, population - usual, rests_on)


def usual_of(others: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the median of the days (arrays of one shape) where at least two have a figure, and how many have."""
    ordered = np.sort(np.stack(others), axis=0)  # NaN last
    rests_on = np.isfinite(ordered).sum(axis=0)
    upper = np.minimum(rests_on // 2, len(others) - 1)[None]
    lower = np.maximum((rests_on - 1) // 2, 0)[None]
    middle = (np.take_along_axis(ordered, lower, 0)[0] + np.take_along_axis(ordered, upper, 0)[0]) / 2
    return np.where(rests_on >= FEWEST_DAYS, middle, np.nan), rests_on.astype(np.int16)
