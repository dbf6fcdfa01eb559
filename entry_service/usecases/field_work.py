"""What a disinfection team gets and gives: its stops of today's plan, and what it did at them.

A note is made on a phone, often without network, and sent when there is one: the first under its id stays, the
same note again is the same answer, and nothing that happened is refused for being late or for a clock that was
wrong, unless its day is destroyed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.clock_rules import is_possible, is_skewed, skew_of
from entry_service.core.disinfection import FieldCheck, without_numbers
from entry_service.core.errors import BadInput, EntryError, NotFound
from entry_service.core.retention import day_end
from entry_service.services import Services
from entry_service.store import field_checks, plans
from entry_service.store.locks import all_at_a_time

from .late import TooOld, destroyed_before
from .plan_folder import find_plan
from .plan_now import PlanNow, TeamNow, plan_now


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
    """A team's way in the plan of a day."""

    now: PlanNow
    team: TeamNow


def work_of(services: Services, account_id: str, day: date | None) -> Work | None:
    """Return what an account does on a day; None where no officer made it a team of a plan of that day.

    ``day`` None: of whichever day, the plan that it was given last (the demonstration's days are of 2020).
    """
    with services.store.read() as db:
        given = plans.newest_of_account(db, account_id, day)
    if given is None:
        return None
    try:
        now = plan_now(services, given.plan_id)
    except NotFound:  # the folder is gone; what was noted is kept all the same
        return None
    team = next((one for one in now.teams if one.team == given.team), None)
    return None if team is None else Work(now=now, team=team)


def note_checks(
    services: Services, account_id: str, told: Sequence[Told], *, device_now: datetime | None, now: datetime
) -> list[FieldCheck | EntryError]:
    """Keep what a phone tells, in one transaction; return what is kept of each, or why it is not."""
    skew = skew_of(device_now, now)
    mark = destroyed_before(services)
    ready = [_prepare(services, account_id, one, skew, mark, now) for one in told]

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
    """Return the row, or why there can be none: never a team of this plan, no stop of it, or a destroyed day."""
    with services.store.read() as db:
        given = plans.was_team(db, told.plan_id, account_id, told.team)
    if given is None:
        return NotFound(what="plan")
    if mark is not None and day_end(given.day) <= mark:
        return TooOld()
    if not _is_stop(services, told):
        return NotFound(what="stop")
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


def _is_stop(services: Services, told: Told) -> bool:
    """Say whether the plan has the stop; a plan that is gone is believed."""
    try:
        plan = find_plan(services.settings.var, told.plan_id)
    except NotFound:
        return True
    return any(stop.stop_id == told.stop_id for stop in plan.stops)


def _judged_at(ended_at: datetime, skew: timedelta, now: datetime) -> datetime:
    """Return when it was done by the clock of the service, as well as that can be known."""
    try:
        at = ended_at - skew if is_skewed(skew) else ended_at
    except OverflowError:  # the ends of time
        return now
    return min(at, now) if is_possible(at, now) else now
