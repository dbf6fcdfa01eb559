"""Run the compiled windows over all centres: best observed window of each, largest statistic of each replicate."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..parallel import in_threads, slices
from .clusters import Window
from .windows import VISITS, best_window, raise_maxima
from .zones import Zones

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Events:
    """What is counted, as observed and as drawn: unit and day of each event, and the person it belongs to.

    `drawn_units` and `drawn_days` are replicates × events; `drawn_days` has a single row where days never move.
    """

    unit: np.ndarray
    day: np.ndarray
    person: np.ndarray
    drawn_units: np.ndarray
    drawn_days: np.ndarray

    @property
    def persons(self) -> int:
        """Return the number of different persons."""
        return int(self.person.max(initial=-1)) + 1


def scan_windows(
    zones: Zones,
    units: int,
    events: Events,
    expected_of: Callable[[np.ndarray, np.ndarray], np.ndarray],
    *,
    counted: int,
    least: int,
    progress: Progress | None,
) -> tuple[list[Window], np.ndarray]:
    """Return the best observed window of every centre that has one, and each replicate's maximum over all windows.

    Parameters
    ----------
    expected_of : (members, zone) → table of expected counts by zone, first day and length − 1
    counted : PERSONS or VISITS
    least : fewest events (or persons) that make a cluster
    """
    replicates = len(events.drawn_units)
    if events.persons < least:
        return [], np.zeros(replicates)

    def work(part: slice) -> tuple[list[Window], np.ndarray]:
        maxima, windows = np.zeros(replicates), []
        for row in range(part.start, part.stop):
            entries = slice(zones.starts[row], zones.starts[row + 1])
            members, zone = zones.members[entries], zones.zone[entries]
            table = expected_of(members, zone)
            zone_of = np.full(units, -1, np.int32)
            zone_of[members] = zone
            who = (events.person, events.persons, counted, len(events.unit) if counted == VISITS else least)
            statistic, circle, first, length = best_window(table, zone_of, events.unit, events.day, *who)
            if statistic > 0:
                members, radius = zones.circle(row, circle)
                centre = int(zones.centres[row])
                windows.append(Window(centre, members, radius, statistic, first, first + length))
            raise_maxima(table, zone_of, events.drawn_units, events.drawn_days, *who, maxima)
        return windows, maxima

    parts = in_threads(work, slices(len(zones.centres)), progress)
    largest = np.max([np.zeros(replicates), *(maxima for _, maxima in parts)], axis=0)
    return [window for windows, _ in parts for window in windows], largest
