"""When a case counts as infectious, and how long the air of a place is doubted after it left: rules as data.

A rule is one row of ``exposure_rules.csv`` without a category, and one a category whose air lingers differently.
docs/tracing.md says where the numbers come from.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from .categories import CATEGORIES
from .errors import BadInput, EntryError
from .model import Case
from .times import day_start

Basis = Literal["onset", "specimen"]
Until = Literal["isolation", "registration"]
Window = tuple[datetime, datetime]
COLUMNS = ["name", "category", "basis", "days_before", "until", "longest_days", "linger_minutes", "source"]
DAY = timedelta(days=1)


class CaseClosed(EntryError):
    """The case is closed, or its file destroyed: nobody is traced or named for it any more."""

    status, code, sentence = 403, "case_closed", "종결된 확진자의 접촉자는 조회하거나 요청할 수 없습니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureRule:
    """One rule: from ``days_before`` the first known date of ``basis``, at most ``longest_days`` long.

    ``until`` the end of the day of isolation where it is known, else the registration; or always the registration.
    ``linger`` maps a category to how long after the case left an entry still counts; "" is every other category.
    """

    name: str
    basis: tuple[Basis, ...]
    days_before: int
    until: Until
    longest_days: int
    linger: Mapping[str, timedelta]
    source: str
    linger_sources: Mapping[str, str] = field(default_factory=dict)

    def lingering(self, category: str) -> timedelta:
        """Return how long after a case left a place of the category an entry still counts."""
        return self.linger.get(category, self.linger[""])


def read_rules(lines: Iterable[str]) -> dict[str, ExposureRule]:
    """Return the rules of a csv text by name; raise ``ValueError`` with the number of the line that is no rule."""
    rows = csv.DictReader(lines)
    if rows.fieldnames != COLUMNS:
        raise ValueError(f"columns are {rows.fieldnames}, not {COLUMNS}")
    rules: dict[str, ExposureRule] = {}
    for number, row in enumerate(rows, 2):
        try:
            if row["category"]:
                _add_category(rules[row["name"]], row)
            elif row["name"] in rules:
                raise ValueError("a rule has one row without a category")
            else:
                rules[row["name"]] = _rule(row)
        except (KeyError, TypeError, ValueError) as reason:
            raise ValueError(f"line {number} is no rule: {reason}") from reason
    return rules


def exposure_window(
    rule: ExposureRule,
    *,
    onset: date | None,
    specimen_date: date | None,
    isolated_on: date | None,
    registered_at: datetime,
) -> Window:
    """Return when a case could infect others, [start, end).

    Raises ``BadInput``: no date of the rule's basis is known (``onset``), or isolation came before the window
    (``isolated_on``).
    """
    dates = {"onset": onset, "specimen": specimen_date}
    first = next((day for name in rule.basis if (day := dates[name]) is not None), None)
    if first is None:
        raise BadInput("증상 발생일이나 검체채취일 가운데 하나는 입력하시기 바랍니다.", field="onset")
    start = day_start(first - timedelta(days=rule.days_before))
    end = registered_at
    if rule.until == "isolation" and isolated_on is not None:
        end = day_start(isolated_on + DAY)
        if end <= start:
            raise BadInput("격리일이 노출 기간보다 앞섭니다. 날짜를 확인하시기 바랍니다.", field="isolated_on")
    return start, max(start, min(end, start + rule.longest_days * DAY))


def window_of(rule: ExposureRule, case: Case) -> Window:
    """Return the exposure window of a registered case."""
    return exposure_window(
        rule,
        onset=case.onset,
        specimen_date=case.specimen_date,
        isolated_on=case.isolated_on,
        registered_at=case.registered_at,
    )


def _rule(row: dict[str, str]) -> ExposureRule:
    basis, until = tuple(row["basis"].split()), row["until"]
    if not row["name"] or not basis or not set(basis) <= set(get_args(Basis)) or until not in get_args(Until):
        raise ValueError("name, basis or until")
    return ExposureRule(
        name=row["name"],
        basis=basis,  # type: ignore[arg-type]
        days_before=_whole(row["days_before"]),
        until=until,  # type: ignore[arg-type]
        longest_days=_whole(row["longest_days"], least=1),
        linger={"": timedelta(minutes=_whole(row["linger_minutes"]))},
        source=row["source"],
    )


def _add_category(rule: ExposureRule, row: dict[str, str]) -> None:
    category = row["category"]
    alone = not any(row[name] for name in ("basis", "days_before", "until", "longest_days"))
    if category not in CATEGORIES or category in rule.linger or not alone:
        raise ValueError("a category's row has lingering minutes only, once")
    rule.linger[category] = timedelta(minutes=_whole(row["linger_minutes"]))  # type: ignore[index]
    rule.linger_sources[category] = row["source"]  # type: ignore[index]


def _whole(text: str, least: int = 0) -> int:
    number = int(text)
    if number < least:
        raise ValueError(f"{number} is less than {least}")
    return number
