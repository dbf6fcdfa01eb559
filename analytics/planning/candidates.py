"""Every place that could be gone to: facilities that cases visited, and hot units; with what speaks for each.

Sensitive facilities are counted by dong and go no further: nothing here, or after, knows which they are.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
import pyproj

from ..contract import Extract
from ..geography.metres import DEGREES, METRES
from ..geography.places import centres, locate
from ..sensitive import BELOW_DONG
from ..tables import KST
from .model import DISINFECT, LEFT_OVER, NOT_NEEDED, VISIT, Sentence, Stop
from .opening import CLOSED, LEARNED, UNKNOWN, Opening
from .parameters import PlanParameters
from .reading import USUAL_DAYS, Results
from .risk import NOT_NEEDED_AFTER, hazard_part, recency_part, surge_part, verdict_part
from .usual_day import facility_footfall, surges, usual_profile

REACH_M = 250.0
"""A visit looks after the hot units within this distance of where it stops: a few minutes on foot."""


@dataclass(frozen=True)
class Ground:
    """What the stops stand on: results with their usual day, and when the teams leave.

    `people`, `seen`: units × 24, people present and observable person-hours of a usual day.
    """

    results: Results
    people: np.ndarray
    seen: np.ndarray
    growth: np.ndarray
    hour: np.ndarray
    begin: datetime

    def row(self, unit: str | None):
        """Return the unit's row of hotspots.geojson and its number; (None, -1) outside all units."""
        if unit is None:
            return None, -1
        at = self.results.units.index.get_loc(unit)
        return self.results.units.iloc[at], at


def make_ground(results: Results, begin: datetime) -> Ground:
    """Return the ground of a plan."""
    people, seen = (usual_profile(figures) for figures in (results.population, results.observable))
    return Ground(results, people, seen, *surges(people, begin.hour), begin)


def visited(extract: Extract, results: Results) -> pd.DataFrame:
    """Return the facilities that cases visited as far as the results know: index facility_id, `last`, `sensitive`.

    Columns of facilities.csv, `unit_code` (NaN outside all units), `last` (begin of the visit that ended last),
    `last_day` (the calendar day on which it ended), and `beside_sensitive`: below dong level, in a unit with a
    sensitive facility, whose figures would be what the unit's are more than this one's.
    """
    visits = extract.index_visits[extract.index_visits["known_at"] <= results.as_of]
    last = visits.sort_values(["end", "start"]).groupby("facility_id").tail(1).set_index("facility_id")
    places = extract.facilities.assign(unit_code=locate(extract.facilities, results.units))
    beside = places["unit_code"].isin(places.loc[places["sensitive"], "unit_code"].dropna())
    places["beside_sensitive"] = beside & (results.unit_kind in BELOW_DONG)
    found = places.set_index("facility_id").join(last[["start", "end"]], how="inner").sort_index()
    ended = found["end"].dt.tz_convert(KST) - pd.Timedelta(microseconds=1)
    return found.rename(columns={"start": "last"}).assign(last_day=ended.dt.date).drop(columns="end")


def facility_stops(
    places: pd.DataFrame, extract: Extract, openings: dict[str, Opening], ground: Ground, asked: PlanParameters
) -> list[Stop]:
    """Return a stop for each of the places, none of which is sensitive."""
    if places["sensitive"].any():
        raise ValueError("a sensitive facility is no stop")
    footfall = facility_footfall(extract) if extract.facility_hours is not None else pd.Series(dtype=float)
    stops = []
    for facility, place in places.iterrows():
        code = place.unit_code if isinstance(place.unit_code, str) else None
        unit, at = ground.row(code)
        days = max(0, (ground.begin.date() - place.last_day).days)
        own = None if place.beside_sensitive else footfall.get(facility)
        people, known, told = _footfall(own, footfall.median(), ground, at)
        opening = openings.get(str(facility), Opening(UNKNOWN))
        reason = (
            verdict_part(unit, ground.results.alpha),
            recency_part(place["last"].to_pydatetime(), days),
            _hazard(str(facility), place.risk_score, ground.results),
            surge(ground, at),
            told,
            opening_sentence(opening),
        )
        risk = sum(part.points or 0.0 for part in reason)
        needed = days <= NOT_NEEDED_AFTER
        stops.append(
            Stop(
                stop_id=f"d-{facility}",
                kind=DISINFECT,
                facility_id=str(facility),
                unit_code=code,
                lon=float(place.lon),
                lat=float(place.lat),
                score=risk / 100 * people,
                risk=risk,
                last_case_visit=place["last"].to_pydatetime(),
                days_since=days,
                footfall=people if known else None,
                surge=_number(ground.growth[at]) if at >= 0 else None,
                surge_hour=_hour(ground, at),
                open_from=opening.start,
                open_until=opening.until,
                opening=opening.basis,
                service_minutes=asked.service_minutes,
                reason=reason if needed else (too_long_ago(days), *reason),
                status=LEFT_OVER if needed else NOT_NEEDED,
            )
        )
    return stops


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
    days = max(0, (ground.begin.date() - last.date()).days) if last is not None else None
    more = f" 걸어서 닿는 핫스팟 구역 {len(members)}곳을 함께 살핍니다." if len(members) > 1 else ""
    also = f" Looks after {len(members)} hot units within walking distance." if len(members) > 1 else ""
    ko = f"관측 가능한 유동인구 하루 {people:,.0f}인·시간(따로 소독하는 시설 제외)입니다.{more}"
    en = f"{people:,.0f} observable person-hours a day, without facilities that have their own stop.{also}"
    reason = (
        verdict_part(unit, ground.results.alpha),
        recency_part(last, days),
        surge(ground, at),
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
        surge=_number(ground.growth[at]),
        surge_hour=_hour(ground, at),
        open_from=None,
        open_until=None,
        opening=UNKNOWN,
        service_minutes=asked.visit_minutes,
        reason=reason,
        status=LEFT_OVER,
    )


