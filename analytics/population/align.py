"""Population for the days of an analysis: covered ones as they are, others by the same weekday of other weeks."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from .model import Population
from .table import starts_of_hours, tidy_frame

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class AlignReport:
    """Which days the files cover, which a mean of other days stands in for, and which have nothing at all.

    `stood_in` gives for each such day the covered days of its weekday that were averaged. `typical`: covered days
    of which the files have only the typical day of their month.
    """

    covered: tuple[date, ...]
    stood_in: dict[date, tuple[date, ...]]
    not_covered: tuple[date, ...]
    typical: tuple[date, ...] = ()

    def as_dict(self) -> dict:
        """Return the report for summary.json, days as ISO 8601."""
        return {
            "covered": [day.isoformat() for day in self.covered],
            "stood_in": {day.isoformat(): [d.isoformat() for d in used] for day, used in self.stood_in.items()},
            "not_covered": [day.isoformat() for day in self.not_covered],
            "typical": [day.isoformat() for day in self.typical],
        }


def align_to_days(
    population: Population, days: Iterable[date], going_on: date | None = None
) -> tuple[Population, AlignReport]:
    """Return the population of exactly these days (those it can have), and how each of them came about.

    A day is covered when the files have any row of it; its gaps stay gaps. For another day, each unit and hour is
    the mean over the covered days of the same weekday that have that unit and hour; it is masked where any of
    those is (the mean of the rest would be too high), and lies between the means of their bounds. Public holidays
    are not told apart from their weekday. A day whose weekday no file covers has no rows and is reported as not
    covered.

    `going_on`: a day that is not over. Its rows are taken as they are; nothing stands in for it, and it for none.
    """
    wanted = sorted(set(days))
    table = population.table
    codes = table["unit_code"].cat.categories.to_numpy(object)
    unit = table["unit_code"].cat.codes.to_numpy(np.int64)
    start = _hours(table["hour"])
    people = table[["population", "low", "high"]].to_numpy()
    present = [EPOCH + pd.Timedelta(days=int(day)).to_pytimedelta() for day in np.unique(start // 24)]
    covered = tuple(day for day in wanted if day in set(present))
    whole = [day for day in present if day != going_on]
    stood_in: dict[date, tuple[date, ...]] = {}
    not_covered = []
    for day in wanted:
        alike = tuple(other for other in whole if other.weekday() == day.weekday())
        if day in covered or day == going_on:
            continue
        if alike:
            stood_in[day] = alike
        else:
            not_covered.append(day)
    kept = np.isin(start // 24, [(day - EPOCH).days for day in covered])
    parts = [(unit[kept], start[kept], people[kept])]
    means: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
    for day, used in stood_in.items():
        if day.weekday() not in means:
            chosen = np.isin(start // 24, [(other - EPOCH).days for other in used])
            means[day.weekday()] = _mean_day(unit[chosen], start[chosen] % 24, people[chosen])
        units, hour, mean = means[day.weekday()]
        parts.append((units, (day - EPOCH).days * 24 + hour, mean))
    unit, start, people = (np.concatenate([part[at] for part in parts]) for at in range(3))
    order = np.lexsort((start, unit))
    aligned = tidy_frame(codes, unit[order], starts_of_hours(start[order]), *people[order].T)
    typical = covered if population.monthly else ()
    return replace(population, table=aligned), AlignReport(covered, stood_in, tuple(not_covered), typical)


def _mean_day(unit: np.ndarray, hour: np.ndarray, people: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return unit, hour of the day, and means by column: NaN, which is masked, carries over."""
    key, group = np.unique(unit * 24 + hour, return_inverse=True)
    sums = np.column_stack([np.bincount(group, weights=column, minlength=len(key)) for column in people.T])
    return key // 24, key % 24, sums / np.bincount(group, minlength=len(key))[:, None]


def _hours(hour: pd.Series) -> np.ndarray:
    """Return KST hours since 1970-01-01 00:00 KST."""
    seconds = hour.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[s]").astype("int64")
    return seconds // 3600 + 9
