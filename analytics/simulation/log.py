"""A town's true entry log: visitors come, stay and are logged or not, by rules that the estimator does not know.

Nothing here is the model of analytics.coverage: adoption follows a logistic curve, staff have good and bad shifts,
some shifts forget the log altogether, crowds of a day swell, stays differ by category, and the population file is
off by a few per cent. Cases are drawn in proportion to the true expected logged person-hours (equal risk).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..coverage import Exposure, observable_person_hours
from .town import CLOCK, CODES, DAY, DAYS, HOURS, UNITS, WEEKEND, draw_cells, frames, visits_at

CATEGORIES = ("cafe", "restaurant", "library", "gym")
STAY_MIN = np.array([40.0, 55.0, 80.0, 65.0])
SPREAD = 0.5  # of the logarithm of stays
OPENS, CLOSES = np.array([8, 11, 9, 6]), np.array([22, 22, 18, 23])
LUNCH = np.array([1.2, 3.0, 1.0, 0.6])
POPULATION_ERROR = 0.05
WORDS = ("", "closed", "not_joined", "outage")


@dataclass(frozen=True)
class TrueLog:
    """Facilities × hours: `expected` logged arrivals, `active` (the facility says that it logs), and the log."""

    unit: np.ndarray
    category: np.ndarray
    expected: np.ndarray
    active: np.ndarray
    log: pd.DataFrame

    def estimate(self, rng: np.random.Generator, people: np.ndarray) -> Exposure:
        """Return what an analyst estimates from this log and a population file that is slightly wrong."""
        told = people * np.exp(rng.normal(0, POPULATION_ERROR, people.shape))
        return observable_person_hours(*frames(told), self.log)

    def cases(self, rng: np.random.Generator, person: np.ndarray) -> pd.DataFrame:
        """Return one visit for each entry of `person`: places and hours of equal risk per logged person-hour."""
        weight = self.expected * STAY_MIN[self.category][:, None]
        facility, hour = draw_cells(rng, weight, len(person))
        return self.visit(rng, person, facility, hour)

    def visit(self, rng: np.random.Generator, person, facility: np.ndarray, hour: np.ndarray) -> pd.DataFrame:
        """Return visits of these persons to facilities; a long stay is met more often than a short one."""
        start = HOURS[hour] + pd.to_timedelta(rng.integers(0, 60, len(hour)), unit="min")
        minutes = STAY_MIN[self.category[facility]] * np.exp(SPREAD**2 + SPREAD * rng.normal(size=len(hour)))
        end = start + pd.to_timedelta(np.maximum(minutes.round(), 5), unit="min")
        return visits_at(rng, person, self.unit[facility], start, end)


def true_log(rng: np.random.Generator, people: np.ndarray, volume: float) -> TrueLog:
    """Return facilities with coverage that differs many-fold between units and over time, and what they logged.

    `volume`: visitors per person present and open hour, about.
    """
    unit = np.sort(rng.integers(0, UNITS, int(1.7 * UNITS)))
    count = len(unit)
    category = rng.integers(0, len(CATEGORIES), count)
    swell = rng.gamma(8.0, 1 / 8.0, (UNITS, DAYS))[:, DAY]  # the crowd of a day, in no population file
    draw = volume * np.exp(rng.normal(0, 0.8, (count, 1)))
    lunch = np.where((CLOCK >= 11) & (CLOCK < 14), LUNCH[category][:, None], 1.0)
    weekend = np.where(WEEKEND, np.exp(rng.normal(0, 0.5, (count, 1))), 1.0)
    visitors = people[unit] * swell[unit] * draw * lunch * weekend
    active, words = _active(rng, category)
    expected = np.where(active, visitors * _share_logged(rng, count), 0.0)
    return TrueLog(unit, category, expected, active, _log(rng, unit, category, expected, words))


def _active(rng: np.random.Generator, category: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return when facilities log, and the word where they do not: closed, not joined yet, outage."""
    count = len(category)
    words = np.full((count, len(HOURS)), "", dtype="U10")
    joined = np.where(rng.random(count) < 0.3, rng.integers(0, DAYS - 3, count), 0)
    words[rng.random((count, DAYS))[:, DAY] < 0.04] = "outage"
    words[joined[:, None] > DAY] = "not_joined"
    words[(OPENS[category][:, None] > CLOCK) | (CLOSES[category][:, None] <= CLOCK)] = "closed"
    return words == "", words


def _share_logged(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return the probability that a visitor is logged: a curve of adoption, staff shifts, forgotten shifts."""
    shift = 2 * DAY + (CLOCK >= 15)
    level = rng.normal(-0.8, 1.3, (count, 1)) + rng.normal(0.05, 0.08, (count, 1)) * (DAY - DAYS / 2)
    mood = rng.normal(0, 0.5, (count, 2 * DAYS))[:, shift]
    forgotten = rng.random((count, 2 * DAYS))[:, shift] < 0.04
    return np.where(forgotten, 0.1, 1.0) / (1 + np.exp(-(level + mood)))


def _log(rng: np.random.Generator, unit, category, expected: np.ndarray, words: np.ndarray) -> pd.DataFrame:
    entries = rng.poisson(expected)
    facility, hour = (np.repeat(at, entries[entries > 0]) for at in np.nonzero(entries))
    minute = rng.integers(0, 60, len(hour))
    left = STAY_MIN[category[facility]] * np.exp(SPREAD * rng.normal(size=len(hour)))
    minutes, begin = np.zeros(entries.shape), minute.astype(float)
    while len(hour):
        spent = np.minimum(left, 60 - begin)
        np.add.at(minutes, (facility, hour), spent)
        going = (left > spent) & (hour + 1 < entries.shape[1])
        facility, hour, left = facility[going], hour[going] + 1, (left - spent)[going]
        begin = np.zeros(len(hour))
    size, logs = entries.shape[1], words == ""
    names = pd.Index([f"f{number:03d}" for number in range(len(unit))])
    return pd.DataFrame(
        {
            "facility_id": pd.Categorical.from_codes(np.repeat(np.arange(len(unit)), size), names),
            "unit_code": pd.Categorical.from_codes(np.repeat(unit, size), CODES),
            "category": pd.Categorical.from_codes(np.repeat(category, size), pd.Index(CATEGORIES)),
            "hour": HOURS[np.tile(np.arange(size), len(unit))],
            "entries": np.where(logs, entries, np.nan).ravel(),
            "person_minutes": np.where(logs, minutes, np.nan).ravel(),
            "missing": pd.Categorical(words.ravel(), list(WORDS)),
        }
    )
