"""Conditional permutation for local statistics: deal the other units' values anew, many times, compiled.

Draws are shared. One draw is an ordered set of positions among "the others"; every unit reads it around its own
position, and a unit with k neighbours takes the first k of it. For each unit that is a uniform draw of k of the
n − 1 others without repeats, so each p-value is what separate draws would give; only the Monte Carlo errors of
different units are alike (as in esda and GeoDa). The others of unit i are positions 0 … n−1 without i: position p
of a draw means unit p if p < i, unit p + 1 if not. So over i the sum of a draw is a step function with k steps,
and a draw costs k additions and one comparison per unit instead of k random reads per unit.
"""

import numpy as np
import pandas as pd
from numba import njit
from scipy import sparse

from .parallel import in_threads, slices
from .scan.kernels import bounded, next_word
from .significance import TIE


def exceedances(values: pd.Series, w: sparse.csr_array, draws: int, seed: int) -> np.ndarray:
    """Return, for each unit, how many draws of its neighbours' sum reach the observed sum (ties reach it).

    Given the unit's own value, Gi, Gi* and (up to the sign of that value) local Moran rise with this sum alone, so
    their ranks are its ranks.

    Parameters
    ----------
    values : Series of finite numbers, index unit_code
    w : csr_array, units × units, binary without self, in the order of `values`
    seed : int
        Positions follow the order of codes and the number of threads plays no part: same seed, same answer,
        however the rows are sorted.

    Returns
    -------
    int array of shape (units,), each from 0 to `draws`
    """
    by_code = np.argsort(values.index.to_numpy(), kind="stable")
    x = values.to_numpy(dtype="float64")[by_code]
    position = np.empty(len(x), np.int64)
    position[by_code] = np.arange(len(x))
    size = np.diff(w.indptr)
    threshold = w @ values.to_numpy(dtype="float64") - TIE * np.abs(x).max(initial=0.0) * size
    order = np.lexsort((position, size))
    sizes, first = np.unique(size[order], return_index=True)
    first = np.append(first, len(order))
    parts = slices(draws)
    streams = np.random.SeedSequence(seed).generate_state(len(parts), np.uint64)

    def work(number: int) -> np.ndarray:
        many = parts[number].stop - parts[number].start
        return _count(x, sizes, first, position[order], threshold[order], streams[number], many)

    above = np.empty(len(x), np.int64)
    above[order] = sum(in_threads(work, range(len(parts))))
    return above


@njit(nogil=True, cache=True)
def _count(x, sizes, first, own, threshold, state, draws):  # pragma: no cover (compiled)
    """Count over `draws` draws; units lie in groups of one size, first[g] to first[g + 1], ordered by `own`."""
    n = len(x)
    above = np.zeros(n, np.int64)
    others = np.arange(n - 1)
    picks = np.empty(sizes[-1], np.int64)  # of the present draw, ascending
    for _ in range(draws):
        known = 0
        for group in range(len(sizes)):
            while known < sizes[group]:  # partial Fisher–Yates: the first places are a random draw without repeats
                state = next_word(state)
                chosen = known + bounded(state, n - 1 - known)
                pick = others[chosen]
                others[chosen] = others[known]
                others[known] = pick
                place = known
                while place > 0 and picks[place - 1] > pick:
                    picks[place] = picks[place - 1]
                    place -= 1
                picks[place] = pick
                known += 1
            total = 0.0
            for step in range(known):
                total += x[picks[step] + 1]
            start, stop = first[group], first[group + 1]
            for step in range(known):
                pick = picks[step]
                after = start + np.searchsorted(own[start:stop], pick, side="right")
                _reach(above[start:after], threshold[start:after], total)
                total += x[pick] - x[pick + 1]
                start = after
            _reach(above[start:stop], threshold[start:stop], total)
    return above


@njit(nogil=True, cache=True, inline="always")
def _reach(above, threshold, total):  # pragma: no cover (compiled)
    for unit in range(len(threshold)):
        above[unit] += total >= threshold[unit]
