"""Where confirmed persons were: the public list as a page and as JSON. No case, no person, no route."""

from datetime import datetime

import msgspec
from flask import Blueprint, Response, make_response, render_template

from entry_service.core.publication import PublicPlace
from entry_service.usecases.cases.publish import public_places

from ..api.openapi import json_response, operation
from ..frame.access import public
from ..frame.context import services
from ..frame.told_day import told_facts, told_now
from . import place_words

SECONDS_KEPT = 60  # how long a copy may be shown; never beyond the moment at which a row expires

blueprint = Blueprint("places", __name__)
blueprint.context_processor(told_facts)


class ToldPlace(msgspec.Struct, frozen=True):
    """One place, [start, end); ``by_date`` where only the day is known; gone at ``until``."""

    region: str
    category: str
    name: str
    address: str
    start: datetime
    end: datetime
    by_date: bool
    disinfected_at: datetime | None
    remark: str
    until: datetime


class ToldPlaces(msgspec.Struct, frozen=True):
    """Every place that is told now, in order of region and name; not in the order in which anybody went there."""

    places: list[ToldPlace]
    now: datetime


@operation(
    blueprint,
    "GET",
    "/api/v1/places",
    summary="Places where confirmed persons were, as the public is told; each until its moment",
    auth="none",
    answer=ToldPlaces,
)
def told() -> Response:
    """Return the list; it may be kept for a minute at most, and by anybody between."""
    rows = public_places(services(), told_now())
    answer = ToldPlaces([msgspec.convert(row, ToldPlace, from_attributes=True) for row in rows], told_now())
    response = json_response(answer)
    response.headers["Cache-Control"] = f"public, max-age={seconds_kept(rows, told_now())}"
    return response


@blueprint.get("/places")
@public
def page() -> Response:
    """Show the list; the copy is the reader's own, because the page has a menu and a language."""
    rows = public_places(services(), told_now())
    places = len({(row.name, row.address) for row in rows})
    shown = render_template("visitor/places.html", rows=rows, places=places, words=place_words, at=told_now())
    response = make_response(shown)
    response.headers["Cache-Control"] = f"private, max-age={seconds_kept(rows, told_now())}"
    response.vary.update(("Cookie", "Accept-Language"))
    return response


def seconds_kept(rows: list[PublicPlace], at: datetime) -> int:
    """Return for how many seconds what is shown now stays true, 60 at most."""
    first = min((row.until for row in rows), default=None)
    return SECONDS_KEPT if first is None else min(SECONDS_KEPT, int((first - at).total_seconds()))
