"""The start page: four doors, one for each kind of person, and the health check."""

import msgspec
from flask import Blueprint, render_template

from entry_service.core.errors import Unavailable
from entry_service.store import facilities, posters, signs

from ..api.openapi import operation
from .access import public
from .context import services, settings

blueprint = Blueprint("start", __name__)


class Health(msgspec.Struct, frozen=True):
    """The service can read its log; ``database`` names the kind."""

    status: str
    database: str


@blueprint.get("/")
@public
def start() -> str:
    """Show the four doors, and in a demonstration what else can be tried."""
    return render_template("start.html", tour=_tour() if settings().demo else None)


def _tour() -> dict[str, str | None]:
    """Return what hangs at the first door that can be called: its poster and its sign."""
    with services().store.read() as db:
        called = facilities.with_call_number(db)
        if not called:
            return {"poster": None, "sign": None}
        poster = posters.current(db, called[0].facility_id)
        return {
            "poster": poster.poster_id if poster else None,
            "sign": signs.of_facility(db, called[0].facility_id),
        }


@operation(
    blueprint,
    "GET",
    "/healthz",
    summary="Say whether the log can be read",
    auth="none",
    answer=Health,
    errors=[Unavailable],
)
def health() -> Health:
    """Read the database; one that cannot be read is a 503 with its code."""
    return Health(status="ok", database=str(services().store.describe()["database"]))
