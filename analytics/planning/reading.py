"""Reads what a plan rests on: a result folder of hotspots, and the extract that it was made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ..contract import Extract, read_extract
from ..result_folder import ResultFolder, ResultsRefused
from ..tables import moment

DAYS = 14
"""Days that count: the incubation of whoever was exposed."""
SPAN = 22
"""Days whose people are read, for what is usual: three of each weekday, and one that may not be over."""
PEOPLE = ("population", "observable")


@dataclass(frozen=True)
class Results:
    """One result folder.

    Attributes
    ----------
    units : GeoDataFrame in EPSG:5179, index unit_code: `name`, `status`, `scan_p`, `q`
    clusters : person-based clusters with p ≤ alpha: `members` (list of codes), `start`, `end` (dates), `p`
    facility_risk : DataFrame, index facility_id: `relative_hazard`, `rank`; NaN where there is none
    days : the last DAYS days, oldest first
    going_on : the last of them where it is not over
    population, observable, index_visits : float, units × 24 hours of each of these days; NaN where no figure
    span : the last SPAN days, oldest first; `span_population`, `span_observable`: units × 24 hours of each
    """

    name: str
    as_of: datetime
    profile: str
    alpha: float
    unit_kind: str
    units: gpd.GeoDataFrame
    clusters: pd.DataFrame
    facility_risk: pd.DataFrame
    days: list[date]
    going_on: date | None
    population: np.ndarray
    observable: np.ndarray
    index_visits: np.ndarray
    span: list[date]
    span_population: np.ndarray
    span_observable: np.ndarray


def read_inputs(folder: Path, extract: Path) -> tuple[Results, Extract]:
    """Return results and extract; refuse either, or a pair that does not belong together.

    Raises
    ------
    ResultsRefused, ExtractRefused
    """
    files = ResultFolder.open(folder)
    summary = files.json("summary.json")
    log = read_extract(extract)
    try:
        _assert_pair(folder, summary, extract, log)
        return _results(files, summary), log
    except (KeyError, TypeError) as error:
        raise ResultsRefused(f"lacks {error}", file=folder / "summary.json") from error


def _assert_pair(folder: Path, summary: dict, extract: Path, log: Extract) -> None:
    """Refuse results of another extract; a replay's `as_of` lies before that of its extract."""
    as_of = moment(summary["as_of"])
    said = {
        "profile": (summary["profile"], log.profile),
        "facilities": (summary["facilities"]["read"], len(log.facilities)),
        "rows": (summary["rows"]["read"], len(log.index_visits)),
        "as_of": (as_of.isoformat(), log.as_of.isoformat()),
    }
    if summary["parameters"]["known_by"] and as_of <= log.as_of:
        del said["as_of"]
    for name, (ours, theirs) in said.items():
        if ours != theirs:
            words = f"these results were not made from {extract}: '{ours}' here, '{theirs}' there"
            raise ResultsRefused(words, file=folder / "summary.json", field=name)


def _results(files: ResultFolder, summary: dict) -> Results:
    units = files.units()[["name", "status", "scan_p", "q", "geometry"]].astype({"scan_p": float, "q": float})
    first, last = (date.fromisoformat(summary["period"][side]) for side in ("first_day", "last_day"))
    span = [day.date() for day in pd.date_range(end=last, periods=min(SPAN, (last - first).days + 1))]
    days = span[-DAYS:]
    population, observable = _unit_hours(files, span, units.index, PEOPLE)
    [index_visits] = _unit_hours(files, days, units.index, ["index_visits"])
    hours = slice(-24 * len(days), None)
    risk = files.table("facility_risk.csv", dtype={"facility_id": "str", "reason": "str"}).set_index("facility_id")
    alpha = float(summary["parameters"]["alpha"])
    clusters = files.clusters()
    return Results(
        name=files.name,
        as_of=moment(summary["as_of"]),
        profile=summary["profile"],
        alpha=alpha,
        unit_kind=summary["population"]["unit_kind"],
        units=units,
        clusters=clusters[clusters["p"] <= alpha].reset_index(drop=True),
        facility_risk=risk[["relative_hazard", "rank"]].astype(float),
        days=days,
        going_on=last if summary["period"].get("until") else None,
        population=population[:, hours],
        observable=observable[:, hours],
        index_visits=index_visits,
        span=span,
        span_population=population,
        span_observable=observable,
    )


def _unit_hours(
    files: ResultFolder, days: list[date], codes: pd.Index, columns: Sequence[str]
) -> list[np.ndarray]:
    """Return columns of the days: units × hours."""
    by_day = [files.hours(day, codes, columns) for day in days]
    return [np.hstack([figures[name] for figures in by_day]).astype(float) for name in columns]
