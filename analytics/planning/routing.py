"""Which stops which team takes, and in which order: prize-collecting vehicle routing with time windows.

Solved by PyVRP (Wouda, Lan & Kool 2024, INFORMS J. Comput. 36(4), doi:10.1287/ijoc.2023.0055): the prizes are the
scores, so the teams first collect as much of them as their hours allow and only then save metres. It stops after
a number of iterations and draws from a seed: same input, same plan.
"""

from dataclasses import dataclass

import numpy as np
from pyvrp import Client, Depot, Location, ProblemData, Solution, VehicleType, solve
from pyvrp.PenaltyManager import PenaltyParams
from pyvrp.solve import SolveParams
from pyvrp.stop import MaxIterations

ALL_PRIZES = 1e9
"""Scores are scaled to whole numbers of this sum; ten metres cost one: a day's way outweighs no stop of note."""
METRES_PER_COST = 10
QUARTER = 900
MAX_PENALTY = 1e10
"""Of a route that breaks a rule while searching: above every prize, else breaking a rule would pay."""


@dataclass(frozen=True)
class Job:
    """Work at a place: [early, late] is when it may begin, seconds after the teams leave; `service`: how long."""

    score: float
    early: int
    late: int
    service: int


@dataclass(frozen=True)
class Leg:
    """One stop of a route: job number, and when the work begins and ends, seconds after the teams leave."""

    job: int
    arrive: int
    leave: int


@dataclass(frozen=True)
class Tour:
    """One team's way: when it sets out and is back, seconds after the plan's begin; its legs; its metres."""

    start: int
    end: int
    metres: float
    legs: tuple[Leg, ...]


def reachable(job: Job, there: float, back: float, horizon: int) -> bool:
    """Say whether a team that does nothing else can do the job and be back (seconds of way; infinite: no way)."""
    return bool(max(there, job.early) <= job.late and _back(job, there, back) <= horizon)


def _back(job: Job, there: float, back: float) -> float:
    """Return when a team that does nothing else is back."""
    return max(there, job.early) + job.service + back


def plan_routes(
    jobs: list[Job],
    metres: np.ndarray,
    seconds: np.ndarray,
    *,
    teams: int,
    horizon: int,
    seed: int,
    iterations: int,
) -> list[Tour]:
    """Return at most `teams` tours, the one with the highest score first.

    Where every job can be done in time, all teams share them so that the last one is back as early as it can be,
    to a quarter of an hour: a place treated sooner is safe sooner.

    Parameters
    ----------
    metres, seconds : places × places; place 0 is where teams start and end, place n + 1 that of job n.
        Every job is reachable.
    horizon : seconds until the teams must be back.
    """
    if not jobs:
        return []
    ways = np.ceil(seconds).astype(np.int64)

    def within(horizon: int) -> list[Tour]:
        return _solved(jobs, metres, ways, teams, horizon, seed, iterations)

    best = within(horizon)
    alone = max(_back(job, *ways[[0, n], [n, 0]]) for n, job in enumerate(jobs, start=1))
    low, high = -(-alone // QUARTER) - 1, -(-horizon // QUARTER)
    while _done(best) == len(jobs) and high - low > 1:
        middle = (low + high) // 2
        found = within(middle * QUARTER)
        if _done(found) == len(jobs):
            best, high = found, middle
        else:
            low = middle
    return best


def _done(tours: list[Tour]) -> int:
    return sum(len(one.legs) for one in tours)


def _solved(
    jobs: list[Job], metres: np.ndarray, ways: np.ndarray, teams: int, horizon: int, seed: int, iterations: int
) -> list[Tour]:
    """Return the tours that collect the most within the horizon, with the fewest metres."""
    total = sum(job.score for job in jobs) or 1.0
    worth_the_way = 1 + int(2 * metres.max() / METRES_PER_COST)  # whatever there is time for is done
    clients = [
        Client(
            number + 1,
            service_duration=job.service,
            tw_early=job.early,
            tw_late=min(job.late, horizon),
            prize=worth_the_way + round(ALL_PRIZES * job.score / total),
            required=False,
        )
        for number, job in enumerate(jobs)
    ]
    data = ProblemData(
        locations=[Location(0.0, 0.0) for _ in range(len(jobs) + 1)],
        clients=clients,
        depots=[Depot(0)],
        vehicle_types=[VehicleType(num_available=teams, tw_early=0, tw_late=horizon)],
        distance_matrices=[np.rint(metres / METRES_PER_COST).astype(np.int64)],
        duration_matrices=[ways],
    )
    params = SolveParams(penalty=PenaltyParams(max_penalty=MAX_PENALTY))
    home = Solution(data, [])  # keeps every rule, so whatever the search ends with does too
    found = solve(data, MaxIterations(iterations), seed, collect_stats=False, params=params, initial_solution=home)
    orders = [[visit.idx for visit in route if visit.is_client()] for route in found.best.routes()]
    tours = [tour(order, jobs, metres, ways) for order in orders if order]
    return sorted(tours, key=lambda one: -sum(jobs[leg.job].score for leg in one.legs))


def tour(order: list[int], jobs: list[Job], metres: np.ndarray, ways: np.ndarray) -> Tour:
    """Return the times of jobs done in this order: each as early as can be; nobody sets out only to wait."""
    start = max(0, jobs[order[0]].early - int(ways[0, order[0] + 1]))
    at, place, far, legs = start, 0, 0.0, []
    for number in order:
        job = jobs[number]
        arrive = max(at + int(ways[place, number + 1]), job.early)
        far += float(metres[place, number + 1])
        at, place = arrive + job.service, number + 1
        legs.append(Leg(number, arrive, at))
    return Tour(start, at + int(ways[place, 0]), far + float(metres[place, 0]), tuple(legs))
