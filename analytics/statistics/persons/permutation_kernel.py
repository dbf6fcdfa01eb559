"""The permutation of persons in time, compiled: every window of a centre, in the data and in every dealing."""

import numpy as np
from numba import njit

from ..discs import disc
from .bounds import person_statistic
from .search import newly_counted


@njit(nogil=True, cache=True)
def scan_centres(
    centres, points, share, cap, reach, tolerance, unit, person, offset, dealt, days, longest, least
):  # pragma: no cover (compiled)
    """Return (best window of each centre in the first dealing, largest statistic of each dealing).

    offset : day of each visit − first day of its person; dealt : dealings × persons, first days, the data first.
    A window is told as statistic, circle, first day, length − 1, expected persons.
    """
    best, maxima = np.zeros((len(centres), 5)), np.zeros(len(dealt))
    persons = dealt.shape[1]
    begins = np.zeros(days, np.int64)
    for who in range(persons):
        begins[dealt[0, who]] += 1
    zone_of = np.empty(len(points), np.int32)
    for row in range(len(centres)):
        members, zone, _ = disc(points, share, cap, reach, tolerance, centres[row])
        zone_of[:] = -1
        for at in range(len(members)):
            zone_of[members[at]] = zone[at]
        inside = np.flatnonzero(zone_of[unit] >= 0)
        if len(inside) < least:
            continue
        inside = inside[np.argsort(zone_of[unit[inside]], kind="mergesort")]
        local, who = np.full(persons, -1, np.int32), np.empty(len(inside), np.int32)
        different = 0
        for at in range(len(inside)):
            if local[person[inside[at]]] < 0:
                local[person[inside[at]]] = different
                different += 1
            who[at] = local[person[inside[at]]]
        if different < least:
            continue
        expected = _expected(inside, zone_of, unit, who, different, offset, begins, longest) / persons
        present, count = np.zeros((different, days), np.bool_), np.zeros((days, longest), np.int32)
        for number in range(len(dealt)):
            present[:], count[:] = False, 0
            for at in range(len(inside)):
                visit = inside[at]
                day = (offset[visit] + dealt[number, person[visit]]) % days
                low, high = newly_counted(present, who[at], day, longest)
                for first in range(low, day + 1):
                    for last in range(day, min(high, first + longest - 1) + 1):
                        count[first, last - first] += 1
                z = zone_of[unit[visit]]
                if at + 1 < len(inside) and zone_of[unit[inside[at + 1]]] == z and number == 0:
                    continue
                if number == 0:
                    _raise_best(best[row], count, expected[at], z, least)
                    maxima[0] = max(maxima[0], best[row, 0])
                    continue
                for first in range(low, day + 1):
                    for last in range(day, min(high, first + longest - 1) + 1):
                        n, e = count[first, last - first], expected[at, first, last - first]
                        if n >= least and n > e:
                            maxima[number] = max(maxima[number], person_statistic(n, e, least))
    return best, maxima


@njit(nogil=True, cache=True)
def _raise_best(best, count, expected, zone, least):  # pragma: no cover (compiled)
    """Take the best window of this circle if it is better: of equal ones the shorter, then the earlier."""
    days, longest = count.shape
    for length in range(longest):
        for first in range(days - length):
            value = person_statistic(count[first, length], expected[first, length], least)
            if value > best[0] * (1 + 1e-12):
                best[0], best[1], best[2], best[3], best[4] = value, zone, first, length, expected[first, length]


@njit(nogil=True, cache=True)
def _expected(inside, zone_of, unit, who, different, offset, begins, longest):  # pragma: no cover (compiled)
    """Return first days × persons that touch a window, of the circle in which each visit enters: counts."""
    days = len(begins)
    table = np.zeros((len(inside), days, longest))
    present, total = np.zeros((different, days, days), np.bool_), np.zeros((days, longest), np.int64)
    start = 0
    for at in range(len(inside)):
        for begin in range(days):
            if begins[begin] == 0:
                continue
            day = (offset[inside[at]] + begin) % days
            low, high = newly_counted(present[who[at]], begin, day, longest)
            for first in range(low, day + 1):
                for last in range(day, min(high, first + longest - 1) + 1):
                    total[first, last - first] += begins[begin]
        if at + 1 == len(inside) or zone_of[unit[inside[at + 1]]] != zone_of[unit[inside[at]]]:
            for entry in range(start, at + 1):
                table[entry] = total
            start = at + 1
    return table
