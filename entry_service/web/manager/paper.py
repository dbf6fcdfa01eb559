"""The paper slips of a facility for its manager: how many a day, until when, and that they were destroyed."""

from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from entry_service.core.errors import BadInput
from entry_service.core.times import kst_day
from entry_service.usecases.doors.paper import PaperChanged, PaperNotDue, confirm_destruction, paper_of

from ..frame.access import requires
from ..frame.auth import current_account
from ..frame.context import now, services
from ..frame.i18n import date_text, translated
from ..frame.own_facility import own_facility

blueprint = Blueprint("paper", __name__)


@blueprint.get("/manager/<facility_id>/paper")
@requires("manager", "admin")
def page(facility_id: str) -> str:
    """Show the days that have slips: to be destroyed, kept, destroyed."""
    facility = own_facility(facility_id)
    papers = paper_of(services(), facility_id, kst_day(now()))
    return render_template(
        "manager/paper.html",
        facility=facility,
        waiting=[paper for paper in papers if paper.state in ("due", "overdue")],
        kept=[paper for paper in papers if paper.state == "kept"],
        destroyed=[paper for paper in reversed(papers) if paper.state == "destroyed"],
        today=kst_day(now()),
    )


@blueprint.post("/manager/<facility_id>/paper/<day>/destroy")
@requires("manager", "admin")
def destroy(facility_id: str, day: str) -> Response:
    """Keep the confirmation that the paper of a day was destroyed."""
    own_facility(facility_id)
    try:
        asked = date.fromisoformat(day)
    except ValueError:
        raise BadInput(field="day") from None
    seen = request.form.get("slips", "")
    try:
        confirm_destruction(
            services(),
            facility_id,
            asked,
            seen=int(seen) if seen.isdecimal() and len(seen) < 9 else 0,
            confirmed_by=current_account().account_id,
            now=now(),
        )
    except (PaperChanged, PaperNotDue) as refused:
        flash(translated(refused.sentence), "warning")
    else:
        flash(_("%(day)s 전표의 파쇄를 확인했습니다.", day=date_text(asked)), "success")
    return redirect(url_for(".page", facility_id=facility_id), 303)
