"""Pages and data for the health officer: the hotspot map of the newest analytics run (and officer_cases.py)."""

import json
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from flask import Response, render_template, request
from flask_babel import get_locale

from entry_service.core.errors import NotFound
from entry_service.core.times import KST
from entry_service.demo.facts import DATA, rows

from ..api.openapi import operation
from ..frame.access import requires
from ..frame.context import now, settings
from .case_page import blueprint
from .result_folders import ResultFolder, etag, moment, newest

LATEST = "/api/v1/results/latest"
MOST_CLUSTERS, NEXT_CLUSTERS = 20, 2  # told beside the map: hot ones, and those that came next
LISTED = 400  # units in the table beside the map; the file has them all


@blueprint.get("/officer")
@requires("officer")
def hotspot_map() -> str:
    """Show the newest complete result folder on a map and as a table, or how to make the first one."""
    run = newest(settings().results_dir)
    if run is None:
        return render_template("officer/map_empty.html")
    units = run.features()
    counts = Counter(unit["status"] for unit in units)
    names = {unit["unit_code"]: unit.get("name") or unit["unit_code"] for unit in units}
    # A unit too thin to judge is listed too where cases were seen in it.
    telling = [unit for unit in units if unit["status"] != "no data" or unit.get("observed")][:LISTED]
    clusters = [_cluster(row, names, run.alpha) for row in run.clusters() if row["kind"] == "person"]
    calm = [told for told in clusters if not told["hot"]]
    return render_template(
        "officer/map.html",
        run=run,
        summary=run.summary,
        as_of=_time(run.as_of),
        created=_time(run.summary.get("created")),
        age=now() - _time(run.as_of),
        days=[(day, datetime.fromisoformat(day).date()) for day in run.days()],
        bounds=run.grade_bounds(),
        start={**_first_hot_hour(run), "unit": _first_unit(clusters, units)},
        warnings=[said.get(str(get_locale()), said["ko"]) for said in run.summary.get("warnings", [])],
        clusters=[told for told in clusters if told["hot"]][:MOST_CLUSTERS] + calm[:NEXT_CLUSTERS],
        units=telling,
        listed=len(telling),
        counts=counts,
        total=len(units),
    )


@blueprint.get("/officer/background.geojson")
@requires("officer")
def background() -> Response:
    """Serve what lies under the units: outlines of the legal dongs, and the stations to find one's way by."""
    content = _background()
    return _conditional(content, etag(content), "application/geo+json")


@cache
def _background() -> bytes:
    collection = json.loads((DATA / "gunpo_legal_dong.geojson").read_text(encoding="utf-8"))
    for station in rows("stations.csv"):
        point = {"type": "Point", "coordinates": [float(station["lon"]), float(station["lat"])]}
        names = {name: station[name] for name in ("name_ko", "name_en")}
        collection["features"].append({"type": "Feature", "properties": names, "geometry": point})
    return json.dumps(collection, ensure_ascii=False).encode()


@operation(
    blueprint,
    "GET",
    f"{LATEST}/hotspots.geojson",
    summary="Units of the newest analytics run with verdict, rate, interval and second opinion",
    auth="session:officer",
    answer="application/geo+json",
    errors=[NotFound],
)
def latest_hotspots() -> Response:
    """Serve hotspots.geojson of the newest run."""
    return _file(_newest().path / "hotspots.geojson", "application/geo+json")


@operation(
    blueprint,
    "GET",
    f"{LATEST}/summary.json",
    summary="Parameters, seed, version, as_of and row counts of the newest analytics run",
    auth="session:officer",
    answer="application/json",
    errors=[NotFound],
)
def latest_summary() -> Response:
    """Serve summary.json of the newest run."""
    return _file(_newest().path / "summary.json", "application/json")


@operation(
    blueprint,
    "GET",
    f"{LATEST}/clusters.csv",
    summary="Clusters of the newest analytics run, persons and visits",
    auth="session:officer",
    answer="text/csv",
    errors=[NotFound],
)
def latest_clusters() -> Response:
    """Serve clusters.csv of the newest run."""
    return _file(_newest().path / "clusters.csv", "text/csv")


@operation(
    blueprint,
    "GET",
    f"{LATEST}/unit_hours/<day>.json",
    summary="One day of the newest run: per unit 24 values of population, entries, index visits, missing",
    auth="session:officer",
    answer="application/json",
)
def latest_unit_hours(day: str) -> Response:
    """Serve one day as arrays: ``unit_codes`` and, in that order, 24 values a unit for each column."""
    content, tag = _newest().unit_hours(day)
    return _conditional(content, tag, "application/json")


def _newest() -> ResultFolder:
    run = newest(settings().results_dir)
    if run is None:
        raise NotFound("아직 분석 결과가 없습니다.")
    return run


def _file(path: Path, media: str) -> Response:
    if not path.is_file():
        raise NotFound("아직 분석 결과가 없습니다.")
    content = path.read_bytes()
    return _conditional(content, etag(content), media)


def _conditional(content: bytes, tag: str, media: str) -> Response:
    """Answer 304 where the caller has the same; only this browser may keep a copy, and asks each time."""
    charset = "; charset=utf-8" if media.startswith("text/") else ""
    response = Response(content, content_type=media + charset)
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(tag)
    return response.make_conditional(request)


def _time(text: object) -> datetime | None:
    return datetime.fromtimestamp(moment(text), KST) if text else None


def _first_hot_hour(run: ResultFolder) -> dict[str, object]:
    """Return the day and hour the map opens with: the first day of the strongest cluster, its busiest hour."""
    days = run.days()
    if not days:
        return {"day": "", "hour": 0}
    starts = [row["start"] for row in run.clusters() if row["kind"] == "person" and row["start"] in days]
    day = starts[0] if starts else days[-1]
    hours = json.loads(run.unit_hours(day)[0])["index_visits"]
    visits = [sum(unit[hour] or 0 for unit in hours) for hour in range(24)]
    return {"day": day, "hour": visits.index(max(visits)) if any(visits) else 12}


def _first_unit(clusters: list[dict], units: list[dict]) -> str:
    """Return the unit the map opens with: the centre of the strongest hot cluster, else the first of the table."""
    hot = [told["centre"] for told in clusters if told["hot"]]
    return hot[0] if hot else units[0]["unit_code"] if units else ""


def _cluster(row: dict[str, str], names: dict[str, str], alpha: float) -> dict:
    """Return a row of clusters.csv as the page tells it: figures as numbers, the centre with its name."""
    whole = {name: int(float(row[name])) for name in ("rank", "visits", "distinct_persons") if row[name]}
    real = {name: float(row[name]) for name in ("radius_m", "expected", "p") if row[name]}
    last = datetime.fromisoformat(row["end"]).date() - timedelta(days=1) if row["end"] else None
    return {
        **whole,
        **real,
        "hot": real["p"] <= alpha,
        "centre": row["centre"],
        "name": names.get(row["centre"], row["centre"]),
        "size": len(row["members"].split()),
        "first": datetime.fromisoformat(row["start"]).date() if row["start"] else None,
        "last": last,
    }
