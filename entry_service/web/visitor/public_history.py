"""Everything that was ever published of the figures and places: when, what was new, what was corrected."""

import hashlib
from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, render_template, url_for
from flask_babel import gettext as _

from entry_service.core.errors import NotFound, Unavailable
from entry_service.upkeep.public_register import LINES, Standing, register_folder
from entry_service.usecases.cases.told_places import PlaceDay, told_places

from ..api.openapi import operation
from ..frame.access import public
from ..frame.context import now, services, settings
from ..frame.i18n import for_visitors
from .public_folder import read_public
from .public_map import FEED, fed, for_anybody, kept_by_reader, words
from .public_register import read_register

LISTED = 60  # publications on the page; the file has them all
KEPT = timedelta(seconds=60)
HELD = "told places"
blueprint = Blueprint("public_history", __name__)


@blueprint.get("/map/history")
@public
@for_visitors
def page() -> Response:
    """Show each publication with what it told anew, and how often the list of places changed."""
    shown = read_public(settings().public_dir)
    register = read_register(settings().public_dir, shown)
    told = render_template(
        "visitor/public_history.html",
        register=register,
        listed=register.publications[:LISTED],
        shown=shown.told.get("number") if shown and register.standing == Standing.WHOLE else None,
        measures={"entries": _("출입"), "index_visits": _("확진자 방문"), "unlogged": _("기록하지 못한 시간")},
        words=words(),
        places=_places(now()),
        file=url_for("public_history.feed_register"),
    )
    return kept_by_reader(told)


@operation(
    blueprint,
    "GET",
    f"{FEED}/register.jsonl",
    summary="Every public result there ever was, a line each: when, as_of, parameters, SHA-256 of each file",
    auth="none",
    answer="application/jsonl",
    errors=[NotFound],
)
def feed_register() -> Response:
    """Serve the register's lines as they were written."""
    file = register_folder(settings().public_dir) / LINES
    if not file.is_file():
        raise NotFound(_("아직 공개한 결과가 없습니다."))
    raw = file.read_bytes()
    return for_anybody(raw, hashlib.sha256(raw).hexdigest()[:32], "application/jsonl")


@operation(
    blueprint,
    "GET",
    f"{FEED}/hours.csv",
    summary="How much of each day was not logged, by dong, in steps of ten percent, as published",
    auth="none",
    answer="text/csv",
    errors=[NotFound],
)
def feed_hours() -> Response:
    """Serve public_hours.csv."""
    return fed("public_hours.csv", "text/csv; charset=utf-8")


def _places(at: datetime) -> list[PlaceDay] | None:
    """Return the counts, read from the vault once a minute, however many ask; None while it is away."""
    held = current_app.extensions.get(HELD)
    if held is None or not timedelta() <= at - held[0] < KEPT:
        try:
            held = at, told_places(services(), at)
        except Unavailable:
            return None  # the figures are told all the same, and the page says what is missing
        current_app.extensions[HELD] = held
    return held[1]
