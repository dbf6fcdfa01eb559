"""The largest ratio of every replicate, compiled: many replicates side by side, one vector step for all of them.

A window's ratio rises with its count and falls with its baseline, and its baseline is the same in all replicates.
So for a floor that every replicate's maximum is known to reach, the smallest count that matters is one number
a window, and nearly all windows of all replicates are dismissed by subtracting and comparing vectors of counts.

Circles of one centre are nested. Of a group of successive ones the largest has the largest count and the smallest
has the smallest baseline: if that count does not matter even at that baseline, no circle of the group matters.
"""

import numpy as np
from numba import njit

from .groups import CIRCLE, INSIDE
from .ratios import SLOTS, largest_baselines, log_ratio, tabulate

LANES = 64
"""Replicates side by side: with 16-bit counts four vectors of 256 bits."""
WARM, PACE = 4, 8
"""At first every PACE-th run of WARM centres is looked at, to find a floor before all windows are."""


@njit(nogil=True, cache=True)
def raise_maxima(
    counts,
    used,
    starts,
    members,
    ends,
    deep,
    baseline,
    first,
    stop,
    kind,
    total,
    everyone,
    most,
    least,
    order,
    maxima,
):  # pragma: no cover (compiled)
    """Raise `maxima` (LANES) to each replicate's largest ratio over all windows, in place.

    counts : units × intervals × LANES, cumulated over the intervals; the first `used` lanes hold a replicate
    ends, deep, most : of the groups of circles (groups.Groups)
    baseline : units × (intervals + 1), cumulated
    order : centres in the order of the search; neighbours far apart, so that the floor rises quickly
    """
    steps, runs = counts.shape[1], len(first)
    inside = np.zeros((steps + 1, LANES), counts.dtype)
    base, circle_base = np.zeros(steps + 1), np.zeros((deep, steps + 1))
    circle_from = np.zeros(deep + 1, np.int64)
    needed, hits = np.zeros(runs, np.int64), np.zeros(runs, np.int64)
    needed_of, scale = np.zeros(SLOTS, np.int64), SLOTS / np.sqrt(most)
    reach, floor, renew = np.zeros(0), -1.0, 1
    for turn in range(-WARM, len(order)):
        if turn <= 0 or turn == renew:
            renew = max(1, 2 * turn)
            lowest = maxima[:used].min()
            if lowest > floor:
                floor = lowest
                reach = largest_baselines(kind, floor, total, everyone, least, most)
                tabulate(reach, needed_of, scale)
        row = order[turn % len(order)]
        inside[:] = 0
        base[:] = 0.0
        circles = 0
        circle_from[0] = starts[row]
        for entry in range(starts[row], starts[row + 1]):
            member = np.uint32(members[entry])
            for step in range(steps):
                for lane in range(LANES):
                    inside[step + 1, lane] += counts[member, step, lane]
            for step in range(steps + 1):
                base[step] += baseline[member, step]
            if ends[entry] == INSIDE:
                continue
            for step in range(steps + 1):
                circle_base[circles, step] = base[step]
            circles += 1
            circle_from[circles] = entry + 1
            if ends[entry] == CIRCLE:
                continue
            for k in range(runs):
                low = max(0.0, circle_base[0, stop[k]] - circle_base[0, first[k]])
                needed[k] = needed_of[min(np.int64(np.sqrt(low) * scale), SLOTS - 1)]
            found = _runs_that_matter(inside, needed, first, stop, PACE if turn < 0 else 1, hits)
            for hit in range(found):
                k = hits[hit]
                low = circle_base[0, stop[k]] - circle_base[0, first[k]]
                here, there = inside[np.uint64(stop[k])], inside[np.uint64(first[k])]
                for lane in range(used):
                    c = np.int64(here[lane]) - np.int64(there[lane])
                    if c < needed[k] or log_ratio(kind, c, low, total, everyone) <= maxima[lane]:
                        continue
                    for circle in range(circles - 1, -1, -1):  # from the largest inwards
                        if c < least:
                            break
                        b = circle_base[circle, stop[k]] - circle_base[circle, first[k]]
                        if b <= reach[c]:
                            maxima[lane] = max(maxima[lane], log_ratio(kind, c, b, total, everyone))
                        for gone in range(circle_from[circle], circle_from[circle + 1]):
                            c -= np.int64(counts[members[gone], stop[k] - 1, lane])
                            if first[k] > 0:
                                c += np.int64(counts[members[gone], first[k] - 1, lane])
            circles = 0
            circle_from[0] = entry + 1


@njit(nogil=True, cache=True)
def _runs_that_matter(inside, needed, first, stop, pace, hits):  # pragma: no cover (compiled)
    """List the runs in which the count of any lane is at least the count needed; return how many they are."""
    found = 0
    for k in range(0, len(first), pace):
        here, there = inside[np.uint64(stop[k])], inside[np.uint64(first[k])]
        largest = inside.dtype.type(0)
        for lane in range(LANES):
            largest = max(largest, inside.dtype.type(here[lane] - there[lane]))
        if largest >= needed[k]:
            hits[found] = k
            found += 1
    return found
