"""The start page: four doors, one for each kind of person, and the health check."""

from typing import Literal

import msgspec
from flask import Blueprint, render_template

from entry_service import clock as clocks
from entry_service.core.errors import Unavailable
from entry_service.store.log import figures
from entry_service.store.sites import facilities, posters, signs
from entry_service.usecases.retention.destroyed_days import watched

from ..api.openapi import operation
from .access import public
from .context import now, services, settings

blueprint = Blueprint("start", __name__)


class Health(msgspec.Struct, frozen=True):
    """The service can read its log; ``database`` names the kind.

    ``clock``: ``unconfirmed`` or ``behind`` where it is not believed and destroys nothing on its own account.
    ``destruction``: ``overdue`` where a day is kept longer than it may be, ``off`` in a demonstration, which
    destroys nothing. Both are ``unknown`` where the vault cannot be asked.
    """

    status: str
    database: str
    clock: Literal["believed", "unconfirmed", "behind", "unknown"]
    destruction: Literal["current", "overdue", "off", "unknown"]


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
    """Read the newest row of the log; one that cannot be read is a 503 with its code."""
    store = services().store
    with store.read() as db:
        figures.newest_number(db)
    database = str(store.describe()["database"])
    clock, destruction = watched(services(), clocks.reading(now()))
    return Health("ok", database, clock, "off" if settings().demo else destruction)
