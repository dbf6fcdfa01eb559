"""Conditional permutation for local statistics: draw each unit's neighbours anew, many times, compiled."""

import numpy as np
from numba import njit
from scipy import sparse

from .parallel import in_threads, slices
from .scan.kernels import bounded, next_word


def exceedances(x: np.ndarray, w: sparse.csr_array, draws: int, seed: int) -> np.ndarray:
    """Return, for each unit, how many draws of its neighbours' sum reach the observed sum (ties reach it).

    Given the unit's own value, Gi and Gi* rise with this sum alone, so their ranks are its ranks.
    """
    streams = np.random.SeedSequence(seed).generate_state(len(x), np.uint64)
    observed = w @ x
    tolerance = 1e-10 * (np.abs(x).max(initial=0.0) * np.diff(w.indptr))
    above = np.zeros(len(x), np.int64)

    def work(part: slice) -> None:
        _count(x, w.indptr, observed - tolerance, streams, draws, part.start, part.stop, above)

    in_threads(work, slices(len(x)))
    return above


@njit(nogil=True, cache=True)
def _count(x, indptr, threshold, streams, draws, start, stop, above):  # pragma: no cover (compiled)
    n = len(x)
    others = np.empty(n - 1, np.float64)
    for unit in range(start, stop):
        for other in range(n - 1):
            others[other] = x[other if other < unit else other + 1]
        k = indptr[unit + 1] - indptr[unit]
        state = streams[unit]
        for _ in range(draws):
            total = 0.0
            for step in range(k):  # partial Fisher–Yates: the first k places are a random draw without repeats
                state = next_word(state)
                pick = step + bounded(state, n - 1 - step)
                value = others[pick]
                others[pick] = others[step]
                others[step] = value
                total += value
            above[unit] += total >= threshold[unit]
