"""The plan, from a result folder and its extract to a plan folder.

1. Read the results and the extract; they must belong together.
2. List every place: facilities that cases visited, and hot units; say what speaks for each.
3. Share the needed ones out among the teams, in an order that collects the most risk-weighted person-hours.
4. Choose testing sites within walking distance of the most exposed person-hours.
5. Write it, with what every number rests on.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

from ..contract import Extract
from ..tables import time_text
from ..version import code_version
from .agents import NEXT_DAY, read_agents
from .exposure import exposed_person_hours
from .facility_stops import facility_stops, visited
from .ground import Ground, make_ground
from .hot_stops import hot_stops
from .model import LEFT_OVER, NOT_NEEDED, Plan, Sentence, Site, Stop
from .opening import AGREED, Opening, given_opening, learned_openings, read_opening_hours
from .parameters import PlanParameters
from .reading import Results, read_inputs
from .risk import NOT_NEEDED_AFTER
from .sensitive_counts import count_sensitive, sensitive_warning
from .sites import testing_sites
from .teams import assign
from .writing import assert_replaceable, write_plan

Progress = Callable[[str, int, int], None]


def make_plan(
    results: Path,
    extract: Path,
    out: Path,
    parameters: PlanParameters,
    *,
    created: datetime,
    progress: Progress = lambda step, done, of: None,
) -> Plan:
    """Make a plan and write its folder.

    Parameters
    ----------
    results, extract : a result folder of `hotspots`, and the contract folder it was made from
    out : folder to make; its name is the plan's id. It appears only when complete.
    created : aware, when the plan was made (nothing here reads the clock)
    progress : called with the name of a step, how much of it is done, and of how much

    Raises
    ------
    refusals.Refused
        One sentence: what cannot be used, and why.
    """
    assert_replaceable(out)
    progress("plan_reading", 0, 1)
    found, log = read_inputs(results, extract)
    begin = parameters.begin_after(found.as_of).astimezone(found.as_of.tzinfo)
    ground = make_ground(found, begin)
    progress("plan_reading", 1, 1)
    places = visited(log, found)
    ordinary = places[~places["sensitive"]]
    log = _until(log, found)
    openings = _openings(log, list(ordinary.index), begin, parameters)
    facilities = facility_stops(ordinary, log, openings, ground, parameters)
    found_stops = [*facilities, *hot_stops(facilities, ground, parameters)]
    stops = _ranked([_unless_done(stop, parameters) for stop in found_stops])
    progress("plan_routes", 0, 1)
    stops, teams, notes = assign(stops, begin, parameters)
    progress("plan_routes", 1, 1)
    progress("plan_sites", 0, 1)
    sites, bound = testing_sites(
        exposed_person_hours(found, log),
        ground,
        parameters,
    )
    progress("plan_sites", 1, 1)
    recent = places["last_day"].map(lambda day: (begin.date() - day).days <= NOT_NEEDED_AFTER).astype(bool)
    hidden = count_sensitive(places[places["sensitive"] & recent], found.units, found.unit_kind, parameters.dongs)
    plan = Plan(
        plan_id=out.absolute().name,
        as_of=time_text(found.as_of),
        created=created,
        seed=parameters.seed,
        result=found.name,
        code_version=code_version(),
        parameters=parameters.as_dict() | {"begin": time_text(begin)},
        agent=_agent(parameters.agent, begin),
        warnings=tuple(_warnings(ground, stops, sites, parameters.sites, hidden, notes)),
        stops=tuple(stops),
        teams=tuple(teams),
        sites=tuple(sites),
        sensitive=tuple(hidden),
        bound=bound,
    )
    write_plan(out, plan)
    return plan


def _until(extract: Extract, results: Results) -> Extract:
    """Return the extract without hours after a replay's day, and of a day that is not over."""
    if extract.facility_hours is None:
        return extract
    hours = extract.facility_hours
    known = hours["hour"] < results.as_of
    if results.going_on is not None:
        known &= hours["hour"].dt.date < results.going_on
    return replace(extract, facility_hours=hours[known])


def _openings(log: Extract, facilities: list[str], begin: datetime, asked: PlanParameters) -> dict[str, Opening]:
    end = begin + timedelta(hours=asked.hours)
    if asked.entry == "agreed":
        return dict.fromkeys(facilities, Opening(AGREED))
    openings = {}
    if log.facility_hours is not None:
        openings = learned_openings(log.facility_hours, facilities, begin, end)
    if asked.opening_hours is not None:
        given = read_opening_hours(asked.opening_hours, set(log.facilities["facility_id"]))
        openings |= {name: given_opening(rows, begin, end) for name, rows in given.items()}
    return openings


def _ranked(stops: list[Stop]) -> list[Stop]:
    """Return the stops with their rank, highest score first; what is not needed comes last and has none."""
    ordered = sorted(stops, key=lambda stop: (stop.status == NOT_NEEDED, -stop.score, -stop.risk, stop.stop_id))
    return [
        stop if stop.status == NOT_NEEDED else replace(stop, rank=rank)
        for rank, stop in enumerate(ordered, start=1)
    ]


def _unless_done(stop: Stop, asked: PlanParameters) -> Stop:
    """Return the stop, not needed where it was done on that day already, or no case came since it was."""
    if stop.stop_id in asked.done:
        said = Sentence("이날 이미 마쳤습니다.", "Done on that day already.", "done")
    elif stop.stop_id in asked.disinfected:
        ko = "마지막 확진자가 다녀간 뒤 이미 소독했습니다."
        said = Sentence(ko, "Disinfected already since the last case was there.", "disinfected")
    else:
        return stop
    return replace(stop, status=NOT_NEEDED, reason=(said, *stop.reason))


def _agent(name: str, begin: datetime) -> dict[str, object]:
    agent = read_agents()[name]
    reopen = (begin.astimezone(begin.tzinfo) + timedelta(days=1)).date().isoformat()
    return asdict(agent) | {"reopen": reopen if agent.rule == NEXT_DAY else None}


def _warnings(
    ground: Ground, stops: list[Stop], sites: list[Site], wanted: int, hidden: list, notes: list[Sentence]
) -> list[Sentence]:
    told = list(notes)
    if ground.results.as_of > ground.begin:
        ko = "분석 자료의 기준 시점이 계획의 시작보다 늦습니다."
        told.append(Sentence(ko, "The results know of things later than the beginning of the plan."))
    told += filter(None, [ground.usual.note()])
    left = [stop for stop in stops if stop.status == LEFT_OVER]
    if left:
        ko = f"{len(left)}곳은 이 시간과 인원으로 갈 수 없어 남았습니다. 이유는 목록에 있습니다."
        told.append(Sentence(ko, f"{len(left)} place(s) are left over; the list says why."))
    if sites and len(sites) < wanted:
        ko = f"선별검사소 {len(sites)}곳으로 노출된 사람에 모두 닿아 더 제안하지 않습니다."
        told.append(Sentence(ko, f"{len(sites)} testing site(s) reach all of the exposed; no more are suggested."))
    left = sum(site.hours[-1].waiting for site in sites)
    if left >= 1:
        ko = f"이 검사 인력으로는 닫을 때 약 {left:.0f}명이 아직 기다립니다. 검사 조를 늘리거나 나누어 안내합니다."
        en = f"About {left:.0f} people still wait when the testing sites close: add teams, or invite in turns."
        told.append(Sentence(ko, en))
    if hidden:
        told.append(sensitive_warning(hidden))
    return told
