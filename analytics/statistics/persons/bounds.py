"""What a window expects at least: tables that let most windows of most replicates be passed over unseen.

A window's statistic rises with its count and falls with its expectation. The circles of a class expect at least
what the smallest of them does, and count at most what the largest does; so where even these two cannot reach the
best window known, none in between can. Visits of neighbouring hours share the lower of their chances.
"""

import math

import numpy as np
from numba import njit

from ..discs import CHAIN, class_of
from ..distances import SLACK, length_between

HOURS_ALIKE = 3
ROUND_DOWN = 1.0 - 1e-6  # a table in single precision stays below the truth


@njit(nogil=True, cache=True, inline="always")
def person_statistic(n, e, least):  # pragma: no cover (compiled)
    """Return n ln(n/e) − (n − e) for n distinct persons of e expected; 0 unless n > e and n ≥ least.

    e is 0 only as a bound: no window that holds a visit expects nothing.
    """
    if n < least or n <= e:
        return 0.0
    if e <= 0.0:
        return math.inf
    return n * math.log(n / e) - (n - e)


def low_chances(chance: np.ndarray, span_group: np.ndarray) -> np.ndarray:
    """Return units × groups: the lowest chance among the spans of a group (`chance`: spans × units)."""
    starts = np.flatnonzero(np.append(True, np.diff(span_group) != 0))
    return np.ascontiguousarray(np.minimum.reduceat(chance, starts, axis=0).T)


@njit(nogil=True, cache=True)
def expected_at_least(
    centres, points, share, cap, reach, tolerance, edges, low, group, day_from, person, longest
):  # pragma: no cover (compiled)
    """Return (E[centre, class, first day, length − 1], class of each unit) of neighbouring centres.

    E is infinite where a centre has no circle of the class; the class is len(edges) where no circle has the unit.
    `low`: units × groups; `group`, `person`: of each visit; visits day_from[d]:day_from[d + 1] are those of day d.
    """
    days, classes, size = len(day_from) - 1, len(edges), 0
    table = np.full((len(centres), classes, days, longest), np.inf, np.float32)
    entered = np.full((len(centres), len(points)), classes, np.int8)
    absent = np.ones(person.max() + 1 if len(person) else 1)
    apart = 0.0
    for centre in centres:
        apart = max(apart, length_between(points, centres[0], centre))
    near = np.empty(len(points), np.int32)
    for unit in range(len(points)):
        if length_between(points, centres[0], unit) <= reach + apart + tolerance:
            near[size] = unit
            size += 1
    length, surely, order = np.empty(size), np.empty(size, np.int32), np.empty(size, np.int32)
    inside = np.empty(low.shape[1])
    ring = np.empty(low.shape[1])
    for row in range(len(centres)):
        nearest, sizes = np.full(classes, np.inf), np.zeros(classes + 2, np.int64)
        for at in range(size):
            length[at] = length_between(points, centres[row], near[at])
            kind = class_of(edges, length[at])
            beyond = kind < classes and length[at] + CHAIN * tolerance > edges[kind]
            before = kind > 0 and length[at] - CHAIN * tolerance <= edges[kind - 1]
            surely[at], entered[row, near[at]] = kind + beyond, kind - before
            if kind < classes:
                nearest[kind] = min(nearest[kind], length[at])
            sizes[surely[at] + 1] += 1
        for kind in range(classes + 1):
            sizes[kind + 1] += sizes[kind]
        free = sizes[:-1].copy()
        for at in range(size):
            order[free[surely[at]]] = at
            free[surely[at]] += 1
        inside[:] = 0.0
        total = 0.0
        for kind in range(classes):
            if kind > 0:
                for at in order[sizes[kind - 1] : sizes[kind]]:
                    _add(inside, low[near[at]])
                    total += share[near[at]]
            if nearest[kind] == np.inf:
                continue
            ring[:] = inside
            more = total
            for number in range(sizes[kind], sizes[min(kind + 2, classes + 1)]):
                at = order[number]
                if length[at] <= nearest[kind] + tolerance:
                    _add(ring, low[near[at]])
                    more += share[near[at]]
            if kind > 0 and more > cap * (1 + 2 * SLACK):
                break
            fill_expected(ring, group, person, day_from, absent, table[row, kind])
    return table, entered


@njit(nogil=True, cache=True, inline="always")
def _add(sums, values):  # pragma: no cover (compiled)
    for at in range(len(sums)):
        sums[at] += values[at]


@njit(nogil=True, cache=True)
def fill_expected(inside, span, person, day_from, absent, table):  # pragma: no cover (compiled)
    """Fill E[first day, length − 1] = Σ over persons of 1 − Π over visits of (1 − chance), rounded down."""
    days, longest = table.shape
    for first in range(days):
        total = 0.0
        last = min(first + longest, days)
        for day in range(first, last):
            for visit in range(day_from[day], day_from[day + 1]):
                chance = min(inside[span[visit]], 1.0)
                total += absent[person[visit]] * chance
                absent[person[visit]] *= 1.0 - chance
            table[first, day - first] = total * ROUND_DOWN
        for visit in range(day_from[first], day_from[last]):
            absent[person[visit]] = 1.0


@njit(nogil=True, cache=True)
def most_expected(n, best):  # pragma: no cover (compiled)
    """Return the expectation below which n persons beat the statistic `best` (a hair more: none is missed).

    Newton from the left, where the statistic is convex and falling: every step stays left of the root.
    """
    if best <= 0.0:
        return float(n)
    e = n * math.exp(-1.0 - best / n)
    for _ in range(60):
        slope = n / e - 1.0
        if slope <= 0.0:  # e has risen to n: the mark is next to nothing
            return float(n)
        step = (n * math.log(n / e) - n + e - best) / slope
        e += step
        if step <= e * 1e-12:
            break
    return min(e * (1.0 + 1e-9), float(n))


@njit(nogil=True, cache=True)
def reachable(counts, table, least, most, limit, stamp, version, best):  # pragma: no cover (compiled)
    """Return the highest class in which a window could beat `best` (or −1), and what none of them can exceed.

    counts : class × day, visits that enter in the class; table : E at least, class × first day × length − 1.
    limit, stamp : most_expected by n as far as it is known for this version of `best`.
    """
    days, longest = table.shape[1:]
    seen = np.zeros(days, np.int32)
    found, bound = -1, best
    for kind in range(len(table)):
        news = False
        for day in range(days):
            news |= counts[kind, day] > 0
            seen[day] += counts[kind, day]
        if not news:  # the same count as in a smaller circle
            continue
        for first in range(days):
            if seen[first] == 0:
                continue
            n = 0
            for length in range(min(longest, days - first)):
                n += seen[first + length]
                if n < least or seen[first + length] == 0:
                    continue
                top = min(n, most)
                if stamp[top] != version:
                    limit[top], stamp[top] = most_expected(top, best), version
                if table[kind, first, length] < limit[top]:
                    found = kind
                    bound = max(bound, person_statistic(top, table[kind, first, length], least))
    return found, bound
