"""The doubted readings of a facility, for whoever knows what happened there; the health centre decides."""

from flask import Blueprint, render_template, request

from entry_service.store.log.doubts import Wanted

from ..frame.access import requires
from ..frame.own_facility import own_facility
from ..officer.watch_pages import list_of

blueprint = Blueprint("watched", __name__)


@blueprint.get("/manager/<facility_id>/watch")
@requires("manager", "admin")
def page(facility_id: str) -> str:
    """Show the facility's doubted readings; nobody's way: neither where else nor when."""
    facility = own_facility(facility_id)
    decided = request.args.get("state") == "decided"
    wanted = Wanted(decided=decided, facility_id=facility.facility_id)
    return render_template("manager/watch.html", facility=facility, decided=decided, **list_of(wanted, own=True))
