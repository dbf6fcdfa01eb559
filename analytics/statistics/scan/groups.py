"""Groups of successive circles of one centre that are judged together first (see lanes)."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from .intervals import Runs
from .study import Study
from .zones import Zones

INSIDE, CIRCLE, GROUP = 0, 1, 2
"""What ends with an entry of the neighbour list: nothing (a tie goes on), a circle, or a circle and its group."""
SPREAD = 0.5


@dataclass(frozen=True)
class Groups:
    """Where groups end.

    Attributes
    ----------
    ends : uint8 array, one for each entry of the neighbour lists: INSIDE, CIRCLE or GROUP
    deep : most circles in a group
    most : largest baseline of any circle, over the whole period
    """

    ends: np.ndarray
    deep: int
    most: float


def groups_of(study: Study, zones: Zones, runs: Runs) -> Groups:
    """Return groups in which expected cases, in a run of middling length, grow by about what chance moves a count.

    Then the bound for a group is nearly as sharp as one for each circle, and there are many circles in a group.
    """
    length = float(np.mean(runs.stop - runs.first)) / study.seen.shape[1]
    ends, deep, most = _mark(
        zones.starts,
        zones.members,
        zones.zone,
        study.baseline.sum(axis=1),
        study.total / study.everyone * length,
        SPREAD,
    )
    return Groups(ends, int(deep), float(most))


@njit(nogil=True, cache=True)
def _mark(starts, members, zone, baseline, factor, spread):  # pragma: no cover (compiled)
    ends = np.zeros(len(members), np.uint8)
    most, deep = 0.0, 1
    for row in range(len(starts) - 1):
        total, limit, last, circles = 0.0, -1.0, -1, 0
        for entry in range(starts[row], starts[row + 1]):
            total += baseline[members[entry]]
            if entry + 1 < starts[row + 1] and zone[entry + 1] == zone[entry]:
                continue
            ends[entry] = CIRCLE
            expected = total * factor
            if expected > limit:
                if last >= 0:
                    ends[last] = GROUP
                limit = expected + spread * (np.sqrt(expected) + 0.3)
                circles = 0
            last = entry
            circles += 1
            deep = max(deep, circles)
        if last >= 0:
            ends[last] = GROUP
        most = max(most, total)
    return ends, deep, most
