"""An officer sends a plan out to its teams; from then on it holds for them, and what it replaces no longer does.

A plan that was not sent out is on no phone. Which of several hold is decided by ``core/plan_shifts.py``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.errors import NotFound
from entry_service.core.plan_shifts import Shift, holding
from entry_service.services import Services
from entry_service.store.database.locks import all_at_a_time
from entry_service.store.plans import plans
from entry_service.store.plans.plans import GivenTeam, SentPlan

from .plan_audit import note_change
from .plan_folder import Plan, find_plan

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How a plan stands: when it was sent out last, and the newer plan that has replaced it."""

    sent: SentPlan | None
    replaced_by: Plan | None

    @property
    def holds(self) -> bool:
        """Say whether teams work by it."""
        return self.sent is not None and self.replaced_by is None


def send_out(services: Services, plan_id: str, *, actor: Actor, now: datetime) -> list[GivenTeam]:
    """Send a plan out; return the accounts that it took over, with their teams, from the plan it replaces.

    An account for which an officer decided nothing in this plan becomes the team that it was in the replaced one,
    where this plan has such a team. Raises ``NotFound``.
    """
    plan = find_plan(services.settings.var, plan_id)
    note_change(services, plan_id, plan_id, "plan_sent", actor, now)
    sent = SentPlan(plan_id=plan_id, day=plan.day, sent_by=actor.account_id, sent_at=now)

    def write(db: Connection) -> list[GivenTeam]:
        all_at_a_time(db, _subjects(plan))
        before = holding_on(services, db, around(plan.day))
        taken = _taken_over(services, db, plan, before)
        given = [
            GivenTeam(
                plan_id=plan_id,
                day=plan.day,
                account_id=one.account_id,
                team=one.team,
                given_by=actor.account_id,
                given_at=now,
            )
            for one in taken
        ]
        for one in given:
            plans.give_team(db, one)
        plans.send(db, sent)
        return given

    return services.store.write(write)


def sending_of(services: Services, db: Connection, plan: Plan) -> Sending:
    """Return whether teams work by the plan, and what replaced it."""
    newer: list[Plan] = []
    for one in plans.sent_on(db, around(plan.day)):
        if one.plan_id == plan.id:
            over = next((each for each in newer if each.begin < plan.end and plan.begin < each.end), None)
            return Sending(sent=one, replaced_by=over)
        newer += _found(services, one.plan_id)
    return Sending(sent=None, replaced_by=None)


def holding_on(services: Services, db: Connection, days: Collection[date]) -> list[Plan]:
    """Return the plans of these days that teams work by, the newest first, without folders that are gone."""
    known = [plan for one in plans.sent_on(db, days) for plan in _found(services, one.plan_id)]
    names = {one.plan_id for one in holding([shift_of(plan) for plan in known])}
    return [plan for plan in known if plan.id in names]


def shift_of(plan: Plan) -> Shift:
    """Return the hours of a plan."""
    return Shift(plan_id=plan.id, begin=plan.begin, end=plan.end)


def around(day: date) -> tuple[date, date, date]:
    """Return the day with its neighbours: a shift may reach over midnight."""
    return day - ONE_DAY, day, day + ONE_DAY


def _subjects(plan: Plan) -> list[bytes]:
    """Return what must stand still meanwhile: the teams of the plan, and what is sent out around its day.

    Two plans of one day that are sent out at once would each take over the teams of what held before both.
    """
    return [b"plan|" + plan.id.encode(), *(b"plans of|" + day.isoformat().encode() for day in around(plan.day))]


def _taken_over(services: Services, db: Connection, plan: Plan, before: Sequence[Plan]) -> list[GivenTeam]:
    decided, teams = plans.ever_given(db, plan.id), {one.team for one in plan.teams}
    replaced = [one for one in before if one.id != plan.id and one.begin < plan.end and plan.begin < one.end]
    found: dict[str, GivenTeam] = {}
    for old in replaced:
        for one in plans.teams_of_plan(db, old.id):
            if one.account_id not in decided and one.team in teams:
                found.setdefault(one.account_id, one)
    return list(found.values())


def _found(services: Services, plan_id: str) -> list[Plan]:
    try:
        return [find_plan(services.settings.var, plan_id)]
    except NotFound:  # the folder is gone; what was noted is kept all the same
        return []
