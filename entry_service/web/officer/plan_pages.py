"""The plan of disinfection and visits: ask for one, look at it, see what was done (changes: plan_actions.py)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask import Blueprint, render_template
from sqlalchemy import Connection

from entry_service.core.disinfection import AGENTS, HYPOCHLORITE, STRONG
from entry_service.core.model import Facility
from entry_service.core.times import KST, kst_day
from entry_service.store.sites import accounts, facilities
from entry_service.usecases.hotspots.run_status import run_status
from entry_service.usecases.plans.change_plan import FIELD, LONGEST_REASON
from entry_service.usecases.plans.plan_day import worked_on
from entry_service.usecases.plans.plan_folder import Plan, all_plans
from entry_service.usecases.plans.plan_now import plan_now, standing
from entry_service.usecases.plans.plan_sending import sending_of

from ..field import words as field_words
from ..frame.access import requires
from ..frame.context import now, services, settings
from . import plan_words, site_words
from .plan_actions import new_check_id
from .plan_map import map_data
from .result_folders import newest

LEAST = timedelta(hours=3)  # from the newest hour of a day to the teams' return: less is no plan for that day
LISTED = 30  # plans, the newest first
HEALTH_CENTRE = (126.93613, 37.33391)  # Gunpo's, to the dong only: an officer gives the real place once
DEFAULTS = {"teams": 2, "start": "13:00", "end": "18:00", "sites": 2, "agent": AGENTS[0], "entry": "opening"}
DEFAULTS |= {"tests": None, "site_teams": None}  # what is left open is decided by the analytics
blueprint = Blueprint("plans", __name__)


@blueprint.get("/officer/plans")
@requires("officer")
def page() -> str:
    """Show the plans, the newest first, and the form that asks for one."""
    known = all_plans(settings().var)
    run = newest(settings().results_dir)
    with services().store.read() as db:
        register = facilities.all(db)
        listed = [_line(db, plan, register) for plan in known[:LISTED]]
    return render_template(
        "officer/plans.html",
        plans=listed,
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
    found = plan_now(services(), plan_id)
    names = plan_words.names_of(found)
    with services().store.read() as db:
        sending = sending_of(services(), db, found.plan)
    return render_template(
        "officer/plan.html",
        now=found,
        plan=found.plan,
        assumed=site_words.assumed(found.plan.parameters),
        say=plan_words,
        names=names,
        people=_people(),
        sending=sending,
        worked=worked_on(services(), found.plan),
        agents=field_words.AGENTS,
        obstacles=field_words.OBSTACLES,
        strong={"agent": HYPOCHLORITE, "ppm": STRONG},
        new_check_id=new_check_id,
        longest_reason=LONGEST_REASON,
        map_data=map_data(found, names),
    )


def _people() -> list[accounts.Account]:
    with services().store.read() as db:
        return [one for one in accounts.all(db) if one.role == FIELD]


def _line(db: Connection, plan: Plan, register: Sequence[Facility]) -> dict[str, object]:
    now = standing(db, plan, register)
    return {
        "plan": plan,
        "planned": sum(len(team.stops) for team in now.teams),
        "done": sum(team.done for team in now.teams),
        "left": len(now.waiting),
        "holds": sending_of(services(), db, plan).holds,
    }


def _defaults(last: Plan | None) -> dict[str, object]:
    """Return what stands in the form: what was asked last, this day while there is time left, or the next one."""
    asked = {**DEFAULTS, "lon": HEALTH_CENTRE[0], "lat": HEALTH_CENTRE[1], "day": _day()}
    if last is None:
        return asked | _today(asked)
    told = last.parameters
    begin = told.begin.astimezone(KST)
    end = begin + timedelta(hours=told.hours)
    asked |= {"start": f"{begin:%H:%M}", "end": f"{end:%H:%M}"}
    asked |= _today(asked)
    lon, lat = told.start
    return asked | {
        "teams": told.teams,
        "sites": told.sites,
        "tests": told.tests,
        "site_teams": told.site_teams,
        "agent": told.agent,
        "entry": told.entry,
        "lon": lon,
        "lat": lat,
    }


def _day() -> date:
    """Return the day to plan for: today, and in a demonstration the day after the last one with figures."""
    run = newest(settings().results_dir) if settings().demo else None
    days = run.days() if run else []
    return date.fromisoformat(days[-1]) + timedelta(days=1) if days else kst_day(now())


def _today(asked: dict[str, object]) -> dict[str, object]:
    """Return day and start of a plan by the newest hours: from the next full hour on, if enough are left then."""
    run = newest(settings().results_dir)
    until = ((run.summary.get("period") if run else None) or {}).get("until")
    if not until:
        return {}
    known = datetime.fromisoformat(until).astimezone(KST)
    leave = max(str(asked["start"]), f"{known + timedelta(hours=1):%H:%M}")
    in_time = f"{known + LEAST:%H:%M}" <= str(asked["end"]) and known.date() == (known + LEAST).date()
    if not in_time or (known.date() != kst_day(now()) and not settings().demo):
        return {}
    return {"day": known.date(), "start": leave}
