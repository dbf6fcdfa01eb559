"""Who was there, hour by hour: the days of the study and those of the files before it."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ..coverage import MASKED, WORDS
from ..study import Study, people_by_hour

EARLIER_DAYS = 56
"""Days before the study that tell what is usual: eight of each weekday; longer ago is another season."""


@dataclass(frozen=True)
class FootfallHours:
    """People present by unit and hour.

    Attributes
    ----------
    codes : Index of unit_code
    days : consecutive days, earlier ones of the files first
    first : position in `days` of the study's first day
    population : float, units × 24·days; NaN where masked or absent
    at_most : the same, with the most that a masked figure can be; NaN where absent
    counted : days on which people were really counted, none that a mean or a typical day of the month stands for
    going_on : the last day where it is not over: it is compared with others, and no other day with it
    """

    codes: pd.Index
    days: list[date]
    first: int
    population: np.ndarray
    at_most: np.ndarray
    counted: frozenset[date]
    going_on: date | None = None

    @property
    def study_days(self) -> list[date]:
        """Return the days of the study."""
        return self.days[self.first :]

    def of(self, values: np.ndarray, day: date, *, back: int = 0) -> np.ndarray:
        """Return 24 hours of `population` or `at_most`, from `back` hours before the day; NaN before the first."""
        start = 24 * (day - self.days[0]).days - back
        inside = values[:, max(start, 0) : start + 24]
        before = 24 - inside.shape[1]
        return np.pad(inside, ((0, 0), (before, 0)), constant_values=np.nan) if before else inside


def footfall_hours(study: Study) -> FootfallHours:
    """Return the people of the study's days and of up to eight weeks of the same files before them."""
    exposure, stand_ins = study.exposure, study.stand_ins
    population = exposure.population
    at_most = study.at_most.population if study.at_most is not None else population
    counted = set(stand_ins.covered) - set(stand_ins.typical)
    earlier = [] if study.population.monthly else _earlier_days(study)
    if earlier:
        hours = pd.date_range(
            pd.Timestamp(earlier[0], tz=exposure.hours.tz), periods=24 * len(earlier), freq="h", unit="us"
        )
        people, why, most = people_by_hour(study.population.table, exposure.codes, hours, study.join.weights)
        masked = (why == WORDS.index(MASKED)).to_numpy()
        people = people.to_numpy()
        at_most = np.hstack([np.where(masked, most, people) if most is not None else people, at_most])
        population = np.hstack([people, population])
        counted |= {day for number, day in enumerate(earlier) if _anybody(people, number)}
    days = earlier + study.days
    return FootfallHours(
        exposure.codes, days, len(earlier), population, at_most, frozenset(counted), study.going_on
    )


def _earlier_days(study: Study) -> list[date]:
    """Return the days from the first of the files (at most EARLIER_DAYS ago) to the one before the study."""
    first_hour = study.population.table["hour"].min()
    since = max(first_hour.date(), study.days[0] - timedelta(days=EARLIER_DAYS))
    return [since + timedelta(days=number) for number in range((study.days[0] - since).days)]


def _anybody(people: np.ndarray, number: int) -> bool:
    return bool(np.isfinite(people[:, 24 * number : 24 * number + 24]).any())
