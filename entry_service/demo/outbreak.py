"""Who of the visitors turns out to be infected: background cases that follow the null, and one planted outbreak.

Background cases make the map honest: each of their visits is drawn from the log in proportion to the minutes the
log saw, that is to observable person-hours, so nothing but the plant is a cluster. The plant: several infectious
people take the same evening class in a gym (karaokes are closed by then) and most of them eat in a restaurant
nearby the next; they are registered days later. With ``scenario="null"`` only the background remains.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np

from entry_service.core.times import day_start

from . import facts, geometry
from .city import City
from .entries import BETWEEN_VISITS, Entries, person_minutes, visitor_count

Scenario = Literal["outbreak", "null"]

INFECTED = 7  # people of the planted outbreak
GUESTS = 18  # other visitors of the gym at the same time
BACKGROUND = 24  # cases of a whole city in 28 days without the outbreak
LAST_DAYS = 6  # of the history, in which the plant lies: from 2020-08-23, so that a team still has work at the end
INFECTIOUS_BEFORE_ONSET = 2  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCase:
    """A confirmed case to be registered at ``registered_at``; ``person`` points into ``Entries.person``."""

    number: str
    person: int
    onset: date
    specimen_date: date
    registered_at: datetime
    planted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The log with everyone's visits, the cases to register, and the truth about the plant for tests."""

    entries: Entries
    cases: tuple[PlannedCase, ...]
    places: tuple[int, ...]  # indices into Sites; empty for the null
    days: tuple[date, ...]  # of the plant
    as_of: datetime  # when all of it is known


def plant(
    entries: Entries, city: City, seed: int, *, scenario: Scenario = "outbreak", background: int | None = None
) -> Plan:
    """Return the log with cases among its visitors.

    ``background`` is the number of cases beside the plant; by default 24 × scale in 28 days, at least 4.
    """
    rng = np.random.default_rng([seed, 5])
    count = (
        background if background is not None else max(4, round(BACKGROUND * city.scale * len(entries.days) / 28))
    )
    newcomers = visitor_count(city)
    if scenario == "outbreak":
        entries, places, first = _gather(entries, city, rng, newcomers)
    else:
        places, first = (), 0
    infected = range(newcomers, newcomers + INFECTED) if places else range(0)
    lone = range(newcomers + INFECTED + GUESTS, newcomers + INFECTED + GUESTS + count)
    onsets = [(person, first + int(rng.integers(0, 3))) for person in infected]
    onsets += [(person, int(rng.integers(0, max(1, len(entries.days) - 4)))) for person in lone]
    weight = person_minutes(city, entries) * (entries.person < newcomers)  # only ordinary visits are re-drawn
    person = entries.person.copy()
    for who, onset in onsets:
        few = rng.integers(0, 2) if who in infected else 1 + rng.poisson(1.6)
        _draw_visits(rng, replace(entries, person=person), person, weight, who, onset, few)
    cases = _cases(entries, rng, onsets, set(infected), person)
    end = day_start(entries.days[-1] + timedelta(days=1))
    return Plan(
        entries=replace(entries, person=person),
        cases=cases,
        places=places,
        days=entries.days[first : first + 2] if places else (),
        as_of=max([end, *(case.registered_at + timedelta(hours=1) for case in cases)]),
    )


def _draw_visits(rng, entries: Entries, person: np.ndarray, weight: np.ndarray, who: int, onset: int, few: int):
    """Give ``few`` visits of the infectious days to ``who``, with chance ∝ ``weight``, never two at a time."""
    day = entries.day()
    while few > 0:
        window = (day >= onset - INFECTIOUS_BEFORE_ONSET) & (day <= onset + 1)
        own = np.flatnonzero(person == who)
        for visit in own:
            window &= (entries.entered > entries.left[visit] + BETWEEN_VISITS) | (
                entries.left + BETWEEN_VISITS < entries.entered[visit]
            )
        chance = weight * window
        if not chance.any():
            return
        chosen = rng.choice(len(chance), p=chance / chance.sum())
        person[chosen], weight[chosen] = who, 0.0
        few -= 1


def _cases(entries: Entries, rng, onsets: list, infected: set[int], person: np.ndarray) -> tuple[PlannedCase, ...]:
    planned = []
    present = set(np.unique(person))
    for who, onset_index in onsets:
        if who not in present:
            continue
        onset = entries.days[0] + timedelta(days=onset_index)
        specimen = onset + timedelta(days=int(rng.integers(1, 3)))
        registered = day_start(specimen + timedelta(days=1)) + timedelta(
            minutes=int(rng.integers(9 * 60, 17 * 60))
        )
        planned.append((registered, who, onset, specimen))
    return tuple(
        PlannedCase(
            number=f"모의-{number:03d}",
            person=int(who),
            onset=onset,
            specimen_date=specimen,
            registered_at=registered,
            planted=who in infected,
        )
        for number, (registered, who, onset, specimen) in enumerate(sorted(planned), start=1)
    )


def _gather(entries: Entries, city: City, rng, newcomers: int) -> tuple[Entries, tuple[int, ...], int]:
    first = max(0, len(entries.days) - LAST_DAYS)
    gym, restaurant = _places(city)
    infected = np.arange(newcomers, newcomers + INFECTED)
    guests = np.arange(newcomers + INFECTED, newcomers + INFECTED + GUESTS)
    first_evening = first * 86_400 + 19 * 3_600
    next_evening = (first + 1) * 86_400 + 18 * 3_600
    diners = infected[:5]
    came = np.concatenate([infected, guests])
    person = np.concatenate([came, diners])
    entered = np.concatenate(
        [first_evening + rng.integers(0, 30 * 60, len(came)), next_evening + rng.integers(0, 20 * 60, len(diners))]
    )
    left = entered + np.concatenate(
        [rng.integers(80 * 60, 130 * 60, len(came)), rng.integers(60 * 60, 100 * 60, len(diners))]
    )
    added = {
        "site": np.concatenate([np.full(len(came), gym), np.full(len(diners), restaurant)]),
        "person": person,
        "entered": entered,
        "left": left,
        "checked_out": (rng.random(len(person)) < 0.6) & (left < len(entries.days) * 86_400),
        "by_staff": city.sites.has_device[np.r_[np.full(len(came), gym), np.full(len(diners), restaurant)]],
    }
    joined = replace(entries, **{name: np.concatenate([getattr(entries, name), added[name]]) for name in added})
    return joined.take(np.argsort(joined.entered, kind="stable")), (gym, restaurant), first


def _places(city: City) -> tuple[int, int]:
    """Return the gym next to Gunpo station and the nearest restaurant in another cell, logging at once."""
    facilities = city.sites.facilities
    station = next(row for row in facts.rows("stations.csv") if row["name_ko"] == "군포역")
    east, north = geometry.to_metres(*(np.array([getattr(f, key) for f in facilities]) for key in ("lon", "lat")))
    start = geometry.to_metres(float(station["lon"]), float(station["lat"]))
    ready = city.sites.active_from == 0

    def nearest(category: str, x: float, y: float, other_than: int = -1) -> int:
        fits = ready & np.array([f.category == category for f in facilities]) & (city.sites.cell != other_than)
        return int(np.where(fits, np.hypot(east - x, north - y), np.inf).argmin())

    gym = nearest("indoor_sports", *start)
    return gym, nearest("restaurant", east[gym], north[gym], int(city.sites.cell[gym]))
