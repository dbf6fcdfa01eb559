"""The replicates: drawn, laid side by side and searched, on all processors, the same however many there are."""

from collections.abc import Callable

import numpy as np

from ..parallel import in_threads
from .groups import groups_of
from .inference import stopping_point
from .intervals import Runs
from .lanes import LANES, raise_maxima
from .null_draws import Null, draw, lay, null_of, random_states
from .observed import cumulated
from .study import Study
from .zones import Zones

WAVE = 2
"""Blocks of replicates searched before a sequential test looks whether to go on."""


def largest_ratios(
    study: Study,
    zones: Zones,
    runs: Runs,
    min_cases: int,
    replicates: int,
    seed: int,
    observed: float,
    stop_after: int | None,
    progress: Callable[[int, int], None] | None,
) -> tuple[np.ndarray, bool]:
    """Return each replicate's largest ratio over all windows, and whether the draws were stopped before the last.

    stop_after : stop at the replicate in which the observed ratio is reached for the stop_after-th time
    """
    null, states = null_of(study), random_states(replicates, seed)
    groups, order = groups_of(study, zones, runs), scattered(len(zones.centres))
    early = int(runs.first.min())  # no window reaches back there
    baseline = np.ascontiguousarray(cumulated(study.baseline)[:, early:])
    lists = (
        zones.starts,
        zones.members,
        groups.ends,
        groups.deep,
        baseline,
        runs.first - early,
        runs.stop - early,
    )
    model = (study.kind, study.total, study.everyone, groups.most, min_cases)

    def work(part: slice) -> np.ndarray:
        counts, maxima = _block(null, states[part], study.seen.shape, early), np.zeros(LANES)
        raise_maxima(counts, part.stop - part.start, *lists, *model, order, maxima)
        return maxima[: part.stop - part.start]

    blocks = [slice(start, min(start + LANES, replicates)) for start in range(0, replicates, LANES)]
    wave = len(blocks) if stop_after is None else WAVE
    maxima = np.zeros(0)
    for start in range(0, len(blocks), wave):

        def told(done: int, of: int, start: int = start) -> None:
            if progress is not None:
                progress(start + done, len(blocks))

        maxima = np.concatenate([maxima, *in_threads(work, blocks[start : start + wave], told)])
        stop = stopping_point(observed, maxima, stop_after)
        if stop is not None:
            return maxima[:stop], True
    return maxima, False


def _block(null: Null, states: np.ndarray, shape: tuple[int, int], early: int) -> np.ndarray:
    """Return the replicates of these states side by side: units × intervals from `early` on × LANES."""
    units, intervals = shape
    narrow = null.total <= np.iinfo(np.int16).max
    counts = np.zeros((units, intervals - early, LANES), np.int16 if narrow else np.int32)
    seen = np.zeros(units * intervals, np.int32)
    for lane, state in enumerate(states):
        draw(null.way, null.steps, null.guide, null.unit, null.interval, null.intervals, null.total, state, seen)
        lay(seen, counts, lane)
    return counts


def scattered(size: int) -> np.ndarray:
    """Return 0 … size − 1 in an order in which successive ones are far apart."""
    stride = max(1, int(size * 0.6180339887))
    while np.gcd(stride, size) != 1:
        stride += 1
    return (np.arange(size) * stride) % size
