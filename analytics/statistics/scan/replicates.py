"""The replicates: drawn, laid side by side and searched, on all processors, the same however many there are."""

from collections.abc import Callable

import numpy as np

from ..parallel import in_threads
from .inference import stopping_point
from .intervals import Runs
from .lanes import LANES, lay, mark_groups, raise_maxima
from .null_draws import Null, draw, null_of, random_states
from .observed import cumulated
from .study import Study
from .zones import Zones

SPREAD = 1.0
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
    baseline, order = cumulated(study.baseline), _scattered(len(zones.centres))
    ends = mark_groups(zones.starts, zones.members, zones.zone, _typical(study, runs), SPREAD)
    model = (study.kind, study.total, study.everyone, min_cases)
    most = float(study.everyone)

    def work(part: slice) -> np.ndarray:
        counts, used = _block(null, states[part], study.seen.shape)
        maxima = np.zeros(LANES)
        raise_maxima(
            counts, used, zones.starts, zones.members, ends, baseline, runs.first, runs.stop, *model, most, order,
            maxima,
        )  # fmt: skip
        return maxima[:used]

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


def _block(null: Null, states: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, int]:
    """Return the replicates of these states side by side (units × intervals × LANES), and how many they are."""
    narrow = null.total <= np.iinfo(np.int16).max
    counts = np.zeros((*shape, LANES), np.int16 if narrow else np.int32)
    seen = np.zeros(shape[0] * shape[1], np.int32)
    for lane, state in enumerate(states):
        draw(null.way, null.steps, null.guide, null.unit, null.interval, null.intervals, null.total, state, seen)
        lay(seen, counts, lane)
    return counts, len(states)


def _typical(study: Study, runs: Runs) -> np.ndarray:
    """Return each unit's expected cases in a run of middling length."""
    expected = study.baseline.sum(axis=1) * (study.total / study.everyone)
    return expected * float(np.mean(runs.stop - runs.first)) / study.seen.shape[1]


def _scattered(size: int) -> np.ndarray:
    """Return 0 … size − 1 in an order in which successive ones are far apart."""
    stride = max(1, int(size * 0.6180339887))
    while np.gcd(stride, size) != 1:
        stride += 1
    return (np.arange(size) * stride) % size
