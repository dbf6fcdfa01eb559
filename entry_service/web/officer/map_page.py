"""The health officer's map: the page, and what lies under its units."""

import json
from functools import cache

from flask import Response, current_app, make_response, render_template
from flask_babel import get_locale

from entry_service.demo.facts import DATA, rows
from entry_service.store.sites import facilities

from ..frame.access import requires
from ..frame.context import now, services, settings
from ..frame.security import csp_with_images
from . import run_files  # noqa: F401 (its routes are of the same blueprint)
from .case_page import blueprint
from .map_summary import alert_days, clusters_of, first_hour, first_unit, page_facts
from .result_folders import newest
from .run_addresses import conditional
from .run_facilities import facilities_of
from .run_visits import visited

NEXT_STEPS = {  # where an officer goes from a place; the page of one that is not installed is not offered
    "plan": "/officer/plans",
    "cases": "/officer/cases",
    "publish": "/officer/places/new",
    "message": "/officer/message",
}


@blueprint.get("/officer")
@requires("officer")
def hotspot_map() -> Response:
    """Show the newest complete result folder on a map and as tables, or how to make the first one."""
    run = newest(settings().results_dir)
    if run is None:
        return make_response(render_template("officer/map_empty.html"))
    facts = page_facts(run)
    with services().store.read() as db:
        known, seen = facilities.all(db), visited(db, run)
    clusters = clusters_of(run, facilities_of(run, known, seen, english=str(get_locale()) == "en"), seen)
    text = render_template(
        "officer/map.html",
        run=run,
        facts=facts,
        days_old=alert_days(facts, now()),
        start={**first_hour(run, facts), "unit": first_unit(run, clusters)},
        warnings=[said.get(str(get_locale()), said["ko"]) for said in run.summary.get("warnings", [])],
        clusters=clusters,
        links=_links(),
        tiles={"address": settings().map_tiles, "credit": settings().map_tiles_credit},
    )
    page = make_response(text)
    if settings().map_tiles:
        page.headers["Content-Security-Policy"] = csp_with_images(settings().map_tiles)
    return page


def _links() -> dict[str, str]:
    served = {rule.rule for rule in current_app.url_map.iter_rules()}
    return {name: address for name, address in NEXT_STEPS.items() if address in served}


@blueprint.get("/officer/background.geojson")
@requires("officer")
def background() -> Response:
    """Serve what lies under the units: outlines of the legal dongs, and the stations to find one's way by."""
    return conditional(_background(), "application/geo+json")


@cache
def _background() -> bytes:
    collection = json.loads((DATA / "gunpo_legal_dong.geojson").read_text(encoding="utf-8"))
    for station in rows("stations.csv"):
        point = {"type": "Point", "coordinates": [float(station["lon"]), float(station["lat"])]}
        names = {name: station[name] for name in ("name_ko", "name_en")}
        collection["features"].append({"type": "Feature", "properties": names, "geometry": point})
    return json.dumps(collection, ensure_ascii=False).encode()
