"""Reads a result folder of `hotspots` for the reports: units, clusters, who was there hour by hour."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ..refusals import NothingToJudge
from ..result_folder import ResultFolder

SPOTS = 5
FIGURES = ("population", "index_visits")


@dataclass(frozen=True)
class Run:
    """One result folder.

    Attributes
    ----------
    summary : summary.json
    units : GeoDataFrame in EPSG:5179, index unit_code; the columns of hotspots.geojson
    clusters : person-based clusters by rank: `members` (list), `start`, `end` (dates, half-open), `visits`,
        `distinct_persons`, `expected`, `relative_risk`, `p`
    days : first to last day that is over
    going_on : the day after them where it is not over; it is in no figure but `visited_today`
    population, index_visits : float, units × 24·days; NaN where there is no figure
    absent : bool, of the same shape: nobody was counted (a masked figure is not absent)
    visited_today : bool, of each unit: an index visit overlaps an hour of the day that goes on
    blind_spots : name → unseen person-hours, the first SPOTS of blind_spots.csv; empty where the run has none
    """

    name: str
    summary: dict
    units: gpd.GeoDataFrame
    clusters: pd.DataFrame
    days: list[date]
    going_on: date | None
    population: np.ndarray
    index_visits: np.ndarray
    absent: np.ndarray
    visited_today: np.ndarray
    blind_spots: dict[str, float]

    @property
    def hot(self) -> pd.DataFrame:
        """Return the clusters that decide what is hot."""
        return self.clusters[self.clusters["p"] <= self.summary["parameters"]["alpha"]]

    @property
    def counted(self) -> list[date]:
        """Return the days on which people were really counted, none that a mean or a typical day stands for."""
        told = self.summary["population"]["days"]
        stood = {str(day) for name in ("stood_in", "typical") for day in (told.get(name) or ())}
        return [day for day in self.days if day.isoformat() not in stood]


def read_run(folder: Path) -> Run:
    """Return the run in a folder, every file as its datapackage.json vouches for it.

    Raises
    ------
    ResultsRefused
        No result folder, or a file that is missing, changed or cut off.
    NothingToJudge
        No day of the run is over.
    """
    files = ResultFolder.open(folder)
    summary, units = files.json("summary.json"), files.units()
    first, last = (date.fromisoformat(summary["period"][name]) for name in ("first_day", "last_day"))
    going_on = last if summary["period"].get("until") else None
    days = [first + timedelta(days=number) for number in range((last - first).days + (going_on is None))]
    if not days:
        raise NothingToJudge(f"no day of {files.name} is over yet")
    by_day = [files.hours(day, units.index, (*FIGURES, "missing")) for day in days]
    figures = {name: np.hstack([hours[name] for hours in by_day]).astype(float) for name in FIGURES}
    masked = np.hstack([hours["missing"] for hours in by_day]) == "masked"
    today = files.hours(going_on, units.index, ("index_visits",))["index_visits"] if going_on else np.zeros((1, 1))
    return Run(
        files.name,
        summary,
        units,
        files.clusters(),
        days,
        going_on,
        **figures,
        absent=np.isnan(figures["population"]) & ~masked,
        visited_today=np.broadcast_to((today.astype(float) > 0).any(axis=1), len(units)),
        blind_spots=_blind_spots(files),
    )


def _blind_spots(files: ResultFolder) -> dict[str, float]:
    """Return the first rows of blind_spots.csv, which results before 1.2 do not have."""
    if "blind_spots.csv" not in files.hashes:
        return {}
    rows = files.rows("blind_spots.csv")[:SPOTS]
    return {row["name"] or row["unit_code"]: float(row["unseen_person_hours"]) for row in rows}
