"""The largest ratio of every replicate, compiled: many replicates side by side, one vector step for all of them.

A window's ratio rises with its count and falls with its baseline, and its baseline is the same in all replicates. So
for a floor that every replicate's maximum is known to reach, the smallest count that matters is one number a window,
and nearly all windows of all replicates are dismissed by subtracting and comparing whole vectors of counts.

Circles of one centre are nested. Of a group of successive ones the largest has the largest count and the smallest has
the smallest baseline: if that count does not matter even at that baseline, no circle of the group matters.
"""

import numpy as np
from numba import njit

from .ratios import largest_baselines, log_ratio

LANES = 64
"""Replicates side by side: with 16-bit counts four vectors of 256 bits."""
INSIDE, CIRCLE, GROUP = 0, 1, 2
"""What ends with an entry of the neighbour list: nothing (a tie goes on), a circle, or a circle and its group."""
GUIDES = 4096


@njit(nogil=True, cache=True)
def mark_groups(starts, members, zone, baseline, spread):  # pragma: no cover (compiled)
    """Return for each entry of the neighbour lists what ends with it: INSIDE, CIRCLE or GROUP.

    A group goes on while its baseline b has not grown by more than √b + 0.3 times `spread` (about as much as
    chance moves a count: then the bound for the group is still nearly as sharp as one for each circle).
    """
    ends = np.zeros(len(members), np.uint8)
    for row in range(len(starts) - 1):
        total, limit, last = 0.0, -1.0, -1
        for entry in range(starts[row], starts[row + 1]):
            total += baseline[members[entry]]
            if entry + 1 < starts[row + 1] and zone[entry + 1] == zone[entry]:
                continue
            ends[entry] = CIRCLE
            if total > limit:
                if last >= 0:
                    ends[last] = GROUP
                limit = total + spread * (np.sqrt(total) + 0.3)
            last = entry
        if last >= 0:
            ends[last] = GROUP
    return ends


@njit(nogil=True, cache=True)
def lay(seen, counts, lane):  # pragma: no cover (compiled)
    """Put a replicate's counts (one a cell) into its lane of `counts` (units × intervals × LANES), cumulated."""
    for unit in range(counts.shape[0]):
        total = 0
        for step in range(counts.shape[1]):
            total += seen[unit * counts.shape[1] + step]
            counts[unit, step, lane] = total


@njit(nogil=True, cache=True)
def _count_that_matters(baseline, reach, guide, scale):  # pragma: no cover (compiled)
    c = guide[min(np.int64(baseline * scale), GUIDES - 1)]
    while c < len(reach) and reach[c] < baseline:
        c += 1
    return c


@njit(nogil=True, cache=True)
def _guide_into(reach, guide, scale):  # pragma: no cover (compiled)
    c = 0
    for slot in range(GUIDES):
        while c < len(reach) and reach[c] < slot / scale:
            c += 1
        guide[slot] = c


@njit(nogil=True, cache=True)
def raise_maxima(
    counts,
    used,
    starts,
    members,
    ends,
    baseline,
    first,
    stop,
    kind,
    total,
    everyone,
    min_cases,
    most,
    order,
    maxima,
):  # pragma: no cover (compiled)
    """Raise `maxima` (LANES) to each replicate's largest ratio over all windows, in place.

    counts : units × intervals × LANES, cumulated over the intervals; `used` lanes hold a replicate
    baseline : units × (intervals + 1), cumulated; most : the largest baseline of any window
    order : centres in the order of the search; neighbours far apart, so that the floor rises quickly
    """
    units, steps = counts.shape[0], counts.shape[1]
    flat = counts.reshape(units, steps * LANES)
    inside = np.zeros((steps + 1, LANES), counts.dtype)
    rows = inside.reshape((steps + 1) * LANES)
    base, lowest = np.zeros(steps + 1), np.zeros(steps + 1)
    circle_base = np.zeros((16, steps + 1))
    circle_from = np.zeros(17, np.int64)
    guide, scale = np.zeros(GUIDES, np.int64), GUIDES / everyone
    floor = 0.0
    reach = largest_baselines(kind, floor, total, everyone, min_cases, most)
    _guide_into(reach, guide, scale)
    renew = 1
    for turn in range(len(order)):
        if turn == renew:
            renew *= 2
            if maxima[:used].min() > floor:
                floor = maxima[:used].min()
                reach = largest_baselines(kind, floor, total, everyone, min_cases, most)
                _guide_into(reach, guide, scale)
        row = order[turn]
        rows[:] = 0
        base[:] = 0.0
        circles = 0
        circle_from[0] = starts[row]
        for entry in range(starts[row], starts[row + 1]):
            member = members[entry]
            for cell in range(steps * LANES):
                rows[LANES + cell] += flat[member, cell]
            for step in range(steps + 1):
                base[step] += baseline[member, step]
            if ends[entry] == INSIDE:
                continue
            if circles == len(circle_base):
                circle_base = np.concatenate((circle_base, np.zeros_like(circle_base)))
                circle_from = np.concatenate((circle_from, np.zeros_like(circle_from)))
            circle_base[circles] = base
            circles += 1
            circle_from[circles] = entry + 1
            if ends[entry] == CIRCLE:
                continue
            lowest[:] = circle_base[0]
            for k in range(len(first)):
                here, there = inside[stop[k]], inside[first[k]]
                low = lowest[stop[k]] - lowest[first[k]]
                needed = _count_that_matters(low, reach, guide, scale)
                largest = counts.dtype.type(0)
                for lane in range(LANES):
                    largest = max(largest, counts.dtype.type(here[lane] - there[lane]))
                if largest < needed:
                    continue
                for lane in range(used):
                    c = np.int64(here[lane]) - np.int64(there[lane])
                    if c < needed or log_ratio(kind, c, low, total, everyone) <= maxima[lane]:
                        continue
                    for circle in range(circles - 1, -1, -1):
                        b = circle_base[circle, stop[k]] - circle_base[circle, first[k]]
                        if c < min_cases:
                            break
                        if b <= reach[c]:
                            maxima[lane] = max(maxima[lane], log_ratio(kind, c, b, total, everyone))
                        for gone in range(circle_from[circle], circle_from[circle + 1]):
                            c -= np.int64(counts[members[gone], stop[k] - 1, lane])
                            if first[k] > 0:
                                c += np.int64(counts[members[gone], first[k] - 1, lane])
            circles = 0
            circle_from[0] = entry + 1
