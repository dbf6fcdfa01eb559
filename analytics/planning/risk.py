"""The risk of a stop: four parts that add up to at most 100 points, each with the sentence that explains it.

A convention, not a probability: it says in which order the health centre goes, and shows why (docs/planning.md).
"""

import math
from datetime import date, datetime

from .model import Sentence

VERDICT, SECOND_OPINION = 40.0, 20.0
RECENCY, HAZARD, SURGE = 30.0, 20.0, 10.0
NOT_NEEDED_AFTER = 7
"""Days since the last visit of a case after which Korean practice of 2020 asks for no special disinfection."""
RUBRIC = 12
"""Highest sum of the official rubric's six items."""
WEEKDAYS = "월화수목금토일"


def verdict_part(unit, alpha: float) -> Sentence:
    """Return the points of the unit's verdict; `unit` is a row of hotspots.geojson, or None outside all units."""
    if unit is None:
        return _part("verdict", 0, "분석 구역 밖에 있어 핫스팟 판정이 없습니다", "Outside all units: no verdict")
    if unit.status == "hot":
        p = f"{unit.scan_p:.3g}"
        return _part("verdict", VERDICT, f"핫스팟 안에 있습니다(p = {p})", f"Inside a hotspot (p = {p})")
    if unit.status == "no data":
        ko = "이 구역은 자료가 없어 핫스팟인지 알 수 없습니다"
        return _part("verdict", 0, ko, "No data in this unit: whether it is hot is not known")
    if unit.q <= alpha:
        ko = f"핫스팟은 아니나 Gi*는 높다고 봅니다(q = {unit.q:.3g})"
        return _part("verdict", SECOND_OPINION, ko, f"Not hot, but high by Gi* (q = {unit.q:.3g})")
    return _part("verdict", 0, "이 구역은 핫스팟이 아닙니다", "The unit is not a hotspot")


def recency_part(last: datetime, days: int) -> Sentence:
    """Return the points of how many calendar days ago a case was last there."""
    ko = f"확진자가 {korean_time(last)}에 마지막으로 다녀갔습니다({_ago(days)})"
    en = f"Last visit of a case {last:%Y-%m-%d %H:%M}, {days} day(s) before"
    return _part("recency", _recency(days), ko, en)


def cluster_part(last: date, days: int) -> Sentence:
    """Return the same where only the last day of the unit's cluster is known."""
    ko = f"군집의 마지막 날은 {last.month}.{last.day}.({WEEKDAYS[last.weekday()]})입니다({_ago(days)})"
    return _part("recency", _recency(days), ko, f"Last day of the cluster {last}, {days} day(s) before")


def _recency(days: int) -> float:
    return RECENCY * max(0, NOT_NEEDED_AFTER + 1 - days) / (NOT_NEEDED_AFTER + 1)


def _ago(days: int) -> str:
    return f"{days}일 전" if days else "당일"


def hazard_part(score: float, rank: float, ranked: int) -> Sentence:
    """Return the points of the facility: its official rubric (0 to 12), else the rank of its log, else the middle.

    `score` and `rank` are NaN where there is none; `ranked`: how many facilities a case made risky, 1 is the most.
    """
    if not math.isnan(score):
        ko, en = f"시설 위험도 {score:.0f}점(12점 만점)", f"Facility risk {score:.0f} of {RUBRIC}"
        return _part("facility", HAZARD * score / RUBRIC, ko, en)
    if not math.isnan(rank):
        ko, en = f"방문 위험 {ranked}곳 가운데 {rank:.0f}위", f"Risk of a visit: rank {rank:.0f} of {ranked}"
        return _part("facility", HAZARD * (1 - (rank - 1) / ranked), ko, en)
    ko = "시설 위험도를 평가하지 않아 중간값으로 두었습니다"
    return _part("facility", HAZARD / 2, ko, "Facility risk not assessed: taken as the middle")


def surge_part(growth: float, people: float, hour: int) -> Sentence:
    """Return the points of a surge to come (NaN: not known): its growth ÷ people when it is reached."""
    if math.isnan(growth):
        return _part("surge", 0, "앞으로의 3시간 증가를 알 수 없습니다", "Three-hour surge not known")
    if growth <= 0:
        return _part("surge", 0, "앞으로 3시간 증가가 없습니다", "No three-hour surge to come")
    ko, en = (
        f"{hour}시까지 3시간에 {growth:,.0f}명 늡니다",
        f"{growth:,.0f} more people in the three hours to {hour}:00",
    )
    return _part("surge", SURGE * min(1.0, growth / people), ko, en)


def amount(person_hours: float) -> str:
    """Return person-hours as people read them: whole, and one decimal below ten."""
    return f"{person_hours:,.0f}" if person_hours >= 10 else f"{person_hours:.1f}"


def korean_time(at: datetime) -> str:
    """Return a time as Korean papers write it: 8.25.(화) 14:00."""
    return f"{at.month}.{at.day}.({WEEKDAYS[at.weekday()]}) {at:%H:%M}"


def _part(part: str, points: float, ko: str, en: str) -> Sentence:
    points = round(points, 1)
    return Sentence(f"{ko}: {points:g}점.", f"{en}: {points:g} points.", part, points)
