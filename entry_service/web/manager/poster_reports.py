"""Reports about posters: a visitor's button, and what manager, administrator and officer say came of it."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.posters import read_poster_id
from entry_service.store.sites.poster_reports import ELSEWHERE, PosterReport
from entry_service.usecases.sites import report_poster, settle_report

from ..frame.access import public_limited, requires
from ..frame.acting import actor
from ..frame.auth import current_account
from ..frame.context import now, services
from ..frame.i18n import for_visitors, translated
from . import result_words

REASONS = {
    "elsewhere": _l("다른 곳에 붙어 있음"),
    "damaged": _l("훼손"),
    "covered": _l("덧붙인 스티커"),
    "other": _l("기타"),
}
PAGES = {"all": "/admin/poster-reports", "watch": "/officer/watch"}  # where else than the poster's page it is said
blueprint = Blueprint("poster_reports", __name__)


@blueprint.app_context_processor
def reports() -> dict[str, Any]:
    """Give templates the words, and what is told of reports: ``…_of(facility_id or None)``."""
    return {
        "poster_reasons": {code: str(words) for code, words in REASONS.items()},
        "poster_results": {code: str(words) for code, words in result_words.RESULTS.items()},
        "poster_reports_of": lambda facility_id: report_poster.open_reports(services(), facility_id),
        "poster_copies_of": copies_of,
        "poster_results_of": lambda facility_id: report_poster.results(services(), facility_id),
        "results_of_report": settle_report.results_of,
    }


def copies_of(facility_id: str | None) -> list[PosterReport]:
    """Return the reports of copies of our own posters that nobody has seen to."""
    told = report_poster.open_reports(services(), facility_id)
    return [one for one in told if one.reason == ELSEWHERE and one.facility_id]


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
@requires("manager", "admin", "officer")
def settle(report_id: int) -> Response:
    """Keep what came of the reports of a poster; a copy that was found holds its entries back."""
    account, origin = current_account(), request.form.get("from", "")
    own = account.facility_id or "-" if account.role == "manager" else None
    result = request.form.get("result", "")
    asked = {"actor": actor(), "facility_id": own, "now": now()}
    try:
        done = settle_report.settle_report(services(), report_id, result, **asked)
    except settle_report.SettledMeanwhile as refused:
        flash(translated(refused.sentence), "warning")
        place = refused.report.facility_id
    else:
        for sentence in result_words.told(done, result, account.role):
            flash(sentence, "success")
        place = done.report.facility_id
    if account.role == "officer" or (account.role == "admin" and (origin == "all" or not place)):
        return redirect(PAGES["watch" if account.role == "officer" else "all"], 303)
    return redirect(url_for("manager.poster.page", facility_id=place), 303)
