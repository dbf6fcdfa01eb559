"""The receipts of a facility's destroyed days for its manager: to read, print, save; anybody verifies them."""

from datetime import date

from flask import Blueprint, Response, render_template

from entry_service.core.errors import NotFound
from entry_service.usecases.retention.destroyed_days import receipts_of
from entry_service.usecases.retention.receipts import receipt_file

from ..admin.retention_pages import download
from ..frame.access import requires
from ..frame.context import now, services
from ..frame.own_facility import own_facility

blueprint = Blueprint("receipts", __name__)


@blueprint.get("/manager/<facility_id>/receipts")
@requires("manager", "admin")
def page(facility_id: str) -> str:
    """List the days of the facility that are destroyed."""
    facility = own_facility(facility_id)
    kept = receipts_of(services(), facility_id)
    return render_template(
        "manager/receipts.html",
        facility=facility,
        receipts=kept,
        example=kept[0].day.isoformat() if kept else "2020-08-25",
        printed=now(),
    )


@blueprint.get("/manager/<facility_id>/receipts/<day>.json")
@requires("manager", "admin")
def receipt(facility_id: str, day: str) -> Response:
    """Give out the signed receipt of a day."""
    own_facility(facility_id)
    try:
        asked = date.fromisoformat(day)
    except ValueError:
        raise NotFound(what="receipt") from None
    file = receipt_file(services(), asked, facility_id)
    return download(file.content, file.name, "application/json")
