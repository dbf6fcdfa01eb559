"""Reads what a plan rests on: a result folder of hotspots, and the extract that it was made from."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ..contract import Extract, read_extract
from ..geography.metres import METRES
from ..refusals import InputRefused
from ..tables import moment

DAYS = 14
"""Days of unit hours that are read: the incubation of whoever was exposed."""
USUAL_DAYS = 7
"""Last days whose mean is a usual day."""
MAJOR = "1."


class ResultsRefused(InputRefused):
    """A result folder that is not one, is broken, or is not of the extract given with it."""


@dataclass(frozen=True)
class Results:
    """One result folder.

    Attributes
    ----------
    units : GeoDataFrame in EPSG:5179, index unit_code, with the columns of hotspots.geojson
    clusters : person-based clusters with p ≤ alpha: `members` (list of codes), `start`, `end` (dates), `p`
    facility_risk : DataFrame, index facility_id: `relative_hazard`, `rank`, `reason`
    days : the last DAYS days, oldest first
    population, observable, index_visits : float, units × 24 hours of each of these days; NaN where no figure
    """

    name: str
    as_of: datetime
    seed: int
    profile: str
    alpha: float
    unit_kind: str
    units: gpd.GeoDataFrame
    clusters: pd.DataFrame
    facility_risk: pd.DataFrame
    days: list[date]
    population: np.ndarray
    observable: np.ndarray
    index_visits: np.ndarray


def read_inputs(folder: Path, extract: Path) -> tuple[Results, Extract]:
    """Return results and extract; refuse a pair that does not belong together."""
    summary = _json(folder / "summary.json")
    package = _json(folder / "datapackage.json")
    version = str(package.get("schema_version"))
    if package.get("name") != "results" or not version.startswith(MAJOR):
        words = f"not a result folder that this program reads (results {MAJOR}x), but '{version}'"
        raise ResultsRefused(words, file=folder / "datapackage.json", field="schema_version")
    log = read_extract(extract)
    _assert_pair(folder, summary, extract, log)
    return _results(folder, summary), log


def _assert_pair(folder: Path, summary: dict, extract: Path, log: Extract) -> None:
    try:
        replay = summary["parameters"]["known_by"]
        said = {
            "profile": (summary["profile"], log.profile),
            "facilities": (summary["facilities"]["read"], len(log.facilities)),
            "index visits": (summary["rows"]["read"], len(log.index_visits)),
        }
        as_of = moment(summary["as_of"])
    except (KeyError, TypeError, ValueError) as error:
        raise ResultsRefused(f"cannot be read ({error})", file=folder / "summary.json") from error
    if not replay:
        said["as_of"] = as_of.isoformat(), log.as_of.isoformat()
    elif as_of > log.as_of:
        said["as_of"] = as_of.isoformat(), f"at most {log.as_of.isoformat()}"
    for name, (ours, theirs) in said.items():
        if ours != theirs:
            words = f"these results are not of the extract {extract}: {name} {ours}, there {theirs}"
            raise ResultsRefused(words, file=folder / "summary.json", field=name)


def _results(folder: Path, summary: dict) -> Results:
    units = _units(folder / "hotspots.geojson")
    first, last = (date.fromisoformat(summary["period"][side]) for side in ("first_day", "last_day"))
    count = min(DAYS, (last - first).days + 1)
    days = [day.date() for day in pd.date_range(end=last, periods=count)]
    figures = _unit_hours(folder / "unit_hours", days, units.index)
    risk = _table(folder / "facility_risk.csv", {"facility_id": "str", "reason": "str"}, keep_default_na=True)
    alpha = float(summary["parameters"]["alpha"])
    return Results(
        name=folder.resolve().name,
        as_of=moment(summary["as_of"]),
        seed=int(summary["seed"]),
        profile=summary["profile"],
        alpha=alpha,
        unit_kind=summary["population"]["unit_kind"],
        units=units,
        clusters=_clusters(folder / "clusters.csv", alpha),
        facility_risk=risk.set_index("facility_id")[["relative_hazard", "rank", "reason"]],
        days=days,
        population=figures["population"],
        observable=figures["observable"],
        index_visits=figures["index_visits"],
    )


def _json(path: Path) -> dict:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultsRefused(f"cannot be read ({error.strerror}); is this a result folder?", file=path) from error
    except ValueError as error:
        raise ResultsRefused(f"not JSON ({error})", file=path) from error
    if not isinstance(told, dict):
        raise ResultsRefused("not an object", file=path)
    return told


def _table(path: Path, types: dict[str, str], **options) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=types, **options)
    except (OSError, ValueError) as error:
        raise ResultsRefused(f"cannot be read ({error})", file=path) from error


def _units(path: Path) -> gpd.GeoDataFrame:
    collection = _json(path)
    try:
        units = gpd.GeoDataFrame.from_features(collection["features"], crs="OGC:CRS84")
        columns = ["name", "status", "scan_p", "q", "relative_risk", "distinct_persons", "geometry"]
        return units.astype({"unit_code": "str"}).set_index("unit_code")[columns].to_crs(METRES)
    except (KeyError, TypeError, ValueError) as error:
        raise ResultsRefused(f"cannot be used ({error})", file=path) from error


def _clusters(path: Path, alpha: float) -> pd.DataFrame:
    table = _table(path, {"kind": "str", "centre": "str", "members": "str"})
    hot = table[(table["kind"] == "person") & (table["p"] <= alpha)].sort_values("rank")
    dated = {side: [date.fromisoformat(text) for text in hot[side]] for side in ("start", "end")}
    return hot.assign(members=[text.split() for text in hot["members"]], **dated).reset_index(drop=True)


def _unit_hours(folder: Path, days: list[date], codes: pd.Index) -> dict[str, np.ndarray]:
    names = ("population", "observable", "index_visits")
    figures = {name: np.full((len(codes), 24 * len(days)), np.nan) for name in names}
    for number, day in enumerate(days):
        path = folder / f"{day.isoformat()}.csv.gz"
        rows = _table(path, {"unit_code": "str"}, usecols=["unit_code", *names])
        if len(rows) != 24 * len(codes):
            raise ResultsRefused(f"{len(rows)} rows, where {24 * len(codes)} are needed", file=path)
        at = codes.get_indexer(rows["unit_code"].iloc[::24])
        if (at < 0).any():
            raise ResultsRefused("a unit that hotspots.geojson does not have", file=path, field="unit_code")
        for name in names:
            values = rows[name].to_numpy(dtype=float).reshape(-1, 24)
            figures[name][at, 24 * number : 24 * number + 24] = values
    return figures
