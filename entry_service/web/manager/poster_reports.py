"""Reports about posters: a visitor's button, and what manager and administrator do about it."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.posters import read_poster_id
from entry_service.usecases.sites import report_poster

from ..frame.access import public_limited, requires
from ..frame.auth import current_account
from ..frame.context import now, services
from ..frame.i18n import for_visitors

REASONS = {
    "elsewhere": _l("다른 곳에 붙어 있음"),
    "damaged": _l("훼손"),
    "covered": _l("덧붙인 스티커"),
    "other": _l("기타"),
}
blueprint = Blueprint("poster_reports", __name__)


@blueprint.app_context_processor
def reports() -> dict[str, Any]:
    """Give templates the reasons, and ``poster_reports_of(facility_id or None)``."""
    return {
        "poster_reasons": {code: str(words) for code, words in REASONS.items()},
        "poster_reports_of": lambda facility_id: report_poster.open_reports(services(), facility_id),
    }


@blueprint.post("/E/<poster>/report")
@public_limited
@for_visitors
def report(poster: str) -> Response:
    """Keep a report; the answer is the same whatever became of it."""
    report_poster.report_poster(services(), poster, request.form.get("reason", ""), now=now())
    flash(_("알려 주셔서 고맙습니다. 시설과 담당 기관에서 확인합니다."), "success")
    return redirect(f"/E/{read_poster_id(poster)[0]}", 303)


@blueprint.get("/admin/poster-reports")
@requires("admin")
def all_reports() -> str:
    """Show the reports of all facilities, and those of posters that nobody hung."""
    return render_template("admin/poster_reports.html", reports=report_poster.open_reports(services(), None))


@blueprint.post("/poster-reports/<int:report_id>/settle")
@requires("manager", "admin")
def settle(report_id: int) -> Response:
    """Mark the reports of a poster as seen to."""
    account = current_account()
    own = None if account.role == "admin" else account.facility_id or "-"
    told = report_poster.settle_report(
        services(), report_id, account_id=account.account_id, facility_id=own, now=now()
    )
    flash(_("신고를 확인한 것으로 표시했습니다."), "success")
    if account.role == "admin" and (not told.facility_id or request.form.get("from") == "all"):
        return redirect(url_for(".all_reports"), 303)
    return redirect(url_for("manager.poster.page", facility_id=told.facility_id), 303)
