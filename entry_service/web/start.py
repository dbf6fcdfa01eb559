"""The start page: four doors, one for each kind of person, and the health check."""

import msgspec
from flask import Blueprint, render_template

from entry_service.core.errors import Unavailable

from .access import public
from .context import services
from .openapi import operation

blueprint = Blueprint("start", __name__)


class Health(msgspec.Struct, frozen=True):
    """The service can read its log; ``database`` names the kind."""

    status: str
    database: str


@blueprint.get("/")
@public
def start() -> str:
    """Show the four doors."""
    return render_template("start.html")


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
