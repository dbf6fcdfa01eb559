"""What an officer does to a plan: change who goes where, send it out, note for a team what it did."""

import re
import secrets
from collections.abc import Callable, Collection
from datetime import time

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _

from entry_service.core.disinfection import AGENTS, LONGEST_REMARK, OBSTACLES, STATES
from entry_service.core.errors import BadInput
from entry_service.store.plans.field_checks import CheckConflict
from entry_service.usecases.doors.late import TooOld
from entry_service.usecases.plans.change_plan import drop_stop, give_team, move_stop
from entry_service.usecases.plans.plan_note import Reported, note_for_team
from entry_service.usecases.plans.plan_now import plan_now
from entry_service.usecases.plans.plan_sending import send_out

from ..frame.access import requires
from ..frame.acting import actor
from ..frame.context import now, services
from ..frame.i18n import translated
from . import plan_words
from .plan_words import names_of

CHECK_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
blueprint = Blueprint("plan_actions", __name__)


@blueprint.post("/officer/plans/<plan_id>/stops")
@requires("officer")
def change_stop(plan_id: str) -> Response:
    """Give a stop to another team, or drop it with a reason."""
    stop_id, reason = request.form.get("stop_id", ""), request.form.get("reason", "")
    wanted = request.form.get("team", "")

    def change() -> str:
        if wanted == "drop":
            drop_stop(services(), plan_id, stop_id, reason, actor=actor(), now=now())
            return _("방문지를 계획에서 제외했습니다.")
        move_stop(services(), plan_id, stop_id, _number(wanted), reason, actor=actor(), now=now())
        _warn(plan_id, _number(wanted))
        return _("방문지를 %(team)s조에 맡겼습니다. 시각은 직선거리로 다시 계산했습니다.", team=wanted)

    return _done(change, plan_id, f"s-{stop_id}")


@blueprint.post("/officer/plans/<plan_id>/teams")
@requires("officer")
def change_team(plan_id: str) -> Response:
    """Let an account of the disinfection teams be a team of this plan, or none of it."""
    wanted = request.form.get("team", "")
    team = None if wanted == "none" else _number(wanted)

    def change() -> str:
        give_team(services(), plan_id, request.form.get("account_id", ""), team, actor=actor(), now=now())
        return _("조 배정을 저장했습니다.")

    return _done(change, plan_id, "teams")


@blueprint.post("/officer/plans/<plan_id>/sendings")
@requires("officer")
def send(plan_id: str) -> Response:
    """Send the plan out to its teams."""

    def change() -> str:
        taken = send_out(services(), plan_id, actor=actor(), now=now())
        said = _("계획을 조에 보냈습니다. 방역점검표에 바로 나타납니다.")
        if not taken:
            return said
        return f"{said} {_('앞선 계획의 계정 %(count)s개를 같은 조로 이어받았습니다.', count=len(taken))}"

    return _done(change, plan_id, "teams")


@blueprint.post("/officer/plans/<plan_id>/checks")
@requires("officer")
def note(plan_id: str) -> Response:
    """Note for a team what it did at a stop."""
    stop_id = request.form.get("stop_id", "")

    def change() -> str:
        note_for_team(services(), plan_id, _reported(stop_id), actor=actor(), now=now())
        return _("점검 기록을 남겼습니다.")

    return _done(change, plan_id, f"s-{stop_id}")


def _done(change: Callable[[], str], plan_id: str, anchor: str) -> Response:
    """Do it and lead back to where it stands; a refusal leads to the top of the page, where it is read."""
    try:
        flash(change(), "success")
    except (BadInput, CheckConflict, TooOld) as refusal:
        flash(translated(refusal.sentence), "danger")
        return redirect(url_for("plans.plan", plan_id=plan_id), 303)
    return redirect(url_for("plans.plan", plan_id=plan_id, _anchor=anchor), 303)


def _warn(plan_id: str, number: int) -> None:
    """Say what the times of a team leave to be wished."""
    standing = plan_now(services(), plan_id)
    team = next(one for one in standing.teams if one.team == number)
    for warning in plan_words.team_warnings(team, names_of(standing)):
        flash(f"{_('%(team)s조', team=number)} · {warning}", "warning")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise BadInput("이 계획에 없는 조입니다.", field="team")
    return int(text)


def _reported(stop_id: str) -> Reported:
    form = request.form
    given = form.get("check_id", "")
    ppm = form.get("ppm", "")
    if ppm and not (ppm.isascii() and ppm.isdecimal() and 1 <= int(ppm[:7]) <= 200_000):
        raise BadInput("농도를 ppm으로 적으시기 바랍니다.", field="ppm")
    return Reported(
        check_id=given if CHECK_ID.fullmatch(given) else new_check_id(),
        stop_id=stop_id,
        state=_one_of(STATES, form.get("state", ""), "state"),
        started=_time("started"),
        ended=_time("ended"),
        agent=_one_of(("", *AGENTS), form.get("agent", ""), "agent"),
        ppm=int(ppm) if ppm else None,
        obstacle=_one_of(("", *OBSTACLES), form.get("obstacle", ""), "obstacle"),
        remark=form.get("remark", "")[:LONGEST_REMARK],
    )


def new_check_id() -> str:
    """Return the id of a note that a form may make: sent twice it is one note."""
    return secrets.token_hex(16)


def _one_of(known: Collection[str], value: str, name: str) -> str:
    if value not in known:
        raise BadInput(field=name)
    return value


def _time(name: str) -> time:
    try:
        return time.fromisoformat(request.form.get(name, ""))
    except ValueError as reason:
        raise BadInput("시작과 끝 시각을 확인하시기 바랍니다.", field=name) from reason
