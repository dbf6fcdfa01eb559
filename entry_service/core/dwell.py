"""The usual stay of a category, learned from check-outs; it is a median, drawn towards what was assumed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from .visits import longest_stay

ENOUGH = 30  # stays; a category with fewer keeps what was assumed
WEIGHT = 30  # the assumption counts as so many stays
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Learned:
    """The usual stay in minutes, and from how many stays it was learned."""

    minutes: float
    stays: int


def learn(stays: Mapping[int, int], assumed: timedelta) -> Learned | None:
    """Return what check-outs teach, or None where they are too few.

    ``stays`` maps whole minutes, rounded down, to how many stays were that long. Longer ones than a check-out is
    believed for are left out. Whoever checks out may not be typical: docs/methods.md says what that does.
    """
    longest = longest_stay(assumed) // MINUTE
    believed = sorted((minutes, count) for minutes, count in stays.items() if 0 <= minutes < longest)
    many = sum(count for _minutes, count in believed)
    if many < ENOUGH:
        return None
    median = middle(believed, many)
    return Learned((many * median + WEIGHT * (assumed / MINUTE)) / (many + WEIGHT), many)


def middle(counts: list[tuple[int, int]], many: int) -> float:
    """Return the median in minutes of (whole minutes, stays) in ascending order, ``many`` stays together."""
    return (_nth(counts, (many - 1) // 2) + _nth(counts, many // 2)) / 2 + 0.5  # the middle of its minute


def _nth(counts: list[tuple[int, int]], place: int) -> int:
    for minutes, count in counts:
        if place < count:
            return minutes
        place -= count
    raise IndexError(place)
