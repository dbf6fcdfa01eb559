"""Drills in the pages: begin one, hand out its passes, follow its steps, end it, read what past ones came to."""

import secrets
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from entry_service.core.errors import BadInput, EntryError
from entry_service.core.times import KST, day_start
from entry_service.store.log import drills as register
from entry_service.store.sites import facilities
from entry_service.usecases.doors.collecting import CollectionEnded
from entry_service.usecases.drills import drill_clean, drills, outage_drill
from entry_service.usecases.drills.drill_doors import code_at

from ..frame.access import public, requires
from ..frame.acting import actor
from ..frame.context import now, services
from ..frame.i18n import translated
from ..frame.symbol_svg import symbol_path

STEPS = {
    "prepared": _l("첫 출입까지 준비"),
    "entered": _l("출입 입력"),
    "registered": _l("확진자 등록"),
    "traced": _l("접촉 방문 조회"),
    "asked": _l("열람 요청"),
    "approved": _l("두 번째 담당자 승인"),
    "opened": _l("접촉자 명단 열람"),
}
STATES = {
    "ready": _l("준비됨"),
    "running": _l("진행 중"),
    "scored": _l("정리 전"),
    "cleaned": _l("끝남"),
    "withdrawn": _l("철회함"),
}
ROLES = {"index": _l("확진자 역할"), "contact": _l("접촉자 역할"), "stranger": _l("무관한 방문자 역할")}
TYPED = {"sites": "5", "contacts": "20", "how": "", "start": "", "end": "", "named": ""}
blueprint = Blueprint("drills", __name__)


@blueprint.get("/drills")
@requires("officer", "admin")
def page() -> str:
    """Show the drills, and the form that begins one."""
    return _page()


@blueprint.post("/drills")
@requires("officer")
def begin() -> Response | tuple[str, int]:
    """Begin a drill: with people who carry the passes, or with all doors gone through at once."""
    form, random = request.form, secrets.token_bytes
    try:
        by_staff = form.get("how") == "staff"
        wished = {"sites": _number("sites"), "contacts": _number("contacts"), "by_staff": by_staff}
        wished["named"] = _named()
        begun = drills.prepare_drill(services(), **wished, actor=actor(), now=now(), random=random)
        if not by_staff:
            drills.play_doors(services(), begun.drill_id, now=now(), random=random)
            drills.register_drill(services(), begun.drill_id, actor=actor(), now=now())
    except (BadInput, CollectionEnded, drills.DrillRunning, drills.DrillNotReady) as refused:
        g.code = refused.code
        return _page(refused), refused.status
    return redirect(url_for(".one", drill_id=begun.drill_id), 303)


@blueprint.post("/drills/outage")
@requires("officer")
def announce() -> Response | tuple[str, int]:
    """Agree on a window in which sites are without network."""
    try:
        start, end = (_moment(name) for name in ("start", "end"))
        agreed = {"sites": _named(), "start": start, "end": end, "random": secrets.token_bytes}
        begun = outage_drill.announce(services(), **agreed, actor=actor(), now=now())
    except BadInput as refused:
        g.code = refused.code
        return _page(refused, "outage"), refused.status
    return redirect(url_for(".one", drill_id=begun.drill_id), 303)


@blueprint.post("/drills/<drill_id>/withdraw")
@requires("officer")
def withdraw(drill_id: str) -> Response:
    """Take a window back that is not over yet."""

    def take_back() -> None:
        outage_drill.withdraw(services(), drill_id, actor=actor(), now=now())
        flash(_("통신 장애 훈련을 철회했습니다. 시설 화면의 안내도 없어집니다."), "success")

    return _done(drill_id, take_back)


@blueprint.post("/drills/<drill_id>/measure")
@requires("officer", "admin")
def measure(drill_id: str) -> Response:
    """Count what each device did about the window, as far as it has been heard by now."""
    return _done(drill_id, lambda: outage_drill.measure(services(), drill_id, now=now()))


