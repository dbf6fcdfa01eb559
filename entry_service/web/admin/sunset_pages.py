"""The end of collection: what would happen when, the decision of two people, what is left, the proof to print."""

import json

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.errors import BadInput, EntryError
from entry_service.core.sunset import ProofNotReady
from entry_service.core.times import KST
from entry_service.usecases.retention import sunset
from entry_service.vault.factors import FactorNew, FactorRefused, FactorWaits
from entry_service.vault.sunset import NotDecreed, OwnDecree

from ..frame.access import requires
from ..frame.acting import actor
from ..frame.auth import current_account
from ..frame.context import now, services
from ..frame.i18n import translated
from ..officer.disclosure_pages import LONGEST_CODE, login_of
from .retention_pages import download

WHATS = {"end": _l("등록 종료"), "cancel": _l("종료 취소"), "destroy_now": _l("즉시 파기")}
blueprint = Blueprint("sunset", __name__)


class NotTyped(BadInput):
    """Keys are not destroyed at once by a click: whoever wants it types what it is called."""

    code = "not_typed"
    sentence = "되돌릴 수 없는 결정입니다. 확인 칸에 적힌 말을 그대로 입력하시기 바랍니다."


REFUSED = (FactorNew, FactorRefused, FactorWaits, NotDecreed, NotTyped, OwnDecree)


@blueprint.get("/admin/sunset")
@requires("admin", "approver")
def page() -> str:
    """Show where the end stands and what can be decided now."""
    return _page()


@blueprint.post("/admin/sunset")
@requires("admin", "approver")
def ask() -> Response | tuple[str, int]:
    """Ask for a decision with a fresh code; another account confirms it."""
    what, code = request.form.get("what", ""), request.form.get("code", "")[:LONGEST_CODE]
    try:
        _assert_typed(what)
        sunset.ask(services(), what, actor=actor(), code=code, now=now())
    except REFUSED as refused:
        return _page(refused), refused.status
    flash(_("결정을 요청했습니다. 24시간 안에 다른 담당자가 확인해야 합니다."), "success")
    return redirect(url_for(".page"), 303)


@blueprint.post("/admin/sunset/<request_hash>")
@requires("admin", "approver")
def confirm(request_hash: str) -> Response | tuple[str, int]:
    """Take the decision that another account asked for, with a fresh code."""
    code = request.form.get("code", "")[:LONGEST_CODE]
    wish = next((one for one in services().vault.sunset.waiting(now()) if one.request_hash == request_hash), None)
    try:
        _assert_typed(wish.what if wish else "")
        decree = sunset.confirm(services(), request_hash, actor=actor(), code=code, now=now())
    except REFUSED as refused:
        return _page(refused), refused.status
    flash(_("결정했습니다: %(what)s", what=str(WHATS[decree.what])), "success")
    return redirect(url_for(".page"), 303)


@blueprint.post("/admin/sunset/<request_hash>/withdraw")
@requires("admin", "approver")
def withdraw(request_hash: str) -> Response | tuple[str, int]:
    """Take back what this account asked for."""
    try:
        sunset.withdraw(services(), request_hash, actor=actor(), now=now())
    except NotDecreed as refused:
        return _page(refused), refused.status
    flash(_("요청을 철회했습니다."), "success")
    return redirect(url_for(".page"), 303)


@blueprint.post("/admin/sunset/proof")
@requires("admin")
def prove() -> Response:
    """Make the proof where nothing is left, and lead to it."""
    try:
        sunset.prove(services(), actor=actor(), now=now())
    except ProofNotReady as refused:
        g.code = refused.code
        flash(translated(refused.sentence), "warning")
        return redirect(url_for(".page"), 303)
    return redirect(url_for(".proof"), 303)


@blueprint.get("/admin/sunset/proof")
@requires("admin", "approver")
def proof() -> Response | str:
    """Show the proof, made for A4; while there is none lead to where the end stands."""
    made = _proof()
    if not made:
        return redirect(url_for(".page"), 303)
    return render_template("admin/sunset_proof.html", said=json.loads(made))


@blueprint.get("/admin/sunset/proof.json")
@requires("admin", "approver")
def proof_file() -> Response:
    """Give out the signed proof as a file, in the same way."""
    made = _proof()
    if not made:
        return redirect(url_for(".page"), 303)
    return download(made.encode(), f"sunset-proof-{now().astimezone(KST):%Y%m%d}.json", "application/json")


def _assert_typed(what: str) -> None:
    """Raise ``NotTyped`` where what cannot be undone was chosen and its name not typed."""
    if what == "destroy_now" and request.form.get("typed", "").strip() != str(WHATS["destroy_now"]):
        raise NotTyped(field="typed")


def _proof() -> str:
    ending = sunset.align(services())
    return ending.proof if ending else ""


def _page(refused: EntryError | None = None) -> str:
    if refused is not None:
        g.code = refused.code
    found = sunset.status(services(), now())
    me = current_account()
    standing = found.decrees[-1].what if found.decrees else ""
    may = {"": ["end"], "cancel": ["end"], "end": ["cancel", "destroy_now"], "destroy_now": []}[standing]
    return render_template(
        "admin/sunset.html",
        found=found,
        may=may if not found.proved else ["end"] if found.missing == "end" else [],
        whats=WHATS,
        waiting=[(one, login_of(one.asked_by), one.asked_by == me.account_id) for one in found.waiting],
        decrees=[(one, login_of(one.confirmed_by)) for one in reversed(found.decrees)],
        refused=translated(refused.sentence) if refused else "",
    )
