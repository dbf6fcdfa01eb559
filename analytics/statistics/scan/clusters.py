"""From the best window of every centre to the list of clusters: strongest first, none sharing a unit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..significance import TIE


@dataclass(frozen=True)
class Window:
    """One scanned window: units (positions, nearest first), days [first, last] by position, and its statistic."""

    centre: int
    members: np.ndarray
    radius: float
    statistic: float
    first: int = 0
    last: int = 0


def without_overlap(windows: Sequence[Window]) -> list[Window]:
    """Return windows by falling statistic, leaving out those that share a unit with a stronger one.

    Equal statistics (within rounding): fewer units first, then fewer days, then earlier days, then the order of
    units, so the list does not depend on the order in which windows were found. Overlap is geographic, whatever
    the days: the rule "No Geographical Overlap" of SaTScan.
    """
    ordered = _strongest_first([window for window in windows if window.statistic > 0])
    taken = np.zeros(1 + max((int(window.members.max()) for window in ordered), default=0), np.bool_)
    kept: list[Window] = []
    for window in ordered:
        if not taken[window.members].any():
            taken[window.members] = True
            kept.append(window)
    return kept


def _strongest_first(windows: Sequence[Window]) -> list[Window]:
    falling = sorted(windows, key=lambda window: -window.statistic)
    ordered: list[Window] = []
    tied: list[Window] = []
    for window in falling:
        if tied and window.statistic < tied[0].statistic * (1 - TIE):
            ordered += sorted(tied, key=_simplest)
            tied = []
        tied.append(window)
    return ordered + sorted(tied, key=_simplest)


def _simplest(window: Window) -> tuple[int, int, int, int]:
    return (len(window.members), window.last - window.first, window.first, window.centre)
