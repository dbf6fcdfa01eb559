"""Ways along streets: shortest paths, places joined to them, gaps told."""

import json
from pathlib import Path

import numpy as np
import pytest

from analytics.planning.model import LEFT_OVER
from analytics.planning.streets import StreetsRefused, street_travel
from analytics.planning.travel import straight
from tests.analytics.planning.conftest import place_of
from tests.analytics.town import SOUTH, STEP, WEST


def write(path: Path, lines: list[list[tuple[float, float]]], kind: str = "LineString") -> Path:
    """Write lines given in EPSG:5179 as GeoJSON."""
    features = [
        {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": kind, "coordinates": [place_of(*point) for point in line]},
        }
        for line in lines
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
    return [place_of(WEST + x, SOUTH + y) for x, y in points]


def lines(*each: list[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    return [[(WEST + x, SOUTH + y) for x, y in line] for line in each]


def test_a_way_is_the_shortest_along_the_streets_and_to_and_from_them(tmp_path):
    square = lines(
        [(0, 0), (1_000, 0), (1_000, 1_000)], [(0, 0), (0, 400)], [(0, 400), (0, 1_000), (1_000, 1_000)]
    )
    streets = write(tmp_path / "streets.geojson", square)
    travel = street_travel(streets, at((200, 0), (1_000, 900), (-30, 500), (210, 0)), speed_kmh=36)
    assert travel.metres[0, 1] == pytest.approx(1_700, abs=0.5)
    assert travel.metres[0, 2] == pytest.approx(730, abs=0.5)
    assert travel.metres[0, 3] == pytest.approx(10, abs=0.5)  # on the same piece of street
    assert travel.off_street == pytest.approx([0, 0, 30, 0], abs=0.2)
    assert travel.seconds == pytest.approx(travel.metres / 10)
    assert np.allclose(travel.metres, travel.metres.T)
    way = travel.line([0, 2, 0])
    assert way[0] == way[-1]
    length = sum(straight([a, b], detour=1, speed_kmh=1).metres[0, 1] for a, b in zip(way, way[1:], strict=False))
    assert length == pytest.approx(2 * travel.metres[0, 2], abs=1)


def test_a_gap_and_a_place_far_off_are_no_way(tmp_path):
    streets = write(tmp_path / "gap.geojson", lines([(0, 0), (400, 0)], [(420, 0), (900, 0)]))
    travel = street_travel(streets, at((0, 0), (800, 0), (100, 5_000), (300, 0)), speed_kmh=30)
    assert np.isinf(travel.metres[0, [1, 2]]).all()
    assert np.isfinite(travel.metres[0, 3])
    assert travel.off_street[2] == pytest.approx(5_000, abs=2)


def test_a_plan_says_which_places_the_streets_do_not_reach(world, tmp_path):
    side = 6 * STEP
    across = [[(0, y), (side / 2 - 20, y)] for y in np.arange(0, side + 1, STEP)]
    beyond = [[(side / 2 + 20, y), (side, y)] for y in np.arange(0, side + 1, STEP)]
    upright = [[(x, 0), *((x, y) for y in np.arange(STEP, side + 1, STEP))] for x in (0, side)]
    streets = write(tmp_path / "half.geojson", lines(*across, *beyond, *upright))
    plan = world.plan(tmp_path / "plan", streets=streets, hours=10, teams=4)
    lost = [stop for stop in plan.stops if "도로 자료에" in stop.reason[-1].ko]
    assert lost
    assert all(stop.status == LEFT_OVER and stop.off_street_m is not None for stop in lost)
    assert any(stop.team for stop in plan.stops)
    told = json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))
    assert told["parameters"]["streets"] == "half.geojson"
    assert all(len(team["line"]) > len(team["stops"]) + 2 for team in told["teams"] if team["stops"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read"),
        ('{"type": "FeatureCollection", "features": []}', "holds no streets"),
    ],
)
def test_a_file_without_streets_is_refused_by_name(tmp_path, content, said):
    path = tmp_path / "streets.geojson"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StreetsRefused, match=f"streets.geojson: .*{said}"):
        street_travel(path, at((0, 0)), speed_kmh=30)


def test_a_shape_that_is_no_line_is_refused_with_its_number(tmp_path):
    path = write(tmp_path / "points.geojson", lines([(0, 0), (10, 0)]), kind="MultiPoint")
    with pytest.raises(StreetsRefused, match="points.geojson, field geometry: feature 1 is no line"):
        street_travel(path, at((0, 0)), speed_kmh=30)
