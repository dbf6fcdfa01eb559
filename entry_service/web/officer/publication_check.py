"""Before anything is published: what it would come to, and, where the breaker holds it back, a second person.

Here is also the switch that stops all notices at once.
"""

from secrets import token_bytes

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from entry_service.core.breaker import words as breaker_words
from entry_service.core.errors import EntryError
from entry_service.usecases.cases import publication_requests
from entry_service.usecases.cases.dry_run import dry_run
from entry_service.usecases.cases.notice_stop import stop_notices

from ..frame.access import requires
from ..frame.acting import actor
from ..frame.context import services
from ..frame.i18n import translated
from ..frame.told_day import told_facts, told_now
from ..visitor import place_words
from .place_form import numbers

LONGEST_TYPED = 400
blueprint = Blueprint("publication_check", __name__)
blueprint.context_processor(told_facts)


@blueprint.get("/officer/places/check")
@requires("officer")
def check() -> Response | str:
    """Show what publishing the ticked drafts would come to; without any it leads back."""
    ticked = numbers(request.args.getlist("place"))
    if not ticked:
        flash(_("공개할 장소를 하나 이상 고르시기 바랍니다."), "warning")
        return redirect(url_for("publication.overview"), 303)
    return check_page(ticked)


@blueprint.post("/officer/places/ask")
@requires("officer")
def ask() -> Response | tuple[str, int]:
    """Ask a second person to publish the ticked drafts."""
    ticked, remark = numbers(request.form.getlist("place")), request.form.get("remark", "")[:LONGEST_TYPED]
    given = {"actor": actor(), "now": told_now(), "random": token_bytes}
    try:
        publication_requests.ask(services(), ticked, remark, **given)
    except EntryError as refused:
        if not ticked or refused.status == 404:
            raise
        g.code = refused.code
        return check_page(ticked, translated(refused.sentence), remark), refused.status
    flash(_("승인을 요청했습니다. 다른 사람이 승인하면 공개됩니다."), "success")
    return redirect(url_for("publication.overview"), 303)


@blueprint.post("/officer/notices/stop")
@requires("officer", "approver")
def stop() -> Response:
    """Stop all notices at once."""
    try:
        stop_notices(services(), request.form.get("remark", "")[:LONGEST_TYPED], actor=actor(), now=told_now())
    except EntryError as refused:
        flash(translated(refused.sentence), "danger")
    else:
        flash(_("모든 알림을 멈추었습니다. 휴대전화는 다음에 목록을 받을 때 알림을 거둡니다."), "success")
    back = "publication.overview" if actor().role == "officer" else "approver.overview"
    return redirect(url_for(back), 303)


def check_page(ticked: list[int], refused: str = "", remark: str = "") -> str:
    """Return the page of the dry run."""
    run = dry_run(services(), ticked, told_now())
    return render_template(
        "officer/places_check.html",
        run=run,
        reasons=[translated(breaker_words(reason, run.limits)) for reason in run.reasons],
        words=place_words,
        refused=refused,
        remark=remark,
        longest=publication_requests.LONGEST,
    )
