"""The sparse search, compiled: one centre after the other, its circles made when it is looked at."""

import numpy as np
from numba import njit

from ..discs import disc
from ..distances import SLACK
from .groups import SPREAD
from .null_draws import draw
from .observed import better_run
from .ratios import SLOTS, at_most, largest_baselines, log_ratio, tabulate

NEVER = np.iinfo(np.int16).max
ROW = 8
"""Runs with one first interval lie side by side, their number rounded up to half a vector."""
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
BIT = np.zeros(64, np.int64)
BIT[[((1 << bit) * int(DE_BRUIJN) % 2**64) >> 58 for bit in range(64)]] = np.arange(64)
"""Which bit of a word with one bit set it is, by the top of its product with a de Bruijn number."""


@njit(nogil=True, cache=True)
def list_cases(
    way, steps, guide, of_unit, of_interval, intervals, total, states, cells, unit, interval
):  # pragma: no cover (compiled)
    seen = np.zeros(cells, np.int32)
    for row in range(len(states)):
        draw(way, steps, guide, of_unit, of_interval, intervals, total, states[row], seen)
        case = 0
        for cell in range(cells):
            for _ in range(seen[cell]):
                unit[row, case], interval[row, case] = cell // intervals, cell % intervals
                case += 1


@njit(nogil=True, cache=True)
def best_windows(
    centres, points, share, cap, reach, tolerance, smallest, baseline, unit, interval, first, stop,
    kind, total, everyone, least,
):  # fmt: skip  # pragma: no cover (compiled)
    """Return ratio, circle and run of the best window of each centre, and how many circles it has.

    Of equal ones the smaller circle, then the shorter and earlier run, as in observed.
    """
    size = baseline.shape[1]
    ratio, circle, run = np.zeros(len(centres)), np.zeros(len(centres), np.int64), np.zeros(len(centres), np.int64)
    circles = np.zeros(len(centres), np.int64)
    here = np.zeros((len(points), size - 1), np.int64)
    for case in range(len(unit)):
        here[unit[case], interval[case]] += 1
    any_here = here.sum(axis=1) > 0
    for row in range(len(centres)):
        members, zone, _ = disc(points, share, cap, reach, tolerance, centres[row])
        if not smallest and _alone(members, zone, share) > cap * (1 + SLACK):
            continue
        cases, base, best, more = np.zeros(size, np.int64), np.zeros(size), 0.0, False
        for entry in range(len(members)):
            for step in range(size):
                base[step] += baseline[members[entry], step]
            if any_here[members[entry]]:
                more = True
                total_here = 0
                for step in range(size - 1):
                    total_here += here[members[entry], step]
                    cases[step + 1] += total_here
            if entry + 1 < len(members) and zone[entry + 1] == zone[entry]:
                continue
            circles[row] += 1
            if not more or cases[size - 1] < least:
                continue
            more = False
            best, k = better_run(cases, base, first, stop, kind, total, everyone, least, best)
            if k >= 0:
                circle[row], run[row] = zone[entry], k
        ratio[row] = best
    return ratio, circle, run, circles


@njit(nogil=True, cache=True)
def _alone(members, zone, share):  # pragma: no cover (compiled)
    """Return the share of the smallest circle: the centre and what lies at the same place."""
    held, entry = 0.0, 0
    while entry < len(members) and zone[entry] == 0:
        held += share[members[entry]]
        entry += 1
    return held


