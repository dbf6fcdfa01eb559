"""Notes of a disinfection team, and who is which team: for the tests of the store and of the use cases."""

from datetime import UTC, date, datetime, timedelta

from entry_service.core.disinfection import FieldCheck
from entry_service.store.plans.plans import GivenTeam, PlanChange, SentPlan

DAY = date(2020, 8, 25)
NOON = datetime(2020, 8, 25, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def check(check_id: str = "check-0001", **facts: object) -> FieldCheck:
    """Return a note that the library was disinfected at noon."""
    usual = {"plan_id": "plan-1", "day": DAY, "stop_id": "d-GP-001", "team": 1, "state": "done"}
    work = {"agent": "hypochlorite", "ppm": 1_000, "surfaces": ("handles", "lift"), "aired_minutes": 30}
    times = {"started_at": NOON - HOUR, "ended_at": NOON, "judged_at": NOON, "received_at": NOON + HOUR}
    return FieldCheck(**{"check_id": check_id, "account_id": "A-field", **usual, **work, **times, **facts})


def given(team: int | None, account: str = "A-field", plan: str = "plan-1", day: date = DAY) -> GivenTeam:
    """Return that an account is a team."""
    facts = {"given_by": "A-officer", "given_at": NOON}
    return GivenTeam(plan_id=plan, day=day, account_id=account, team=team, **facts)


def sent(plan: str = "plan-1", day: date = DAY) -> SentPlan:
    """Return that a plan was sent out."""
    return SentPlan(plan_id=plan, day=day, sent_by="A-officer", sent_at=NOON)


def moved(stop_id: str, team: int | None, plan: str = "20200825T080000-abcd", day: date = DAY) -> PlanChange:
    """Return that an officer gave a stop to a team, or dropped it."""
    facts = {"reason": "휴업", "changed_by": "A-officer", "changed_at": NOON}
    return PlanChange(plan_id=plan, day=day, stop_id=stop_id, team=team, **facts)
