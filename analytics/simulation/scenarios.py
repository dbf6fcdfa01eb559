"""The scenarios: nulls of equal risk in which nothing is to be marked, and planted outbreaks."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from ..coverage import full_coverage
from ..refusals import InputRefused
from .log import true_log
from .model import ALARM, EITHER, NO_ALARM, Planted, Sample, Scenario
from .town import (
    CLOCK,
    CODES,
    DAY,
    DAYS,
    FIRST,
    HOURS,
    OUT,
    PERSONS,
    SIDE,
    UNITS,
    WEEKEND,
    crowds,
    draw_cells,
    frames,
    persons_of,
    squares,
    stays,
    whole_days,
)

DENSE, THIN = 0.05, 0.005
"""Visitors per person present and open hour: a log of some hundred visits a unit and day, and a tenth of it."""


def equal_risk(rng: np.random.Generator, people: np.ndarray, when: np.ndarray = OUT) -> pd.DataFrame:
    """Return cases whose visits fall like the crowd: place and hour in proportion to people × how many go out."""
    person = persons_of(rng)
    return stays(rng, person, *draw_cells(rng, people * when, len(person)))


def _uniform(rng: np.random.Generator) -> Sample:
    people = np.full((UNITS, len(HOURS)), 200.0)
    return Sample(squares(), full_coverage(*frames(people)), equal_risk(rng, people))


def _crowds(rng: np.random.Generator) -> Sample:
    people = crowds(rng, 50)
    return Sample(squares(), full_coverage(*frames(people)), equal_risk(rng, people))


def _weekly_visits(rng: np.random.Generator) -> Sample:
    """Offices are empty at weekends, markets full; and people go out three times as often then."""
    people = crowds(rng, 20) * np.where(WEEKEND, np.exp(rng.normal(0, 1, (UNITS, 1))), 1.0)
    visits = equal_risk(rng, people, OUT * np.where(WEEKEND, 3.0, 1.0))
    return Sample(squares(), full_coverage(*frames(people)), visits)


def _weekly_reports(rng: np.random.Generator) -> Sample:
    """Most cases are found on two days of mass testing and tell only the dates of the days before."""
    people = crowds(rng, 20)
    person = persons_of(rng)
    found = np.where(rng.random(PERSONS) < 0.7, rng.choice([5, 12], PERSONS), rng.integers(1, DAYS, PERSONS))
    day = np.maximum(found[person] - rng.geometric(0.5, len(person)), 0)
    daily = people.reshape(UNITS, DAYS, 24).sum(axis=2)
    unit = np.array([draw_cells(rng, daily[:, [one]], 1)[0][0] for one in day])
    return Sample(squares(), full_coverage(*frames(people)), whole_days(rng, person, unit, day))


def _commuters(rng: np.random.Generator) -> Sample:
    """People sleep where they live and work elsewhere; each case has one home and one place of work."""
    homes, jobs = (np.exp(rng.uniform(0, np.log(20), UNITS)) for _ in range(2))
    homes, jobs = 10_000 * homes / homes.sum(), 10_000 * jobs / jobs.sum()
    at_work = np.where(WEEKEND, 0.1, 1.0) * np.clip(1.2 * np.cos((CLOCK - 13.5) / 12 * np.pi), 0.02, 0.75)
    people = homes[:, None] * (1 - at_work) + jobs[:, None] * at_work
    person = persons_of(rng)
    _, hour = draw_cells(rng, OUT[None, :], len(person))
    home = rng.choice(UNITS, PERSONS, p=homes / homes.sum())
    work = rng.choice(UNITS, PERSONS, p=jobs / jobs.sum())
    unit = np.where(rng.random(len(person)) < at_work[hour], work[person], home[person])
    return Sample(squares(), full_coverage(*frames(people)), stays(rng, person, unit, hour))


def _logged(rng: np.random.Generator, volume: float) -> Sample:
    people = crowds(rng, 20)
    log = true_log(rng, people, volume)
    return Sample(squares(), log.estimate(rng, people), log.cases(rng, persons_of(rng)))


def _coverage(rng: np.random.Generator) -> Sample:
    return _logged(rng, DENSE)


def _thin_log(rng: np.random.Generator) -> Sample:
    return _logged(rng, THIN)


def _planted(rng, units: list[int], rows: list[tuple[int, int, int]], days: int, *, one_door: bool) -> Sample:
    """Return the town of unequal crowds with an outbreak of `days` in `units`: rows are (person, unit, day)."""
    people = crowds(rng, 20)
    first = int(rng.integers(0, DAYS - days + 1))
    person, unit, day = np.array(rows).T
    outbreak = stays(rng, PERSONS + person, unit, 24 * (first + day) + rng.integers(10, 20, len(day)))
    if one_door:
        outbreak = outbreak.assign(x=outbreak["x"].iloc[0], y=outbreak["y"].iloc[0])
    visits = pd.concat([equal_risk(rng, people), outbreak], ignore_index=True)
    begin = (FIRST + pd.Timedelta(days=first)).date()
    where = Planted(tuple(CODES[units]), begin, begin + timedelta(days=days))
    return Sample(squares(), full_coverage(*frames(people)), visits, where)


def _any_unit(rng: np.random.Generator) -> int:
    return int(rng.integers(UNITS))


def _single_place(rng: np.random.Generator) -> Sample:
    unit = _any_unit(rng)
    rows = [(person, unit, int(rng.integers(3))) for person in range(8)]
    return _planted(rng, [unit], rows, 3, one_door=True)


def _street(rng: np.random.Generator) -> Sample:
    west = int(rng.integers(SIDE)) * SIDE + int(rng.integers(SIDE - 2))
    units = [west, west + 1, west + 2]
    rows = [(person, units[person % 3], int(rng.integers(7))) for person in range(15)]
    return _planted(rng, units, rows, 7, one_door=False)


def _three_people(rng: np.random.Generator) -> Sample:
    """Three regulars of one place, ten visits each, on days of their own."""
    unit = _any_unit(rng)
    rows = [(visit % 3, unit, 2 * (visit % 3) + visit // 15) for visit in range(30)]
    return _planted(rng, [unit], rows, 6, one_door=True)


def _three_together(rng: np.random.Generator) -> Sample:
    unit = _any_unit(rng)
    rows = [(visit % 3, unit, visit // 6) for visit in range(30)]
    return _planted(rng, [unit], rows, 5, one_door=True)


def _ten_people(rng: np.random.Generator) -> Sample:
    unit = _any_unit(rng)
    rows = [(visit % 10, unit, int(rng.integers(6))) for visit in range(30)]
    return _planted(rng, [unit], rows, 6, one_door=True)


def _logged_outbreak(rng: np.random.Generator) -> Sample:
    people = crowds(rng, 20)
    log = true_log(rng, people, DENSE)
    logs = np.flatnonzero(log.active.any(axis=1))
    facility = int(rng.choice(logs))
    hour = rng.choice(np.flatnonzero(log.active[facility]))
    outbreak = log.visit(rng, PERSONS + np.arange(8), np.full(8, facility), np.full(8, hour))
    outbreak = outbreak.assign(x=outbreak["x"].iloc[0], y=outbreak["y"].iloc[0])
    visits = pd.concat([log.cases(rng, persons_of(rng)), outbreak], ignore_index=True)
    begin = (FIRST + pd.Timedelta(days=int(DAY[hour]))).date()
    where = Planted((CODES[log.unit[facility]],), begin, begin + timedelta(days=1))
    return Sample(squares(), log.estimate(rng, people), visits, where)


NULLS = (
    Scenario("uniform", "Equal risk, equal crowds (rivals are calibrated on it)", NO_ALARM, _uniform),
    Scenario("crowds", "Equal risk, crowds that differ × 50", NO_ALARM, _crowds),
    Scenario("coverage", "Equal risk, a log whose coverage differs many-fold", NO_ALARM, _coverage),
    Scenario("thin-log", "The same, a tenth of the visitors", NO_ALARM, _thin_log),
    Scenario("weekly-visits", "Equal risk, crowds and visits with a weekly rhythm", NO_ALARM, _weekly_visits),
    Scenario("weekly-reports", "Equal risk, cases found in two waves, dates only", NO_ALARM, _weekly_reports),
    Scenario(
        "commuters", "Equal risk, crowds that move by the hour; cases with home and work", NO_ALARM, _commuters
    ),
)
OUTBREAKS = (
    Scenario("single-place", "Eight people in one place within three days", ALARM, _single_place),
    Scenario("street", "Fifteen people in a street of three units within a week", ALARM, _street),
    Scenario(
        "three-people", "Thirty visits by three people to one place, on days of their own", NO_ALARM, _three_people
    ),
    Scenario(
        "three-together", "Thirty visits by three people who come together, five days", EITHER, _three_together
    ),
    Scenario("ten-people", "Thirty visits by ten people to one place within six days", ALARM, _ten_people),
    Scenario("logged-outbreak", "Eight people in one logged place in an hour", ALARM, _logged_outbreak),
)
SCENARIOS = {scenario.name: scenario for scenario in (*NULLS, *OUTBREAKS)}


def chosen(names: Sequence[str]) -> list[Scenario]:
    """Return the scenarios of these names, `all` for every one, in the order of the list.

    Raises
    ------
    InputRefused
        No name, or one that is not in the list.
    """
    if not names:
        raise InputRefused(f"name one of {', '.join(SCENARIOS)}, or all", field="scenario")
    for name in names:
        if name not in (*SCENARIOS, "all"):
            raise InputRefused(f"'{name}' is none of {', '.join(SCENARIOS)}, or all", field="scenario")
    return [one for one in SCENARIOS.values() if "all" in names or one.name in names]
