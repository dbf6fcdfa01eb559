"""What a window expects at least: tables that let most windows of most replicates be passed over unseen.

A window's statistic rises with its count and falls with its expectation. The circles of a class expect at least
what the smallest of them does, and count at most what the largest does; so where even these two cannot reach the
best window known, none in between can. Visits of neighbouring hours share the lower of their chances.
"""

import math

import numpy as np
from numba import njit

from .discs import class_of, disc

HOURS_ALIKE = 3
ROUND_DOWN = 1.0 - 1e-6  # a table in single precision stays below the truth


@njit(nogil=True, cache=True, inline="always")
def person_statistic(n, e, least):  # pragma: no cover (compiled)
    """Return n ln(n/e) − (n − e) for n distinct persons of e expected; 0 unless n > e and n ≥ least."""
    if n < least or n <= e:
        return 0.0
    return n * math.log(n / e) - (n - e)


def low_chances(chance: np.ndarray, span_group: np.ndarray) -> np.ndarray:
    """Return units × groups: the lowest chance among the spans of a group (`chance`: spans × units)."""
    starts = np.flatnonzero(np.append(True, np.diff(span_group) != 0))
    return np.ascontiguousarray(np.minimum.reduceat(chance, starts, axis=0).T)


@njit(nogil=True, cache=True)
def expected_at_least(
    centres, points, share, cap, reach, tolerance, edges, low, group, day_from, person, longest
):  # pragma: no cover (compiled)
    """Return (E[centre, class, first day, length − 1], class of each unit, number of circles).

    E is infinite where a centre has no circle of the class; the class is len(edges) where no circle has the unit.
    `low`: units × groups; `group`, `person`: of each visit; visits day_from[d]:day_from[d + 1] are those of day d.
    """
    days, classes = len(day_from) - 1, len(edges)
    table = np.full((len(centres), classes, days, longest), np.inf, np.float32)
    entered = np.full((len(centres), len(points)), classes, np.int8)
    absent = np.ones(person.max() + 1 if len(person) else 1)
    circles = 0
    for row in range(len(centres)):
        members, zone, length = disc(points, share, cap, reach, tolerance, centres[row])
        inside = np.zeros(low.shape[1])
        circles += zone[-1] + 1
        done, kind = -1, 0
        for at in range(len(members)):
            if at == 0 or zone[at] != zone[at - 1]:
                kind = class_of(edges, length[at])
            entered[row, members[at]] = kind
            for g in range(low.shape[1]):
                inside[g] += low[members[at], g]
            if kind > done and (at + 1 == len(members) or zone[at + 1] != zone[at]):
                done = kind
                fill_expected(inside, group, person, day_from, absent, table[row, kind])
    return table, entered, circles


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
        step = (n * math.log(n / e) - n + e - best) / (n / e - 1.0)
        e += step
        if step <= e * 1e-12:
            break
    return min(e * (1.0 + 1e-9), float(n))


@njit(nogil=True, cache=True)
def highest_class(counts, table, least, most, limit, stamp, version, best):  # pragma: no cover (compiled)
    """Return the highest class in which a window could beat `best`, or −1.

    counts : class × day, visits that enter in the class; table : E at least, class × first day × length − 1.
    limit, stamp : most_expected by n as far as it is known for this version of `best`.
    """
    classes, days = counts.shape
    longest = table.shape[2]
    seen = np.zeros(days, np.int32)
    found = -1
    for kind in range(classes):
        news = False
        for day in range(days):
            news |= counts[kind, day] > 0
            seen[day] += counts[kind, day]
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
                    break
            if found == kind:
                break
    return found
