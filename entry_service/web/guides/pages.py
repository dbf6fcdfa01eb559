"""The three guides, in Korean, each one sheet of A4. What they tell is what tests do: tests/web/guides.csv."""

from flask import Blueprint, render_template

from ..frame.access import public, requires

blueprint = Blueprint("guides", __name__)


@blueprint.get("/guides/door")
@public
def door() -> str:
    """Show what staff at a door do; it is read on the device, and hangs printed beside it."""
    return render_template("guides/door.html")


@blueprint.get("/guides/officer")
@requires("officer", "approver")
def officer() -> str:
    """Show what officers and approvers do, from a case to contacts, and from a map to a disinfected place."""
    return render_template("guides/officer.html")


@blueprint.get("/guides/operations")
@requires("admin")
def operations() -> str:
    """Show how the service is installed, watched, backed up, upgraded and repaired."""
    return render_template("guides/operations.html")
