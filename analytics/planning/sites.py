"""Where testing sites reach the most exposed person-hours on foot, and when and by how many to staff each."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy.sparse import coo_array
from scipy.spatial import cKDTree

from ..geography.places import centres
from .covering import maximal_covering
from .ground import Ground, to_degrees
from .model import Sentence, Site, SiteBound, SiteHour
from .parameters import PlanParameters
from .queue import hours_at, shared_out, teams_for

FIRST, LAST = 8, 22
"""Hours of the day between which a site may be staffed."""


@dataclass(frozen=True)
class _Chosen:
    """A place that was chosen: its row, what it adds, in which units, and the shares of its people by hour."""

    at: int
    gain: float
    units: np.ndarray
    start: datetime
    met: float
    spread: np.ndarray


def testing_sites(
    exposed: np.ndarray, ground: Ground, asked: PlanParameters
) -> tuple[list[Site], SiteBound | None]:
    """Return at most the sites asked for, at centres of units, and how good they are; none if nobody was exposed.

    Parameters
    ----------
    exposed : exposed person-hours of the units, in their order.
    asked : a unit is reached if its centre is within `walk_m` (straight) of the site.
    """
    places = centres(ground.results.units).to_numpy()
    demand = np.flatnonzero(exposed > 0)
    count = min(asked.sites, asked.site_teams or asked.sites)
    if not len(demand) or count == 0:
        return [], None
    lists = cKDTree(places).query_ball_point(places[demand], asked.walk_m)
    column = np.repeat(np.arange(len(demand)), [len(each) for each in lists])
    row = np.concatenate([np.sort(each) for each in lists]).astype(int)
    people = np.nansum(ground.people, axis=1)
    candidates = np.unique(row)
    candidates = candidates[np.argsort(-people[candidates], kind="stable")]  # of equal reach, the busier place
    number = np.empty(len(places), int)
    number[candidates] = np.arange(len(candidates))
    row = number[row]
    reach = coo_array((np.ones(len(row)), (row, column)), shape=(len(candidates), len(demand))).tocsr()
    best = maximal_covering(reach, exposed[demand], count)
    chosen, taken = [], np.zeros(len(demand), bool)
    for place, gain in zip(best.chosen, best.gains, strict=True):
        covers = np.asarray(reach[[place]].sum(axis=0)).ravel() > 0
        units = demand[covers & ~taken]
        taken |= covers
        chosen.append(_chosen(int(candidates[place]), gain, units, exposed, ground, asked.site_hours))
    total = float(exposed.sum())
    sites = _staffed(chosen, places, total, ground, asked)
    return sites, SiteBound(total, best.reached, best.bound, best.optimal)


def _chosen(at: int, gain: float, units: np.ndarray, exposed: np.ndarray, ground: Ground, hours: int) -> _Chosen:
    midnight, first = _first(ground.begin, hours)
    people = ground.people if midnight <= ground.begin else ground.tomorrow
    begin, met = staffing(people[units], exposed[units], hours, first)
    usual = _usual(people[units], exposed[units])[begin : begin + hours]
    spread = usual / usual.sum() if usual.sum() > 0 else np.full(hours, 1 / hours)
    return _Chosen(at, gain, units, midnight + timedelta(hours=begin), met, spread)


def _staffed(
    chosen: list[_Chosen], places: np.ndarray, total: float, ground: Ground, asked: PlanParameters
) -> list[Site]:
    """Return the sites with their teams: as many as keep the wait, or those there are, shared out."""
    reached = sum(one.gain for one in chosen)
    expected = asked.tests if asked.tests is not None else asked.test_share * reached
    come = [expected * one.gain / reached * one.spread for one in chosen]
    rate, wait = asked.tests_per_hour, asked.wait_minutes
    if asked.site_teams is not None:
        teams = shared_out(come, rate, asked.site_teams)
    else:
        teams = [max(teams_for(people, rate, wait) for people in hours) for hours in come]
    sites = []
    for rank, (one, people, crew) in enumerate(zip(chosen, come, teams, strict=True), start=1):
        lon, lat = to_degrees(*places[one.at])
        until = one.start + timedelta(hours=asked.site_hours)
        hours = [
            SiteHour(
                one.start + timedelta(hours=at), each.people, each.teams_needed, each.wait_minutes, each.waiting
            )
            for at, each in enumerate(hours_at(people, rate, crew, wait))
        ]
        sites.append(
            Site(
                rank=rank,
                lon=lon,
                lat=lat,
                unit_code=str(ground.results.units.index[one.at]),
                reach_person_hours=one.gain,
                share=one.gain / total,
                start=one.start,
                until=until,
                people=float(people.sum()),
                teams=crew,
                staff=crew * asked.team_staff,
                wait_minutes=max(hour.wait_minutes for hour in hours),
                hours=tuple(hours),
                why=_why(one.units, one.gain, total, one.met, one.start, until),
            )
        )
    return sites


def _first(begin: datetime, hours: int) -> tuple[datetime, int]:
    """Return the midnight of the day and the first hour in which a site can open: today, if there is time."""
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    first = max(FIRST, -int((midnight - begin) // timedelta(hours=1)))
    return (midnight, first) if first + hours <= LAST else (midnight + timedelta(days=1), FIRST)


def staffing(people: np.ndarray, exposed: np.ndarray, hours: int, first: int) -> tuple[int, float]:
    """Return the hour, not before `first`, from which to staff a site, and the share of the day's people it meets.

    People of a usual day (units × 24) weigh as much as their unit's exposed share; the earliest of equal shifts.
    """
    usual = _usual(people, exposed)
    starts = range(first, LAST - hours + 1)
    met = [usual[start : start + hours].sum() for start in starts]
    best = int(np.argmax(met))
    between = usual[FIRST:LAST].sum()
    return starts[best], float(met[best] / between) if between > 0 else 0.0


def _usual(people: np.ndarray, exposed: np.ndarray) -> np.ndarray:
    """Return people by hour of a usual day, each unit by its exposed share."""
    return np.nansum(people * (exposed / exposed.sum())[:, None], axis=0)


def _why(units, gain: float, total: float, share: float, start: datetime, until: datetime) -> Sentence:
    span = f"{start:%H:%M}–{until:%H:%M}"
    ko = (
        f"걸어서 닿는 구역 {len(units)}곳에서 노출된 {gain:,.0f}인·시간(전체의 {gain / total:.0%})에 "
        "새로 닿습니다. "
        f"{FIRST}–{LAST}시에 그곳에 있는 사람의 {share:.0%}가 {span}에 있습니다."
    )
    en = (
        f"Newly reaches {gain:,.0f} exposed person-hours ({gain / total:.0%} of all) in {len(units)} unit(s) "
        f"within walking distance. Of the people there from {FIRST}:00 to {LAST}:00, {share:.0%} are there {span}."
    )
    return Sentence(ko, en)
