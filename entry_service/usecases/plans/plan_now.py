"""A plan as it stands: what the analytics planned, what officers changed since, what the teams noted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.disinfection import FieldCheck, standing_note
from entry_service.core.model import Facility
from entry_service.core.plan_way import Place, Travel, timed, with_place
from entry_service.services import Services
from entry_service.store.plans import field_checks, plans
from entry_service.store.plans.plans import GivenTeam, PlanChange
from entry_service.store.sites import facilities

from .plan_folder import Plan, Position, Stop, find_plan

PLANNED, NOT_NEEDED = "planned", "not needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopNow:
    """A stop with its place in a way, or none.

    ``check``: the note that tells how it stands. ``checks``: all notes of the day about the place, also of other
    plans, the newest first.
    """

    stop: Stop
    facility: Facility | None
    team: int | None
    order: int | None
    arrive: datetime | None
    leave: datetime | None
    change: PlanChange | None
    check: FieldCheck | None
    checks: tuple[FieldCheck, ...]

    @property
    def done(self) -> bool:
        """Say whether it is done, be it under another plan of the day."""
        return self.check is not None and self.check.state == "done"

    @property
    def late(self) -> bool:
        """Say whether the work is planned for after closing time."""
        until = self.stop.open_until
        return not self.done and self.leave is not None and until is not None and self.leave > until

    @property
    def shut(self) -> bool:
        """Say whether a team is sent to a place that does not open that day."""
        return not self.done and self.team is not None and self.stop.opening == "closed"

    @property
    def dropped(self) -> bool:
        """Say whether an officer took the stop out of the plan."""
        return self.change is not None and self.change.team is None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamNow:
    """A team's way; ``changed``: reckoned again by straight lines, because an officer changed it.

    ``until``: when it was to be back.
    """

    team: int
    start: datetime
    end: datetime
    kilometres: float
    line: tuple[Position, ...]
    stops: tuple[StopNow, ...]
    given: tuple[GivenTeam, ...]
    changed: bool
    until: datetime

    @property
    def over(self) -> timedelta:
        """Return by how much the team is back later than asked; zero where it is in time."""
        return max(self.end - self.until, timedelta())

    @property
    def done(self) -> int:
        """Return how many of the stops are done."""
        return sum(one.done for one in self.stops)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNow:
    """``stops``: all that may be shown, by rank. ``hidden``: stops that became sensitive facilities since."""

    plan: Plan
    stops: tuple[StopNow, ...]
    teams: tuple[TeamNow, ...]
    hidden: int

    @property
    def waiting(self) -> tuple[StopNow, ...]:
        """Return what would be needed and is in no way: left over, or dropped."""
        return tuple(one for one in self.stops if one.team is None and one.stop.status != NOT_NEEDED)

    @property
    def not_needed(self) -> tuple[StopNow, ...]:
        """Return what needs no special disinfection."""
        return tuple(one for one in self.stops if one.team is None and one.stop.status == NOT_NEEDED)


def plan_now(services: Services, plan_id: str) -> PlanNow:
    """Return the plan as it stands; raise ``NotFound``."""
    plan = find_plan(services.settings.var, plan_id)
    with services.store.read() as db:
        return standing(db, plan, facilities.all(db))


def standing(db: Connection, plan: Plan, register: Sequence[Facility]) -> PlanNow:
    """Return how a plan stands, by the register of facilities."""
    known = {one.facility_id: one for one in register}
    changes, checks = plans.changes_of_plan(db, plan.id), field_checks.of_day(db, plan.day)
    given = plans.teams_of_plan(db, plan.id)
    shown = [stop for stop in plan.stops if not _is_sensitive(stop, known)]
    notes = {stop.stop_id: standing_note(checks.get(stop.stop_id, ()), plan.id) for stop in shown}
    ways = _ways(plan, shown, changes, checks)
    numbers = {name: (team, at) for team, way in ways.items() for at, name in enumerate(way, start=1)}
    changed = {one.team for one in plan.teams if list(one.stops) != ways[one.team]}  # a hidden stop changes too
    by_id = {stop.stop_id: stop for stop in shown}
    spans = {team: _spans(plan, [by_id[name] for name in way], team in changed) for team, way in ways.items()}

    def now(stop: Stop) -> StopNow:
        team, order = numbers.get(stop.stop_id, (None, None))
        arrive, leave = spans[team].of[order - 1] if team is not None else (None, None)
        return StopNow(
            stop=stop,
            facility=known.get(stop.facility_id or ""),
            team=team,
            order=order,
            arrive=arrive,
            leave=leave,
            change=changes.get(stop.stop_id),
            check=notes[stop.stop_id],
            checks=tuple(checks.get(stop.stop_id, ())),
        )

    stops = {stop.stop_id: now(stop) for stop in shown}
    teams = [
        TeamNow(
            team=one.team,
            start=one.start,
            end=spans[one.team].end or one.end,
            kilometres=one.kilometres if spans[one.team].kilometres is None else spans[one.team].kilometres,
            line=one.line if spans[one.team].line is None else spans[one.team].line,
            stops=tuple(stops[name] for name in ways[one.team]),
            given=tuple(each for each in given if each.team == one.team),
            changed=one.team in changed,
            until=plan.end,
        )
        for one in plan.teams
    ]
    return PlanNow(plan=plan, stops=tuple(stops.values()), teams=tuple(teams), hidden=len(plan.stops) - len(shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spans:
    of: Sequence[tuple[datetime | None, datetime | None]]
    end: datetime | None = None
    kilometres: float | None = None
    line: tuple[Position, ...] | None = None


def _is_sensitive(stop: Stop, known: Mapping[str, Facility]) -> bool:
    """Say whether the register calls the place sensitive, whatever it was when the plan was made."""
    return stop.facility_id is not None and (found := known.get(stop.facility_id)) is not None and found.sensitive


def _ways(
    plan: Plan,
    shown: Sequence[Stop],
    changes: Mapping[str, PlanChange],
    checks: Mapping[str, Sequence[FieldCheck]],
) -> dict[int, list[str]]:
    """Return team → stop_ids in order, with the changes in the order in which they were made.

    A moved stop comes in after what was noted when it was moved: it stays there whatever is noted after.
    """
    by_id = {stop.stop_id: stop for stop in shown}
    ways = {team.team: [name for name in team.stops if name in by_id] for team in plan.teams}
    for name, change in changes.items():
        if name not in by_id:
            continue
        for team, way in ways.items():
            if team != change.team and name in way:
                way.remove(name)
        if change.team in ways and name not in ways[change.team]:
            way = [_place(by_id[one]) for one in ways[change.team]]
            noted = {one for one, notes in checks.items() if _stood(notes, plan.id, change.changed_at)}
            behind = max((at for at, one in enumerate(way, start=1) if one.stop_id in noted), default=0)
            after = with_place(way, _place(by_id[name]), _travel(plan), after=behind)
            ways[change.team] = [one.stop_id for one in after]
    return ways


def _stood(notes: Sequence[FieldCheck], plan_id: str, at: datetime) -> bool:
    """Say whether, of the notes that had come by then, one told how the stop stands in the plan."""
    return standing_note([one for one in notes if one.received_at <= at], plan_id) is not None


def _spans(plan: Plan, way: Sequence[Stop], changed: bool) -> _Spans:
    """Return the times of a way: the plan's own, or reckoned again where the way was changed."""
    if not changed:
        return _Spans(of=[(stop.arrive, stop.leave) for stop in way])
    asked = plan.parameters
    done = timed([_place(stop) for stop in way], _travel(plan))
    line = (asked.start, *((stop.lon, stop.lat) for stop in way), asked.start) if way else ()
    return _Spans(of=done.spans, end=done.end, kilometres=done.kilometres, line=line)


def _travel(plan: Plan) -> Travel:
    asked = plan.parameters
    return Travel(
        start=asked.start, begin=plan.begin, until=plan.end, speed_kmh=asked.speed_kmh, detour=asked.detour
    )


def _place(stop: Stop) -> Place:
    return Place(
        stop_id=stop.stop_id,
        at=(stop.lon, stop.lat),
        minutes=stop.service_minutes,
        open_from=stop.open_from,
        open_until=stop.open_until,
    )
