"""An officer notes for a team what it did: from its sheet of paper, or told by telephone."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.disinfection import HYPOCHLORITE, FieldCheck, without_numbers
from entry_service.core.errors import BadInput, NotFound
from entry_service.core.retention import day_end
from entry_service.core.times import KST
from entry_service.services import Services
from entry_service.store.database.locks import one_at_a_time
from entry_service.store.plans import field_checks

from ..doors.late import TooOld, destroyed_before
from .plan_audit import note_change
from .plan_folder import Plan
from .plan_now import StopNow, plan_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a team reported of a stop; times of day in Korea, after midnight those of the next day."""

    check_id: str
    stop_id: str
    state: str
    started: time
    ended: time
    agent: str = ""
    ppm: int | None = None
    obstacle: str = ""
    remark: str = ""


def note_for_team(services: Services, plan_id: str, told: Reported, *, actor: Actor, now: datetime) -> FieldCheck:
    """Keep a note in an officer's name; raise ``NotFound``, ``BadInput``, ``TooOld`` or ``CheckConflict``."""
    standing = plan_now(services, plan_id)
    stop = next((one for one in standing.stops if one.stop.stop_id == told.stop_id), None)
    if stop is None:
        raise NotFound(what="stop")
    mark = destroyed_before(services)
    if mark is not None and day_end(standing.plan.day) <= mark:
        raise TooOld
    check = _check(standing.plan, stop, told, actor, now)
    note_change(services, plan_id, told.stop_id, "stop_noted", actor, now)

    def write(db: Connection) -> FieldCheck:
        one_at_a_time(db, b"check|" + told.check_id.encode())
        return field_checks.append(db, check)

    return services.store.write(write)


def _check(plan: Plan, stop: StopNow, told: Reported, actor: Actor, now: datetime) -> FieldCheck:
    start, end = _moment(plan, told.started), _moment(plan, told.ended)
    done = told.state == "done"
    disinfects = done and stop.stop.kind == "disinfect"
    if stop.team is None:
        raise BadInput("먼저 조에 맡긴 뒤 기록하시기 바랍니다.", field="stop_id")
    if end < start:
        raise BadInput("끝낸 시각이 시작한 시각보다 빠릅니다.", field="ended")
    if end > now:
        raise BadInput("끝낸 시각이 아직 오지 않았습니다.", field="ended")
    if not done and not told.obstacle:
        raise BadInput("하지 못한 사유를 고르시기 바랍니다.", field="obstacle")
    if disinfects and not told.agent:
        raise BadInput("소독제를 고르시기 바랍니다.", field="agent")
    if disinfects and told.agent == HYPOCHLORITE and told.ppm is None:
        raise BadInput("농도를 ppm으로 적으시기 바랍니다.", field="ppm")
    return FieldCheck(
        check_id=told.check_id,
        plan_id=plan.id,
        day=plan.day,
        stop_id=told.stop_id,
        team=stop.team,
        state=told.state,
        agent=told.agent if disinfects else "",
        ppm=told.ppm if disinfects else None,
        obstacle="" if done else told.obstacle,
        remark=without_numbers(told.remark),
        started_at=start,
        ended_at=end,
        judged_at=max(end, stop.check.judged_at) if stop.done else end,  # a correction is the newer one
        received_at=now,
        account_id=actor.account_id,
    )


def _moment(plan: Plan, at: time) -> datetime:
    """Return the moment of a time of day: early in a shift over midnight it is of the next day."""
    moment = datetime.combine(plan.day, at, KST)
    overnight = plan.end.astimezone(KST).date() > plan.day
    return moment + timedelta(days=1) if overnight and moment < plan.begin - timedelta(hours=6) else moment