@blueprint.get("/drills/<drill_id>")
@requires("officer", "admin")
def one(drill_id: str) -> str:
    """Show one drill: its steps while it runs, afterwards the score of each site, made for A4."""
    known = drills.find(services(), drill_id)
    return render_template(
        "drills/drill.html",
        drill=known,
        state=STATES[known.state],
        steps=drills.steps(services(), known) if known.state != "cleaned" and known.kind == "outbreak" else [],
        window=outage_drill.window_of(known) if known.kind == "outage" else (),
        at=now(),
        step_names=STEPS,
        sites=sorted(known.result.get("sites", []), key=_worst_first),
    )


@blueprint.get("/drills/<drill_id>/passes")
@requires("officer", "admin")
def passes(drill_id: str) -> Response:
    """Show the sheets of the passes, site by site, to print: whoever carries one opens it on a phone."""
    known = drills.find(services(), drill_id)
    with services().store.read() as db:
        made = [one for _day, one in register.passes_of(db, drill_id) if one.token]
        names = {one.facility_id: one.name for one in facilities.all(db)}
    root = request.url_root.rstrip("/")
    sheets = [
        (names.get(one.facility_id, one.facility_id), ROLES[one.role], one, symbol_path(root + _shown(one.token)))
        for one in made
    ]
    page = make_response(render_template("drills/passes.html", drill=known, sheets=sheets))
    page.headers["Cache-Control"] = "no-store"
    return page


@blueprint.get("/drills/pass/<token>")
@public
def show_pass(token: str) -> Response:
    """Show the code of a pass as it is now; the page comes anew by itself."""
    with services().store.read() as db:
        day, mine = register.by_token(db, token)
        place = facilities.get(db, mine.facility_id)
    at = max(now(), day_start(day))
    text = code_at(services(), day, mine, at)
    page = make_response(
        render_template("drills/pass.html", symbol=symbol_path(text), place=place.name, role=ROLES[mine.role])
    )
    page.headers["Cache-Control"] = "no-store"
    return page


@blueprint.post("/drills/<drill_id>/register")
@requires("officer")
def register_case(drill_id: str) -> Response:
    """Register the case of a drill whose passes were read at the doors."""
    return _done(drill_id, lambda: drills.register_drill(services(), drill_id, actor=actor(), now=now()))


@blueprint.post("/drills/<drill_id>/finish")
@requires("officer", "admin")
def finish(drill_id: str) -> Response:
    """Count what the drill came to, if its contacts were opened, and remove all of it but the counts."""

    def end() -> None:
        known = drills.find(services(), drill_id)
        if known.state == "running" and "abandon" not in request.form:
            drill_clean.score(services(), drill_id, now=now())
        drill_clean.clean(services(), drill_id, actor=actor(), now=now())
        flash(_("훈련에서 만든 출입 기록과 연락처를 모두 지웠습니다. 점수만 남습니다."), "success")

    return _done(drill_id, end)


def _done(drill_id: str, do: object) -> Response:
    try:
        do()  # type: ignore[operator]
    except drills.DrillNotReady as refused:
        g.code = refused.code
        flash(translated(refused.sentence), "warning")
    return redirect(url_for(".one", drill_id=drill_id), 303)


def _page(refused: EntryError | None = None, where: str = "begin") -> str:
    """Show the page; a form that was refused says why, and has what was typed in it."""
    form = request.form
    return render_template(
        "drills/drills.html",
        drills=drills.all_drills(services()),
        states=STATES,
        refused=translated(refused.sentence) if refused else "",
        where=where if refused else "",
        wrong=refused.facts.get("field", "") if refused else "",
        typed={name: form.get(name, usual) for name, usual in TYPED.items()},
    )


def _worst_first(site: dict[str, Any]) -> tuple[bool, int, str]:
    """Order sites by score; those without one come last."""
    return site["score"] is None, site["score"] or 0, site["name"]


def _named() -> list[str]:
    """Return the facilities that were named, one a line or between commas."""
    lines = request.form.get("named", "").replace(",", "\n").splitlines()
    return [line.strip() for line in lines if line.strip()]


def _number(field: str) -> int:
    text = request.form.get(field, "").strip()
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def _moment(field: str) -> datetime:
    try:
        return datetime.fromisoformat(request.form.get(field, "")).replace(tzinfo=KST)
    except ValueError as wrong:
        raise BadInput("날짜와 시각을 입력하시기 바랍니다.", field=field) from wrong


def _shown(token: str) -> str:
    return url_for(".show_pass", token=token)
