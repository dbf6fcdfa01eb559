"""The second person of a publication that the circuit breaker held back, and of letting notices go on."""

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from entry_service.core.breaker import words
from entry_service.core.errors import EntryError
from entry_service.usecases.cases import publication_requests
from entry_service.usecases.cases.notice_stop import resume_notices

from ..frame.access import requires
from ..frame.acting import actor
from ..frame.auth import current_account
from ..frame.context import services
from ..frame.i18n import translated
from ..frame.told_day import told_facts, told_now
from ..officer.disclosure_pages import login_of
from ..visitor import place_words

LONGEST_TYPED = 400
blueprint = Blueprint("approver_publications", __name__)
blueprint.context_processor(told_facts)


@blueprint.get("/approver/publications/<publication_id>")
@requires("approver")
def one(publication_id: str) -> str:
    """Show what is asked and what it would come to now."""
    return _page(publication_id)


@blueprint.post("/approver/publications/<publication_id>")
@requires("approver")
def decide(publication_id: str) -> Response | tuple[str, int]:
    """Publish exactly that, or return it, with a reason."""
    approve = request.form.get("decision") == "approve"
    answer = request.form.get("answer", "")[:LONGEST_TYPED]
    given = {"approve": approve, "answer": answer, "actor": actor(), "now": told_now()}
    try:
        publication_requests.decide(services(), publication_id, **given)
    except EntryError as refused:
        if refused.status == 404:
            raise
        g.code = refused.code
        return _page(publication_id, translated(refused.sentence), answer), refused.status
    flash(_("승인하여 공개했습니다.") if approve else _("요청을 반려했습니다."), "success")
    return redirect(url_for("approver.overview"), 303)


@blueprint.post("/approver/notices/resume")
@requires("approver")
def resume() -> Response:
    """Let notices go on."""
    try:
        resume_notices(services(), request.form.get("answer", "")[:LONGEST_TYPED], actor=actor(), now=told_now())
    except EntryError as refused:
        flash(translated(refused.sentence), "danger")
    else:
        flash(_("알림을 다시 시작했습니다."), "success")
    return redirect(url_for("approver.overview"), 303)


def _page(publication_id: str, refused: str = "", answer: str = "") -> str:
    asked, run = publication_requests.look(services(), publication_id, told_now())
    limits = services().settings.notice_limits
    waits = asked.state == "waiting" and told_now() - asked.asked_at < publication_requests.WAITS
    return render_template(
        "approver/publication.html",
        asked=asked,
        run=run,
        waits=waits,
        asked_by=login_of(asked.asked_by),
        decided_by=login_of(asked.decided_by) if asked.decided_by else "",
        own=asked.asked_by == current_account().account_id,
        reasons=[translated(words(reason, limits)) for reason in asked.reasons.split()],
        words=place_words,
        refused=refused,
        answer=answer,
        longest=publication_requests.LONGEST,
    )
