"""The manager's PIN of a facility: six digits that open a kiosk's settings and admit beyond the limit."""

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from entry_service.core.errors import BadInput
from entry_service.core.model import Facility
from entry_service.usecases.doors import pins

from ..frame.access import requires
from ..frame.context import now, services
from ..frame.i18n import translated
from ..frame.own_facility import own_facility

blueprint = Blueprint("pin", __name__)


@blueprint.get("/manager/<facility_id>/pin")
@requires("manager", "admin")
def page(facility_id: str) -> str:
    """Show what the PIN is for and the form that sets it."""
    return _page(own_facility(facility_id))


@blueprint.post("/manager/<facility_id>/pin")
@requires("manager", "admin")
def set_pin(facility_id: str) -> Response | tuple[str, int]:
    """Set the PIN; it is typed twice, and never shown again."""
    facility = own_facility(facility_id)
    pin = request.form.get("pin", "")[:20]
    try:
        if pin != request.form.get("again", "")[:20]:
            raise BadInput("두 번 입력한 PIN이 서로 다릅니다.", field="again")
        pins.set_pin(services(), facility_id, pin, now())
    except BadInput as refused:
        g.code = refused.code
        return _page(facility, {str(refused.facts.get("field")): translated(refused.sentence)}), refused.status
    flash(_("PIN을 정했습니다. 필요한 직원에게만 알려 주시기 바랍니다."), "success")
    return redirect(url_for(".page", facility_id=facility_id), 303)


def _page(facility: Facility, errors: dict[str, str] | None = None) -> str:
    known = pins.has_pin(services(), facility.facility_id)
    return render_template("manager/pin.html", facility=facility, known=known, errors=errors or {})
