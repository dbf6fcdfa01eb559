"""Visits to the demo city's facilities that follow from its floating population, as an entry log would see them.

Logged entries per facility and hour are Poisson with mean ∝ people present in its cell × how much its category
draws × opening hours (and the assembly ban of 19 August) × the facility's own coverage. Coverage is incomplete
and unequal by design, and only part of the visits has a check-out scan. Nothing here knows about infections:
that is outbreak.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from . import calendar
from .city import City

SCANS_PER_DAY = 18_000  # accepted scans of a whole city (scale 1) on an average day
VISITORS = 60_000  # people of a whole city who ever appear in the log
CHECK_OUT_WITH_DEVICE, CHECK_OUT_WITH_POSTER = 0.5, 0.06  # mean share of visits with a check-out scan
STAFF_SCANS = 0.75  # share of entries read by staff where there is a device; the others use the poster
STAY_LOCAL = 0.7  # share of visits by people of the facility's own dong
DWELL_SIGMA = 0.5  # log spread of time spent
SHORTEST = 4 * 60  # seconds
BETWEEN_VISITS = 10 * 60  # seconds a person needs from one facility to the next
RUSH = {"restaurant": {12: 3.2, 13: 2.0, 18: 2.6, 19: 3.0, 20: 2.0}, "buffet": {12: 3.0, 18: 2.5, 19: 2.5}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Visits as parallel arrays of length n, by time of entry; seconds count from ``days[0]`` 00:00 KST."""

    days: tuple[date, ...]
    site: np.ndarray  # index into Sites
    person: np.ndarray  # 0 … ; nobody is in two places at once
    entered: np.ndarray  # int64 seconds
    left: np.ndarray  # int64 seconds, also where no check-out was scanned
    checked_out: np.ndarray
    by_staff: np.ndarray  # staff scan, otherwise poster

    def day(self) -> np.ndarray:
        """Return the index of the day of entry."""
        return self.entered // 86_400

    def take(self, order: np.ndarray) -> "Entries":
        """Return the chosen visits, in that order."""
        names = ("site", "person", "entered", "left", "checked_out", "by_staff")
        return Entries(days=self.days, **{name: getattr(self, name)[order] for name in names})


def simulate_entries(city: City, population: np.ndarray, days: Sequence[date], seed: int) -> Entries:
    """Return the logged visits of the period; ``population`` is (cells, 24 × days), people."""
    calendar.assert_consecutive(days)
    rng = np.random.default_rng([seed, 4])
    check_out = _check_out_share(city, rng)
    expected = expected_entries(city, population, days, check_out)
    counts = rng.poisson(expected)
    site, hour = (np.repeat(index, counts[counts > 0]) for index in np.nonzero(counts))
    entered = hour * 3_600 + rng.integers(0, 3_600, len(hour))
    left = _leaving(city, rng, site, entered)
    by_staff = city.sites.has_device[site] & (rng.random(len(site)) < STAFF_SCANS)
    checked_out = (rng.random(len(site)) < check_out[site]) & (left < len(days) * 86_400)
    entries = Entries(
        days=tuple(days),
        site=site,
        person=_people(city, rng, site, entered, left),
        entered=entered,
        left=left,
        checked_out=checked_out,
        by_staff=by_staff,
    )
    return entries.take(np.argsort(entered, kind="stable"))


def expected_entries(
    city: City, population: np.ndarray, days: Sequence[date], check_out: np.ndarray
) -> np.ndarray:
    """Return the mean number of logged entries, (sites, hours); they add to 18,000 scans × scale a day."""
    sites, hours = city.sites, population.shape[1]
    people = population[sites.cell] * opening(city)[:, np.arange(hours) % 24]
    mean = people * _working(city, days) * (sites.weight * sites.coverage)[:, None]
    scans = (mean * (1 + check_out)[:, None]).sum()
    return mean * (SCANS_PER_DAY * city.scale * hours / 24 / scans)


def _working(city: City, days: Sequence[date]) -> np.ndarray:
    """Return a bool per facility and hour: it has joined the log, and no assembly ban closes it."""
    joined = np.arange(len(days)) >= city.sites.active_from[:, None]
    banned = np.array([facility.category in calendar.BANNED for facility in city.sites.facilities])
    closed = banned[:, None] & np.array([day >= calendar.BAN for day in days])
    return np.repeat(joined & ~closed, 24, axis=1)


def opening(city: City) -> np.ndarray:
    """Return how strongly each facility draws people at each hour of the day, (sites, 24); 0 = closed."""
    draw = np.zeros((len(city.sites.facilities), 24))
    for row, facility in zip(draw, city.sites.facilities, strict=True):
        for hour in range(facility.opens, facility.closes):
            row[hour % 24] = RUSH.get(facility.category, {}).get(hour, 1.0)
    return draw


def person_minutes(city: City, entries: Entries) -> np.ndarray:
    """Return the minutes inside of each visit as the log sees them: its category's mean without a check-out."""
    return np.where(entries.checked_out, (entries.left - entries.entered) / 60, city.sites.dwell[entries.site])


def visitor_count(city: City) -> int:
    """Return how many people ever appear in the log of a city of this scale."""
    return max(200, round(VISITORS * city.scale))


def _check_out_share(city: City, rng: np.random.Generator) -> np.ndarray:
    mean = np.where(city.sites.has_device, CHECK_OUT_WITH_DEVICE, CHECK_OUT_WITH_POSTER)
    return rng.beta(4 * mean, 4 * (1 - mean))


def _leaving(city: City, rng: np.random.Generator, site: np.ndarray, entered: np.ndarray) -> np.ndarray:
    mean = city.sites.dwell[site] * 60
    stay = np.maximum(mean * rng.lognormal(-(DWELL_SIGMA**2) / 2, DWELL_SIGMA, len(site)), SHORTEST)
    opens = np.array([facility.opens for facility in city.sites.facilities])[site]
    closes = np.array([facility.closes for facility in city.sites.facilities])[site]
    day = entered // 86_400 - ((entered % 86_400) // 3_600 < opens)  # before opening: still the evening before
    shut = day * 86_400 + closes * 3_600
    round_the_clock = closes - opens >= 24
    left = (entered + stay).astype(np.int64)
    return np.where(round_the_clock, left, np.minimum(left, np.maximum(shut, entered + 60)))


def _people(
    city: City, rng: np.random.Generator, site: np.ndarray, entered: np.ndarray, left: np.ndarray
) -> np.ndarray:
    residents = np.bincount(city.cells.dong, weights=city.cells.residents)
    ends = np.rint(np.cumsum(residents) / residents.sum() * visitor_count(city)).astype(np.int64)
    starts = np.concatenate([[0], ends[:-1]])  # people are numbered dong by dong
    dong = city.cells.dong[city.sites.cell[site]]
    person = np.empty(len(site), dtype=np.int64)
    undecided = np.arange(len(site))
    while len(undecided):
        local = rng.random(len(undecided)) < STAY_LOCAL
        home = dong[undecided]
        low, high = np.where(local, starts[home], 0), np.where(local, ends[home], ends[-1])
        person[undecided] = low + (rng.random(len(undecided)) * (high - low)).astype(np.int64)
        undecided = in_two_places(person, entered, left)
    return person


def in_two_places(person: np.ndarray, entered: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Return the visits that begin before the same person's earlier visit is over (and the way there made)."""
    order = np.lexsort((entered, person))
    same = person[order][1:] == person[order][:-1]
    early = entered[order][1:] < left[order][:-1] + BETWEEN_VISITS
    return np.sort(order[1:][same & early])
