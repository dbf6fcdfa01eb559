"""Reads a result folder of `hotspots` for the reports: units, clusters, who was there hour by hour."""

import csv
import gzip
import hashlib
import io
import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ..geography import METRES
from ..refusals import InputRefused

PACKAGE = "datapackage.json"
MISSING = ("", "masked", "absent", "no_active_facility")
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
    days : first to last day
    population, index_visits : float, units × 24·days; NaN where there is no figure
    absent : bool, of the same shape: nobody was counted (a masked figure is not absent)
    blind_spots : name → unseen person-hours, the first SPOTS of blind_spots.csv; empty where the run has none
    """

    name: str
    summary: dict
    units: gpd.GeoDataFrame
    clusters: pd.DataFrame
    days: list[date]
    population: np.ndarray
    index_visits: np.ndarray
    absent: np.ndarray
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
    InputRefused
        No result folder, or a file that is missing, changed or cut off.
    """
    listed = _listed(folder)
    summary = json.loads(_verified(folder, "summary.json", listed))
    collection = json.loads(_verified(folder, "hotspots.geojson", listed))
    units = gpd.GeoDataFrame.from_features(collection["features"], crs="OGC:CRS84").set_index("unit_code")
    first, last = (date.fromisoformat(summary["period"][name]) for name in ("first_day", "last_day"))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    figures = {name: np.full((len(units), 24 * len(days)), np.nan) for name in FIGURES}
    absent = np.ones((len(units), 24 * len(days)), bool)
    for number, day in enumerate(days):
        name = f"unit_hours/{day.isoformat()}.csv.gz"
        content = gzip.decompress(_verified(folder, name, listed))
        at = slice(24 * number, 24 * number + 24)
        of_day = {key: part[:, at] for key, part in figures.items()}
        _take(content, folder / name, units.index, of_day, absent[:, at])
    clusters = _clusters(_verified(folder, "clusters.csv", listed).decode("utf-8-sig"))
    spots = _blind_spots(folder, listed)
    return Run(
        folder.resolve().name,
        summary,
        units.to_crs(METRES),
        clusters,
        days,
        **figures,
        absent=absent,
        blind_spots=spots,
    )


def _listed(folder: Path) -> dict[str, str]:
    try:
        package = json.loads((folder / PACKAGE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputRefused(f"{folder} is no result folder ({error})", file=folder / PACKAGE) from error
    if not isinstance(package, dict) or package.get("name") != "results":
        raise InputRefused("not the results of a run", file=folder / PACKAGE, field="name")
    return {entry["path"]: entry["hash"] for entry in package["resources"]}


def _verified(folder: Path, name: str, listed: dict[str, str]) -> bytes:
    if name not in listed or not (folder / name).is_file():
        raise InputRefused("is missing", file=folder / name)
    content = (folder / name).read_bytes()
    if listed[name] != f"sha256:{hashlib.sha256(content).hexdigest()}":
        raise InputRefused(f"is not what {PACKAGE} vouches for (SHA-256 differs)", file=folder / name)
    return content


def _take(content: bytes, file: Path, codes: pd.Index, figures: dict[str, np.ndarray], absent: np.ndarray) -> None:
    """Write one day's rows (24 a unit) into the arrays of that day."""
    rows = pd.read_csv(io.BytesIO(content), dtype={"unit_code": "str", "missing": "str"}, keep_default_na=True)
    at = codes.get_indexer(rows["unit_code"].to_numpy()[::24])
    if len(rows) != 24 * len(codes) or (at < 0).any():
        raise InputRefused("its units are not those of hotspots.geojson", file=file, field="unit_code")
    for name, part in figures.items():
        part[at] = rows[name].to_numpy(dtype=float).reshape(-1, 24)
    masked = (rows["missing"] == "masked").to_numpy().reshape(-1, 24)
    absent[at] = np.isnan(figures["population"][at]) & ~masked


def _blind_spots(folder: Path, listed: dict[str, str]) -> dict[str, float]:
    """Return the first rows of blind_spots.csv, which results before 1.2 do not have."""
    if "blind_spots.csv" not in listed:
        return {}
    rows = csv.DictReader(io.StringIO(_verified(folder, "blind_spots.csv", listed).decode("utf-8-sig")))
    return {
        row["name"] or row["unit_code"]: float(row["unseen_person_hours"])
        for row, _ in zip(rows, range(SPOTS), strict=False)
    }


def _clusters(text: str) -> pd.DataFrame:
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["kind"] == "person"]
    columns = ("rank", "members", "start", "end", "visits", "distinct_persons", "expected", "relative_risk", "p")
    table = [
        {
            "rank": int(row["rank"]),
            "members": row["members"].split(),
            "start": date.fromisoformat(row["start"]),
            "end": date.fromisoformat(row["end"]),
            **{name: int(float(row[name])) for name in ("visits", "distinct_persons")},
            **{name: float(row[name] or "nan") for name in ("expected", "relative_risk", "p")},
        }
        for row in rows
    ]
    return pd.DataFrame(table, columns=columns).sort_values("rank", ignore_index=True)
