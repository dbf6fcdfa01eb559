"""Reads what a plan rests on: a result folder of hotspots, and the extract that it was made from."""

import gzip
import hashlib
import io
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
PACKAGE = "datapackage.json"


class ResultsRefused(InputRefused):
    """A result folder that is not one, is broken, or is not of the extract given with it."""


@dataclass(frozen=True)
class Results:
    """One result folder.

    Attributes
    ----------
    units : GeoDataFrame in EPSG:5179, index unit_code: `name`, `status`, `scan_p`, `q`
    clusters : person-based clusters with p ≤ alpha: `members` (list of codes), `start`, `end` (dates), `p`
    facility_risk : DataFrame, index facility_id: `relative_hazard`, `rank`; NaN where there is none
    days : the last DAYS days, oldest first
    population, observable, index_visits : float, units × 24 hours of each of these days; NaN where no figure
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
    population: np.ndarray
    observable: np.ndarray
    index_visits: np.ndarray


@dataclass(frozen=True)
class _Folder:
    """A result folder whose files are read only if they are what its datapackage.json vouches for."""

    path: Path
    hashes: dict[str, str]

    def read(self, name: str) -> bytes:
        file = self.path / name
        try:
            content = file.read_bytes()
        except OSError as error:
            raise ResultsRefused(f"cannot be read ({error.strerror})", file=file) from error
        if self.hashes.get(name) != f"sha256:{hashlib.sha256(content).hexdigest()}":
            raise ResultsRefused(f"its content is not what {PACKAGE} vouches for (SHA-256 differs)", file=file)
        return gzip.decompress(content) if name.endswith(".gz") else content

    def json(self, name: str) -> dict:
        return json.loads(self.read(name))

    def table(self, name: str, **options) -> pd.DataFrame:
        return pd.read_csv(io.BytesIO(self.read(name)), **options)


def read_inputs(folder: Path, extract: Path) -> tuple[Results, Extract]:
    """Return results and extract; refuse either, or a pair that does not belong together.

    Raises
    ------
    ResultsRefused, ExtractRefused
    """
    files = _open(folder)
    summary = files.json("summary.json")
    log = read_extract(extract)
    try:
        _assert_pair(folder, summary, extract, log)
        return _results(files, summary), log
    except (KeyError, TypeError) as error:
        raise ResultsRefused(f"lacks {error}", file=folder / "summary.json") from error


def _open(folder: Path) -> _Folder:
    file = folder / PACKAGE
    try:
        package = json.loads(file.read_text(encoding="utf-8"))
        if package["name"] != "results" or not str(package["schema_version"]).startswith(MAJOR):
            said = f"{package['name']} {package['schema_version']}"
            raise ResultsRefused(f"'{said}', where this program reads results {MAJOR}x", file=file)
        return _Folder(folder, {entry["path"]: entry["hash"] for entry in package["resources"]})
    except OSError as error:
        raise ResultsRefused(f"{folder} is no result folder ({error.strerror})", file=file) from error
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ResultsRefused(f"{folder} is no result folder ({error})", file=file) from error


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


def _results(files: _Folder, summary: dict) -> Results:
    units = _units(files.read("hotspots.geojson"))
    first, last = (date.fromisoformat(summary["period"][side]) for side in ("first_day", "last_day"))
    days = [day.date() for day in pd.date_range(end=last, periods=min(DAYS, (last - first).days + 1))]
    population, observable, index_visits = _unit_hours(files, days, units.index)
    risk = files.table("facility_risk.csv", dtype={"facility_id": "str", "reason": "str"}).set_index("facility_id")
    alpha = float(summary["parameters"]["alpha"])
    return Results(
        name=files.path.resolve().name,
        as_of=moment(summary["as_of"]),
        profile=summary["profile"],
        alpha=alpha,
        unit_kind=summary["population"]["unit_kind"],
        units=units,
        clusters=_clusters(files, alpha),
        facility_risk=risk[["relative_hazard", "rank"]].astype(float),
        days=days,
        population=population,
        observable=observable,
        index_visits=index_visits,
    )


def _units(content: bytes) -> gpd.GeoDataFrame:
    units = gpd.read_file(io.BytesIO(content)).astype({"unit_code": "str", "scan_p": float, "q": float})
    return units.set_index("unit_code")[["name", "status", "scan_p", "q", "geometry"]].to_crs(METRES)


def _clusters(files: _Folder, alpha: float) -> pd.DataFrame:
    table = files.table("clusters.csv", dtype={"kind": "str", "members": "str", "start": "str", "end": "str"})
    hot = table[(table["kind"] == "person") & (table["p"] <= alpha)].sort_values("rank")
    dated = {side: [date.fromisoformat(text) for text in hot[side]] for side in ("start", "end")}
    return hot.assign(members=[text.split() for text in hot["members"]], **dated).reset_index(drop=True)


def _unit_hours(files: _Folder, days: list[date], codes: pd.Index) -> list[np.ndarray]:
    """Return population, observable and index visits: units × hours of the days."""
    names = ("population", "observable", "index_visits")
    figures = [np.full((len(codes), 24 * len(days)), np.nan) for _ in names]
    for number, day in enumerate(days):
        name = f"unit_hours/{day.isoformat()}.csv.gz"
        rows = files.table(name, dtype={"unit_code": "str"}, usecols=["unit_code", *names])
        at = codes.get_indexer(rows["unit_code"].iloc[::24])
        if len(rows) != 24 * len(codes) or (at < 0).any():
            words = "its units are not those of hotspots.geojson"
            raise ResultsRefused(words, file=files.path / name, field="unit_code")
        for figure, column in zip(figures, names, strict=True):
            values = rows[column].to_numpy(dtype=float).reshape(-1, 24)
            figure[at, 24 * number : 24 * number + 24] = values
    return figures
