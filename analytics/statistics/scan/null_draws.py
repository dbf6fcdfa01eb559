"""One replicate of each null, compiled: the counts of all cells (unit × interval) when only chance placed them.

Every replicate has its own stream of random words, so the answer depends neither on threads nor on what is drawn
together.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from .kernels import bounded, mixed, next_word
from .study import Study

MULTINOMIAL, HYPERGEOMETRIC, SHUFFLE = 0, 1, 2


@dataclass(frozen=True)
class Null:
    """What a replicate is drawn from; cells are numbered unit × intervals + interval.

    Attributes
    ----------
    way : MULTINOMIAL (Poisson: cases fall on cells in proportion to the baseline), HYPERGEOMETRIC (Bernoulli: the
        cases are a sample of all persons) or SHUFFLE (permutation: the dates are dealt anew to the cases)
    steps : cumulative baseline of the cells; guide : where in `steps` to begin the search of a value
    unit, interval : of each case, for SHUFFLE
    """

    way: int
    steps: np.ndarray
    guide: np.ndarray
    unit: np.ndarray
    interval: np.ndarray
    intervals: int
    total: int


def null_of(study: Study) -> Null:
    """Return the null hypothesis of the study's model."""
    way = {"poisson": MULTINOMIAL, "bernoulli": HYPERGEOMETRIC, "permutation": SHUFFLE}[study.model]
    steps = np.cumsum(study.baseline.ravel())
    guide = np.searchsorted(steps, np.linspace(0, steps[-1], len(steps), endpoint=False), side="right")
    grid = np.indices(study.seen.shape).reshape(2, -1)
    unit, interval = (np.repeat(axis, study.seen.ravel()).astype(np.int32) for axis in grid)
    return Null(way, steps, guide.astype(np.int64), unit, interval, study.seen.shape[1], study.total)


def random_states(replicates: int, seed: int) -> np.ndarray:
    """Return where each replicate's stream of random words begins; the first n of more replicates are the same."""
    return np.random.SeedSequence(seed).generate_state(replicates, np.uint64)


@njit(nogil=True, cache=True)
def draw(way, steps, guide, unit, interval, intervals, total, state, seen):  # pragma: no cover (compiled)
    """Fill `seen` (one count a cell, int32) with a replicate."""
    seen[:] = 0
    if way == SHUFFLE:
        dealt = interval.copy()
        for case in range(total - 1, -1, -1):
            state = next_word(state)
            other = bounded(state, case + 1)
            dealt[case], dealt[other] = dealt[other], dealt[case]
            seen[unit[case] * intervals + dealt[case]] += 1
        return
    everyone = steps[-1]
    few = way == HYPERGEOMETRIC and 2 * total > everyone  # fewer controls than cases: draw those
    left = np.int64(everyone) - total if few else total
    scale = len(guide) / everyone
    while left > 0:
        state = next_word(state)
        if way == MULTINOMIAL:
            value = np.float64(mixed(state) >> np.uint64(11)) * (everyone / 9007199254740992.0)
        else:
            value = bounded(state, everyone) + 0.5
        cell = guide[min(np.int64(value * scale), len(guide) - 1)]
        while cell > 0 and steps[cell - 1] > value:
            cell -= 1
        while cell < len(steps) - 1 and steps[cell] <= value:
            cell += 1
        if way == HYPERGEOMETRIC and cell_offset(steps, cell, value) < seen[cell]:
            continue  # that person is a case already
        seen[cell] += 1
        left -= 1
    if few:
        for cell in range(len(seen)):
            whole = steps[cell] - (steps[cell - 1] if cell > 0 else 0.0)
            seen[cell] = np.int32(whole) - seen[cell]


@njit(nogil=True, cache=True, inline="always")
def cell_offset(steps, cell, value):  # pragma: no cover (compiled)
    """Return how far into its cell a value lies: persons there are taken in order, so below `seen` is taken."""
    return value - (steps[cell - 1] if cell > 0 else 0.0)


@njit(nogil=True, cache=True)
def lay(seen, counts, lane):  # pragma: no cover (compiled)
    """Put a replicate's counts (one a cell) into its lane of `counts` (units × intervals × lanes), cumulated.

    `counts` may have fewer intervals than the study: then the last ones.
    """
    units, steps = counts.shape[0], counts.shape[1]
    intervals = len(seen) // units
    for unit in range(units):
        total = 0
        for step in range(steps):
            total += seen[(unit + 1) * intervals - steps + step]
            counts[unit, step, lane] = total
