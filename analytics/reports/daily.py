"""What is hot and what follows from it: the facts of the daily hotspot brief.

Rules for what to do are those of Korean practice in 2020 (docs/reports.md): no special disinfection where the last
visit of a case is more than 7 days ago; testing is offered to whoever was there at the time; patrols and staff go
where most people are at once.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from ..verdict import HOT, NO_DATA, NOT_SIGNIFICANT
from .dongs import Dongs
from .reading import Run
from .weekly import ANOMALY, SURGE, week_of

DISINFECT_WITHIN = 7
"""Days since the last visit of a case; after more no special disinfection is asked for."""
BUSY = 0.9
"""Hours with at least this share of the people of the busiest hour of those in which work is planned."""
WORK = (8, 22)
"""Hours of the day in which teams and patrols are sent; at night most people of a dong are at home."""
SHOWN = 3


@dataclass(frozen=True)
class HotPlace:
    """One hot cluster, as an officer needs it.

    Attributes
    ----------
    rank, visits, distinct_persons, expected, p : of the cluster
    dongs : names of the dongs it lies in, that of its centre first
    units : codes, nearest to the centre first
    centre : what the map calls the first of them
    start, end : the cluster's days, half-open
    last_visit : last day with a visit of a case in it; None where its days are not told by the hour
    days_since : days from that day to the day of the brief
    busy : hours between 8 and 22 in which most people are there, on a mean day of the last week
    second : how many of its units Gi* marks too
    without : how many of its units stay hot without hospitals; None where that was not asked
    """

    rank: int
    dongs: list[str]
    units: list[str]
    centre: str
    start: date
    end: date
    visits: int
    distinct_persons: int
    expected: float
    relative_risk: float
    p: float
    last_visit: date | None
    days_since: int | None
    busy: list[int]
    second: int
    without: int | None

    @property
    def disinfect(self) -> bool:
        """Say whether a special disinfection is asked for; a last visit that is not known asks for one."""
        return self.days_since is None or self.days_since <= DISINFECT_WITHIN


@dataclass(frozen=True)
class Daily:
    """The brief of one day.

    Attributes
    ----------
    day : the day it is of, the last of the run that is over
    known : the day on which it was known (`as_of`)
    places : hot clusters, strongest first; several may overlap
    counts : units by status
    words : dongs by status, names
    coverage : share of person-hours that the log observes; None for routes
    no_data : units without data by reason
    masked_matters : units whose verdict rests on masked figures
    surges, anomalies : of the last day by dong, as weekly.Weekly has them
    blind_spots : crowded units that the log does not see, the largest first: name → unseen person-hours
    warnings : sentences in Korean
    """

    day: date
    known: datetime
    places: list[HotPlace]
    counts: dict[str, int]
    words: dict[str, list[str]]
    coverage: float | None
    visitors: tuple[float, float] | None
    no_data: dict[str, int]
    masked_matters: int
    left_out: int
    surges: pd.DataFrame
    anomalies: pd.DataFrame
    blind_spots: dict[str, float]
    warnings: list[str]


def day_of(run: Run, dongs: Dongs) -> Daily:
    """Return the brief of the last day of the run that is over."""
    summary = run.summary
    known = datetime.fromisoformat(summary["as_of"])
    # A run made long after its days is of those days: told is what was to be done then, not what is too late.
    told_on = min(known.date(), run.days[-1] + timedelta(days=1))
    masked = summary["masked"] or {}
    rows = summary["rows"]
    week = week_of(run, dongs) if run.days[-1] in run.counted else None
    return Daily(
        day=run.days[-1],
        known=known,
        places=[_place(run, dongs, row, told_on) for row in run.hot.itertuples()],
        counts={word: int(summary["units"][word]) for word in (HOT, NOT_SIGNIFICANT, NO_DATA)},
        words={
            word: [dongs.name(code) for code in dongs.areas.index[(dongs.areas["word"] == word).to_numpy()]]
            for word in (HOT, NOT_SIGNIFICANT, NO_DATA)
        },
        coverage=None if summary["coverage"]["assumed"] else float(summary["coverage"]["coverage"]),
        visitors=_visitors(run),
        no_data=dict(summary["units"]["no_data"]),
        masked_matters=len(masked.get("no_longer_hot", [])) + len(masked.get("newly_hot", [])),
        surges=_of_day(week.surges, run.days[-1]) if week else pd.DataFrame(columns=SURGE),
        anomalies=_of_day(week.anomalies, run.days[-1]) if week else pd.DataFrame(columns=ANOMALY),
        blind_spots=run.blind_spots,
        left_out=int(rows["read"]) - int(rows["kept"]),
        warnings=[str(said["ko"]) for said in summary["warnings"]],
    )


def _of_day(table: pd.DataFrame, day: date) -> pd.DataFrame:
    return table[table["day"] == day].reset_index(drop=True)


def _place(run: Run, dongs: Dongs, row, told_on: date) -> HotPlace:
    at = run.units.index.get_indexer(row.members)
    visited = np.nan_to_num(run.index_visits[at]).reshape(len(at), len(run.days), 24).sum(axis=(0, 2)) > 0
    inside = [day for day, seen in zip(run.days, visited, strict=True) if seen and row.start <= day]
    if run.going_on is not None and run.visited_today[at].any():
        inside.append(run.going_on)
    last = max(inside, default=None)
    names = [dongs.name(code) for code in dict.fromkeys(dongs.of_unit.loc[row.members].dropna())]
    units = run.units.loc[row.members]
    repeat = run.summary["repeat"]
    return HotPlace(
        rank=row.rank,
        dongs=names,
        units=row.members,
        centre=str(units["name"].iloc[0] or units.index[0]),
        start=row.start,
        end=row.end,
        visits=row.visits,
        distinct_persons=row.distinct_persons,
        expected=row.expected,
        relative_risk=row.relative_risk,
        p=row.p,
        last_visit=last,
        days_since=None if last is None else max((told_on - last).days, 0),
        busy=_busy(run.population[at]),
        second=int((units["q"].astype(float) <= run.summary["parameters"]["alpha"]).sum()),
        without=None if repeat is None else len(set(repeat["hot"]) & set(row.members)),
    )


def _busy(population: np.ndarray) -> list[int]:
    """Return the hours of WORK with at least BUSY of the busiest one's people, on a mean day of the last week."""
    last = population[:, -7 * 24 :].reshape(len(population), -1, 24)
    people = np.nansum(last, axis=(0, 1))[slice(*WORK)]
    return (WORK[0] + np.flatnonzero(people >= BUSY * people.max())).tolist() if people.any() else []


def _visitors(run: Run) -> tuple[float, float] | None:
    """Return the range of the estimated share of visitors seen in hot units, where doors were counted."""
    hot = run.units[run.units["status"] == HOT]
    counted = hot[hot["visitor_coverage"].notna()]
    if counted.empty:
        return None
    return float(counted["visitor_coverage_low"].min()), float(counted["visitor_coverage_high"].max())


def hot_units(run: Run, dongs: Dongs) -> pd.DataFrame:
    """Return the hot units with their dong, most distinct persons first, then by relative risk."""
    hot = run.units[run.units["status"] == HOT].assign(dong=dongs.of_unit)
    columns = ["distinct_persons", "relative_risk"]
    numbers = hot.assign(**{name: hot[name].astype(float) for name in columns})
    ordered = numbers.rename_axis("unit_code").reset_index()
    ordered = ordered.sort_values([*columns, "unit_code"], ascending=[False, False, True])
    return pd.DataFrame(ordered.drop(columns="geometry")).reset_index(drop=True)