@njit(nogil=True, cache=True)
def raise_maxima(
    centres, points, share, cap, reach, tolerance, smallest, baseline, unit, interval, longest, there,
    kind, total, everyone, least, maxima,
):  # fmt: skip  # pragma: no cover (compiled)
    """Raise `maxima` to each replicate's largest ratio over the windows of these centres, in place.

    unit, interval : replicates × cases; there : lengths × first intervals, which runs are looked at
    """
    intervals, cases = baseline.shape[1] - 1, unit.shape[1]
    most = baseline[:, intervals].sum()
    needed_of, scale = np.zeros(SLOTS, np.int64), SLOTS / np.sqrt(most)
    zone_of, next_in = np.full(len(points), -1, np.int32), np.zeros(cases, np.int32)
    wide = -(-longest // ROW) * ROW
    count = np.zeros((intervals + longest - 1) * wide, np.int16)
    one_more = _holding(longest, wide)
    renew = 0
    for turn in range(len(centres)):
        if turn == renew:
            renew = max(1, 2 * turn)
            tabulate(largest_baselines(kind, maxima.min(), total, everyone, least, most), needed_of, scale)
        members, zone, _ = disc(points, share, cap, reach, tolerance, centres[turn])
        if not smallest and _alone(members, zone, share) > cap * (1 + SLACK):
            continue
        base, group, opens = _baselines(members, zone, baseline, total / everyone * longest / intervals)
        needed = _needed(base, opens, there, wide, needed_of, scale, least)
        words, first_in = np.zeros(len(base) // 64 + 1, np.uint64), np.full(len(base), -1, np.int32)
        for entry in range(len(members)):
            zone_of[members[entry]] = zone[entry]
        for replicate in range(len(unit)):
            for case in range(cases):
                z = zone_of[unit[replicate, case]]
                if z >= 0:
                    next_in[case], first_in[z] = first_in[z], case
                    words[z >> 6] |= np.uint64(1) << np.uint64(z & 63)
            best = maxima[replicate]
            count[:] = 0
            for word in range(len(words)):
                left = words[word]
                words[word] = 0
                while left:
                    low = left & (~left + np.uint64(1))
                    left ^= low
                    z = 64 * word + BIT[(low * DE_BRUIJN) >> np.uint64(58)]
                    case, hurdle, enough = first_in[z], needed[group[z]], False
                    while case >= 0:
                        enough = (
                            _count(np.uint64(interval[replicate, case] * wide), one_more, count, hurdle) or enough
                        )
                        case = next_in[case]
                    case, first_in[z] = first_in[z], -1
                    while enough and case >= 0:
                        best = _best_around(
                            interval[replicate, case] * wide, count, hurdle, base[z], longest, wide,
                            kind, total, everyone, best,
                        )  # fmt: skip
                        case = next_in[case]
            maxima[replicate] = best
        for entry in range(len(members)):
            zone_of[members[entry]] = -1


@njit(nogil=True, cache=True)
def _holding(longest, wide):  # pragma: no cover (compiled)
    """Return 1 for each run that holds an interval: of the runs from `longest` − 1 intervals before it on."""
    found = np.zeros(longest * wide, np.int16)
    for row in range(longest):
        for length in range(longest - row, longest + 1):
            found[row * wide + length - 1] = 1
    return found


@njit(nogil=True, cache=True, inline="always")
def _count(begin, one_more, count, needed):  # pragma: no cover (compiled)
    """Add a case to the runs from `begin` on that hold it, in place; return whether any has as many as matter."""
    over = np.int16(-1)
    for at in range(len(one_more)):
        more = np.int16(count[begin + np.uint64(at)] + one_more[at])
        count[begin + np.uint64(at)] = more
        over = max(over, np.int16(more - needed[begin + np.uint64(at)]))
    return over >= 0


@njit(nogil=True, cache=True)
def _best_around(
    begin, count, needed, base, longest, wide, kind, total, everyone, best
):  # pragma: no cover (compiled)
    """Return the larger of `best` and the ratios of the runs of one circle that may hold an interval."""
    for at in range(begin, begin + longest * wide):
        if count[at] < needed[at]:
            continue
        first = at // wide - (longest - 1)
        c, b = np.int64(count[at]), base[first + at % wide + 1] - base[first]
        if c > b * (total / everyone) and at_most(kind, c, b, total, everyone) > best:
            best = max(best, log_ratio(kind, c, b, total, everyone))
    return best


@njit(nogil=True, cache=True)
def _baselines(members, zone, baseline, factor):  # pragma: no cover (compiled)
    """Return each circle's cumulated baseline, its group, and the first of each group (groups_of)."""
    zones, size = zone[-1] + 1, baseline.shape[1]
    base, group, opens = np.zeros((zones, size)), np.zeros(zones, np.int32), np.zeros(zones, np.int32)
    for entry in range(len(members)):
        z = zone[entry]
        if entry and zone[entry - 1] != z:
            base[z] = base[z - 1]
        for step in range(size):
            base[z, step] += baseline[members[entry], step]
    groups, limit = 0, -1.0
    for z in range(zones):
        expected = base[z, size - 1] * factor
        if expected > limit:
            opens[groups] = z
            groups += 1
            limit = expected + SPREAD * (np.sqrt(expected) + 0.3)
        group[z] = groups - 1
    return base, group, opens[:groups]


@njit(nogil=True, cache=True)
def _needed(base, opens, there, wide, needed_of, scale, least):  # pragma: no cover (compiled)
    """Return the smallest count that matters in each run, by group; where there is no such run none is enough.

    A run is at (first + longest − 1) × wide + length − 1.
    """
    longest, intervals = there.shape
    needed = np.full((len(opens), (intervals + longest - 1) * wide), NEVER, np.int16)
    for g in range(len(opens)):
        smallest = base[opens[g]]
        for row in range(longest):
            for first in range(intervals - row):
                if there[row, first]:
                    low = max(0.0, smallest[first + row + 1] - smallest[first])
                    count = max(least, needed_of[min(np.int64(np.sqrt(low) * scale), SLOTS - 1)])
                    needed[g, (first + longest - 1) * wide + row] = min(count, NEVER)
    return needed
