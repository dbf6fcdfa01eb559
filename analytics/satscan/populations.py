"""The population file (.pop): `id date population [covariate …]`, and the person-time it gives each interval.

Between its dates a population changes linearly; before the first and after the last it stays. A year alone is its
1 July, a month alone its 15th; a population dated to the day is that of the whole day. `unspecified` as the only
date says that the population does not change.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ..refusals import ScanFileRefused
from .dates import When, day_of, days_since_1970
from .records import Record, number

MIDDLE = {"year": (7, 1), "month": (None, 15)}
COLUMNS = ("line", "place", "day", "whole_day", "population", "stratum")
UNSPECIFIED = "unspecified"


@dataclass(frozen=True)
class Populations:
    """Records `line, place, day, whole_day, population, stratum`.

    `day` is in days since 1970-01-01, at whose beginning the population is such; `whole_day` says that it stays so
    until the day ends. `stratum` is the text of the covariates, separated by tabs. Repeated records are not yet
    added up. With the date `unspecified`, day is 0 for all.
    """

    table: pd.DataFrame

    @property
    def changes(self) -> bool:
        """Whether there is more than one date."""
        return self.table["day"].nunique() > 1


def count_covariates(records: list[Record], path: Path) -> int:
    """Return how many covariates every record has; refuse records that differ, or lack a date or a population."""
    width = len(records[0].fields)
    for record in records:
        if len(record.fields) < 3:
            told = f"{len(record.fields)} field(s) where an id, a date and a population are needed"
            raise ScanFileRefused(told, file=path.name, line=record.line)
        if len(record.fields) != width:
            told = f"{len(record.fields) - 3} covariates where the first record has {width - 3}"
            raise ScanFileRefused(told, file=path.name, line=record.line, field="covariates")
    return width - 3


def read_populations(records: list[Record], path: Path, read_date: Callable[[str], When]) -> Populations:
    """Return the populations of a file's records, whose fields were counted (count_covariates).

    Raises
    ------
    ScanFileRefused
        A population is negative or no number, a date cannot be read, or only some are `unspecified`.
    """
    rows, unspecified = [], None
    for record in records:
        undated = record.fields[1].lower() == UNSPECIFIED
        unspecified = undated if unspecified is None else unspecified
        if undated != unspecified:
            told = f"'{record.fields[1]}': either all dates are unspecified or none"
            raise ScanFileRefused(told, file=path.name, line=record.line, field="date")
        day, whole_day = (0, False) if undated else _day(record, path, read_date)
        stratum = "\t".join(record.fields[3:])
        rows.append((record.line, record.fields[0], day, whole_day, _people(record, path), stratum))
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        {"place": "str", "population": "float64", "stratum": "str"}
    )
    return Populations(table)


def person_days(populations: pd.DataFrame, edges: np.ndarray, path: Path) -> pd.DataFrame:
    """Return person-days; index `place, stratum`, one column an interval between consecutive edges.

    The exact integral of the piecewise linear population. On a date of the file for which a place or a stratum has
    no record, nobody lives there, as in SaTScan (notes.py tells of such places).

    Parameters
    ----------
    populations : a table of Populations.
    edges : days since 1970-01-01, increasing; the last one ends the last interval.
    path : the file, for refusals.

    Raises
    ------
    ScanFileRefused
        Nobody lives anywhere on a date that bears on an interval. As in SaTScan, others may be empty.
    """
    people = populations.pivot_table(
        index=["place", "stratum"], columns="day", values="population", aggfunc="sum", fill_value=0.0, sort=True
    )
    dates = people.columns.to_numpy("int64")
    # A year alone and its 1 July are one date: a place that has one of them is not empty on the other.
    whole_day = populations.groupby("day")["whole_day"].any().loc[people.columns].to_numpy(bool)
    weights = interval_weights(dates, whole_day, edges)
    _refuse_empty_dates(populations, dates[(weights > 0).any(axis=0)], path)
    return pd.DataFrame(people.to_numpy() @ weights.T, index=people.index)


def interval_weights(dates: np.ndarray, whole_day: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return for how many days each date's population counts in each interval: intervals × dates.

    A row sums to the days of its interval. A weight is the integral over the interval of the function that is 1 at
    its date, 0 at the others and linear between.
    """
    owner = np.repeat(np.arange(len(dates)), np.where(whole_day, 2, 1))
    knots = np.repeat(dates, np.where(whole_day, 2, 1)).astype("float64")
    knots[1:][owner[1:] == owner[:-1]] += 1
    heights = (owner[:, None] == np.arange(len(dates))).astype("float64")
    gaps = np.diff(knots)[:, None]
    areas = np.vstack([np.zeros(len(dates)), np.cumsum(gaps * (heights[:-1] + heights[1:]) / 2, axis=0)])
    at = np.searchsorted(knots, edges, side="right") - 1
    before, after = np.clip(at, 0, None), np.clip(at + 1, None, len(knots) - 1)
    past = (edges - knots[before])[:, None]
    width = np.where(after > before, knots[after] - knots[before], 1.0)[:, None]
    slope = np.where((at >= 0)[:, None], (heights[after] - heights[before]) / width, 0.0)
    until = areas[before] + past * heights[before] + slope * past**2 / 2
    return np.diff(until, axis=0)


def _refuse_empty_dates(table: pd.DataFrame, used: np.ndarray, path: Path) -> None:
    people = table.groupby("day")["population"].sum().loc[np.unique(used)]
    for day in people.index[people == 0]:
        line = int(table.loc[table["day"] == day, "line"].iloc[0])
        told = f"nobody lives anywhere on {day_of(day)}"
        raise ScanFileRefused(told, file=path.name, line=line, field="population")


def _people(record: Record, path: Path) -> float:
    value = number(record.fields[2], path, record.line, "population")
    if value < 0:
        raise ScanFileRefused("is below zero", file=path.name, line=record.line, field="population")
    return value


def _day(record: Record, path: Path, read_date: Callable[[str], When]) -> tuple[int, bool]:
    text = record.fields[1]
    try:
        when = read_date(text)
    except ValueError as error:
        raise ScanFileRefused(f"'{text}' {error}", file=path.name, line=record.line, field="date") from error
    if when.precision == "day":
        return days_since_1970(when.first), True
    month, day = MIDDLE[when.precision]
    return days_since_1970(date(when.first.year, month or when.first.month, day)), False
