"""A town with a planted hot dong, its results and its extract, made once; and plans of it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer

from analytics.hotspots import find_hotspots
from analytics.parameters import Parameters
from analytics.planning import PlanParameters, make_plan
from tests.analytics.town import CODES, FIRST, NOW, Town, make_town, squares

KST = ZoneInfo("Asia/Seoul")
DAYS = 14
BEGIN = datetime(2020, 8, 20, 9, tzinfo=KST)  # the day after the town's data were known
OLD, LATE = 2, 200
"""Persons whose only visit lies more than seven days before the plan, and one that is known by date only."""


@dataclass(frozen=True)
class World:
    """A town's files: `results` and `extract` are folders; `visited` facilities; `hot` the planted dong."""

    town: Town
    visits: list[dict]
    results: Path
    extract: Path
    hot: str

    @property
    def visited(self) -> set[str]:
        return {visit["facility_id"] for visit in self.visits}

    def plan(self, out: Path, **asked):
        """Make a plan for the day after the data, from the middle of the town."""
        x, y = squares().geometry.iloc[14].centroid.coords[0]
        lon, lat = place_of(x, y)
        asked = {"begin": BEGIN, "start": (lon, lat), "iterations": 200} | asked
        return make_plan(self.results, self.extract, out, PlanParameters(**asked), created=NOW)


def place_of(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a point in EPSG:5179."""
    return Transformer.from_crs("EPSG:5179", "EPSG:4326", always_xy=True).transform(x, y)


def rewrite(folder: Path, name: str, change: Callable[[dict], object]) -> None:
    """Change a JSON file of a result folder and let its datapackage.json vouch for it."""
    told, package = (json.loads((folder / file).read_text("utf-8")) for file in (name, "datapackage.json"))
    change(told)
    content = json.dumps(told).encode()
    (folder / name).write_bytes(content)
    entry = next(entry for entry in package["resources"] if entry["path"] == name)
    entry["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


def sensitive(facility: str) -> bool:
    """Say whether the town marks a facility as sensitive: every fifth."""
    return int(facility[1:]) % 5 == 0


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> World:
    town = make_town(11, days=DAYS)
    folder = tmp_path_factory.mktemp("planning")
    busy = np.argsort(town.intensity.sum(axis=1))
    ordinary = [int(n) for n in busy if n % 5]
    planted = ordinary[len(ordinary) // 2]
    hour = int(np.flatnonzero(town.active[planted])[-30])
    visits = town.cases(25) + [town.visit(100 + person, planted, hour) for person in range(8)]
    visits.append(town.visit(OLD, ordinary[3], 10))
    dated = town.visit(LATE, ordinary[-1], 24 * 11)
    visits.append(dated | {"end": dated["start"] + pd.Timedelta(days=1)})
    hidden = int(busy[busy % 5 == 0][-1])
    visits.append(town.visit(LATE + 1, hidden, int(np.flatnonzero(town.active[hidden])[-5])))
    inputs = town.write(folder, visits)
    results = folder / "results"
    quick = Parameters(replicates=199, gi_replicates=999, max_radius_m=600.0)
    find_hotspots(**inputs, out=results, created=NOW, parameters=quick)
    assert FIRST + pd.Timedelta(days=DAYS + 3) == pd.Timestamp(BEGIN).normalize()
    return World(town, visits, results, inputs["extract"], str(CODES[town.unit[planted]]))


@pytest.fixture(scope="session")
def planned(world, tmp_path_factory):
    """Return one plan of the town and its folder."""
    out = tmp_path_factory.mktemp("plans") / "first"
    return world.plan(out), out
