"""Visits to hot units: few enough that a team can make them, near enough that none is left unseen."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from ..geography.places import centres
from ..tables import KST
from .ground import Ground, to_degrees
from .model import LEFT_OVER, NOT_NEEDED, VISIT, Sentence, Stop
from .opening import UNKNOWN
from .parameters import PlanParameters
from .reading import Results
from .risk import amount, cluster_part, recency_part, verdict_part

REACH_M = 250.0
"""A visit looks after the hot units within this distance of where it stops: a few minutes on foot."""
NOT_NEEDED_AFTER = 14
"""Days since a hot unit's last case visit, or its cluster's last day: the longest incubation."""


def hot_stops(facilities: list[Stop], ground: Ground, asked: PlanParameters) -> list[Stop]:
    """Return visits to the hot units: so many that each unit is within REACH_M of one, at the busiest ones.

    The footfall of a visit is the observable person-hours of the units it looks after, less that of the
    `facilities` there, which have a stop of their own.
    """
    units = ground.results.units
    hot = np.flatnonzero(units["status"] == "hot")
    place = centres(units.iloc[hot]).to_numpy()
    people = np.nansum(ground.people[hot], axis=1)
    stops = []
    free = np.ones(len(hot), bool)
    for chosen in np.lexsort((units.index[hot], -people)):
        if not free[chosen]:
            continue
        near = free & (np.hypot(*(place - place[chosen]).T) <= REACH_M)
        free &= ~near
        stops.append(_hot_stop(hot[chosen], hot[near], place[chosen], facilities, ground, asked))
    return stops


def _hot_stop(at, members, place, facilities, ground: Ground, asked: PlanParameters) -> Stop:
    unit, codes = ground.results.units.iloc[at], set(ground.results.units.index[members])
    own = sum(stop.footfall or 0.0 for stop in facilities if stop.unit_code in codes)
    people = max(0.0, float(np.nansum(ground.seen[members])) - own)
    last = _last_hour(members, ground.results)
    last_day = max([*_cluster_days(codes, ground.results), *([last.date()] if last else [])])
    days = max(0, (ground.begin.date() - last_day).days)
    more = f" 걸어서 닿는 핫스팟 구역 {len(members)}곳을 함께 살핍니다." if len(members) > 1 else ""
    also = f" Looks after {len(members)} hot units within walking distance." if len(members) > 1 else ""
    ko = f"관측 가능한 유동인구 하루 {amount(people)}인·시간(따로 소독하는 시설 제외)입니다.{more}"
    en = f"{amount(people)} observable person-hours a day, without facilities that have their own stop.{also}"
    reason = (
        verdict_part(unit, ground.results.alpha),
        recency_part(last, days) if last and last.date() == last_day else cluster_part(last_day, days),
        ground.surge_part(at),
        Sentence(ko, en, "footfall"),
    )
    risk = sum(part.points or 0.0 for part in reason)
    lon, lat = to_degrees(*place)
    return Stop(
        stop_id=f"v-{unit.name}",
        kind=VISIT,
        facility_id=None,
        unit_code=str(unit.name),
        lon=lon,
        lat=lat,
        score=risk / 100 * people,
        risk=risk,
        last_case_visit=last,
        days_since=days,
        footfall=people,
        surge=ground.surge(at),
        surge_hour=ground.surge_hour(at),
        open_from=None,
        open_until=None,
        opening=UNKNOWN,
        service_minutes=asked.visit_minutes,
        reason=reason if days <= NOT_NEEDED_AFTER else (_too_long_ago(days), *reason),
        status=LEFT_OVER if days <= NOT_NEEDED_AFTER else NOT_NEEDED,
    )


def _cluster_days(codes: set[str], results: Results) -> list[date]:
    """Return the last day of each significant cluster that one of the units lies in; a hot unit lies in one."""
    found = [c.end - timedelta(days=1) for c in results.clusters.itertuples() if codes & set(c.members)]
    return found or [results.days[-1]]


def _too_long_ago(days: int) -> Sentence:
    ko = f"마지막 확진자 방문에서 {days}일이 지나({NOT_NEEDED_AFTER}일 초과) 살필 필요가 없습니다."
    en = f"{days} days since the last visit of a case, more than {NOT_NEEDED_AFTER}: nothing to look after."
    return Sentence(ko, en, "not needed")


def _last_hour(members: np.ndarray, results: Results) -> datetime | None:
    """Return the last hour in which the results count an index visit in these units."""
    visited_at = np.flatnonzero((results.index_visits[members] > 0).any(axis=0))
    if not len(visited_at):
        return None
    day, hour = divmod(int(visited_at[-1]), 24)
    return (pd.Timestamp(results.days[day], tz=KST) + pd.Timedelta(hours=hour)).to_pydatetime()
