"""Facilities that cases visited, with what speaks for disinfecting each of them.

Sensitive facilities are told apart first (`visited`) and are no stops: nothing after knows which they are.
"""

import numpy as np
import pandas as pd

from ..contract import Extract
from ..geography.places import locate
from ..sensitive import BELOW_DONG
from ..tables import KST
from .ground import Ground
from .model import DISINFECT, LEFT_OVER, NOT_NEEDED, Sentence, Stop
from .opening import AGREED, CLOSED, LEARNED, UNKNOWN, Opening
from .parameters import PlanParameters
from .reading import Results
from .risk import NOT_NEEDED_AFTER, amount, hazard_part, recency_part, verdict_part
from .usual_day import facility_footfall


def visited(extract: Extract, results: Results) -> pd.DataFrame:
    """Return the facilities that cases visited as far as the results know: index facility_id, `last`, `sensitive`.

    Columns of facilities.csv, `unit_code` (NaN outside all units), `last` (begin of the visit that ended last),
    `last_day` (the calendar day on which it ended), `in_unit` (ordinary facilities of its unit) and
    `beside_sensitive`: below dong level, in a unit with a sensitive facility, whose figures would be what the
    unit's are more than this one's.
    """
    visits = extract.index_visits[extract.index_visits["known_at"] <= results.as_of]
    last = visits.sort_values(["end", "start"]).groupby("facility_id").tail(1).set_index("facility_id")
    places = extract.facilities.assign(unit_code=locate(extract.facilities, results.units))
    beside = places["unit_code"].isin(places.loc[places["sensitive"], "unit_code"].dropna())
    places["beside_sensitive"] = beside & (results.unit_kind in BELOW_DONG)
    ordinary = places[~places["sensitive"]].groupby("unit_code")["facility_id"].count()
    places["in_unit"] = places["unit_code"].map(ordinary)
    found = places.set_index("facility_id").join(last[["start", "end"]], how="inner").sort_index()
    ended = found["end"].dt.tz_convert(KST) - pd.Timedelta(microseconds=1)
    return found.rename(columns={"start": "last"}).assign(last_day=ended.dt.date).drop(columns="end")


def facility_stops(
    places: pd.DataFrame, extract: Extract, openings: dict[str, Opening], ground: Ground, asked: PlanParameters
) -> list[Stop]:
    """Return a stop for each of the places, none of which is sensitive."""
    if places["sensitive"].any():
        raise ValueError("a sensitive facility is no stop")
    footfall = pd.DataFrame(columns=["people", "days"])
    if extract.facility_hours is not None:
        footfall = facility_footfall(extract, ground.begin.date())
    return [
        _stop(str(facility), place, footfall, openings.get(str(facility), Opening(UNKNOWN)), ground, asked)
        for facility, place in places.iterrows()
    ]


def _stop(facility: str, place, footfall: pd.DataFrame, opening: Opening, ground: Ground, asked) -> Stop:
    """Return the stop of a row of `visited`; `footfall`: of the facilities with a log."""
    unit, at = ground.row(place.unit_code)
    days = max(0, (ground.begin.date() - place.last_day).days)
    needed = days <= NOT_NEEDED_AFTER
    own = None if place.beside_sensitive or facility not in footfall.index else footfall.loc[facility]
    people, known, told = _footfall(own, footfall["people"].astype(float).median(), ground, at, place.in_unit)
    reason = (
        verdict_part(unit, ground.results.alpha),
        recency_part(place["last"].to_pydatetime(), days),
        _hazard(facility, place.risk_score, ground.results),
        ground.surge_part(at),
        told,
        _opening_sentence(opening),
    )
    risk = sum(part.points or 0.0 for part in reason)
    return Stop(
        stop_id=f"d-{facility}",
        kind=DISINFECT,
        facility_id=facility,
        unit_code=None if unit is None else str(unit.name),
        lon=float(place.lon),
        lat=float(place.lat),
        score=risk / 100 * people,
        risk=risk,
        last_case_visit=place["last"].to_pydatetime(),
        days_since=days,
        footfall=people if known else None,
        surge=ground.surge(at),
        surge_hour=ground.surge_hour(at),
        open_from=opening.start,
        open_until=opening.until,
        opening=opening.basis,
        service_minutes=asked.service_minutes,
        reason=reason if needed else (_too_long_ago(days), *reason),
        status=LEFT_OVER if needed else NOT_NEEDED,
    )


def _footfall(
    own: pd.Series | None, middle: float, ground: Ground, at: int, in_unit: float
) -> tuple[float, bool, Sentence]:
    """Return person-hours of a usual day at a facility, whether they are known, and what they rest on.

    `own`: by its log (`people`, the mean of the `days`); else an equal share of those that can be observed in its
    unit, among the `in_unit` ordinary facilities there; else `middle`, of the facilities with a log.
    """
    if own is not None:
        people, days = float(own["people"]), own["days"]
        ko = f"출입 기록으로 하루 {amount(people)}인·시간({days.ko})입니다."
        en = f"{amount(people)} logged person-hours a day ({days.en})."
        return people, True, Sentence(ko, en, "footfall")
    if at >= 0 and not np.isnan(ground.seen[at]).all():
        people = float(np.nansum(ground.seen[at])) / in_unit
        ko = f"구역의 관측 가능한 유동인구를 시설 {in_unit:.0f}곳에 나누어 하루 {amount(people)}인·시간입니다."
        en = f"{amount(people)} person-hours a day: the unit's observable ones among {in_unit:.0f} facilities."
        return people, True, Sentence(ko, en, "footfall")
    people = 1.0 if np.isnan(middle) else float(middle)
    ko = f"이용 인원을 알 수 없어 기록이 있는 시설의 중앙값({amount(people)}인·시간)으로 순서를 정했습니다."
    en = f"Footfall not known: ranked by the median of facilities with a log ({amount(people)})."
    return people, False, Sentence(ko, en, "footfall")


def _hazard(facility: str, rubric: object, results: Results) -> Sentence:
    risk = results.facility_risk
    ranks = risk.loc[risk["relative_hazard"] > 0, "rank"]
    rank = float(ranks.get(facility, np.nan))
    return hazard_part(float("nan") if pd.isna(rubric) else float(rubric), rank, int(ranks.notna().sum()))


def _too_long_ago(days: int) -> Sentence:
    """Return why there is no disinfection."""
    ko = f"확진자가 다녀간 지 {days}일이 지나({NOT_NEEDED_AFTER}일 초과) 별도 소독이 필요하지 않습니다."
    en = f"{days} days since the last visit of a case, more than {NOT_NEEDED_AFTER}: no special disinfection."
    return Sentence(ko, en, "not needed")


def _opening_sentence(opening: Opening) -> Sentence:
    """Return when the place can be entered, and how that is known."""
    if opening.start is None:
        told = {
            UNKNOWN: ("운영시간을 알 수 없습니다.", "Opening hours not known."),
            AGREED: ("들어가는 시각은 시설과 정합니다.", "The time of entry is agreed on with the facility."),
            CLOSED: ("이 시간에는 열지 않습니다.", "Closed during these hours."),
        }[opening.basis]
        return Sentence(*told, "opening")
    span = f"{opening.start:%H:%M}–{opening.until:%H:%M}"
    if opening.basis == LEARNED:
        return Sentence(f"출입 기록으로 본 운영시간 {span}.", f"Open {span} by its log.", "opening")
    return Sentence(f"운영시간 {span}.", f"Open {span}.", "opening")
