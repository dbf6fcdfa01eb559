"""A result folder as contract/results.json describes it, made from the demo city without any analytics."""

import csv
import gzip
import json
import shutil
import sqlite3
import tempfile
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from entry_service.core.times import KST
from entry_service.demo import cells, city, population, population_files

ROOT = Path(__file__).resolve().parents[2]
TABLES = json.loads((ROOT / "contract" / "results.json").read_text(encoding="utf-8"))["tables"]
HOT = ("다사51002850", "다사51002825")  # two neighbouring cells near Gunpo station
DAYS = (date(2020, 8, 13), date(2020, 8, 14))


def columns(table: str) -> list[str]:
    return [field["name"] for field in TABLES[table]["schema"]["fields"]]


def write_results(folder: Path, *, as_of: str = "2020-08-29T00:00:00+09:00", seed: int = 1) -> Path:
    """Write a complete, small but whole run: every cell of Gunpo, two days, one cluster of two cells.

    It is made once in a process and then copied.
    """
    return Path(shutil.copytree(Path(_made(as_of, seed).name) / "run", folder, copy_function=shutil.copy))


@cache
def _made(as_of: str, seed: int) -> tempfile.TemporaryDirectory:
    """Return the folder that holds ``run``; it goes with the process."""
    kept = tempfile.TemporaryDirectory(prefix="results-")
    _write(Path(kept.name) / "run", as_of, seed)
    return kept


def _write(folder: Path, as_of: str, seed: int) -> None:
    made = city.make_city(seed, 0.1)
    people = population.floating_population(made, DAYS, seed)
    rng = np.random.default_rng(seed)
    codes = [str(code) for code in made.cells.code]
    hot = [codes.index(code) for code in HOT]
    with_site = set(made.sites.cell.tolist()) | set(hot)
    folder.mkdir(parents=True)
    units = {}
    for index, code in enumerate(codes):
        units[code] = _unit(rng, made.cells, index, hot=index in hot, known=index in with_site)
    population_files.write_units(folder / "hotspots.geojson", made.cells)
    collection = json.loads((folder / "hotspots.geojson").read_text(encoding="utf-8"))
    for feature in collection["features"]:
        feature["properties"] = units[feature["properties"]["unit_code"]]
    (folder / "hotspots.geojson").write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    _write_hours(folder / "unit_hours", codes, people, with_site, hot)
    _write_clusters(folder / "clusters.csv")
    _write_geopackage(folder / "hotspots.gpkg", seed)
    summary = {
        "as_of": as_of,
        "created": "2020-08-29T00:10:00+09:00",
        "seed": seed,
        "code_version": "0.1.0",
        "profile": "log",
        "parameters": {"alpha": 0.05, "replicates": 999},
        "rows": {"read": 2, "kept": 2, "rejected": {}},
    }
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")


def _unit(rng: np.random.Generator, at: cells.Cells, index: int, *, hot: bool, known: bool) -> dict:
    unit = dict.fromkeys(columns("hotspots"))
    status = "hot" if hot else "not significant" if known else "no data"
    unit |= {"unit_code": str(at.code[index]), "name": f"{at.dong_names[at.dong[index]]} {at.code[index]}"}
    unit |= {"status": status, "reason": "" if known else "no_active_facility"}
    if known:
        risk = 24.3 if hot else float(rng.gamma(1.2, 0.7))
        visits = 8 if hot else int(rng.integers(0, 3))
        unit |= {"observed": visits, "distinct_persons": 7 if hot else min(visits, 1)}
        unit |= {
            "expected": 0.34,
            "rate": risk / 10,
            "relative_risk": risk,
            "ci_low": risk / 2,
            "ci_high": risk * 2,
        }
        unit |= {"z": 6.1 if hot else 0.2, "q": 0.001 if hot else 0.8, "scan_p": 0.001 if hot else None}
        unit |= {"coverage": 0.031}
    return unit


def _write_hours(folder: Path, codes: list[str], people: np.ndarray, known: set[int], hot: list[int]) -> None:
    folder.mkdir()
    for number, day in enumerate(DAYS):
        with gzip.open(folder / f"{day}.csv.gz", "wt", encoding="utf-8", newline="") as text:
            table = csv.DictWriter(text, columns("unit_hours"))
            table.writeheader()
            for index, code in enumerate(codes):
                for hour in range(24):
                    table.writerow(_hour(index, code, day, hour, people[index, 24 * number + hour], known, hot))


def _hour(index: int, code: str, day: date, hour: int, value: float, known: set[int], hot: list[int]) -> dict:
    masked = value <= 3
    visits = 7 if index == hot[0] and hour in (19, 20) and day == DAYS[0] else 0
    return {
        "unit_code": code,
        "hour": datetime(day.year, day.month, day.day, hour, tzinfo=KST).isoformat(),
        "population": "" if masked else f"{value:.1f}",
        "observable": "" if masked else f"{value * 0.03:.2f}",
        "entries": 3 if index in known and hour > 8 else 0,
        "index_visits": visits,
        "missing": "masked" if masked else "" if index in known else "no_active_facility",
    }


def _write_clusters(file: Path) -> None:
    row = dict.fromkeys(columns("clusters"), "")
    row |= {"kind": "person", "rank": 1, "centre": HOT[0], "members": " ".join(HOT), "radius_m": 250}
    row |= {"start": str(DAYS[0]), "end": str(DAYS[1] + timedelta(days=1)), "visits": 12, "distinct_persons": 7}
    row |= {"expected": 0.31, "statistic": 15.2, "relative_risk": 24.3, "p": 0.001}
    second = row | {
        "rank": 2,
        "centre": "다사49752925",
        "members": "다사49752925",
        "visits": 3,
        "distinct_persons": 2,
    }
    with open(file, "w", encoding="utf-8", newline="") as text:
        table = csv.DictWriter(text, columns("clusters"))
        table.writeheader()
        table.writerows([row, second | {"expected": 1.2, "p": 0.62, "radius_m": 0}, row | {"kind": "visit"}])


def _write_geopackage(file: Path, seed: int) -> None:
    """Write a database of the kind that a GeoPackage is; the service hands it on and never opens it."""
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("PRAGMA application_id = 0x47504B47")
        db.execute(f"PRAGMA user_version = {seed}")
