"""From ranked stops to the teams' ways: who goes where and when, and why a stop is left over."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from .model import LEFT_OVER, PLANNED, Sentence, Stop, TeamRoute
from .opening import CLOSED
from .parameters import PlanParameters
from .routing import Job, Tour, plan_routes, reachable
from .streets import street_travel
from .travel import Travel, straight

FAR_M = 30_000.0
"""A start farther than this from every stop is most likely the start of another city."""


def assign(
    stops: list[Stop], begin: datetime, asked: PlanParameters
) -> tuple[list[Stop], list[TeamRoute], list[Sentence]]:
    """Return the stops with team, order and times, the teams' ways, and what to know about them.

    A needed stop that no team can take stays, left over, with the sentence that says why.
    """
    horizon = int(asked.hours * 3_600)
    needed = [number for number, stop in enumerate(stops) if stop.status == LEFT_OVER]
    travel = _travel([asked.start, *((stops[n].lon, stops[n].lat) for n in needed)], asked)
    joined = {n: _off_street(stops[n], travel.off_street[place]) for place, n in enumerate(needed, start=1)}
    told, jobs, kept = list(stops), [], []
    for place, (number, stop) in enumerate(joined.items(), start=1):
        job = _job(stop, begin, horizon)
        why = _impossible(stop, job, travel.seconds[0, place], travel.seconds[place, 0], horizon)
        told[number] = replace(stop, reason=(*stop.reason, why or _no_time(asked)))
        if why is None:
            jobs.append(job)
            kept.append((place, number))
    at = np.array([0, *(place for place, _ in kept)])
    tours = plan_routes(
        jobs,
        travel.metres[np.ix_(at, at)],
        travel.seconds[np.ix_(at, at)],
        teams=asked.teams,
        horizon=horizon,
        seed=asked.seed,
        iterations=asked.iterations,
    )
    routes = [TeamRoute(team, begin, begin, 0.0, 0, (), ()) for team in range(1, asked.teams + 1)]
    for team, tour in enumerate(tours, start=1):
        taken = [kept[leg.job] for leg in tour.legs]
        for order, (leg, (_, number)) in enumerate(zip(tour.legs, taken, strict=True), start=1):
            arrive, leave = (begin + timedelta(seconds=at) for at in (leg.arrive, leg.leave))
            told[number] = replace(
                joined[number], status=PLANNED, team=team, order=order, arrive=arrive, leave=leave
            )
        routes[team - 1] = _route(team, tour, taken, told, travel, begin)
    return told, routes, _notes(travel)


def _off_street(stop: Stop, metres: float) -> Stop:
    return stop if np.isnan(metres) else replace(stop, off_street_m=round(float(metres), 1))


def _travel(places: list[tuple[float, float]], asked: PlanParameters) -> Travel:
    if asked.streets is not None:
        return street_travel(asked.streets, places, speed_kmh=asked.speed_kmh)
    return straight(places, detour=asked.detour, speed_kmh=asked.speed_kmh)


def _job(stop: Stop, begin: datetime, horizon: int) -> Job:
    """Return the work at a stop; it lies within the opening time, where that is known."""
    service = stop.service_minutes * 60
    early, late = 0, horizon - service
    if stop.open_from is not None and stop.open_until is not None:
        early = max(0, int((stop.open_from - begin).total_seconds()))
        late = min(late, int((stop.open_until - begin).total_seconds()) - service)
    return Job(stop.score, early, late, service)


def _impossible(stop: Stop, job: Job, there: float, back: float, horizon: int) -> Sentence | None:
    """Return why no team can take the stop even if it did nothing else; None if one can."""
    if stop.opening == CLOSED:
        return Sentence("이 시간에 열지 않아 남았습니다.", "Left over: closed during these hours.", "left over")
    if not np.isfinite(there + back):
        ko = "도로 자료에 이곳까지 가는 길이 없어 남았습니다."
        return Sentence(ko, "Left over: the street file has no way to it.", "left over")
    if not reachable(job, there, back, horizon):
        ko = "운영시간과 활동 시간 안에 다녀올 수 없어 남았습니다."
        return Sentence(
            ko, "Left over: cannot be done within its opening hours and the teams' hours.", "left over"
        )
    return None


def _no_time(asked: PlanParameters) -> Sentence:
    ko = f"{asked.teams}개 조 {asked.hours:g}시간으로는 갈 수 없어 다음으로 남았습니다."
    return Sentence(ko, f"Left over: {asked.teams} team(s) and {asked.hours:g} hours do not suffice.", "left over")


def _route(team: int, tour: Tour, taken: list, stops: list[Stop], travel: Travel, begin: datetime) -> TeamRoute:
    line = travel.line([0, *(place for place, _ in taken), 0])
    start, end = (begin + timedelta(seconds=at) for at in (tour.start, tour.end))
    return TeamRoute(
        team=team,
        start=start,
        end=end,
        kilometres=round(tour.metres / 1_000, 2),
        minutes=round((tour.end - tour.start) / 60),
        stops=tuple(stops[number].stop_id for _, number in taken),
        line=tuple((round(lon, 6), round(lat, 6)) for lon, lat in line),
    )


def _notes(travel: Travel) -> list[Sentence]:
    near = travel.metres[0, 1:]
    near = near[np.isfinite(near)]
    if not len(near) or near.min() <= FAR_M:
        return []
    far = f"{near.min() / 1_000:.0f} km"
    ko = f"출발지가 가장 가까운 곳에서도 {far} 떨어져 있습니다. 출발지 좌표를 확인하시기 바랍니다."
    return [Sentence(ko, f"The start is {far} from the nearest place: check its coordinates.")]
