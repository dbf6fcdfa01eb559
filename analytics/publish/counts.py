"""What is counted for the public, from a study without sensitive facilities.

entries        accepted check-ins of the day; of the hours in which a facility logged
index_visits   visits of confirmed persons that began on the day; protected where few persons made them
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd

from ..contract import Extract
from ..geography import locate
from ..refusals import NothingToJudge
from ..study import Study
from .tables import ALL, Rule, Table, with_totals

ENTRIES, INDEX_VISITS = "entries", "index_visits"
MEASURES = (ENTRIES, INDEX_VISITS)
LOWEST = {ENTRIES: 1, INDEX_VISITS: 0}
"""A zero of entries is told. Not one of index visits: beside it "withheld" would say that somebody was there."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What decides what is published.

    Attributes
    ----------
    k : smallest number of entries, or of persons behind index visits, that is told of
    entries_after, index_visits_after : days after the end of a day on which its figures come out, for good: late
        uploads are in by then, and most cases known (the incubation period is 14 days)
    """

    k: int = 10
    entries_after: int = 2
    index_visits_after: int = 14

    def rule(self, measure: str) -> Rule:
        """Return which counts of the measure are protected."""
        return Rule(self.k, LOWEST[measure])

    def due(self, measure: str, day: date, known: date) -> bool:
        """Say whether the figures of a day come out in a publication of what was known when `known` began."""
        wait = self.entries_after if measure == ENTRIES else self.index_visits_after
        return day + timedelta(days=1 + wait) <= known


def whole_days(extract: Extract) -> Extract:
    """Return the extract without a first day that does not begin at 00:00 and a last day that is not over.

    What would be told of some of a day's hours, and elsewhere of the whole day, would tell the other hours.

    Raises
    ------
    NothingToJudge
        It covers no whole day.
    """
    start, end = pd.Timestamp(extract.start).ceil("D"), pd.Timestamp(extract.end).floor("D")
    if (start, end) == (extract.start, extract.end):
        return extract
    if end <= start:
        raise NothingToJudge(
            f"the extract covers no whole day: {extract.start.isoformat()} to {extract.end.isoformat()}"
        )

    def within(table: pd.DataFrame | None, moment: str) -> pd.DataFrame | None:
        return (
            None
            if table is None
            else table[(table[moment] >= start) & (table[moment] < end)].reset_index(drop=True)
        )

    return replace(
        extract,
        facility_hours=within(extract.facility_hours, "hour"),
        door_counts=within(extract.door_counts, "hour"),
        index_visits=within(extract.index_visits, "start"),
        start=start.to_pydatetime(),
        end=end.to_pydatetime(),
    )


def without_sensitive(extract: Extract) -> Extract:
    """Return the extract as if its sensitive facilities did not exist: neither their visits nor their log.

    Raises
    ------
    NothingToJudge
        No ordinary facility is left, or neither a visit to one nor an hour that one logged.
    """
    facilities = extract.facilities[~extract.facilities["sensitive"]].reset_index(drop=True)
    kept = set(facilities["facility_id"])

    def of_kept(table: pd.DataFrame | None) -> pd.DataFrame | None:
        return None if table is None else table[table["facility_id"].isin(kept)].reset_index(drop=True)

    visits = of_kept(extract.index_visits)
    hours, counted = of_kept(extract.facility_hours), of_kept(extract.door_counts)
    if facilities.empty or (visits.empty and (hours is None or hours.empty)):
        raise NothingToJudge(
            "without sensitive facilities neither a visit of a confirmed person nor a log is left"
        )
    return replace(extract, facilities=facilities, facility_hours=hours, index_visits=visits, door_counts=counted)


def tables_of_days(study: Study, dongs: gpd.GeoDataFrame) -> dict[tuple[str, date], Table]:
    """Return the table of each measure and day; none where nobody logged (or, of entries, without a log)."""
    places = study.facilities[study.facilities["reason"] == ""]
    at = places[["facility_id", "category"]].assign(dong=locate(places, dongs))
    at = at[at["dong"].notna()]
    if at.empty:
        raise NothingToJudge("no ordinary facility lies in the dongs")
    keys = pd.MultiIndex.from_frame(at[["dong", "category"]].drop_duplicates().sort_values(["dong", "category"]))
    visits = study.kept().merge(at[["facility_id", "dong"]], on="facility_id")
    visits = visits.assign(day=pd.DatetimeIndex(visits["start"]).tz_convert("Asia/Seoul").date)
    began = visits.groupby(["day", "dong", "category"]).size()
    persons = _persons(visits)
    told = {}
    for day in study.days:
        table = with_totals(keys.tolist(), _of_day(began, day).reindex(keys, fill_value=0).tolist())
        behind = _of_day(persons, day).reindex(pd.MultiIndex.from_tuples(table.keys), fill_value=0)
        told[INDEX_VISITS, day] = replace(table, behind=behind.to_numpy(np.int64))
    if study.log is None:
        return told
    log = study.log[study.log["missing"] == ""].merge(at[["facility_id", "dong"]], on="facility_id")
    log = log.assign(day=pd.DatetimeIndex(log["hour"]).tz_convert("Asia/Seoul").date)
    entries = log.groupby(["day", "dong", "category"])["entries"].sum().astype(np.int64)
    for day in study.days:
        counted = _of_day(entries, day)
        if len(counted):
            told[ENTRIES, day] = with_totals(counted.index.tolist(), counted.tolist())
    return told


def _persons(visits: pd.DataFrame) -> pd.Series:
    """Return the distinct persons by day, dong and category, and of the totals: a person may be in many cells."""
    sides = [{}, {"dong": ALL}, {"category": ALL}, {"dong": ALL, "category": ALL}]
    every = pd.concat([visits.assign(**side) for side in sides])
    return every.groupby(["day", "dong", "category"])["person"].nunique()


def _of_day(counts: pd.Series, day: date) -> pd.Series:
    """Return the counts of one day by dong and category."""
    there = counts.index.get_level_values("day") == day
    return counts[there].droplevel("day")
