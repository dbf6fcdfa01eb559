"""What officers decided about a plan: which account is which team, and which stop goes where."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select

from .plan_tables import plan_changes, plan_teams


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenTeam:
    """An account is a team of a plan, or none of it any more (``team`` None)."""

    plan_id: str
    day: date
    account_id: str
    team: int | None
    given_by: str
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """A stop goes to a team, or is dropped (``team`` None) for a reason."""

    plan_id: str
    day: date
    stop_id: str
    team: int | None
    reason: str
    changed_by: str
    changed_at: datetime


_GIVEN = [plan_teams.c[field.name] for field in fields(GivenTeam)]
_CHANGE = [plan_changes.c[field.name] for field in fields(PlanChange)]


def give_team(db: Connection, given: GivenTeam) -> None:
    """Keep who is which team."""
    db.execute(insert(plan_teams).values(**asdict(given)))


def change(db: Connection, changed: PlanChange) -> None:
    """Keep what was changed."""
    db.execute(insert(plan_changes).values(**asdict(changed)))


def teams_of_plan(db: Connection, plan_id: str) -> list[GivenTeam]:
    """Return the accounts that are a team of the plan now, by team, then in the order they became it."""
    query = select(*_GIVEN).where(plan_teams.c.plan_id == plan_id).order_by(plan_teams.c.given_id)
    newest: dict[str, GivenTeam] = {}
    for row in db.execute(query):
        newest.pop(row.account_id, None)
        newest[row.account_id] = GivenTeam(**row._mapping)
    return sorted((one for one in newest.values() if one.team is not None), key=lambda one: one.team)


def newest_of_account(db: Connection, account_id: str, day: date | None) -> GivenTeam | None:
    """Return the team that an account is in the plan it was given last, of a day where one is named."""
    mine = select(func.max(plan_teams.c.given_id).label("given_id")).where(plan_teams.c.account_id == account_id)
    if day is not None:
        mine = mine.where(plan_teams.c.day == day)
    last = mine.group_by(plan_teams.c.plan_id).subquery()
    query = select(*_GIVEN).join(last, plan_teams.c.given_id == last.c.given_id)
    query = query.where(plan_teams.c.team.is_not(None)).order_by(plan_teams.c.given_id.desc()).limit(1)
    row = db.execute(query).first()
    return None if row is None else GivenTeam(**row._mapping)


def was_team(db: Connection, plan_id: str, account_id: str, team: int) -> GivenTeam | None:
    """Return when an account became this team of the plan, also where it is another by now."""
    query = select(*_GIVEN).where(plan_teams.c.plan_id == plan_id, plan_teams.c.account_id == account_id)
    row = db.execute(query.where(plan_teams.c.team == team).order_by(plan_teams.c.given_id).limit(1)).first()
    return None if row is None else GivenTeam(**row._mapping)


def changes_of_plan(db: Connection, plan_id: str) -> Mapping[str, PlanChange]:
    """Return stop_id → its newest change, in the order in which they were made."""
    query = select(*_CHANGE).where(plan_changes.c.plan_id == plan_id).order_by(plan_changes.c.change_id)
    newest: dict[str, PlanChange] = {}
    for row in db.execute(query):
        newest.pop(row.stop_id, None)
        newest[row.stop_id] = PlanChange(**row._mapping)
    return newest
