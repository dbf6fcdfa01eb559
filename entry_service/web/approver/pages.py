"""The second pair of eyes: requests that wait, exactly what each asks for, approved with a code or returned."""

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from entry_service.core.errors import BadInput
from entry_service.core.model import Case, Facility
from entry_service.store.cases import cases
from entry_service.store.sites import facilities
from entry_service.usecases.cases import disclose, publication_requests
from entry_service.usecases.cases.grounds import NOTHING_DOUBTED, GroundsChanged, grounds_of
from entry_service.usecases.cases.notice_stop import changes_since_backup, standing_stop
from entry_service.vault.asked import Disclosure
from entry_service.vault.factors import FactorNew, FactorRefused, FactorWaits

from ..auditor import words
from ..frame.access import requires
from ..frame.acting import actor
from ..frame.auth import current_account
from ..frame.context import now, services
from ..frame.i18n import translated
from ..frame.told_day import told_now
from ..officer.disclosure_pages import LONGEST_CODE, login_of

blueprint = Blueprint("approver", __name__)


@blueprint.get("/approver")
@requires("approver")
def overview() -> str:
    """Show the requests that wait, the oldest first."""
    waiting = services().vault.disclosures.waiting()
    rows = [(one, _case_of(one), login_of(one.asked_by)) for one in waiting]
    held_back = publication_requests.waiting(services(), told_now())
    stopped = standing_stop(services())
    since = changes_since_backup(services(), stopped, now()) if stopped else []
    return render_template(
        "approver/overview.html",
        rows=rows,
        publications=[(one, login_of(one.asked_by)) for one in held_back],
        stopped=stopped,
        since_backup=[(row, words.ACTIONS[row.action], words.outcome(row)) for row in since],
    )


@blueprint.get("/approver/<request_hash>")
@requires("approver")
def one_request(request_hash: str) -> str:
    """Show exactly what is asked."""
    return _page(services().vault.disclosures.find(request_hash))


@blueprint.post("/approver/<request_hash>")
@requires("approver")
def decide(request_hash: str) -> Response | tuple[str, int]:
    """Approve with a code, or return with a remark."""
    form = request.form
    approve = form.get("decision") == "approve"
    try:
        disclose.decide(
            services(),
            request_hash,
            approve=approve,
            code=form.get("code", "")[:LONGEST_CODE],
            remark=form.get("remark", ""),
            actor=actor(),
            now=now(),
            shown=form.get("grounds", NOTHING_DOUBTED),
        )
    except (FactorRefused, FactorNew, FactorWaits, BadInput, GroundsChanged) as refused:
        g.code = refused.code
        wrong = "code" if approve else "remark"
        page = _page(services().vault.disclosures.find(request_hash), translated(refused.sentence), wrong)
        return page, refused.status
    approved = _("요청을 승인했습니다. 승인은 24시간 동안 한 번 쓸 수 있습니다.")
    flash(approved if approve else _("요청을 반려했습니다."), "success")
    return redirect(url_for(".overview"), 303)


def _page(asked: Disclosure, refused: str = "", wrong: str = "") -> str:
    return render_template(
        "approver/request.html",
        asked=asked,
        state=asked.state(now()),
        case=_case_of(asked),
        asked_by=login_of(asked.asked_by),
        decided_by=login_of(asked.decided_by) if asked.decided_by else "",
        own=asked.asked_by == current_account().account_id,
        grounds=grounds_of(services(), asked.case_id, asked.request_hash),
        places=[(_facility(place.facility_id), place) for place in asked.places],
        refused=refused,
        wrong=wrong,
        remark=request.form.get("remark", ""),
    )


def _case_of(asked: Disclosure) -> Case:
    with services().store.read() as db:
        return cases.find_case(db, asked.case_id)


def _facility(facility_id: str) -> Facility:
    with services().store.read() as db:
        return facilities.get(db, facility_id)
