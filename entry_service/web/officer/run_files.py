"""The API of a run's results: files as the analytics wrote them, and the compact forms that the map draws."""

import json
from codecs import BOM_UTF8
from pathlib import Path

from flask import Response
from flask_babel import get_locale

from entry_service.core.errors import NotFound
from entry_service.store.sites import facilities as register

from ..api.openapi import operation
from ..frame.context import services, settings
from .case_page import blueprint
from .run_addresses import AddressedRun, addressed
from .run_facilities import facilities_of
from .run_layers import events, layer
from .run_tables import TABLES, by_unit
from .run_units import units_of
from .run_visits import visited

RESULTS = "/api/v1/results/<run>"
BYTES = "application/octet-stream"
GEOPACKAGE = "application/geopackage+sqlite3"
OFFICER = {"auth": "session:officer"}


@operation(
    blueprint,
    "GET",
    f"{RESULTS}/hotspots.geojson",
    summary="Units of a run with verdict, rate, interval and second opinion; {run}: latest, name, or name@version",
    answer="application/geo+json",
    **OFFICER,
)
def run_hotspots(run: str) -> Response:
    """Serve hotspots.geojson."""
    return _file(run, "hotspots.geojson", "application/geo+json")


@operation(
    blueprint,
    "GET",
    f"{RESULTS}/summary.json",
    summary="Parameters, seed, version, as_of and row counts of a run",
    answer="application/json",
    **OFFICER,
)
def run_summary(run: str) -> Response:
    """Serve summary.json."""
    return _file(run, "summary.json", "application/json")


@operation(
    blueprint,
    "GET",
    f"{RESULTS}/clusters.csv",
    summary="Clusters of a run, persons and visits",
    answer="text/csv",
    **OFFICER,
)
def run_clusters(run: str) -> Response:
    """Serve clusters.csv with a byte-order mark, without which office programs misread Korean codes."""
    asked = _asked(run)
    return asked.answer(BOM_UTF8 + _content(asked, "clusters.csv").removeprefix(BOM_UTF8), "text/csv")


@operation(
    blueprint,
    "GET",
    f"{RESULTS}/hotspots.gpkg",
    summary="Units and clusters of a run as GeoPackage with styles, EPSG:5179, for QGIS and others",
    answer=GEOPACKAGE,
    **OFFICER,
)
def run_geopackage(run: str) -> Response:
    """Serve hotspots.gpkg."""
    return _file(run, "hotspots.gpkg", GEOPACKAGE)


@operation(
    blueprint,
    "GET",
    f"{RESULTS}/unit_hours/<day>.json",
    summary="One day of a run: per unit 24 values of population, entries, index visits, missing",
    answer="application/json",
    **OFFICER,
)
def run_unit_hours(run: str, day: str) -> Response:
    """Serve one day as arrays: ``unit_codes`` and, in that order, 24 values a unit for each column."""
    asked = _asked(run)
    return asked.answer(asked.run.unit_hours(day)[0], "application/json")


@operation(
    blueprint,
    "GET",
    f"{RESULTS}/units.json",
    summary="Units of a run in a few bytes: shapes as a grid or as steps, verdicts and figures by column",
    answer="application/json",
    **OFFICER,
)
def run_units(run: str) -> Response:
    """Serve what the map draws first; every list of it is in the order of the layers by hour."""
    asked = _asked(run)
    return asked.answer(units_of(asked.run).content, "application/json")


@operation(
    blueprint,
    "GET",
    f"{RESULTS}/layers/<layer>/<day>.i16",
    summary="A layer (population, surge, difference, rests_on) of a day: 24 rows of int16, one a unit",
    answer=BYTES,
    **OFFICER,
)
def run_layer(run: str, layer: str, day: str) -> Response:
    """Serve a whole day, so that no step of the hour fetches anything."""
    asked = _asked(run)
    return asked.answer_zipped(*_layer_bytes(asked, layer, day), BYTES)


@operation(
    blueprint,
    "GET",
    f"{RESULTS}/events/<day>.json",
    summary="Hours of one day with logged entries or index visits: place of the unit, hour, count",
    answer="application/json",
    **OFFICER,
)
def run_events(run: str, day: str) -> Response:
    """Serve the few unit-hours in which something was logged."""
    asked = _asked(run)
    return asked.answer(_json(events(asked.run, day)), "application/json")


@operation(
    blueprint,
    "GET",
    f"{RESULTS}/tables/<table>.json",
    summary="A table of a run by unit (blind_spots, emerging), by column; empty where the run does not have it",
    answer="application/json",
    **OFFICER,
)
def run_table(run: str, table: str) -> Response:
    """Serve one of the tables that a layer of the map is drawn from."""
    asked = _asked(run)
    if table not in TABLES:
        raise NotFound()
    return asked.answer(_json(by_unit(asked.run, table, units_of(asked.run).codes)), "application/json")


@operation(
    blueprint,
    "GET",
    f"{RESULTS}/facilities.json",
    summary="The service's facilities that may be drawn (no sensitive one): risk and visits of cases in a run",
    answer="application/json",
    **OFFICER,
)
def run_facilities(run: str) -> Response:
    """Serve the facilities; the register changes under a run, so that no copy is good for ever."""
    asked = _asked(run)
    with services().store.read() as db:
        known, seen = register.all(db), visited(db, asked.run)
    found = facilities_of(asked.run, known, seen, english=str(get_locale()) == "en")
    return AddressedRun(asked.run, fixed=False).answer(_json(found), "application/json")


def _asked(run: str) -> AddressedRun:
    return addressed(settings().results_dir, run)


def _layer_bytes(asked: AddressedRun, name: str, day: str) -> tuple[bytes, bytes]:
    found = layer(asked.run, name, day)
    return found.zipped, found.plain


def _file(address: str, name: str, media: str) -> Response:
    asked = _asked(address)
    return asked.answer(_content(asked, name), media)


def _content(asked: AddressedRun, name: str) -> bytes:
    path: Path = asked.run.path / name
    if not path.is_file():
        raise NotFound("아직 분석 결과가 없습니다.")
    return path.read_bytes()


def _json(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
