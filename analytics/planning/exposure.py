"""Exposed person-hours: where people were while a confirmed case was there, so that they should be tested.

An hour of one person in a unit is exposed if an index visit overlaps that hour in that unit, or if unit and day
lie in a significant person-based cluster (p ≤ alpha): there more is going on than is known visit by visit. A visit
known only by its date counts one hour of the mean of its unit and day. Only the last reading.DAYS days count.
"""

import numpy as np
import pandas as pd

from ..contract import Extract
from ..geography.places import locate
from ..tables import KST, by_date
from .reading import Results


def exposed_person_hours(results: Results, extract: Extract) -> np.ndarray:
    """Return exposed person-hours of each unit (population × exposed hours), 0 where none is known.

    Sensitive facilities: only what the results show of their units counts, so the sites lead to none.
    """
    exposed = results.index_visits > 0
    for cluster in results.clusters.itertuples():
        rows = results.units.index.get_indexer(cluster.members)
        inside = np.array([cluster.start <= day < cluster.end for day in results.days])
        exposed[np.ix_(rows[rows >= 0], np.repeat(inside, 24))] = True
    hours = np.nansum(np.where(exposed, results.population, 0.0), axis=1)
    return hours + _known_by_date(results, extract, exposed)


def _known_by_date(results: Results, extract: Extract, exposed: np.ndarray) -> np.ndarray:
    """Return one mean hour for each unit and day with visits known only by date, unless it counts already."""
    visits = extract.index_visits[extract.index_visits["known_at"] <= results.as_of]
    visits = visits[by_date(visits).to_numpy()]
    ordinary = extract.facilities[~extract.facilities["sensitive"]]
    unit = ordinary.set_index("facility_id").pipe(lambda places: locate(places, results.units))
    at = results.units.index.get_indexer(unit.reindex(visits["facility_id"]))
    day = pd.Index(results.days).get_indexer(visits["start"].dt.tz_convert(KST).dt.date)
    found = np.zeros(len(results.units))
    for row, column in {(int(u), int(d)) for u, d in zip(at, day, strict=True) if u >= 0 and d >= 0}:
        hours = slice(24 * column, 24 * column + 24)
        people = results.population[row, hours]
        if not exposed[row, hours].any() and not np.isnan(people).all():
            found[row] += np.nanmean(people)
    return found
