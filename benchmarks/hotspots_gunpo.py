"""How long does a whole `hotspots` run take for Gunpo, gridded at 100 m and 50 m, 28 days by the hour?

Input: the outline of Gunpo in cells of EPSG:5179, one population file a day in the layout of Seoul's grid files,
an extract of 1,700 facilities that the contract's writer makes (facilities stand where people are), and visits of
confirmed cases whose places are drawn from the log, two a person on average. `routes` drops the log: every cell
is observable, which is the harder case. The command runs as an officer runs it, in a process of its own; its
steps, the whole wall-clock and the largest memory are printed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analytics.contract import write_extract
from entry_service.demo import geometry

DAYS, FACILITIES = 28, 1_700
FIRST = pd.Timestamp("2020-08-03", tz="Asia/Seoul")
NOW = datetime(2020, 9, 1, 3, tzinfo=UTC)
LIMIT = {100: 20, 50: 90}  # seconds, of issue 5
RUN = """
import json, resource, sys, time
began = time.perf_counter()
steps, last = {}, ["start", began]
def progress(step, done, of):
    now = time.perf_counter()
    steps[last[0]] = steps.get(last[0], 0.0) + now - last[1]
    last[:] = [step, now]
from datetime import datetime, UTC
from pathlib import Path
from analytics.hotspots import find_hotspots
folder, extract, out = map(Path, sys.argv[1:])
progress("start", 0, 1)
found = find_hotspots(folder / extract, sorted((folder / "population").iterdir()), folder / "units.geojson",
                      folder / out, created=datetime(2020, 9, 1, 3, tzinfo=UTC), progress=progress)
