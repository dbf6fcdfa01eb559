"""Space-time windows, compiled: circular zones × runs of consecutive days, in the observed data and in replicates.

A window's statistic rises with its count and falls with its expectation, and expectations grow with the window;
so in a replicate only the zone and the days where a visit *enters* can hold the maximum; only those are looked at.
Counting persons: a person adds one to a window however many of their visits are in it. Counting visits is the same
with a person of its own for each visit.
"""

import numpy as np
from numba import njit

from .kernels import person_statistic, poisson_llr

PERSONS, VISITS = 0, 1
"""What a window counts: distinct persons (statistic n ln(n/E) − (n − E)), or visits (Kulldorff's ratio)."""


@njit(nogil=True, cache=True)
def expected_persons(members, zone, chance, span, group, group_person, day_group, longest, persons):
    """Return E[zone, first day, length − 1] of one centre: Σ over persons of 1 − Π over visits of (1 − chance).

    Visits are sorted by day and person: visits group[g]:group[g + 1] are those of person group_person[g] on a day;
    groups day_group[d]:day_group[d + 1] are those of day d.
    """
    zones, days = zone[-1] + 1, len(day_group) - 1
    table = np.zeros((zones, days, longest))
    inside = np.zeros(len(chance))
    absent = np.empty(len(group_person))
    survive = np.empty(persons)
    for entry in range(len(members)):
        for row in range(len(chance)):
            inside[row] += chance[row, members[entry]]
        if entry + 1 < len(members) and zone[entry + 1] == zone[entry]:
            continue
        for g in range(len(group_person)):
            absent[g] = 1.0
            for visit in range(group[g], group[g + 1]):
                absent[g] *= max(0.0, 1.0 - inside[span[visit]])
        for first in range(days):
            survive[:] = 1.0
            total = 0.0
            for length in range(min(longest, days - first)):
                for g in range(day_group[first + length], day_group[first + length + 1]):
                    total += survive[group_person[g]] * (1.0 - absent[g])
                    survive[group_person[g]] *= absent[g]
                table[zone[entry], first, length] = total
    return table


@njit(nogil=True, cache=True)
def expected_visits(members, zone, daily, longest):
    """Return E[zone, first day, length − 1] of one centre from expected visits per unit and day."""
    zones, days = zone[-1] + 1, daily.shape[1]
    table = np.zeros((zones, days, longest))
    inside = np.zeros(days)
    for entry in range(len(members)):
        for day in range(days):
            inside[day] += daily[members[entry], day]
        if entry + 1 < len(members) and zone[entry + 1] == zone[entry]:
            continue
        for first in range(days):
            total = 0.0
            for length in range(min(longest, days - first)):
                total += inside[first + length]
                table[zone[entry], first, length] = total
    return table


@njit(nogil=True, cache=True)
def best_window(table, zone_of, unit, day, person, persons, counted, total_or_least):
    """Return the observed maximum of one centre: statistic, zone, first day, length − 1.

    Of equal windows the smaller zone, then the shorter and earlier interval: days on which nothing happened do not
    belong to a cluster. `total_or_least`: all visits when visits are counted, fewest persons when persons are.
    """
    zones, days, longest = table.shape
    count = np.zeros((days, longest), np.int64)
    present = np.zeros((persons, days), np.bool_)
    best, best_zone, best_first, best_length = 0.0, 0, 0, 0
    for z in range(zones):
        entered = False
        for visit in range(len(unit)):
            if zone_of[unit[visit]] == z:
                low, high = _newly_counted(present, person[visit], day[visit], longest)
                entered = entered or low <= day[visit]
                for first in range(low, day[visit] + 1):
                    for last in range(day[visit], min(high, first + longest - 1) + 1):
                        count[first, last - first] += 1
        if not entered:
            continue
        for length in range(longest):
            for first in range(days - length):
                value = _statistic(counted, count[first, length], table[z, first, length], total_or_least)
                if value > best * (1.0 + 1e-12):
                    best, best_zone, best_first, best_length = value, z, first, length
    return best, best_zone, best_first, best_length


@njit(nogil=True, cache=True)
def raise_maxima(table, zone_of, places, day_rows, person, persons, counted, total_or_least, maxima):
    """Raise each replicate's maximum to the largest statistic among this centre's windows, in place.

    places : replicates × visits, unit of each visit; day_rows : the same of days, or one row for all replicates.
    """
    zones, days, longest = table.shape
    visits = places.shape[1]
    first_in = np.empty(zones, np.int32)
    next_in = np.empty(visits, np.int32)
    count = np.empty((days, longest), np.int32)
    present = np.zeros((persons, days), np.bool_)
    for replicate in range(len(places)):
        day = day_rows[replicate if len(day_rows) > 1 else 0]
        first_in[:] = -1
        reached = 0
        for visit in range(visits):
            z = zone_of[places[replicate, visit]]
            if z >= 0:
                next_in[visit] = first_in[z]
                first_in[z] = visit
                reached += 1
        if reached < 2:
            continue
        count[:] = 0
        best = maxima[replicate]
        for z in range(zones):
            visit = first_in[z]
            while visit >= 0:
                d = day[visit]
                low, high = _newly_counted(present, person[visit], d, longest)
                for first in range(low, d + 1):
                    for last in range(d, min(high, first + longest - 1) + 1):
                        n = count[first, last - first] + 1
                        count[first, last - first] = n
                        if n > 1 and n > table[z, first, last - first]:
                            value = _statistic(counted, n, table[z, first, last - first], total_or_least)
                            if value > best:
                                best = value
                visit = next_in[visit]
        maxima[replicate] = best
        for visit in range(visits):
            present[person[visit], day[visit]] = False


@njit(nogil=True, cache=True, inline="always")
def _statistic(counted, n, e, total_or_least):
    if counted == PERSONS:
        return person_statistic(n, e, total_or_least)
    return poisson_llr(n, e, total_or_least) if n > 1 else 0.0


@njit(nogil=True, cache=True)
def _newly_counted(present, who, d, longest):
    """Mark the person present on day d; return the range of days in which only day d makes them count.

    Intervals [first, last] with low ≤ first ≤ d ≤ last ≤ high gain the person; low > d if there is none.
    """
    if present[who, d]:
        return d + 1, d
    low, high = d, d
    while low > 0 and d - low < longest - 1 and not present[who, low - 1]:
        low -= 1
    while high < present.shape[1] - 1 and high - d < longest - 1 and not present[who, high + 1]:
        high += 1
    present[who, d] = True
    return low, high
