"""Random draws that every null shares: positions in proportion to a chance."""

import numpy as np


def draw_from(chance: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return independent draws of positions in proportion to `chance`; a chance of 0 is never drawn."""
    possible = np.flatnonzero(chance > 0)
    steps = np.cumsum(chance[possible])
    found = np.searchsorted(steps, rng.random(shape) * steps[-1], side="right")
    return possible[np.minimum(found, len(possible) - 1)]
