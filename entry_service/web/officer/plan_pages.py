"""The plan of disinfection and visits: ask for one, look at it, change who goes where, see what was done."""

from datetime import date, timedelta

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from entry_service.core.disinfection import AGENTS
from entry_service.core.errors import BadInput
from entry_service.core.times import KST, kst_day
from entry_service.store import accounts, field_checks
from entry_service.usecases.change_plan import FIELD, LONGEST_REASON, drop_stop, give_team, move_stop
from entry_service.usecases.plan_folder import Plan, all_plans
from entry_service.usecases.plan_now import PlanNow, plan_now
from entry_service.usecases.run_status import run_status

from ..field import words as field_words
from ..frame.access import requires
from ..frame.acting import actor
from ..frame.context import now, services, settings
from ..frame.i18n import translated
from . import plan_words
from .plan_map import map_data
from .plan_words import Names
from .result_folders import newest

LISTED = 30  # plans, the newest first
HEALTH_CENTRE = (126.93613, 37.33391)  # Gunpo's, to the dong only: an officer gives the real place once
DEFAULTS = {"teams": 2, "start": "13:00", "end": "18:00", "sites": 2, "agent": AGENTS[0]}
blueprint = Blueprint("plans", __name__)


@blueprint.get("/officer/plans")
@requires("officer")
def page() -> str:
    """Show the plans, the newest first, and the form that asks for one."""
    known = all_plans(settings().var)
    run = newest(settings().results_dir)
    return render_template(
        "officer/plans.html",
        plans=[_line(plan) for plan in known[:LISTED]],
        total=len(known),
        run=run,
        form=_defaults(known[0] if known else None),
        agents=field_words.AGENTS,
        watching=run_status(settings().results_dir).watching,
    )


@blueprint.get("/officer/plans/<plan_id>")
@requires("officer")
def plan(plan_id: str) -> str:
    """Show a plan as it stands."""
    standing = plan_now(services(), plan_id)
    names = names_of(standing)
    return render_template(
        "officer/plan.html",
        now=standing,
        plan=standing.plan,
        say=plan_words,
        names=names,
        people=_people(),
        longest_reason=LONGEST_REASON,
        map_data=map_data(standing, names),
    )


@blueprint.post("/officer/plans/<plan_id>/stops")
@requires("officer")
def change_stop(plan_id: str) -> Response:
    """Give a stop to another team, or drop it with a reason."""
    stop_id, reason = request.form.get("stop_id", ""), request.form.get("reason", "")
    wanted = request.form.get("team", "")
    try:
        if wanted == "drop":
            drop_stop(services(), plan_id, stop_id, reason, actor=actor(), now=now())
            flash(_("방문지를 계획에서 제외했습니다."), "success")
        else:
            move_stop(services(), plan_id, stop_id, _number(wanted), reason, actor=actor(), now=now())
            flash(
                _("방문지를 %(team)s조에 맡겼습니다. 시각은 직선거리로 다시 계산했습니다.", team=wanted), "success"
            )
    except BadInput as refusal:
        flash(translated(refusal.sentence), "danger")
        return redirect(url_for(".plan", plan_id=plan_id), 303)  # to the top, where the refusal is read
    return redirect(url_for(".plan", plan_id=plan_id, _anchor=f"s-{stop_id}"), 303)


@blueprint.post("/officer/plans/<plan_id>/teams")
@requires("officer")
def change_team(plan_id: str) -> Response:
    """Let an account of the disinfection teams be a team of this plan, or none of it."""
    wanted = request.form.get("team", "")
    team = None if wanted == "none" else _number(wanted)
    give_team(services(), plan_id, request.form.get("account_id", ""), team, actor=actor(), now=now())
    flash(_("조 배정을 저장했습니다. 방역점검표에 바로 나타납니다."), "success")
    return redirect(url_for(".plan", plan_id=plan_id, _anchor="teams"), 303)


def names_of(standing: PlanNow) -> Names:
    """Return what the places and accounts of a plan are called."""
    with services().store.read() as db:
        logins = {one.account_id: one.login for one in accounts.all(db)}
    return Names(units=plan_words.unit_names(settings().results_dir, standing.plan), logins=logins)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise BadInput("이 계획에 없는 조입니다.", field="team")
    return int(text)


def _people() -> list[accounts.Account]:
    with services().store.read() as db:
        return [one for one in accounts.all(db) if one.role == FIELD]


def _line(plan: Plan) -> dict[str, object]:
    with services().store.read() as db:
        checks = field_checks.of_plan(db, plan.id)
    planned = sum(stop.status == "planned" for stop in plan.stops)
    done = sum(notes[0].state == "done" for notes in checks.values())
    left = sum(stop.status == "left over" for stop in plan.stops)
    return {"plan": plan, "planned": planned, "done": done, "left": left}


def _defaults(last: Plan | None) -> dict[str, object]:
    """Return what stands in the form: what was asked last, today or the demonstration's next day."""
    asked = {**DEFAULTS, "lon": HEALTH_CENTRE[0], "lat": HEALTH_CENTRE[1], "day": _day()}
    if last is None:
        return asked
    told = last.parameters
    begin = told.begin.astimezone(KST)
    end = begin + timedelta(hours=told.hours)
    if kst_day(end) == kst_day(begin):
        asked |= {"start": f"{begin:%H:%M}", "end": f"{end:%H:%M}"}
    lon, lat = told.start
    return asked | {"teams": told.teams, "sites": told.sites, "agent": told.agent, "lon": lon, "lat": lat}


def _day() -> date:
    """Return the day to plan for: today, and in a demonstration the day after the last one with figures."""
    run = newest(settings().results_dir) if settings().demo else None
    days = run.days() if run else []
    return date.fromisoformat(days[-1]) + timedelta(days=1) if days else kst_day(now())
