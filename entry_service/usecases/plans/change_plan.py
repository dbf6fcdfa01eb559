"""An officer changes a plan: who is which team, and which stop goes to which of them or is dropped, and why.

The plan's file stays as the analytics wrote it; each change is a row beside it, and is in the audit before.
"""

from datetime import datetime

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput, NotFound, Sentence
from entry_service.services import Services
from entry_service.store.database.locks import one_at_a_time
from entry_service.store.plans import plans
from entry_service.store.plans.plans import GivenTeam, PlanChange
from entry_service.store.sites import accounts

from .plan_audit import note_change
from .plan_folder import Plan, find_plan

FIELD = "field"
LONGEST_REASON = 100


def move_stop(
    services: Services, plan_id: str, stop_id: str, team: int, reason: str, *, actor: Actor, now: datetime
) -> None:
    """Give a stop to a team; raise ``NotFound`` for a plan or stop that is none, ``BadInput`` for a team."""
    plan = _plan_with(services, plan_id, stop_id)
    _assert_team(plan, team)
    _change(services, plan, stop_id, team, _cut(reason), "stop_moved", actor, now)


def drop_stop(services: Services, plan_id: str, stop_id: str, reason: str, *, actor: Actor, now: datetime) -> None:
    """Take a stop out of all ways, for a reason that is kept; raise ``NotFound`` or ``BadInput``."""
    plan = _plan_with(services, plan_id, stop_id)
    if not reason.strip():
        raise BadInput("제외하는 사유를 적어 주시기 바랍니다.", field="reason")
    _change(services, plan, stop_id, None, _cut(reason), "stop_dropped", actor, now)


def give_team(
    services: Services, plan_id: str, account_id: str, team: int | None, *, actor: Actor, now: datetime
) -> None:
    """Let an account of a disinfection team be a team of the plan, or none of it any more (``team`` None).

    Raises ``BadInput`` for a team that is none, and for an account that is another team of the plan.
    """
    plan = find_plan(services.settings.var, plan_id)
    with services.store.read() as db:
        account = accounts.by_id(db, account_id)
    if account is None or account.role != FIELD:
        raise NotFound(what="account")
    if team is not None:
        _assert_team(plan, team)
        with services.store.read() as db:
            _assert_free(db, plan_id, account_id, team)
    note_change(services, plan_id, account_id, "team_given" if team is not None else "team_taken", actor, now)
    given = GivenTeam(
        plan_id=plan_id, day=plan.day, account_id=account_id, team=team, given_by=actor.account_id, given_at=now
    )

    def write(db: Connection) -> None:
        one_at_a_time(db, b"plan|" + plan_id.encode())
        if team is not None:
            _assert_free(db, plan_id, account_id, team)
        plans.give_team(db, given)

    services.store.write(write)


def _plan_with(services: Services, plan_id: str, stop_id: str) -> Plan:
    plan = find_plan(services.settings.var, plan_id)
    if all(stop.stop_id != stop_id for stop in plan.stops):
        raise NotFound(what="stop")
    return plan


def _assert_team(plan: Plan, team: int) -> None:
    if all(one.team != team for one in plan.teams):
        raise BadInput("이 계획에 없는 조입니다.", field="team")


def _assert_free(db: Connection, plan_id: str, account_id: str, team: int) -> None:
    for one in plans.teams_of_plan(db, plan_id):
        if one.account_id == account_id and one.team != team:
            sentence = Sentence(
                "이미 %(team)s조에 배정된 계정입니다. 그 조에서 먼저 해제하시기 바랍니다.", team=one.team
            )
            raise BadInput(sentence, field="account_id")


def _cut(reason: str) -> str:
    plain = " ".join(reason.split())
    if len(plain) > LONGEST_REASON:
        raise BadInput("사유는 100자까지 적을 수 있습니다.", field="reason")
    return plain


def _change(
    services: Services,
    plan: Plan,
    stop_id: str,
    team: int | None,
    reason: str,
    outcome: str,
    actor: Actor,
    now: datetime,
) -> None:
    note_change(services, plan.id, stop_id, outcome, actor, now)
    changed = PlanChange(
        plan_id=plan.id,
        day=plan.day,
        stop_id=stop_id,
        team=team,
        reason=reason,
        changed_by=actor.account_id,
        changed_at=now,
    )
    services.store.write(lambda db: plans.change(db, changed))
