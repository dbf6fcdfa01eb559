"""The search where cases are few: of each centre's circles only those count in which another case comes in.

The dense search (lanes) walks through every circle; its work grows with places × places × intervals, whatever the
number of cases. Here it grows with places × cases, no list of circles is kept, and both give the same answer.
"""

from collections.abc import Callable

import numpy as np

from ..discs import Discs, disc
from ..parallel import in_threads, slices
from .clusters import Window
from .few_kernels import NEVER, best_windows, list_cases, raise_maxima
from .intervals import Runs
from .null_draws import Null, null_of, random_states
from .observed import cumulated
from .replicates import scattered
from .study import Study

WORTH_IT = 26.0
"""Measured: a case and run of the sparse search takes as long as so many places and intervals of the dense one."""
WARM = 48
"""Centres, far apart, searched before all others to find maxima that most windows cannot reach."""


def cases_are_few(study: Study, runs: Runs) -> bool:
    """Return whether the sparse search is the faster one; without any case it has nothing to do."""
    longest = int((runs.stop - runs.first).max())
    return WORTH_IT * study.total * longest < study.seen.size and study.total < NEVER


def search(
    study: Study,
    around: Discs,
    looked_at: Runs,
    ever_looked_at: Runs,
    smallest: bool,
    min_cases: int,
    replicates: int,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[Window], np.ndarray, int]:
    """Return the best window of every centre, the largest ratio of every replicate, and the number of circles.

    The same as best_windows and largest_ratios with the circles of circular_zones (`smallest` as there).
    """
    model = (study.kind, study.total, study.everyone, min_cases)
    circles = (around.points, around.share, around.cap, around.reach, around.tolerance, smallest)
    baseline = cumulated(study.baseline)
    null = null_of(study)
    drawn = _drawn(null, study, replicates, seed)
    ever = _ends(ever_looked_at, study.seen.shape[1])
    order = scattered(len(around.points))

    def observed(part: slice) -> tuple[list[Window], int]:
        centres = np.arange(part.start, part.stop)
        found = best_windows(
            centres, *circles, baseline, null.unit, null.interval, looked_at.first, looked_at.stop, *model
        )
        rows = zip(centres, *found[:3], strict=True)
        return [_window(around, looked_at, *row) for row in rows if row[1] > 0], int(found[3].sum())

    def work(part: slice, maxima: np.ndarray) -> np.ndarray:
        raised = maxima.copy()
        raise_maxima(order[part], *circles, baseline, *drawn, *ever, *model, raised)
        return raised

    told = in_threads(observed, slices(len(order)))
    windows, count = [window for part, _ in told for window in part], sum(many for _, many in told)
    maxima = np.zeros(0)
    if windows:
        warm = in_threads(lambda part: work(part, np.zeros(replicates)), slices(min(WARM, len(order)), 2))
        first = np.max(warm, axis=0)
        maxima = np.max(in_threads(lambda part: work(part, first), slices(len(order)), progress), axis=0)
    return windows, maxima, count


def _window(around: Discs, runs: Runs, centre: int, ratio: float, zone: int, run: int) -> Window:
    members, zones, length = disc(around.points, around.share, around.cap, around.reach, around.tolerance, centre)
    inside = zones <= zone
    order = np.lexsort((members[inside], zones[inside]))
    first, last = int(runs.first[run]), int(runs.stop[run]) - 1
    return Window(int(centre), members[inside][order], float(length[inside][-1]), float(ratio), first, last)


def _ends(runs: Runs, intervals: int) -> tuple[int, np.ndarray]:
    """Return the longest run, and which runs there are: lengths (from 1) × first intervals."""
    longest = int((runs.stop - runs.first).max())
    there = np.zeros((longest, intervals), np.bool_)
    there[runs.stop - runs.first - 1, runs.first] = True
    return longest, there


def _drawn(null: Null, study: Study, replicates: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return unit and interval of every case in every replicate: replicates × cases."""
    states = random_states(replicates, seed)
    unit, interval = (np.empty((replicates, study.total), np.int32) for _ in range(2))

    def work(part: slice) -> None:
        way = (null.way, null.steps, null.guide, null.unit, null.interval, null.intervals, null.total)
        list_cases(*way, states[part], study.seen.size, unit[part], interval[part])

    in_threads(work, slices(replicates))
    return unit, interval
