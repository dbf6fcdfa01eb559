"""The runs of intervals that are scanned: all up to a length, or those alive at the end of the study."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ..refusals import StatisticRefused

MOST = 20_000_000
"""Runs of intervals in one scan: twenty years of days with windows of three years."""
Analysis = Literal["spatial", "space-time", "prospective"]


@dataclass(frozen=True)
class Runs:
    """Runs of intervals [first, stop), by length and then by start; both int64 arrays of one length."""

    first: np.ndarray
    stop: np.ndarray


def runs_ending(ends: range, longest: int) -> Runs:
    """Return every run of 1 … longest intervals that ends (exclusive) at one of `ends`.

    Raises
    ------
    StatisticRefused
        They are more than MOST.
    """
    if longest * len(ends) > MOST:
        told = f"{longest * len(ends):,} runs of intervals are more than {MOST:,}"
        raise StatisticRefused(f"{told}: take a longer time unit, or a shorter longest window")
    length, stop = np.meshgrid(np.arange(1, longest + 1), np.asarray(ends, np.int64), indexing="ij")
    there = stop >= length
    return Runs((stop - length)[there], stop[there])


def longest_run(intervals: int, asked: int | None, analysis: Analysis) -> int:
    """Return the length cap: as asked, else half the study period, rounded down, at least one interval."""
    if analysis == "spatial":
        return intervals
    if asked is not None and asked < 1:
        raise StatisticRefused(f"max_length must be at least 1 interval, not {asked}")
    return min(intervals, max(1, intervals // 2) if asked is None else asked)


def looks_since(bounds: pd.DatetimeIndex | None, first_look: pd.Timestamp | None) -> int:
    """Return how many analyses were made, one at the end of each interval, from the first look to this one.

    first_look : the interval that contains it was the last one of the first analysis; None: this is the only one.
    """
    if first_look is None:
        return 1
    look = pd.Timestamp(first_look)
    if bounds is None or not bounds[0] <= look < bounds[-1]:
        raise StatisticRefused(f"first_look {look} is not within the study period")
    return len(bounds) - int(bounds.searchsorted(look, side="right"))