progress("end", 1, 1)
units = found.summary["units"]
used = resource.getrusage(resource.RUSAGE_SELF)
cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20
print(json.dumps({"steps": steps, "peak": peak, "cpu": cpu, "units": units}))
"""


def cells(side: int) -> gpd.GeoDataFrame:
    """Return the cells whose centre lies in Gunpo, index by national grid name, with the legal dong's number."""
    outline = np.concatenate([ring for dong in geometry.legal_dongs() for ring in dong.rings])
    x, y = geometry.to_metres(outline[:, 0], outline[:, 1])
    east = np.arange(x.min() // side, x.max() // side + 1) * side
    north = np.arange(y.min() // side, y.max() // side + 1) * side
    east, north = (axis.ravel() for axis in np.meshgrid(east, north))
    legal = geometry.legal_dong_of(*geometry.to_degrees(east + side / 2, north + side / 2))
    east, north, legal = east[legal >= 0], north[legal >= 0], legal[legal >= 0]
    code = [geometry.cell_code(int(e), int(n)) for e, n in zip(east, north, strict=True)]
    boxes = shapely.box(east, north, east + side, north + side)
    return gpd.GeoDataFrame({"unit_code": code, "legal": legal}, geometry=boxes, crs="EPSG:5179")


def people(grid: gpd.GeoDataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return people by cell and hour of the period: centres of life, a rhythm, some cells with next to nobody."""
    middle = shapely.get_coordinates(shapely.centroid(grid.geometry.to_numpy()))
    centres = middle[rng.choice(len(middle), 25)]
    away = np.hypot(*(middle[:, None] - centres).transpose(2, 0, 1))
    density = np.exp(-((away / 500) ** 2)).sum(axis=1) + 0.02
    crowd = density * rng.lognormal(0, 0.6, len(middle))
    crowd *= 275_000 / crowd.sum()
    phase = rng.uniform(0, 24, (len(middle), 1))
    hour = np.arange(24 * DAYS)
    return crowd[:, None] * (1 + 0.5 * np.sin((hour - phase) / 12 * np.pi))


def write_population(folder: Path, grid: gpd.GeoDataFrame, crowd: np.ndarray) -> None:
    """Write one CP949 file a day; three people or fewer are masked."""
    folder.mkdir(parents=True)
    head = '"일자","시간","행정동코드","250M격자","생활인구합계"\r\n'
    code = [f'"414101{legal:02d}","{cell}"' for legal, cell in zip(grid["legal"], grid["unit_code"], strict=True)]
    for day in range(DAYS):
        stamp, lines = f"{FIRST + pd.Timedelta(days=day):%Y%m%d}", []
        for hour in range(24):
            values = crowd[:, 24 * day + hour].tolist()
            lines += [
                f'"{stamp}","{hour:02d}",{where},"{"*" if value <= 3 else f"{value:.2f}"}"'
                for where, value in zip(code, values, strict=True)
            ]
        (folder / f"250_LOCAL_RESD_{stamp}.csv").write_text(
            head + "\r\n".join(lines) + "\r\n", "cp949", newline=""
        )


def write_extracts(folder: Path, grid: gpd.GeoDataFrame, crowd: np.ndarray, visits: list[int], rng) -> None:
    """Write an extract with the log for each number of visits, and one of published routes."""
    at = np.sort(rng.choice(len(grid), FACILITIES, p=crowd.mean(axis=1) / crowd.mean(axis=1).sum()))
    inside = shapely.centroid(grid.geometry.to_numpy()[at])
    points = gpd.GeoSeries(inside, crs="EPSG:5179").to_crs("EPSG:4326")
    names = np.array([f"F-{number:04d}" for number in range(FACILITIES)])
    facilities = pd.DataFrame(
        {
            "facility_id": names,
            "category": rng.choice(["restaurant", "cafe", "pc_room", "public", "hospital"], FACILITIES),
            "lon": points.x.to_numpy(),
            "lat": points.y.to_numpy(),
            "area_m2": 80.0,
            "capacity": pd.NA,
            "risk_score": pd.NA,
            "stage": rng.integers(1, 4, FACILITIES),
            "sensitive": rng.random(FACILITIES) < 0.05,
        }
    )
    hours = pd.date_range(FIRST, periods=24 * DAYS, freq="h", unit="us")
    opens, stays = rng.integers(6, 12, (FACILITIES, 1)), rng.integers(8, 14, (FACILITIES, 1))
    clock = np.arange(24 * DAYS) % 24
    active = (clock >= opens) & (clock < opens + stays)
    level = 0.03 * np.exp(rng.uniform(0, np.log(20), (FACILITIES, 1)))
    entries = rng.poisson(np.where(active, level * np.minimum(crowd[at], 400), 0))
    shown = active.ravel()
    log = pd.DataFrame(
        {
            "facility_id": np.repeat(names, len(hours)),
            "hour": np.tile(hours, FACILITIES),
            "entries": pd.array(entries.ravel(), dtype="Int64"),
            "person_minutes": entries.ravel() * 45.0,
            "index_visits": pd.array(np.zeros(entries.size, int), dtype="Int64"),
            "index_persons": pd.array(np.zeros(entries.size, int), dtype="Int64"),
            "exposed": pd.array(np.zeros(entries.size, int), dtype="Int64"),
            "missing": np.where(shown, "", "closed"),
        }
    )
    counted = ["entries", "person_minutes", "exposed"]
    log[counted] = log[counted].where(pd.Series(shown))
    logged = np.repeat(np.flatnonzero(entries), entries.ravel()[np.flatnonzero(entries)])
    for count in visits:
        drawn = rng.choice(logged, count, replace=False)
        facility, hour = np.divmod(drawn, len(hours))
        start = FIRST + pd.to_timedelta(hour, unit="h")
        table = pd.DataFrame(
            {
                "ordinal": rng.integers(1, count // 2 + 1, count),
                "facility_id": names[facility],
                "start": start,
                "end": start + pd.Timedelta(hours=1),
                "known_at": start.normalize() + pd.Timedelta(days=3),
            }
        )
        for profile, table_of_hours in (("log", log), ("routes", None)):
            write_extract(
                folder / f"{profile}-{count}",
                facilities=facilities,
                facility_hours=table_of_hours,
                index_visits=table.sort_values(["ordinal", "start"], ignore_index=True),
                profile=profile,
                as_of=FIRST + pd.Timedelta(days=DAYS + 3),
                start=FIRST,
                end=FIRST + pd.Timedelta(days=DAYS),
                created=NOW,
                code_version="0.1.0",
            )


def make(folder: Path, side: int, visits: list[int], seed: int) -> int:
    """Write all inputs of one cell size; return the number of cells."""
    rng = np.random.default_rng(seed)
    grid = cells(side)
    crowd = people(grid, rng)
    grid[["unit_code", "geometry"]].to_crs("EPSG:4326").to_file(folder / "units.geojson", driver="GeoJSON")
    write_population(folder / "population", grid, crowd)
    write_extracts(folder, grid, crowd, visits, rng)
    return len(grid)


def run(folder: Path, extract: str) -> tuple[dict, float]:
    """Run the whole analysis in a process of its own; return what it told and its wall-clock."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", RUN, folder, extract, f"out-{extract}"],
        check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent, timeout=900,
        env=os.environ | {"PYTHONPATH": "."},
    )  # fmt: skip
    return json.loads(done.stdout), time.perf_counter() - began


def main() -> None:
    """Print a line for each cell size, profile and number of visits, and the seconds of each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, nargs="+", default=[100, 50], help="metres of a cell")
    parser.add_argument("--visits", type=int, nargs="+", default=[72, 500, 2_000])
    parser.add_argument("--profile", nargs="+", default=["log", "routes"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep the input here, or use what is already here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        for side in asked.side:
            folder = (asked.folder or Path(temporary)) / f"{side}m"
            if not folder.exists():
                folder.mkdir(parents=True)
                make(folder, side, asked.visits, asked.seed)
            for profile in asked.profile:
                for visits in asked.visits:
                    told, wall = run(folder, f"{profile}-{visits}")
                    units = told["units"]
                    print(
                        f"{side} m, {units['total']:,} cells ({units['no data']:,} no data), {profile}, "
                        f"{visits:,} visits: {wall:.1f} s (target {LIMIT.get(side, '–')}; {told['cpu']:.1f} s of "
                        f"processor), {told['peak']:.2f} GiB",
                        flush=True,
                    )
                    print(
                        "   " + ", ".join(f"{name} {took:.1f}" for name, took in told["steps"].items()), flush=True
                    )


if __name__ == "__main__":
    main()
