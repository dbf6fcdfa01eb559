"""Was it of use: contacts found, hours saved under stated assumptions, cost a contact, where it did not help.

Every figure comes from counts of cases; what is assumed is in ``manual_minutes.csv`` with its source, and what is
not known (a cost that nobody entered) stays unknown. Where numbers are small their 95 % bounds say how little they
tell. Bounds are of cases: the contacts of one case come together.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from math import exp, sqrt
from statistics import median
from typing import Literal, cast

MINUTES_FILE = files(__package__).joinpath("manual_minutes.csv")
COSTS = ("cost_once", "cost_month")  # KRW: to begin with, and in each month
STARTED = "started_on"  # the first day of the pilot, kept as its proleptic ordinal
Z = 1.959964  # of a normal distribution, 95 % two-sided
MOST_VALUE = 1_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """Minutes of manual work that the log spares, for each contact, or each site of a case that has contacts.

    ``source`` says where they come from.
    """

    name: str
    per: Literal["site", "contact"]
    minutes: float
    label: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What the log was worth to one case. Counts only; ``month`` (``2026-08``) is that of its registration.

    ``visits``: of the case, found in the log by its passes. ``contacts``: persons named to this case: whoever met
    two cases counts in both; ``sites``: those that they were asked for. ``lost``: records that were unreadable or
    destroyed. ``reached``: contacts for whom anything was noted. ``minutes``: from registration
    to the first opened list, None without one.
    """

    result_id: str
    month: str
    visits: int
    requests: int
    contacts: int
    sites: int
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
    ``hours``: saved under the assumptions. ``cost``: KRW a contact, None without costs, contacts, or a month in
    which the log ran. ``cost_missing``: figures that nobody entered and that it needs.
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
    cost_missing: tuple[str, ...]
    minutes: float | None
    drills: int
    drill_minutes: float | None
    drill_recall: float | None


@cache
def assumptions() -> tuple[Assumption, ...]:
    """Return the assumptions as the file has them."""
    with MINUTES_FILE.open(encoding="utf-8") as file:
        return tuple(
            Assumption(
                name=row["name"],
                per=cast(Literal["site", "contact"], row["per"]),
                minutes=float(row["minutes"]),
                label=row["label"],
                source=row["source"],
            )
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


def total_bounds(parts: Iterable[float], smallest: float = 1.0) -> Bounded:
    """Return the sum over cases with 95 % bounds that take cases, not contacts, for what comes by chance.

    The contacts of one case come together. A sum over a Poisson number of cases has the variance Σx² (a compound
    Poisson sum; Feller 1968, vol. I, XII.2); the bounds are those of its logarithm. Where each case has one
    contact they are those of a count. Of nothing: 0, and Byar's upper bound of cases with the ``smallest`` sum.
    """
    known = list(parts)
    total = sum(known)
    if not total:
        return Bounded(value=0.0, low=0.0, high=count_bounds(0)[1] * smallest)
    wide = exp(Z * sqrt(sum(one * one for one in known)) / total)
    return Bounded(value=total, low=total / wide, high=total * wide)


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
        In how many months of the report the log ran: monthly costs count so often, those to begin with where it
        covers all.
    drills : iterable of mapping
        Results of drills of an outbreak.
    """
    known = list(results)
    contacts = total_bounds(one.contacts for one in known)
    takes = {per: _minutes(figures, per) for per in ("site", "contact")}
    hours = [(one.contacts * takes["contact"] + one.sites * takes["site"]) / 60 for one in known]
    missing = _missing(figures, month == "")
    spent = [one.minutes for one in known if one.minutes is not None]
    attended = [one for one in drills if not one.get("unattended")]
    recalls = [float(one["recall"]) for one in attended if one.get("recall") is not None]  # type: ignore[arg-type]
    helped = sum(one.contacts > 0 for one in known)
    return Usefulness(
        month=month,
        cases=len(known),
        requests=sum(one.requests for one in known),
        contacts=sum(one.contacts for one in known),
        reached=sum(one.reached for one in known),
        helped=share(helped, len(known)),
        unhelped_no_visit=sum(not one.visits and not one.contacts for one in known),
        unhelped_no_contact=sum(one.visits > 0 and not one.contacts for one in known),
        unreached=sum(max(one.contacts - one.reached, 0) for one in known),
        lost=sum(one.lost for one in known),
        hours=total_bounds(hours, sum(takes.values()) / 60),
        cost=None
        if missing or not contacts.value or not months
        else _cost(figures, months, month == "", contacts),
        cost_missing=missing,
        minutes=median(spent) if spent else None,
        drills=len(attended),
        drill_minutes=median(float(one["minutes"]) for one in attended) if attended else None,  # type: ignore[arg-type]
        drill_recall=median(recalls) if recalls else None,
    )


def months_between(first: date, last: date) -> int:
    """Return how many calendar months two days touch; 0 where the last lies in a month before."""
    return max((last.year - first.year) * 12 + last.month - first.month + 1, 0)


def ran_in(month: str, first: date | None, last: date) -> bool:
    """Say whether the log ran in a month (``2026-08``); ``first`` None where nobody entered when it began."""
    return (first is None or f"{first:%Y-%m}" <= month) and month <= f"{last:%Y-%m}"


def _minutes(figures: Mapping[str, float], per: str) -> float:
    return sum(figures.get(one.name, one.minutes) for one in assumptions() if one.per == per)


def _missing(figures: Mapping[str, float], whole: bool) -> tuple[str, ...]:
    """Return what the cost needs: a cost that nobody entered is unknown, not nothing."""
    needed = (*COSTS, STARTED) if whole else ("cost_month",)
    return tuple(name for name in needed if name not in figures)


def _cost(figures: Mapping[str, float], months: int, whole: bool, contacts: Bounded) -> Bounded:
    spent = figures["cost_month"] * months + (figures["cost_once"] if whole else 0.0)
    return Bounded(value=spent / contacts.value, low=spent / contacts.high, high=spent / contacts.low)
