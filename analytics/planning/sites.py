"""Where testing sites reach the most exposed person-hours on foot, and from when to when to staff each."""

from datetime import datetime, timedelta

import numpy as np
from scipy.sparse import coo_array
from scipy.spatial import cKDTree

from ..geography.places import centres
from .covering import maximal_covering
from .ground import Ground, to_degrees
from .model import Sentence, Site, SiteBound

FIRST, LAST = 8, 22
"""Hours of the day between which a site may be staffed."""


def testing_sites(
    exposed: np.ndarray, ground: Ground, *, count: int, walk_m: float, hours: int
) -> tuple[list[Site], SiteBound | None]:
    """Return at most `count` sites, at centres of units, and how good they are; none where nobody was exposed.

    Parameters
    ----------
    exposed : exposed person-hours of the units, in their order.
    walk_m : a unit is reached if its centre is within this straight distance of the site.
    hours : how long a site is staffed.
    """
    places = centres(ground.results.units).to_numpy()
    demand = np.flatnonzero(exposed > 0)
    if not len(demand) or count == 0:
        return [], None
    lists = cKDTree(places).query_ball_point(places[demand], walk_m)
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
    total = float(exposed.sum())
    sites, taken = [], np.zeros(len(demand), bool)
    for rank, (chosen, gain) in enumerate(zip(best.chosen, best.gains, strict=True), start=1):
        covers = np.asarray(reach[[chosen]].sum(axis=0)).ravel() > 0
        units = demand[covers & ~taken]
        taken |= covers
        sites.append(_site(rank, int(candidates[chosen]), places, units, gain, total, exposed, ground, hours))
    return sites, SiteBound(total, best.reached, best.bound, best.optimal)


def _site(rank, at, places, units, gain, total, exposed, ground: Ground, hours) -> Site:
    lon, lat = to_degrees(*places[at])
    midnight, first = _first(ground.begin, hours)
    begin, share = staffing(ground.people[units], exposed[units], hours, first)
    start, until = (midnight + timedelta(hours=h) for h in (begin, begin + hours))
    return Site(
        rank=rank,
        lon=lon,
        lat=lat,
        unit_code=str(ground.results.units.index[at]),
        reach_person_hours=gain,
        share=gain / total,
        start=start,
        until=until,
        why=_why(units, gain, total, share, start, until),
    )


def _first(begin: datetime, hours: int) -> tuple[datetime, int]:
    """Return the midnight of the day and the first hour in which a site can open: today, if there is time."""
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    first = max(FIRST, -int((midnight - begin) // timedelta(hours=1)))
    return (midnight, first) if first + hours <= LAST else (midnight + timedelta(days=1), FIRST)


def staffing(people: np.ndarray, exposed: np.ndarray, hours: int, first: int) -> tuple[int, float]:
    """Return the hour, not before `first`, from which to staff a site, and the share of the day's people it meets.

    People of a usual day (units × 24) weigh as much as their unit's exposed share; the earliest of equal shifts.
    """
    weight = exposed / exposed.sum()
    usual = np.nansum(people * weight[:, None], axis=0)
    starts = range(first, LAST - hours + 1)
    met = [usual[start : start + hours].sum() for start in starts]
    best = int(np.argmax(met))
    between = usual[FIRST:LAST].sum()
    return starts[best], float(met[best] / between) if between > 0 else 0.0


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
