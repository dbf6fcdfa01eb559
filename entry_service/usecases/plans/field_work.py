"""What a disinfection team gets and gives: its stops of today's plan, and what it did at them.

A note is made on a phone, often without network, and sent when there is one: the first under its id stays, the
same note again is the same answer, and nothing that happened is refused for being late or for a clock that was
wrong, unless its day is destroyed. A team notes its own stops: those that were in its way at some time, in a plan
that was sent out, also one that was replaced since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.clock_rules import is_possible, is_skewed, skew_of
from entry_service.core.disinfection import FieldCheck, without_numbers
from entry_service.core.errors import BadInput, EntryError, NotFound
from entry_service.core.plan_shifts import AFTERWARDS, current
from entry_service.core.retention import day_end
from entry_service.core.times import kst_day
from entry_service.services import Services
from entry_service.store.database.locks import all_at_a_time
from entry_service.store.plans import field_checks, plans
from entry_service.store.plans.plans import GivenTeam

from ..doors.late import TooOld, destroyed_before
from .plan_folder import Plan, find_plan
from .plan_now import PlanNow, TeamNow, plan_now
from .plan_sending import around, holding_on, shift_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a phone tells of one stop; times are those of its clock."""

    check_id: str
    plan_id: str
    stop_id: str
    team: int
    state: str
    agent: str
    ppm: int | None
    surfaces: tuple[str, ...]
    aired_minutes: int | None
    obstacle: str
    remark: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A team's way in the plan that holds for it."""

    now: PlanNow
    team: TeamNow


class NotOwnStop(EntryError):
    """A note of a stop that was never in the way of the account's team: an officer may note it."""

    status, code = 403, "not_own_stop"
    sentence = (
        "이 조의 방문지가 아니어서 받지 않았습니다. "
        "기록은 이 전화에 남아 있습니다. 보건소 담당자에게 전화하시기 바랍니다."
    )


def work_today(services: Services, account_id: str, now: datetime) -> Work | None:
    """Return what an account does now: of the shifts that hold for it the one it is in; None without one."""
    with services.store.read() as db:
        held = holding_on(services, db, around(kst_day(now)))
        mine = {plan.id: given for plan in held if (given := _team_of(db, plan.id, account_id))}
    today = [shift_of(plan) for plan in held if plan.id in mine and _is_today(plan, now)]
    shift = current(today, now)
    return _work(services, mine[shift.plan_id]) if shift else None


def work_newest(services: Services, account_id: str) -> Work | None:
    """Return the same for a demonstration, whose days are of 2020: of the day whose plan was sent out last."""
    with services.store.read() as db:
        day = plans.last_sent_day(db)
        held = [plan for plan in holding_on(services, db, around(day)) if plan.day == day] if day else []
        mine = [given for plan in held if (given := _team_of(db, plan.id, account_id))]
    return _work(services, mine[0]) if mine else None


def _team_of(db: Connection, plan_id: str, account_id: str) -> GivenTeam | None:
    return next((one for one in plans.teams_of_plan(db, plan_id) if one.account_id == account_id), None)


def _is_today(plan: Plan, now: datetime) -> bool:
    """Say whether a plan is of today, or its teams of yesterday evening are still out."""
    return plan.day == kst_day(now) or plan.begin <= now < plan.end + AFTERWARDS


def _work(services: Services, given: GivenTeam) -> Work | None:
    now = plan_now(services, given.plan_id)
    team = next((one for one in now.teams if one.team == given.team), None)
    return None if team is None else Work(now=now, team=team)


def note_checks(
    services: Services, told: Sequence[Told], *, actor: Actor, device_now: datetime | None, now: datetime
) -> list[FieldCheck | EntryError]:
    """Keep what a phone tells, in one transaction; return what is kept of each, or why it is not.

    That somebody noted another team's stop is written into the audit, once a request.
    """
    skew = skew_of(device_now, now)
    mark = destroyed_before(services)
    ready = [_prepare(services, actor.account_id, one, skew, mark, now) for one in told]
    if any(isinstance(one, NotOwnStop) for one in ready):
        services.vault.audit.append("refused", actor, now=now, outcome=NotOwnStop.code)

    def write(db: Connection) -> list[FieldCheck | EntryError]:
        all_at_a_time(db, [b"check|" + one.check_id.encode() for one in told])
        return [_append(db, one) if isinstance(one, FieldCheck) else one for one in ready]

    return services.store.write(write)


def _append(db: Connection, check: FieldCheck) -> FieldCheck | EntryError:
    try:
        return field_checks.append(db, check)
    except field_checks.CheckConflict as conflict:
        return conflict


def _prepare(
    services: Services, account_id: str, told: Told, skew: timedelta, mark: datetime | None, now: datetime
) -> FieldCheck | EntryError:
    """Return the row, or why there can be none: a stop of another team, or a destroyed day."""
    with services.store.read() as db:
        given = plans.was_team(db, told.plan_id, account_id, told.team)
        sent = plans.was_sent(db, told.plan_id)
        moved = plans.was_moved_to(db, told.plan_id, told.stop_id, told.team)
    if given is None or not sent:
        return NotOwnStop()
    if mark is not None and day_end(given.day) <= mark:
        return TooOld()
    if not (moved or _was_planned(services, told)):
        return NotOwnStop()
    if told.ended_at < told.started_at:
        return BadInput("끝낸 시각이 시작한 시각보다 빠릅니다.", field="ended_at")
    return FieldCheck(
        check_id=told.check_id,
        plan_id=told.plan_id,
        day=given.day,
        stop_id=told.stop_id,
        team=told.team,
        state=told.state,
        agent=told.agent,
        ppm=told.ppm,
        surfaces=told.surfaces,
        aired_minutes=told.aired_minutes,
        obstacle=told.obstacle,
        remark=without_numbers(told.remark),
        started_at=told.started_at,
        ended_at=told.ended_at,
        judged_at=_judged_at(told.ended_at, skew, now),
        received_at=now,
        account_id=account_id,
    )


def _was_planned(services: Services, told: Told) -> bool:
    """Say whether the plan had the stop in the team's way; a plan that is gone is believed."""
    try:
        plan = find_plan(services.settings.var, told.plan_id)
    except NotFound:
        return True
    return any(told.stop_id in team.stops for team in plan.teams if team.team == told.team)


def _judged_at(ended_at: datetime, skew: timedelta, now: datetime) -> datetime:
    """Return when it was done by the clock of the service, as well as that can be known."""
    try:
        at = ended_at - skew if is_skewed(skew) else ended_at
    except OverflowError:  # the ends of time
        return now
    return min(at, now) if is_possible(at, now) else now
