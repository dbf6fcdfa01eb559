"""How many people a place may hold: its own capacity, and the rules of the level of distancing, which are data.

A rule is a row of ``capacity_rules.csv``: scheme, level, category, kind, value, the hour at which the place must
close, the area (m²) from which it holds, a note. Several rules for one place: the smallest number counts.
``allowed`` of an area is rounded down.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor
from typing import Literal, get_args

from .categories import CATEGORIES
from .errors import Sentence
from .model import Facility

Kind = Literal["m2_per_person", "seat_ratio", "seat_gap", "max_people", "closed", "none"]
COLUMNS = ["scheme", "level", "category", "kind", "value", "open_until", "min_area", "note"]
REOPENS = 5  # o'clock: a place that must close at 21 or 24 may open again from then on
SCHEMES = {"": "거리두기 단계 없음", "2020-11": "2020년 11월 체계", "2021-07": "2021년 7월 체계"}
CROWDING_WORDS = {
    "relaxed": "여유",
    "normal": "보통",
    "busy": "약간 붐빔",
    "crowded": "붐빔",
    "full": "만석(입장 제한)",
    "closed": "운영 제한",
}
_SHARES = ((0.9, "crowded"), (0.75, "busy"), (0.5, "normal"))
CLOSED = "지금 단계에서는 운영할 수 없는 시설입니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row; ``value`` is m² a person, a share of the seats, empty seats between two people, or people."""

    scheme: str
    level: str
    category: str
    kind: Kind
    value: float | None = None
    open_until: int | None = None
    min_area: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a place may admit now; ``people`` None: no limit that can be computed. ``why`` says which rule it is.

    Where ``closed`` nobody is admitted (``people`` 0). ``open_until`` is an hour of the day, 24: midnight.
    """

    people: int | None
    closed: bool
    open_until: int | None
    why: Sentence
    missing: tuple[Sentence, ...] = ()  # rules that could not be computed, in words


def read_rules(lines: Iterable[str]) -> list[Rule]:
    """Return the rules of a csv text; raise ``ValueError`` with the number of the line that is no rule."""
    rows = csv.DictReader(lines)
    if rows.fieldnames != COLUMNS:
        raise ValueError(f"columns are {rows.fieldnames}, not {COLUMNS}")
    return [_rule(row, number) for number, row in enumerate(rows, 2)]


def levels(rules: Iterable[Rule]) -> list[tuple[str, str]]:
    """Return every (scheme, level) that rules know, in their order, after no distancing at all."""
    return list(dict.fromkeys([("", ""), *((rule.scheme, rule.level) for rule in rules)]))


def allowed(rule: Rule, facility: Facility) -> tuple[int | None, Sentence]:
    """Return the people that one rule admits, and the rule in words; None where there is no number to compute."""
    area, seats, value = facility.area_m2, facility.seats, rule.value or 0.0
    if rule.kind == "closed":
        return 0, Sentence(CLOSED)
    if rule.kind == "max_people":
        return floor(value), Sentence("최대 %(people)s명", people=f"{floor(value):,}")
    if rule.kind == "m2_per_person":
        shown = {"value": f"{value:g}"}
        if area is None:
            return None, Sentence("시설면적이 등록되지 않아 면적 %(value)sm²당 1명을 계산할 수 없습니다.", **shown)
        return floor(area / value), Sentence("면적 %(area)sm²에서 %(value)sm²당 1명", area=f"{area:,g}", **shown)
    if rule.kind in ("seat_ratio", "seat_gap") and seats is None:
        return None, Sentence("좌석 수가 등록되지 않아 좌석 기준을 계산할 수 없습니다.")
    if rule.kind == "seat_ratio":
        share = round(value * 100)
        return floor(seats * share / 100), Sentence(
            "좌석 %(seats)s석의 %(share)s%%", seats=f"{seats:,}", share=share
        )
    if rule.kind == "seat_gap":
        gap = floor(value)
        return -(-seats // (gap + 1)), Sentence(
            "좌석 %(seats)s석에서 %(gap)s칸 띄우기", seats=f"{seats:,}", gap=gap
        )
    return None, Sentence("인원 제한이 없는 시설입니다.")


def words_of(rule: Rule) -> Sentence:
    """Return what a rule says of a whole category."""
    shown = {"value": f"{rule.value or 0:g}"}
    match rule.kind:
        case "m2_per_person":
            return Sentence("면적 %(value)sm²당 1명", **shown)
        case "seat_ratio":
            return Sentence("좌석의 %(share)s%%까지", share=round((rule.value or 0) * 100))
        case "seat_gap":
            return Sentence("좌석 %(value)s칸 띄우기", **shown)
        case "max_people":
            return Sentence("최대 %(people)s명", people=f"{floor(rule.value or 0):,}")
        case "closed":
            return Sentence("운영할 수 없음")
    return Sentence("인원 제한 없음")


def limit_by(rules: Sequence[Rule], facility: Facility, hour: int | None = None) -> Limit:
    """Return the limit of a facility under the rules of one level.

    Parameters
    ----------
    rules : sequence of Rule
        Those of the scheme and level that hold, for the facility's category.
    hour : int, optional
        The hour of the day (KST); by default the closing hour is told, but nothing is closed by it.
    """
    rules = [rule for rule in rules if holds_for(rule, facility)]
    own = Sentence("시설이 정한 정원 %(people)s명", people=f"{facility.capacity or 0:,}")
    numbers = [] if facility.capacity is None else [(facility.capacity, own)]
    missing = []
    for rule in rules:
        people, words = allowed(rule, facility)
        if people is not None:
            numbers.append((people, words))
        elif rule.kind != "none":
            missing.append(words)
    untils = [rule.open_until for rule in rules if rule.open_until is not None]
    until = min(untils, default=None)
    if any(rule.kind == "closed" for rule in rules):
        return Limit(people=0, closed=True, open_until=None, why=Sentence(CLOSED), missing=tuple(missing))
    if until is not None and hour is not None and is_after(hour, until):
        over = Sentence("%(hour)s시까지만 운영할 수 있는 시설입니다.", hour=until)
        return Limit(people=0, closed=True, open_until=until, why=over, missing=tuple(missing))
    nothing = missing[0] if missing else Sentence("인원 제한이 없는 시설입니다.")
    people, why = min(numbers, key=lambda one: one[0], default=(None, nothing))
    return Limit(people=people, closed=False, open_until=until, why=why, missing=tuple(missing))


def holds_for(rule: Rule, facility: Facility) -> bool:
    """Say whether a facility is large enough for a rule; one whose area is not registered is."""
    return rule.min_area is None or facility.area_m2 is None or facility.area_m2 >= rule.min_area


def is_after(hour: int, until: int) -> bool:
    """Say whether an hour of the day lies in the night that begins at ``until`` and ends at ``REOPENS``."""
    return hour >= until or hour < REOPENS


def crowding_of(inside: int, people: int | None, *, closed: bool = False) -> str:
    """Return the code of how full a place is (``CROWDING_WORDS``); empty where there is no limit."""
    if closed:
        return "closed"
    if people is None:
        return ""
    if inside >= people:
        return "full"
    return next((code for share, code in _SHARES if inside >= share * people), "relaxed")


def _rule(row: dict[str, str], number: int) -> Rule:
    kind, value, until, least = row["kind"], row["value"], row["open_until"], row["min_area"]
    if None in row or None in row.values() or row["category"] not in CATEGORIES or kind not in get_args(Kind):
        raise ValueError(f"line {number} is no rule")
    needs = kind in ("m2_per_person", "seat_ratio", "seat_gap", "max_people")
    if needs != bool(value) or (needs and float(value) <= 0) or (until and not 0 < int(until) <= 24):
        raise ValueError(f"line {number} has no possible value")
    if least and float(least) <= 0:
        raise ValueError(f"line {number} has no possible value")
    return Rule(
        scheme=row["scheme"],
        level=row["level"],
        category=row["category"],
        kind=kind,  # type: ignore[arg-type]
        value=float(value) if value else None,
        open_until=int(until) if until else None,
        min_area=float(least) if least else None,
        note=row["note"],
    )
