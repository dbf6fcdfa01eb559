"""How many teams a testing site needs, and how long people wait there.

Arrivals of one hour and the teams' work are taken as a queue with random arrivals and work, M/M/c: the mean wait
is Erlang's C formula (Erlang 1917), of a queue that never ends; so an hour that is all but full is reckoned
as FULL. Where more come than the teams can test, the rest wait into the next hour, and to the wait of the formula
comes the time until those before are tested.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST = 200
"""Teams of one site that are tried at most."""
LONGEST = 60.0
"""Minutes: what the formula says is cut to the hour that it is about."""
FULL = 0.95
"""Share of what the teams can test: no more is planned for, and above it the formula is not asked.

Close to full the queue of the formula takes longer than a day to become as long as it says, and a little more
people than expected make it grow without end.
"""


@dataclass(frozen=True)
class HourAtSite:
    """One hour of a site: people who come, teams that it needs, minutes of wait, people left at its end.

    The teams are those for who comes and for who waits from the hour before.
    """

    people: float
    teams_needed: int
    wait_minutes: float
    waiting: float


def erlang_c(load: float, teams: int) -> float:
    """Return the share of people who have to wait; `load` is arrivals ÷ what one team takes, less than `teams`.

    >>> round(erlang_c(1.5, 2), 4)
    0.6429
    """
    busy = 1.0
    for number in range(1, teams + 1):  # Erlang's B, from no team up
        busy = load * busy / (number + load * busy)
    return busy / (1 - load / teams * (1 - busy))


def mean_wait(people: float, per_hour: float, teams: int) -> float:
    """Return the mean wait in minutes of an hour that nobody waits into, at most LONGEST."""
    people = min(people, FULL * teams * per_hour)
    return min(60 * erlang_c(people / per_hour, teams) / (teams * per_hour - people), LONGEST)


def teams_for(people: float, per_hour: float, wait_minutes: float) -> int:
    """Return the fewest teams, one or more, FULL at most, with which all of an hour wait no longer on average."""
    for teams in range(1, MOST + 1):
        if people <= FULL * teams * per_hour and mean_wait(people, per_hour, teams) <= wait_minutes:
            return teams
    return MOST


def hours_at(people: Sequence[float], per_hour: float, teams: int, wait_minutes: float) -> list[HourAtSite]:
    """Return each hour of a site that opens with nobody waiting and keeps its teams.

    Parameters
    ----------
    people : who come, of each hour
    per_hour : people whom one team tests in an hour
    wait_minutes : mean wait that `teams_needed` keeps within
    """
    told, waiting = [], 0.0
    for come in people:
        capacity = teams * per_hour
        left = max(waiting + come - capacity, 0.0)
        before = 60 * (waiting + left) / 2 / capacity
        needed = teams_for(waiting + come, per_hour, wait_minutes)
        told.append(HourAtSite(float(come), needed, before + mean_wait(come, per_hour, teams), left))
        waiting = left
    return told


def shared_out(sites: Sequence[Sequence[float]], per_hour: float, teams: int) -> list[int]:
    """Return how many of all teams each site gets, one at least: each next one where it shortens waiting most.

    Parameters
    ----------
    sites : people who come in each hour, of each site; no more sites than teams
    """
    given = [1] * len(sites)

    def waited(site: int, crew: int) -> float:
        hours = hours_at(sites[site], per_hour, crew, LONGEST)
        return sum(hour.people * hour.wait_minutes for hour in hours) + 60 * hours[-1].waiting

    while sum(given) < teams:
        saved = [waited(site, given[site]) - waited(site, given[site] + 1) for site in range(len(sites))]
        best = int(np.argmax(saved))
        if saved[best] <= 0:
            break
        given[best] += 1
    return given
