"""How long stays of a category are: their distribution, own, borrowed from all categories, or assumed.

A length is a whole minute, rounded down, as the log gives it; it stands for the middle of its minute. A category
with fewer than ``ENOUGH`` stays borrows the shape of all stays, each divided by the median of its category, and
stretches it to its own usual stay. Where nobody ever checked out the shape is assumed and says so.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from math import exp
from statistics import NormalDist
from typing import Literal

from .dwell import ENOUGH, middle
from .visits import longest_stay

MINUTE = timedelta(minutes=1)
Basis = Literal["own", "pooled", "assumed"]
SPREAD = 0.6  # of the assumed shape, log-normal: nine of ten stays last between 0.37 and 2.7 usual ones
STEPS = 200  # equally likely lengths that stand for the assumed shape


@dataclass(frozen=True, slots=True)
class StayLengths:
    """Lengths in minutes, ascending, and how many stays are ``remaining`` from each on (from the first: all)."""

    minutes: tuple[float, ...]
    remaining: tuple[int, ...]
    basis: Basis

    @classmethod
    def of(cls, counts: Iterable[tuple[float, int]], basis: Basis) -> "StayLengths":
        """Return the distribution of (minutes, stays); stays > 0."""
        ordered = sorted(counts)
        downwards = list(accumulate(count for _minutes, count in reversed(ordered)))
        return cls(tuple(minutes for minutes, _count in ordered), tuple(reversed(downwards)), basis)

    def at_least(self, minutes: float) -> int:
        """Return how many stays last so long or longer."""
        place = bisect_left(self.minutes, minutes)
        return self.remaining[place] if place < len(self.remaining) else 0

    def longer_than(self, minutes: float) -> int:
        """Return how many stays last longer."""
        place = bisect_right(self.minutes, minutes)
        return self.remaining[place] if place < len(self.remaining) else 0


def believed(stays: Mapping[int, int], assumed: timedelta) -> dict[int, int]:
    """Return the stays that a check-out is believed for (core/visits.py): minutes → stays."""
    longest = longest_stay(assumed) // MINUTE
    return {minutes: count for minutes, count in stays.items() if 0 <= minutes < longest and count > 0}


def distributions(
    histograms: Mapping[str, Mapping[int, int]], usual: Callable[[str], timedelta]
) -> Callable[[str], StayLengths]:
    """Return category → its distribution.

    Parameters
    ----------
    histograms : mapping
        Category → whole minutes → stays, as they were learned.
    usual : callable
        Category → the usual stay, learned or assumed.
    """
    made: dict[str, StayLengths] = {}
    pooled: list[list[tuple[float, int]]] = []  # made at the first question, if there is one

    def of(category: str) -> StayLengths:
        if category not in made:
            own = histograms.get(category, {})
            if sum(own.values()) >= ENOUGH:
                made[category] = StayLengths.of(((minutes + 0.5, count) for minutes, count in own.items()), "own")
            else:
                if not pooled:
                    pooled.append(_pooled(histograms))
                made[category] = _stretched(pooled[0], usual(category) / MINUTE)
        return made[category]

    return of


def _pooled(histograms: Mapping[str, Mapping[int, int]]) -> list[tuple[float, int]]:
    """Return all stays as multiples of the median of their category, categories with enough stays only."""
    shape = []
    for stays in histograms.values():
        many = sum(stays.values())
        if many >= ENOUGH:
            median = middle(sorted(stays.items()), many)
            shape += [((minutes + 0.5) / median, count) for minutes, count in stays.items()]
    return shape


def _stretched(shape: list[tuple[float, int]], usual: float) -> StayLengths:
    if shape:
        return StayLengths.of(((ratio * usual, count) for ratio, count in shape), "pooled")
    normal = NormalDist(0, SPREAD)
    steps = (exp(normal.inv_cdf((step + 0.5) / STEPS)) for step in range(STEPS))
    return StayLengths.of(((ratio * usual, 1) for ratio in steps), "assumed")
