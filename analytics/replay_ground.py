"""What all days of a replay share: units, and the people in them by day, masked figures left out or at most.

A day of which some hours have no figure is estimated from its others (statistics.persons.whole_day).
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from .coverage import MASKED, WORDS
from .geography import centres, join_population
from .population import Population, align_to_days
from .refusals import NothingToJudge
from .statistics.persons.whole_day import whole_day
from .study import people_by_hour

HOURS = 24


@dataclass(frozen=True)
class Ground:
    """Units, their centres, and person-hours of whole days (units × days; NaN: too few hours have a figure).

    `at_most`: person-hours if every masked figure were the most it can be; None where none is masked. `masked`:
    masked unit-hours (units × days). `population`: how all this came about.
    """

    units: gpd.GeoDataFrame
    places: pd.DataFrame
    person_hours: pd.DataFrame
    at_most: pd.DataFrame | None
    masked: pd.DataFrame
    population: dict[str, object]


def make_ground(
    population: Population,
    units: gpd.GeoDataFrame,
    period: pd.DatetimeIndex,
    population_units: gpd.GeoDataFrame | None = None,
) -> Ground:
    """Return the units that the population knows, with the person-hours of every day of the period.

    `population_units`: boundaries of the population's own units, where the others differ (geography.join).
    """
    units, join = join_population(units, population.table["unit_code"].unique(), population_units)
    aligned, stand_ins = align_to_days(population, [day.date() for day in period])
    hours = pd.date_range(period[0], periods=HOURS * len(period), freq="h", unit="us")
    people, why, most = people_by_hour(aligned.table, units.index, hours, join.weights)
    person_hours, at_most = _by_day(people, period), None
    if most is not None:
        at_most = _by_day(most, period)
        person_hours = person_hours.mask(person_hours > at_most, at_most)  # an estimate within what is known
    if not (person_hours > 0).any(axis=None):
        raise NothingToJudge(
            f"no unit has person-hours from {period[0].date()} to {period[-1].date()}: "
            "does the population cover a weekday of these days?"
        )
    masked = (why.to_numpy() == WORDS.index(MASKED)).reshape(len(units), len(period), HOURS).sum(axis=2)
    known = people.notna().to_numpy().reshape(len(units), len(period), HOURS).sum(axis=2)
    partly = (known > 0) & (known < known.max(axis=0))
    told_of = {
        "sources": [source.as_dict() for source in population.sources],
        "units": len(units),
        "joined": join.joined,
        "lost": list(join.lost),
        "days": stand_ins.as_dict(),
        "unit_days": {
            "estimated": int((partly & person_hours.notna()).to_numpy().sum()),
            "too_few_hours": int((partly & person_hours.isna()).to_numpy().sum()),
        },
    }
    return Ground(
        units=units,
        places=centres(units),
        person_hours=person_hours,
        at_most=at_most,
        masked=pd.DataFrame(masked, index=units.index, columns=period),
        population=told_of,
    )


def _by_day(people: pd.DataFrame, period: pd.DatetimeIndex) -> pd.DataFrame:
    by_hour = people.to_numpy().reshape(len(people), len(period), HOURS)
    totals = np.column_stack([whole_day(by_hour[:, day]) for day in range(len(period))])
    return pd.DataFrame(np.where(totals > 0, totals, np.nan), index=people.index, columns=period)
