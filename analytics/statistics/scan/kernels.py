"""Random words from a counter, for compiled draws: no state is shared, so threads cannot change an answer."""

import numpy as np
from numba import njit

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@njit(nogil=True, cache=True, inline="always")
def next_word(state):  # pragma: no cover (compiled)
    """Return the next counter of the SplitMix64 sequence (Steele, Lea & Flood 2014)."""
    return state + GOLDEN


@njit(nogil=True, cache=True, inline="always")
def mixed(state):  # pragma: no cover (compiled)
    """Return the random word that belongs to a counter."""
    z = state
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(nogil=True, cache=True, inline="always")
def bounded(state, size):  # pragma: no cover (compiled)
    """Return a whole number in [0, size) from a counter, size ≤ 2**32; the bias is below size / 2**32."""
    return np.int64(((mixed(state) >> np.uint64(32)) * np.uint64(size)) >> np.uint64(32))
