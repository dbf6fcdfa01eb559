"""What a week looked like: people by dong and hour, the steepest rises, the days unlike the usual.

Descriptions, no tests: of so many dongs and hours some are always the most unusual. Usual is the median of the
other counted days of the same kind (footfall.usual): the same weekday, Sundays together with public holidays.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ..footfall.day_kinds import known_until, public_holidays
from ..footfall.hours import FootfallHours
from ..footfall.usual import compare_day
from ..refusals import NothingToJudge
from .dongs import Dongs
from .reading import Run

WEEK = 7
LEAST = 100
"""Fewer people in a dong on a usual day: a share of them says nothing."""
KEPT = 100  # units whose steepest rises are kept
ANOMALY = ("place", "day", "share", "people", "usual", "hour", "difference", "rests_on")
SURGE = ("place", "day", "hour", "before", "people", "surge")


@dataclass(frozen=True)
class Weekly:
    """One week.

    Attributes
    ----------
    days : the days of the week in the run, oldest first
    hours : DataFrame dongs × 24: mean people present; NaN where there is no figure
    totals : DataFrame dongs × days: mean people present in the day
    unlike : DataFrame dongs × days: share by which the day differs from the usual one (0.1: a tenth more)
    surges : `place` (dong), `day`, `hour`, `before`, `people`, `surge`: the steepest rise of each dong and day
    unit_surges : the same of each unit in the whole week, the largest ones; no rows where the units are the dongs
    anomalies : `place`, `day`, `share`, `people`, `usual`, `hour`, `difference` (of the hour that differs most),
        `rests_on` (days), largest share first; of dongs with LEAST people or more
    holidays : day → Korean name
    """

    days: list[date]
    hours: pd.DataFrame
    totals: pd.DataFrame
    unlike: pd.DataFrame
    surges: pd.DataFrame
    unit_surges: pd.DataFrame
    anomalies: pd.DataFrame
    holidays: dict[date, str]
    holidays_known: bool


def week_of(run: Run, dongs: Dongs, last: date | None = None) -> Weekly:
    """Return the week that ends on `last` (default: the last day of the run).

    Raises
    ------
    NothingToJudge
        The run has no counted day in that week.
    """
    last = last or run.days[-1]
    days = [day for day in run.days if last - timedelta(days=WEEK) < day <= last]
    if not set(days) & set(run.counted):
        raise NothingToJudge(f"{run.name} counted nobody in the week that ends on {last}")
    codes = dongs.hours.codes
    compared = {day: compare_day(dongs.hours, day) for day in days}
    by_hour = _mean(np.stack([compared[day].population for day in days]), axis=0)
    totals = pd.DataFrame({day: _mean(one.population, axis=1) for day, one in compared.items()}, index=codes)
    surges, anomalies, unlike = [], [], {}
    for day, one in compared.items():
        usual = one.population - one.difference
        both = np.isfinite(one.difference)
        share = _share(np.where(both, one.difference, 0.0).sum(axis=1), np.where(both, usual, 0.0).sum(axis=1))
        unlike[day] = share
        for number, code in enumerate(codes):
            surges += _steepest(code, day, one.population[number], one.surge[number])
            anomalies += _anomaly(code, day, share[number], one, number)
    return Weekly(
        days=days,
        hours=pd.DataFrame(by_hour, index=codes),
        totals=totals,
        unlike=pd.DataFrame(unlike, index=codes),
        surges=_largest(surges, "surge", SURGE),
        unit_surges=_unit_surges(run, dongs, days),
        anomalies=_largest(anomalies, "share", ANOMALY),
        holidays=public_holidays(days),
        holidays_known=days[-1] <= known_until(),
    )


def _unit_surges(run: Run, dongs: Dongs, days: list[date]) -> pd.DataFrame:
    """Return the steepest rise of each unit in the week."""
    if run.units.index.equals(dongs.areas.index):
        return pd.DataFrame(columns=SURGE)
    hours = FootfallHours(run.units.index, run.days, 0, run.population, run.population, frozenset(run.counted))
    best = np.full(len(run.units), -np.inf)
    found: list[dict] = [{} for _ in best]
    for day in days:
        one = compare_day(hours, day)
        surge = np.where(np.isfinite(one.surge), one.surge, -np.inf)
        for number in np.flatnonzero((surge.max(axis=1) > best) & (surge.max(axis=1) > 0)):
            found[number] = _steepest(run.units.index[number], day, one.population[number], one.surge[number])[0]
            best[number] = found[number]["surge"]
    return _largest([row for row in found if row], "surge", SURGE).head(KEPT)


def _mean(values: np.ndarray, axis: int) -> np.ndarray:
    """Return the mean of what there is; NaN where there is nothing."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _share(difference: np.ndarray, usual: np.ndarray) -> np.ndarray:
    return np.divide(difference, usual, out=np.full(usual.shape, np.nan), where=usual > 0)


def _steepest(code: str, day: date, population: np.ndarray, surge: np.ndarray) -> list[dict]:
    if not (np.isfinite(surge).any() and np.nanmax(surge) > 0):
        return []
    hour = int(np.nanargmax(surge))
    now = population[hour]
    told = {"place": code, "day": day, "hour": hour, "before": now - surge[hour], "people": now}
    return [told | {"surge": surge[hour]}]


def _anomaly(code: str, day: date, share: float, one, number: int) -> list[dict]:
    if not np.isfinite(share):
        return []
    difference = one.difference[number]
    known = np.isfinite(difference)
    hour = int(np.nanargmax(np.abs(difference)))
    people = one.population[number]
    usual = (people - difference)[known].mean()
    if usual < LEAST:
        return []
    told = {"place": code, "day": day, "share": share, "people": people[known].mean()}
    told |= {"usual": usual, "hour": hour, "difference": difference[hour]}
    return [told | {"rests_on": int(one.rests_on[number][known].min())}]


def _largest(rows: list[dict], by: str, columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=columns)
    order = np.lexsort((table["place"], table["day"].astype("str"), -table[by].abs()))
    return table.iloc[order].reset_index(drop=True)
