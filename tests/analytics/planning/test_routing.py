"""Routes: as good as every plan there is in small cases; hours and opening times hold in any."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.planning.routing import Job, plan_routes, reachable, tour

HORIZON = 3 * 3_600
SPEED = 25 / 3.6


def instance(seed: int, count: int) -> tuple[list[Job], np.ndarray, np.ndarray]:
    """Return jobs that can be done, metres and seconds."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 5_000, (count + 1, 2))
    metres = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1))
    seconds = metres / SPEED
    jobs = []
    for number in range(1, count + 1):
        early = int(rng.integers(0, HORIZON // 2)) if rng.random() < 0.6 else 0
        late = min(HORIZON - 2_400, early + int(rng.integers(0, HORIZON // 2)))
        jobs.append(Job(float(rng.lognormal(0, 1)), early, max(early, late), 2_400))
        if not reachable(jobs[-1], seconds[0, number], seconds[number, 0], HORIZON):
            jobs[-1] = Job(jobs[-1].score, 0, HORIZON, 600)
    return jobs, metres, seconds


def keeps(one, jobs) -> bool:
    """Say whether a tour begins no job late and is back in time."""
    return one.end <= HORIZON and all(leg.arrive <= jobs[leg.job].late for leg in one.legs)


def best_by_brute_force(jobs, metres, seconds, teams: int) -> float:
    """Return the most score that one or two teams can collect, trying every set in every order."""
    ways = np.ceil(seconds).astype(int)
    done = {frozenset(): 0.0}
    for size in range(1, len(jobs) + 1):
        for chosen in combinations(range(len(jobs)), size):
            if any(keeps(tour(list(order), jobs, metres, ways), jobs) for order in permutations(chosen)):
                done[frozenset(chosen)] = sum(jobs[n].score for n in chosen)
    if teams == 1:
        return max(done.values())
    return max(one + two for a, one in done.items() for b, two in done.items() if not a & b)


def collected(tours, jobs) -> float:
    return sum(jobs[leg.job].score for one in tours for leg in one.legs)


@pytest.mark.parametrize("teams", [1, 2])
@pytest.mark.parametrize("seed", range(6))
def test_small_cases_collect_as_much_as_the_best_of_all_plans(seed, teams):
    jobs, metres, seconds = instance(seed, 6)
    tours = plan_routes(jobs, metres, seconds, teams=teams, horizon=HORIZON, seed=1, iterations=300)
    assert collected(tours, jobs) == pytest.approx(best_by_brute_force(jobs, metres, seconds, teams))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 25), teams=st.integers(1, 4))
def test_hours_and_opening_times_always_hold_and_nothing_is_done_twice(seed, count, teams):
    jobs, metres, seconds = instance(seed, count)
    tours = plan_routes(jobs, metres, seconds, teams=teams, horizon=HORIZON, seed=seed, iterations=20)
    assert len(tours) <= teams
    numbers = [leg.job for one in tours for leg in one.legs]
    assert len(numbers) == len(set(numbers))
    for one in tours:
        at, place, far = one.start, 0, 0.0
        for leg in one.legs:
            job = jobs[leg.job]
            assert job.early <= leg.arrive <= job.late
            assert leg.arrive >= at + seconds[place, leg.job + 1]
            assert leg.leave == leg.arrive + job.service
            far += metres[place, leg.job + 1]
            at, place = leg.leave, leg.job + 1
        assert one.metres == pytest.approx(far + metres[place, 0])
        assert at + seconds[place, 0] <= one.end <= HORIZON


def test_teams_share_the_work_where_all_can_be_done_and_nobody_leaves_only_to_wait():
    xy = np.array([[0, 0], [1_000, 0], [1_100, 0], [-1_000, 0], [-1_100, 0]], float)
    metres = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1))
    jobs = [Job(1.0, 3_600, HORIZON, 1_800)] + [Job(1.0, 0, HORIZON, 1_800)] * 3
    tours = plan_routes(jobs, metres, metres / SPEED, teams=2, horizon=HORIZON, seed=1, iterations=200)
    assert sorted(len(one.legs) for one in tours) == [2, 2]
    alone = tour([0], jobs, metres, np.ceil(metres / SPEED).astype(int))
    assert alone.start == 3_600 - 144
    assert alone.legs[0].arrive == 3_600


def test_the_same_seed_gives_the_same_routes():
    jobs, metres, seconds = instance(3, 25)
    asked = {"teams": 2, "horizon": HORIZON, "seed": 7, "iterations": 100}
    assert plan_routes(jobs, metres, seconds, **asked) == plan_routes(jobs, metres, seconds, **asked)


def test_nothing_to_do_needs_no_team():
    none = np.zeros((1, 1))
    assert plan_routes([], none, none, teams=2, horizon=HORIZON, seed=1, iterations=10) == []
