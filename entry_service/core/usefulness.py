"""Was it of use: contacts found, hours saved under stated assumptions, cost a contact, where it did not help.

Every figure comes from counts of cases; what is assumed is in ``manual_minutes.csv`` with its source, and what is
not known (a cost that nobody entered) stays unknown. Where numbers are small their 95 % bounds say how little they
tell.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from math import sqrt
from statistics import median

MINUTES_FILE = files(__package__).joinpath("manual_minutes.csv")
COSTS = ("cost_once", "cost_month")  # KRW: to begin with, and in each month
Z = 1.959964  # of a normal distribution, 95 % two-sided
MOST_VALUE = 1_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """Minutes of manual work for one contact that the log spares; ``source`` says where they come from."""

    name: str
    minutes: float
    label: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What the log was worth to one case. Counts only; ``month`` (``2026-08``) is that of its registration.

    ``visits``: of the case, found in the log by its passes. ``contacts``: persons named; ``lost``: records that
    were unreadable or destroyed. ``reached``: contacts for whom anything was noted. ``minutes``: from registration
    to the first opened list, None without one.
    """

    result_id: str
    month: str
    visits: int
    requests: int
    contacts: int
    lost: int
    reached: int
    minutes: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """A figure with its 95 % bounds."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Usefulness:
    """The report of a month, or of all of them (``month`` empty).

    ``helped``: cases with at least one contact found, as a share of all. ``unhelped_*`` say where it did not help.
    ``hours``: saved under the assumptions. ``cost``: KRW a contact, None without costs or contacts.
    ``minutes``: median to the list. ``drill_minutes``: median of drills that people attended.
    """

    month: str
    cases: int
    requests: int
    contacts: int
    reached: int
    helped: Bounded | None
    unhelped_no_visit: int
    unhelped_no_contact: int
    unreached: int
    lost: int
    hours: Bounded
    cost: Bounded | None
    minutes: float | None
    drills: int
    drill_minutes: float | None
    drill_recall: float | None


@cache
def assumptions() -> tuple[Assumption, ...]:
    """Return the assumptions as the file has them."""
    with MINUTES_FILE.open(encoding="utf-8") as file:
        return tuple(
            Assumption(name=row["name"], minutes=float(row["minutes"]), label=row["label"], source=row["source"])
            for row in csv.DictReader(file)
        )


def share(part: int, whole: int) -> Bounded | None:
    """Return a share with Wilson's 95 % bounds; None of nothing. Wilson 1927, JASA 22:209."""
    if not whole:
        return None
    middle = (part + Z * Z / 2) / (whole + Z * Z)
    half = Z * sqrt(part * (whole - part) / whole + Z * Z / 4) / (whole + Z * Z)
    return Bounded(value=part / whole, low=max(middle - half, 0.0), high=min(middle + half, 1.0))


def count_bounds(count: int) -> tuple[float, float]:
    """Return Byar's approximate 95 % bounds of a Poisson count (Breslow & Day 1987, vol. II, §2.3)."""
    low = 0.0 if not count else count * (1 - 1 / (9 * count) - Z / (3 * sqrt(count))) ** 3
    more = count + 1
    return max(low, 0.0), more * (1 - 1 / (9 * more) + Z / (3 * sqrt(more))) ** 3


def months_of(results: Iterable[CaseResult]) -> list[str]:
    """Return the months that have a case, the newest first."""
    return sorted({one.month for one in results}, reverse=True)


def usefulness(
    month: str,
    results: Iterable[CaseResult],
    figures: Mapping[str, float],
    months: int,
    drills: Iterable[Mapping[str, object]] = (),
) -> Usefulness:
    """Return the report of the cases given.

    Parameters
    ----------
    figures : mapping
        What was entered: ``COSTS`` in KRW, and minutes in place of an assumption's, by its name.
    months : int
        How many months the report covers: monthly costs count so often, those to begin with where it covers all.
    drills : iterable of mapping
        Results of drills of an outbreak.
    """
    known = list(results)
    contacts = sum(one.contacts for one in known)
    minutes = sum(figures.get(one.name, one.minutes) for one in assumptions())
    low, high = count_bounds(contacts)
    spent = [one.minutes for one in known if one.minutes is not None]
    attended = [one for one in drills if not one.get("unattended")]
    recalls = [float(one["recall"]) for one in attended if one.get("recall") is not None]  # type: ignore[arg-type]
    helped = sum(one.contacts > 0 for one in known)
    return Usefulness(
        month=month,
        cases=len(known),
        requests=sum(one.requests for one in known),
        contacts=contacts,
        reached=sum(one.reached for one in known),
        helped=share(helped, len(known)),
        unhelped_no_visit=sum(not one.visits and not one.contacts for one in known),
        unhelped_no_contact=sum(one.visits > 0 and not one.contacts for one in known),
        unreached=sum(max(one.contacts - one.reached, 0) for one in known),
        lost=sum(one.lost for one in known),
        hours=Bounded(value=contacts * minutes / 60, low=low * minutes / 60, high=high * minutes / 60),
        cost=_cost(figures, months, month == "", contacts),
        minutes=median(spent) if spent else None,
        drills=len(attended),
        drill_minutes=median(float(one["minutes"]) for one in attended) if attended else None,  # type: ignore[arg-type]
        drill_recall=median(recalls) if recalls else None,
    )


def months_between(first: datetime, last: datetime) -> int:
    """Return how many calendar months two moments of one time zone touch."""
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _cost(figures: Mapping[str, float], months: int, whole: bool, contacts: int) -> Bounded | None:
    if not any(name in figures for name in COSTS) or not contacts:
        return None
    spent = figures.get("cost_month", 0.0) * months + (figures.get("cost_once", 0.0) if whole else 0.0)
    low, high = count_bounds(contacts)
    return Bounded(value=spent / contacts, low=spent / high, high=spent / low if low else float("inf"))
