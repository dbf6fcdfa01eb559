"""How much of a day a dong's facilities did not log: so that nobody takes a small figure for a quiet day.

The share is of the hours of the day (9 to 21 o'clock) in which ordinary facilities were not known to be closed;
not logged are those of an outage, and of facilities that do not take part yet or have fallen silent. It tells of
facilities and of no person. It is told in steps of ten percent and where at least FEWEST facilities stand behind
it, and the total only where no withheld share can be narrowed by taking the others off it.
"""

from collections.abc import Mapping
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from ..geography import locate
from ..study import Study
from .tables import ALL

UNLOGGED = "unlogged"
FEWEST = 5
"""Facilities behind a share that is told: of fewer, an outage could be read off for one of them."""
STEP = 10
"""Percent; a share is told to the nearest step."""
FIRST, LAST = 9, 21
"""Hours of the day that count: at night nearly all is closed, and who does not take part says nothing of it."""


def unlogged_hours(study: Study, dongs: gpd.GeoDataFrame) -> dict[date, pd.DataFrame]:
    """Return for each day and dong, and ALL: `hours`, of these `unlogged`, and `facilities`; {} without a log."""
    if study.log is None:
        return {}
    places = study.facilities[study.facilities["reason"] == ""]
    at = places[["facility_id"]].assign(dong=locate(places, dongs))
    log = study.log.merge(at[at["dong"].notna()], on="facility_id")
    hours = pd.DatetimeIndex(log["hour"]).tz_convert("Asia/Seoul")
    log = log.assign(day=hours.date, unlogged=log["missing"] != "")
    log = log[(log["missing"] != "closed") & (hours.hour >= FIRST) & (hours.hour < LAST)]
    told = {}
    for day, of_day in log.groupby("day"):
        both = pd.concat([of_day, of_day.assign(dong=ALL)])
        told[day] = both.groupby("dong").agg(
            hours=("unlogged", "size"), unlogged=("unlogged", "sum"), facilities=("facility_id", "nunique")
        )
    return told


def told_shares(table: pd.DataFrame) -> pd.Series:
    """Return the share in percent of each dong, and ALL (Int64): NA where it is withheld.

    Parameters
    ----------
    table : one day of `unlogged_hours`
    """
    percent = 100 * table["unlogged"] / table["hours"]
    share = (np.floor(percent / STEP + 0.5) * STEP).astype("Int64").mask(table["facilities"] < FEWEST)
    if share.isna().any() and not all_open(share, table["hours"]):
        share[ALL] = pd.NA
    return share


def all_open(share: pd.Series, hours: Mapping[str, int]) -> bool:
    """Say whether every withheld share can still be anything from 0 to 100, for whoever knows all hours.

    A told share is the true one to half a step; the total weighs the dongs by their hours.
    """
    if share[ALL] is pd.NA:
        return True
    dongs = [name for name in share.index if name != ALL]
    low, high = (_ends(share, dongs, hours, way) for way in (-1, 1))
    total = [float(share[ALL]) + way * STEP / 2 for way in (-1, 1)]
    whole = sum(hours[name] for name in dongs)
    for name in dongs:
        if share[name] is not pd.NA:
            continue
        least = (max(total[0], 0) * whole - sum(high[one] for one in dongs if one != name)) / hours[name]
        most = (min(total[1], 100) * whole - sum(low[one] for one in dongs if one != name)) / hours[name]
        if least > 0 or most < 100:
            return False
    return True


def _ends(share: pd.Series, dongs: list[str], hours: Mapping[str, int], way: int) -> dict[str, float]:
    ends = {}
    for name in dongs:
        if share[name] is pd.NA:
            end = 0.0 if way < 0 else 100.0
        else:
            end = min(max(float(share[name]) + way * STEP / 2, 0.0), 100.0)
        ends[name] = end * hours[name]
    return ends
