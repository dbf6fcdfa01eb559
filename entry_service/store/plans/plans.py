"""What officers decided about a plan: which account is which team, when it was sent out, which stop goes where."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select

from ..schema.plan_tables import plan_changes, plan_sendings, plan_teams


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
class SentPlan:
    """A plan was sent out to its teams."""

    plan_id: str
    day: date
    sent_by: str
    sent_at: datetime


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
_SENT = [plan_sendings.c[field.name] for field in fields(SentPlan)]
_CHANGE = [plan_changes.c[field.name] for field in fields(PlanChange)]


def give_team(db: Connection, given: GivenTeam) -> None:
    """Keep who is which team."""
    db.execute(insert(plan_teams).values(**asdict(given)))


def send(db: Connection, sent: SentPlan) -> None:
    """Keep that a plan was sent out."""
    db.execute(insert(plan_sendings).values(**asdict(sent)))


def change(db: Connection, changed: PlanChange) -> None:
    """Keep what was changed."""
    db.execute(insert(plan_changes).values(**asdict(changed)))


def teams_of_plan(db: Connection, plan_id: str) -> list[GivenTeam]:
    """Return the accounts that are a team of the plan now, by team, then in the order they became it."""
    newest = _newest_given(db, plan_id).values()
    return sorted((one for one in newest if one.team is not None), key=lambda one: one.team)


def ever_given(db: Connection, plan_id: str) -> Collection[str]:
    """Return the accounts that an officer gave to a team of the plan, or took off it, at some time."""
    return _newest_given(db, plan_id).keys()


def _newest_given(db: Connection, plan_id: str) -> dict[str, GivenTeam]:
    query = select(*_GIVEN).where(plan_teams.c.plan_id == plan_id).order_by(plan_teams.c.given_id)
    newest: dict[str, GivenTeam] = {}
    for row in db.execute(query):
        newest.pop(row.account_id, None)
        newest[row.account_id] = GivenTeam(**row._mapping)
    return newest


def was_team(db: Connection, plan_id: str, account_id: str, team: int) -> GivenTeam | None:
    """Return when an account became this team of the plan, also where it is another by now."""
    query = select(*_GIVEN).where(plan_teams.c.plan_id == plan_id, plan_teams.c.account_id == account_id)
    row = db.execute(query.where(plan_teams.c.team == team).order_by(plan_teams.c.given_id).limit(1)).first()
    return None if row is None else GivenTeam(**row._mapping)


def sent_on(db: Connection, days: Collection[date]) -> list[SentPlan]:
    """Return the plans of these days that were sent out, each as it was sent last, the newest first."""
    last = select(func.max(plan_sendings.c.sending_id).label("sending_id")).where(plan_sendings.c.day.in_(days))
    last = last.group_by(plan_sendings.c.plan_id).subquery()
    query = select(*_SENT).join(last, plan_sendings.c.sending_id == last.c.sending_id)
    return [SentPlan(**row._mapping) for row in db.execute(query.order_by(plan_sendings.c.sending_id.desc()))]


def last_sent_day(db: Connection) -> date | None:
    """Return the day of the plan that was sent out last, of whichever day."""
    query = select(plan_sendings.c.day).order_by(plan_sendings.c.sending_id.desc()).limit(1)
    return db.execute(query).scalar_one_or_none()


def was_sent(db: Connection, plan_id: str) -> bool:
    """Say whether a plan was ever sent out."""
    query = select(plan_sendings.c.sending_id).where(plan_sendings.c.plan_id == plan_id).limit(1)
    return db.execute(query).first() is not None


def changes_of_plan(db: Connection, plan_id: str) -> Mapping[str, PlanChange]:
    """Return stop_id → its newest change, in the order in which they were made."""
    query = select(*_CHANGE).where(plan_changes.c.plan_id == plan_id).order_by(plan_changes.c.change_id)
    newest: dict[str, PlanChange] = {}
    for row in db.execute(query):
        newest.pop(row.stop_id, None)
        newest[row.stop_id] = PlanChange(**row._mapping)
    return newest


def was_moved_to(db: Connection, plan_id: str, stop_id: str, team: int) -> bool:
    """Say whether an officer ever gave the stop to the team, also where it is another's by now."""
    query = select(plan_changes.c.change_id).where(plan_changes.c.plan_id == plan_id)
    query = query.where(plan_changes.c.stop_id == stop_id, plan_changes.c.team == team).limit(1)
    return db.execute(query).first() is not None
