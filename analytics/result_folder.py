"""Reads a result folder of `hotspots`: each file only as its datapackage.json vouches for it."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from .geography.metres import METRES
from .refusals import InputRefused

PACKAGE = "datapackage.json"
MAJOR = "1."
HOURS = 24
CLUSTER = ("rank", "members", "start", "end", "visits", "distinct_persons", "expected", "relative_risk", "p")


class ResultsRefused(InputRefused):
    """A result folder that is not one, is broken, or is not of the extract given with it."""


@dataclass(frozen=True)
class ResultFolder:
    """A result folder and the hashes of its files; reading one that differs raises ResultsRefused."""

    path: Path
    hashes: dict[str, str]

    @classmethod
    def open(cls, folder: Path) -> "ResultFolder":
        """Return the folder; refuse what is no result folder, or of another major version."""
        file = folder / PACKAGE
        try:
            package = json.loads(file.read_text(encoding="utf-8"))
            if package["name"] != "results" or not str(package["schema_version"]).startswith(MAJOR):
                said = f"{package['name']} {package['schema_version']}"
                raise ResultsRefused(f"'{said}', where this program reads results {MAJOR}x", file=file)
            return cls(folder, {entry["path"]: entry["hash"] for entry in package["resources"]})
        except OSError as error:
            raise ResultsRefused(f"{folder} is no result folder ({error.strerror})", file=file) from error
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise ResultsRefused(f"{folder} is no result folder ({error})", file=file) from error

    @property
    def name(self) -> str:
        """Return the name of the run, also where the folder is reached by `latest`."""
        return self.path.resolve().name

    def read(self, name: str) -> bytes:
        """Return the content of a file, unpacked."""
        file = self.path / name
        try:
            content = file.read_bytes()
        except OSError as error:
            raise ResultsRefused(f"cannot be read ({error.strerror})", file=file) from error
        if self.hashes.get(name) != f"sha256:{hashlib.sha256(content).hexdigest()}":
            raise ResultsRefused(f"its content is not what {PACKAGE} vouches for (SHA-256 differs)", file=file)
        return gzip.decompress(content) if name.endswith(".gz") else content

    def json(self, name: str) -> dict:
        """Return the object in a file."""
        return json.loads(self.read(name))

    def rows(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a CSV file as they are written."""
        return list(csv.DictReader(io.StringIO(self.read(name).decode("utf-8-sig"))))

    def table(self, name: str, **options: object) -> pd.DataFrame:
        """Return a CSV file as pandas reads it."""
        return pd.read_csv(io.BytesIO(self.read(name)), **options)

    def units(self) -> gpd.GeoDataFrame:
        """Return hotspots.geojson in EPSG:5179, index unit_code."""
        features = self.json("hotspots.geojson")["features"]
        return gpd.GeoDataFrame.from_features(features, crs="OGC:CRS84").set_index("unit_code").to_crs(METRES)

    def clusters(self) -> pd.DataFrame:
        """Return the person-based clusters by rank: `members` are codes, `start` and `end` dates, half-open."""
        table = [
            {
                "rank": int(row["rank"]),
                "members": row["members"].split(),
                "start": date.fromisoformat(row["start"]),
                "end": date.fromisoformat(row["end"]),
                **{name: int(float(row[name])) for name in ("visits", "distinct_persons")},
                **{name: float(row[name] or "nan") for name in ("expected", "relative_risk", "p")},
            }
            for row in self.rows("clusters.csv")
            if row["kind"] == "person"
        ]
        return pd.DataFrame(table, columns=CLUSTER).sort_values("rank", ignore_index=True)

    def hours(self, day: date, codes: pd.Index, columns: Sequence[str]) -> dict[str, np.ndarray]:
        """Return columns of a day's unit_hours, units × 24 in the order of `codes`; NaN: there is no figure."""
        name = f"unit_hours/{day.isoformat()}.csv.gz"
        texts = {"unit_code": "str", "missing": "str"}
        rows = self.table(name, dtype=texts, usecols=["unit_code", *columns])
        at = codes.get_indexer(rows["unit_code"].to_numpy()[::HOURS])
        if len(rows) != HOURS * len(codes) or (at < 0).any():
            words = "its units are not those of hotspots.geojson"
            raise ResultsRefused(words, file=self.path / name, field="unit_code")
        order = np.argsort(at)
        return {column: rows[column].to_numpy().reshape(-1, HOURS)[order] for column in columns}
