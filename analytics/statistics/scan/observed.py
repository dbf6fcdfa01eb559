"""The observed data, compiled: the best window of every centre, exactly."""

import numpy as np
from numba import njit

from ..parallel import in_threads, slices
from .clusters import Window
from .intervals import Runs
from .ratios import at_most, log_ratio
from .study import Study
from .zones import Zones


def best_windows(study: Study, zones: Zones, runs: Runs, min_cases: int) -> list[Window]:
    """Return the best window of every centre that has one with a ratio above zero."""
    seen, baseline = cumulated(study.seen), cumulated(study.baseline)
    model = (study.kind, float(study.total), study.everyone, min_cases)

    def work(part: slice) -> list[Window]:
        ratio, circle, run = _best(
            seen, baseline, zones.starts[part.start : part.stop + 1], zones.members, zones.zone, runs.first,
            runs.stop, *model,
        )  # fmt: skip
        return [
            Window(
                int(zones.centres[part.start + row]),
                *zones.circle(part.start + row, int(circle[row])),
                float(ratio[row]),
                int(runs.first[run[row]]),
                int(runs.stop[run[row]]) - 1,
            )
            for row in np.flatnonzero(ratio > 0)
        ]

    return [window for part in in_threads(work, slices(len(zones.centres))) for window in part]


def cumulated(table: np.ndarray) -> np.ndarray:
    """Return cumulative sums over the intervals with a zero in front: units × (intervals + 1)."""
    return np.concatenate([np.zeros((len(table), 1), table.dtype), np.cumsum(table, axis=1)], axis=1)


@njit(nogil=True, cache=True)
def _best(
    seen, baseline, starts, members, zone, first, stop, kind, total, everyone, min_cases
):  # pragma: no cover
    """Return ratio, circle and run of the best window of each centre.

    Of equal ones the smaller circle, then the shorter and earlier run: days on which nothing happened do not
    belong to a cluster.
    """
    centres, size = len(starts) - 1, seen.shape[1]
    ratio, circle, run = np.zeros(centres), np.zeros(centres, np.int64), np.zeros(centres, np.int64)
    for row in range(centres):
        cases, base = np.zeros(size, np.int64), np.zeros(size)
        best = 0.0
        for entry in range(starts[row], starts[row + 1]):
            for step in range(size):
                cases[step] += seen[members[entry], step]
                base[step] += baseline[members[entry], step]
            if entry + 1 < starts[row + 1] and zone[entry + 1] == zone[entry]:
                continue
            if cases[size - 1] < min_cases:
                continue
            best, k = better_run(cases, base, first, stop, kind, total, everyone, min_cases, best)
            if k >= 0:
                circle[row], run[row] = zone[entry], k
        ratio[row] = best
    return ratio, circle, run


@njit(nogil=True, cache=True)
def better_run(cases, base, first, stop, kind, total, everyone, min_cases, best):  # pragma: no cover (compiled)
    """Return the larger of `best` and the ratios of a circle's runs, and which run has it (−1: none is larger).

    Most runs fail already by a bound on the ratio that needs no logarithm. Of equal ones the first counts.
    """
    found = -1
    for k in range(len(first)):
        c, b = cases[stop[k]] - cases[first[k]], base[stop[k]] - base[first[k]]
        if c < min_cases or c <= b * (total / everyone) or at_most(kind, c, b, total, everyone) <= best:
            continue
        value = log_ratio(kind, c, b, total, everyone)
        if value > best * (1.0 + 1e-12):
            best, found = value, k
    return best, found