def _last_hour(members: np.ndarray, results: Results) -> datetime | None:
    """Return the last hour in which the results count an index visit in these units."""
    visited_at = np.flatnonzero((results.index_visits[members] > 0).any(axis=0))
    if not len(visited_at):
        return None
    day, hour = divmod(int(visited_at[-1]), 24)
    return (pd.Timestamp(results.days[day], tz=KST) + pd.Timedelta(hours=hour)).to_pydatetime()


def _footfall(own: float | None, middle: float, ground: Ground, at: int) -> tuple[float, bool, Sentence]:
    """Return person-hours of a usual day at a facility, whether they are known, and what they rest on.

    `own`: by its log; else those that can be observed in its unit; else `middle`, of the facilities with a log.
    """
    if own is not None:
        ko = f"출입 기록으로 하루 {own:,.0f}인·시간(최근 {USUAL_DAYS}일 평균)입니다."
        en = f"{own:,.0f} logged person-hours a day (mean of {USUAL_DAYS} days)."
        return float(own), True, Sentence(ko, en, "footfall")
    if at >= 0 and not np.isnan(ground.seen[at]).all():
        people = float(np.nansum(ground.seen[at]))
        ko = f"이 구역의 관측 가능한 유동인구 하루 {people:,.0f}인·시간으로 보았습니다."
        en = f"Taken as the unit's {people:,.0f} observable person-hours a day."
        return people, True, Sentence(ko, en, "footfall")
    people = 1.0 if np.isnan(middle) else float(middle)
    ko = f"이용 인원을 알 수 없어 기록이 있는 시설의 중앙값({people:,.0f}인·시간)으로 순서를 정했습니다."
    en = f"Footfall not known: ranked by the median of facilities with a log ({people:,.0f})."
    return people, False, Sentence(ko, en, "footfall")


def _hazard(facility: str, rubric: object, results: Results) -> Sentence:
    risk = results.facility_risk
    ranks = risk.loc[risk["relative_hazard"] > 0, "rank"]
    rank = float(ranks.get(facility, np.nan))
    return hazard_part(float("nan") if pd.isna(rubric) else float(rubric), rank, int(ranks.notna().sum()))


def surge(ground: Ground, at: int) -> Sentence:
    """Return the points of the three-hour surge of a unit, by its number; -1 is outside all units."""
    if at < 0:
        return surge_part(float("nan"), float("nan"), -1)
    hour = int(ground.hour[at])
    return surge_part(float(ground.growth[at]), float(ground.people[at, hour]), hour)


def too_long_ago(days: int) -> Sentence:
    """Return why there is no disinfection."""
    ko = f"확진자가 다녀간 지 {days}일이 지나({NOT_NEEDED_AFTER}일 초과) 별도 소독이 필요하지 않습니다."
    en = f"{days} days since the last visit of a case, more than {NOT_NEEDED_AFTER}: no special disinfection."
    return Sentence(ko, en, "not needed")


def opening_sentence(opening: Opening) -> Sentence:
    """Return when the place can be entered, and how that is known."""
    if opening.start is None:
        told = {
            UNKNOWN: ("운영시간을 알 수 없습니다.", "Opening hours not known."),
            CLOSED: ("이 시간에는 열지 않습니다.", "Closed during these hours."),
        }[opening.basis]
        return Sentence(*told, "opening")
    span = f"{opening.start:%H:%M}–{opening.until:%H:%M}"
    if opening.basis == LEARNED:
        return Sentence(f"출입 기록으로 본 운영시간 {span}.", f"Open {span} by its log.", "opening")
    return Sentence(f"운영시간 {span}.", f"Open {span}.", "opening")


def to_degrees(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a point in METRES, to seven decimals (a centimetre)."""
    lon, lat = pyproj.Transformer.from_crs(METRES, DEGREES, always_xy=True).transform(x, y)
    return round(float(lon), 7), round(float(lat), 7)


def _hour(ground: Ground, at: int) -> int | None:
    return int(ground.hour[at]) if at >= 0 and ground.hour[at] >= 0 else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
