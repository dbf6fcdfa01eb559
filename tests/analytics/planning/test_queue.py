"""How many teams a testing site needs and how long people wait: against a simulated queue, and by its own sums."""

import heapq

import numpy as np
import pytest

from analytics.planning.queue import FULL, LONGEST, erlang_c, hours_at, mean_wait, shared_out, teams_for


def simulated_wait(people: float, per_hour: float, teams: int, hours: int = 4_000) -> float:
    """Return the mean wait in minutes of a simulated M/M/c queue."""
    rng, now, waited, count = np.random.default_rng(1), 0.0, 0.0, 0
    free = [0.0] * teams
    while now < hours:
        now += rng.exponential(1 / people)
        begin = max(now, heapq.heappop(free))
        waited, count = waited + begin - now, count + 1
        heapq.heappush(free, begin + rng.exponential(1 / per_hour))
    return 60 * waited / count


@pytest.mark.parametrize(("people", "teams"), [(3.0, 1), (9.0, 2), (20.0, 4), (50.0, 10)])
def test_the_wait_is_that_of_a_simulated_queue(people, teams):
    assert mean_wait(people, 6.0, teams) == pytest.approx(simulated_wait(people, 6.0, teams), rel=0.1)


def test_known_values_of_erlangs_formula():
    assert erlang_c(1.5, 2) == pytest.approx(0.642857, abs=1e-6)
    assert erlang_c(0.5, 1) == pytest.approx(0.5)
    assert mean_wait(0.0, 6.0, 1) == 0


def test_the_fewest_teams_are_taken_that_test_all_and_keep_the_wait():
    assert (teams_for(57.0, 6.0, 60.0), teams_for(57.1, 6.0, 60.0)) == (10, 11)  # 95 % and a little more
    for people in (0.0, 1.0, 5.0, 5.9, 6.0, 17.0, 60.0, 240.0):
        teams = teams_for(people, 6.0, 15.0)
        assert people <= FULL * 6 * teams
        assert mean_wait(people, 6.0, teams) <= 15
        if teams > 1:
            assert people > FULL * 6 * (teams - 1) or mean_wait(people, 6.0, teams - 1) > 15


def test_who_is_not_tested_waits_into_the_next_hour_and_nobody_is_lost():
    hours = hours_at([30, 20, 4, 0], 6.0, 3, 15.0)
    assert [hour.waiting for hour in hours] == [12, 14, 0, 0]
    assert sum(hour.people for hour in hours) == 54
    needed = [teams_for(people, 6.0, 15.0) for people in (30, 12 + 20, 14 + 4, 0)]
    assert [hour.teams_needed for hour in hours] == needed
    assert needed[2] > teams_for(4, 6.0, 15.0)  # who waits is counted
    assert hours[1].wait_minutes > hours[0].wait_minutes > 15
    assert hours[3].wait_minutes == 0


def test_more_people_never_wait_less_and_more_teams_never_longer():
    rng = np.random.default_rng(2)
    for _ in range(50):
        come = rng.uniform(0, 40, 6)
        for teams in (1, 2, 5):
            one = [hour.wait_minutes for hour in hours_at(come, 6.0, teams, 15.0)]
            busier = [hour.wait_minutes for hour in hours_at(come * 1.01, 6.0, teams, 15.0)]
            helped = [hour.wait_minutes for hour in hours_at(come, 6.0, teams + 1, 15.0)]
            assert (np.array(busier) >= np.array(one) - 1e-9).all()
            assert (np.array(helped) <= np.array(one) + 1e-9).all()
    assert mean_wait(100, 6.0, 1) == mean_wait(FULL * 6, 6.0, 1) <= LONGEST


def test_teams_go_where_they_shorten_waiting_most_and_every_site_has_one():
    assert shared_out([[30, 30], [6, 6]], 6.0, 2) == [1, 1]
    assert shared_out([[30, 30], [6, 6]], 6.0, 7) == [6, 1]
    assert shared_out([[30, 30], [6, 6]], 6.0, 9) == [7, 2]
    assert shared_out([[0, 0], [12, 12]], 6.0, 4) == [1, 3]
    assert shared_out([[0.0]], 6.0, 3) == [1]  # nobody comes: the others are not needed
