"""What a plan's map draws: ways and numbered stops, as data for the page and as a drawing for the print."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from entry_service.usecases.plans.plan_folder import Position
from entry_service.usecases.plans.plan_now import PlanNow, TeamNow

from .map_page import background
from .plan_words import Names, state_text, way_text

WIDTH, HEIGHT = 720, 380  # of the drawing, in its own units
MARGIN = 34
LEAST_M = 700.0  # shown from side to side, also of a single stop
DEGREE_M = 111_195.0
RADIUS = 13


def map_data(now: PlanNow, names: Names) -> dict[str, object]:
    """Return the plan as the page's script draws it; positions are [latitude, longitude]."""

    def told(one, number: int | None) -> dict[str, object]:
        return {
            "at": [one.stop.lat, one.stop.lon],
            "number": number,
            "name": names.of(one),
            "time": way_text(now.plan, one),
            "state": state_text(one),
            "done": one.done,
            "id": one.stop.stop_id,
        }

    return {
        "start": _turned(now.plan.parameters.start),
        "teams": [
            {
                "team": team.team,
                "line": [_turned(point) for point in team.line],
                "stops": [told(one, one.order) for one in team.stops],
            }
            for team in now.teams
        ],
        "waiting": [told(one, one.stop.rank) for one in now.waiting],
        "sites": [{"at": [site.lat, site.lon], "rank": site.rank} for site in now.plan.sites],
    }


def _turned(point: Position) -> list[float]:
    lon, lat = point
    return [lat, lon]


@dataclass(frozen=True, slots=True)
class _View:
    """From degrees to units of the drawing: the middle, and units for one metre."""

    lon: float
    lat: float
    scale: float

    def at(self, point: Sequence[float]) -> tuple[float, float]:
        east = (point[0] - self.lon) * DEGREE_M * math.cos(math.radians(self.lat))
        north = (point[1] - self.lat) * DEGREE_M
        return WIDTH / 2 + east * self.scale, HEIGHT / 2 - north * self.scale


def drawing(team: TeamNow, start: Position) -> Markup:
    """Return the way of a team on the outlines of the dongs, as SVG of our own numbers and escaped names."""
    points = [start, *((one.stop.lon, one.stop.lat) for one in team.stops), *team.line]
    view = _view(points)
    collection = json.loads(background().get_data())
    label = escape(_("%(team)s조 동선", team=team.team))
    parts = [f'<svg class="way" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">']
    parts += [_outline(feature, view) for feature in collection["features"]]
    parts.append(f'<polyline class="line" points="{_points(team.line, view)}"/>')
    x, y = view.at(start)
    parts.append(f'<rect class="start" x="{x - 8:.1f}" y="{y - 8:.1f}" width="16" height="16"/>')
    places = [view.at((one.stop.lon, one.stop.lat)) for one in team.stops]
    for one, place, (x, y) in zip(team.stops, places, apart(places), strict=True):
        if (x, y) != place:
            parts.append(f'<line class="lead" x1="{place[0]:.1f}" y1="{place[1]:.1f}" x2="{x:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<circle class="stop" cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS}"/>')
        parts.append(f'<text class="number" x="{x:.1f}" y="{y + 5:.1f}">{one.order}</text>')
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - numbers of ours; names are escaped in _outline


def apart(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return where marks are drawn so that none hides another: beside its place, then a row further."""
    marks: list[tuple[float, float]] = []
    for home, height in places:
        x, y = home, height
        aside, row = (
            (RADIUS if home < WIDTH / 2 else -RADIUS),
            (2 * RADIUS if height < HEIGHT / 2 else -2 * RADIUS),
        )
        while any(math.dist((x, y), mark) < 2 * RADIUS for mark in marks):
            x += aside
            if not RADIUS <= x <= WIDTH - RADIUS:
                x, y = home, y + row
        marks.append((x, y))
    return marks


def _view(points: Sequence[Sequence[float]]) -> _View:
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    lon, lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    east = (max(lons) - min(lons)) * DEGREE_M * math.cos(math.radians(lat))
    north = (max(lats) - min(lats)) * DEGREE_M
    across, down = max(east, LEAST_M), max(north, LEAST_M * HEIGHT / WIDTH)
    return _View(lon, lat, min((WIDTH - 2 * MARGIN) / across, (HEIGHT - 2 * MARGIN) / down))


def _outline(feature: dict, view: _View) -> str:
    shape = feature["geometry"]
    if shape["type"] == "Point":
        x, y = view.at(shape["coordinates"])
        name = escape(feature["properties"]["name_en" if str(get_locale()) == "en" else "name_ko"])
        dot = f'<circle class="station" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
        return f'{dot}<text class="name" x="{x + 7:.1f}" y="{y + 4:.1f}">{name}</text>' if _inside(x, y) else ""
    parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    return "".join(f'<polygon class="dong" points="{_points(ring, view)}"/>' for part in parts for ring in part)


def _inside(x: float, y: float) -> bool:
    return 0 < x < WIDTH and 0 < y < HEIGHT


def _points(line: Sequence[Sequence[float]], view: _View) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in map(view.at, line))
