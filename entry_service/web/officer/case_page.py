"""One case: its window and visits, whom they may have exposed in counts, and the search by its phone."""

from datetime import date, datetime, timedelta

from flask import Response, flash, g, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy import Connection

from entry_service.core.errors import BadInput
from entry_service.core.exposure import window_of
from entry_service.core.times import kst_day
from entry_service.store.cases import cases as register
from entry_service.store.retention import destructions
from entry_service.usecases.cases.drop_visit import drop_visit
from entry_service.usecases.cases.exposure import exposure_rule
from entry_service.usecases.cases.search_phone import search_phone
from entry_service.usecases.cases.trace import trace
from entry_service.vault.searches import LookupBudgetSpent

from ..frame.access import requires
from ..frame.acting import actor
from ..frame.context import now, services
from ..frame.i18n import translated
from . import exposed_words
from .case_form import LONGEST_TEXT
from .case_pages import blueprint

LISTED = 200  # exposed visits of one place on the page; the counts are of all of them


@blueprint.get("/officer/cases/<case_id>")
@requires("officer")
def case(case_id: str) -> str:
    """Show a case with its index visits and what they exposed: counts and hours, nobody."""
    return _page(case_id)


@blueprint.post("/officer/cases/<case_id>/phone")
@requires("officer")
def add_by_phone(case_id: str) -> Response | tuple[str, int]:
    """Add the visits of the phone that was typed; the number is neither kept nor repeated."""
    typed = request.form.get("phone", "").strip()[:LONGEST_TEXT]
    try:
        found = search_phone(services(), case_id, typed, actor=actor(), now=now())
    except (BadInput, LookupBudgetSpent) as refusal:
        g.code = refusal.code
        return _page(case_id, phone_error=translated(refusal.sentence)), refusal.status
    if not (found.added or found.corroborated or found.known):
        flash(_("이 번호로 노출 기간에 남은 방문이 없습니다. 번호를 다시 확인해 주시기 바랍니다."), "warning")
    else:
        flash(
            _(
                "방문 %(added)s건을 더했습니다. 진술 %(told)s건이 확인되었고, %(known)s건은 이미 있었습니다.",
                added=len(found.added),
                told=found.corroborated,
                known=found.known,
            ),
            "success" if found.added or found.corroborated else "info",
        )
    return redirect(f"/officer/cases/{case_id}", 303)


@blueprint.post("/officer/cases/<case_id>/visits")
@requires("officer")
def drop_index_visit(case_id: str) -> Response:
    """Take back an index visit that is not the case's: its facility and start were on the page."""
    try:
        start = datetime.fromisoformat(request.form.get("start", ""))
    except ValueError as reason:
        raise BadInput(field="start") from reason
    if start.tzinfo is None:
        raise BadInput(field="start")
    drop_visit(services(), case_id, request.form.get("facility_id", ""), start, actor=actor(), now=now())
    flash(_("방문을 제외했습니다. 이 방문으로 노출된 사람은 더 세지 않습니다."), "info")
    return redirect(f"/officer/cases/{case_id}", 303)


def _page(case_id: str, phone_error: str = "") -> str:
    with services().store.read() as db:
        found = register.find_case(db, case_id)
        visits = register.visits_of(db, case_id)
        window = window_of(exposure_rule(services()), found)
        gone = _destroyed(db, window)
    traced = None if found.closed_at else trace(services(), case_id, now=now(), actor=actor())
    return render_template(
        "officer/case.html",
        case=found,
        window=window,
        window_last=window[1] - timedelta.resolution,
        gone=gone,
        expected=round(sum(place.expected or 0.0 for place in traced.places)) if traced else 0,
        visits=[(visit, origin, services().facility(visit.facility_id)) for visit, origin in visits],
        trace=traced,
        say=exposed_words,
        listed=LISTED,
        phone_error=phone_error,
    )


def _destroyed(db: Connection, window: tuple[datetime, datetime]) -> list[date]:
    """Return the days of the window that are destroyed, the newest first: what they held is unknown, not none."""
    first, last = kst_day(window[0]), kst_day(window[1] - timedelta.resolution)
    days = (last - first).days + 1
    return [one.day for one in destructions.newest(db, days, last + timedelta(days=1)) if one.day >= first]
