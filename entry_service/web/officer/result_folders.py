"""Reads result folders that the analytics left under ``var/results``: the newest one, its tables as compact JSON.

A folder appears only when complete. One that is not whole all the same (a copy that broke off) is passed over and
named in the log. Nothing here imports the analytics or pandas: both sides know only the contract
(contract/results.json).
"""

import csv
import gzip
import hashlib
import io
import json
import logging
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from entry_service.core.errors import NotFound

COLUMNS = ("population", "entries", "index_visits")
GRADES = 10  # floating population is shown in ten grades
DAY_FILE = re.compile(r"(\d{4}-\d{2}-\d{2})\.csv\.gz")
NEEDED = ("hotspots.geojson", "clusters.csv")  # beside summary.json; hourly figures may be absent
ALPHA = 0.05  # the level of a run whose parameters do not name one
LATEST = "latest"  # the pointer that the watcher of the analytics moves
CACHED_DAYS = 32  # days of unit_hours kept as JSON: one run of the demo

log = logging.getLogger("entry_service.web")


@dataclass(frozen=True, slots=True)
class ResultFolder:
    """One complete run of the analytics."""

    path: Path
    summary: dict

    @property
    def as_of(self) -> str:
        """Return the time whose knowledge the run used, ISO 8601."""
        return str(self.summary["as_of"])

    @property
    def alpha(self) -> float:
        """Return the level at which the run calls a cluster hot."""
        return float((self.summary.get("parameters") or {}).get("alpha", ALPHA))

    @property
    def routes(self) -> bool:
        """Say whether the run is on published routes, without an entry log."""
        return self.summary.get("profile") == "routes"

    @property
    def age(self) -> tuple[float, float]:
        """Return what the newest run has most of: ``as_of``, then ``created``, in seconds."""
        return moment(self.as_of), moment(self.summary.get("created"))

    def days(self) -> list[str]:
        """Return the days that have hourly figures, in order."""
        return sorted(found[1] for file in _files(self.path / "unit_hours") if (found := DAY_FILE.fullmatch(file)))

    def features(self) -> list[dict]:
        """Return the properties of all units, hot ones first, then by relative risk."""
        return list(_features(self.path / "hotspots.geojson", stamp_of(self.path / "hotspots.geojson")))

    def clusters(self) -> list[dict[str, str]]:
        """Return the rows of clusters.csv."""
        text = (self.path / "clusters.csv").read_text(encoding="utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    def unit_hours(self, day: str) -> tuple[bytes, str]:
        """Return one day as compact JSON and its ETag; raise NotFound for a day that the run does not have."""
        if day not in self.days():  # also keeps anything that is not a day out of the path
            raise NotFound(day=day)
        file = self.path / "unit_hours" / f"{day}.csv.gz"
        return _unit_hours(file, stamp_of(file), day)


def newest(results: Path) -> ResultFolder | None:
    """Return the run that ``latest`` points to, else the one with the latest ``as_of``, then ``created``, or None.

    The watcher of the analytics moves the pointer in one step once a run is whole.
    """
    pointer = results / LATEST
    if pointer.is_symlink() and (path := results / pointer.readlink().name).is_dir() and (run := run_in(path)):
        return run
    folders = [file.parent for file in sorted(results.glob("*/summary.json"))]
    runs = [run_in(path) for path in folders if not path.name.startswith(".") and not path.is_symlink()]
    return max(filter(None, runs), key=lambda run: run.age, default=None)


def run_in(path: Path) -> ResultFolder | None:
    """Return the run of a folder, or None and a line in the log where it is not whole."""
    file = path / "summary.json"
    try:
        missing = [name for name in NEEDED if not (path / name).is_file()]
        if missing:
            raise ValueError(f"no {missing[0]}")
        run = ResultFolder(path, _summary(file, stamp_of(file)))
        if not run.age[0]:
            raise ValueError("no as_of")
        return run
    except (OSError, ValueError, KeyError, TypeError) as reason:
        facts = {"folder": path.name, "kind": type(reason).__name__}
        log.warning("result folder passed over", extra={"facts": facts})
        return None


def moment(text: object) -> float:
    """Return an ISO 8601 time or date as seconds, so that offsets do not matter; 0 where there is none."""
    if not text:
        return 0.0
    at = datetime.fromisoformat(str(text))
    return at.timestamp() if at.tzinfo else datetime.fromisoformat(f"{at.isoformat()}+09:00").timestamp()


def etag(content: bytes) -> str:
    """Return a strong validator of some bytes."""
    return hashlib.sha256(content).hexdigest()[:32]


def _files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def stamp_of(file: Path) -> tuple[int, int]:
    """Return what changes when a file does: time of change (ns) and size (bytes)."""
    status = file.stat()
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=8)
def _summary(file: Path, stamp: tuple[int, int]) -> dict:
    return json.loads(file.read_text(encoding="utf-8"))


@lru_cache(maxsize=2)
def _features(file: Path, stamp: tuple[int, int]) -> tuple[dict, ...]:
    collection = json.loads(file.read_text(encoding="utf-8"))
    units = [feature["properties"] for feature in collection["features"]]
    order = {"hot": 0, "not significant": 1, "no data": 2}
    return tuple(sorted(units, key=lambda u: (order[u["status"]], -(u.get("relative_risk") or 0), u["unit_code"])))


def tidy(value: float) -> float:
    """Return the value with two significant digits, as a person would write a bound."""
    return float(f"{value:.2g}")


@lru_cache(maxsize=CACHED_DAYS)
def _unit_hours(file: Path, stamp: tuple[int, int], day: str) -> tuple[bytes, str]:
    units: dict[str, dict[str, list]] = {}
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            hour = datetime.fromisoformat(row["hour"]).hour
            unit = units.setdefault(row["unit_code"], _empty_day())
            for name in COLUMNS:
                unit[name][hour] = _number(row.get(name, ""))
            unit["missing"][hour] = row["missing"]
    codes = sorted(units)
    content = json.dumps(
        {
            "day": date.fromisoformat(day).isoformat(),
            "unit_codes": codes,
            **{name: [units[code][name] for code in codes] for name in (*COLUMNS, "missing")},
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    return content, etag(content)


def _empty_day() -> dict[str, list]:
    return {name: [None] * 24 for name in COLUMNS} | {"missing": [""] * 24}


def _number(text: str) -> float | int | None:
    if text == "":
        return None
    value = round(float(text), 1)
    return int(value) if value.is_integer() else value
