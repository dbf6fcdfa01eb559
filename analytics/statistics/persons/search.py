"""The exact search, compiled: the best window of one centre, and the largest statistic of each replicate."""

import numpy as np
from numba import njit

from ..discs import CHAIN, class_of, disc
from .bounds import person_statistic, reachable


@njit(nogil=True, cache=True)
def best_of_centre(
    centre, top, best, unit, points, share, cap, reach, tolerance, edges, table,
    chance, span, day, day_from, person, persons, least,
):  # fmt: skip  # pragma: no cover (compiled)
    """Return statistic, circle, first day, length − 1 of the centre's best window, if it beats `best`.

    Circles up to class `top`. Of equal windows the smaller circle, then the shorter and the earlier interval: days
    on which nothing happened do not belong to a cluster. `unit`: of each visit; `chance`: units × spans.
    """
    _, days, longest = table.shape
    within = reach
    if top < len(edges) - 1:
        within = min(reach, edges[top] + CHAIN * tolerance)
    members, zone, length = disc(points, share, cap, within, tolerance, centre)
    zones = zone[-1] + 1
    zone_of = np.full(len(points), -1, np.int32)
    kind_of, last_of = np.zeros(zones, np.int32), np.zeros(zones, np.int32)
    for at in range(len(members)):
        zone_of[members[at]] = zone[at]
        last_of[zone[at]] = at
        if at == 0 or zone[at] != zone[at - 1]:
            kind_of[zone[at]] = class_of(edges, length[at])
    first_in, next_in = np.full(zones, -1, np.int32), np.empty(len(unit), np.int32)
    for visit in range(len(unit) - 1, -1, -1):
        z = zone_of[unit[visit]]
        if z >= 0:
            next_in[visit], first_in[z] = first_in[z], visit
    count, judged = np.zeros((days, longest), np.int32), np.full((days, longest), -1, np.int32)
    present, absent = np.zeros((persons, days), np.bool_), np.ones(persons)
    inside, entered = np.zeros(chance.shape[1]), 0
    best_zone, best_first, best_length = -1, 0, 0
    for z in range(zones):
        if kind_of[z] > top:
            break
        visit = first_in[z]
        while visit >= 0:
            low, high = newly_counted(present, person[visit], day[visit], longest)
            for first in range(low, day[visit] + 1):
                for last in range(day[visit], min(high, first + longest - 1) + 1):
                    count[first, last - first] += 1
            visit = next_in[visit]
        visit = first_in[z]
        while visit >= 0:
            d = day[visit]
            for first in range(max(0, d - longest + 1), d + 1):
                for last in range(d, min(days, first + longest)):
                    n = count[first, last - first]
                    if n < least or judged[first, last - first] == z:
                        continue
                    judged[first, last - first] = z
                    if person_statistic(n, table[kind_of[z], first, last - first], least) < best * (1 - 1e-9):
                        continue
                    while entered <= last_of[z]:
                        for s in range(chance.shape[1]):
                            inside[s] += chance[members[entered], s]
                        entered += 1
                    e = expected_between(inside, span, person, day_from[first], day_from[last + 1], absent)
                    value = person_statistic(n, e, least)
                    better = value > best * (1 + 1e-12)
                    if z == best_zone and not better and value >= best * (1 - 1e-12):
                        shorter = last - first < best_length
                        better = shorter or (last - first == best_length and first < best_first)
                    if better:
                        best, best_zone, best_first, best_length = value, z, first, last - first
            visit = next_in[visit]
    return best, best_zone, best_first, best_length


@njit(nogil=True, cache=True)
def best_of_centres(
    some, centres, unit, points, share, cap, reach, tolerance, edges, tables,
    chance, span, day, day_from, person, persons, least,
):  # fmt: skip  # pragma: no cover (compiled)
    """Return statistic, circle, first day, length − 1 of the best window of each of some of the centres."""
    best, zone = np.zeros(len(some)), np.zeros(len(some), np.int64)
    first, length = np.zeros(len(some), np.int64), np.zeros(len(some), np.int64)
    for row in range(len(some)):
        best[row], zone[row], first[row], length[row] = best_of_centre(
            centres[some[row]], len(edges) - 1, 0.0, unit, points, share, cap, reach, tolerance, edges,
            tables[some[row]], chance, span, day, day_from, person, persons, least,
        )  # fmt: skip
    return best, zone, first, length


@njit(nogil=True, cache=True)
def expected_between(inside, span, person, start, stop, absent):  # pragma: no cover (compiled)
    """Return the persons expected among the visits start:stop, of which those of a span are inside by chance."""
    total = 0.0
    for visit in range(start, stop):
        chance = min(inside[span[visit]], 1.0)
        total += absent[person[visit]] * chance
        absent[person[visit]] *= 1.0 - chance
    for visit in range(start, stop):
        absent[person[visit]] = 1.0
    return total


@njit(nogil=True, cache=True)
def newly_counted(present, who, d, longest):  # pragma: no cover (compiled)
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


@njit(nogil=True, cache=True)
def upper_class(entered, visits, unit, day, counts):  # pragma: no cover (compiled)
    """Count visits by class and day around a centre (`entered`: the class in which each unit comes in)."""
    counts[:] = 0
    for visit in visits:
        counts[entered[unit[visit]], day[visit]] += 1


@njit(nogil=True, cache=True)
def largest(
    drawn, node_from, node_centres, node_class, node_table, tables, entered,
    points, share, cap, reach, tolerance, edges, chance, span, day, day_from, person, persons, least,
):  # fmt: skip  # pragma: no cover (compiled)
    """Return the largest statistic over all windows of each replicate (`drawn`: replicates × visits).

    Nodes are neighbouring centres: node_centres[node_from[n]:node_from[n + 1]], with their bounds; `tables` and
    `entered` are those of the centres in the same order. Nodes, and their centres, are searched by falling bound.
    """
    classes, days, nodes = len(edges), len(day_from) - 1, len(node_from) - 1
    maxima, visits = np.zeros(len(drawn)), drawn.shape[1]
    counts = np.zeros((classes + 1, days), np.int32)
    limit, stamp, version = np.zeros(visits + 1), np.full(visits + 1, -1, np.int64), 0
    near, at_of = np.empty(visits, np.int64), np.empty(len(points), np.int64)
    for at in range(len(node_centres)):
        at_of[node_centres[at]] = at
    bound = np.zeros(nodes)
    for replicate in range(len(drawn)):
        unit, best = drawn[replicate], 0.0
        crowd = np.sort(unit)
        for visit in range(1, visits):  # units alone, the smallest windows, set a mark that the rest seldom beats
            if crowd[visit] == crowd[visit - 1] and (visit == 1 or crowd[visit] != crowd[visit - 2]):
                best = best_of_centre(
                    crowd[visit], 0, best, unit, points, share, cap, reach, tolerance, edges,
                    tables[at_of[crowd[visit]]], chance, span, day, day_from, person, persons, least,
                )[0]  # fmt: skip
        version += 1
        for node in range(nodes):
            size = _near(node_class[node], unit, day, classes, counts, near)
            bound[node] = 0.0
            if size >= least:
                _, bound[node] = reachable(counts, node_table[node], least, persons, limit, stamp, version, best)
        for node in np.argsort(-bound):
            if bound[node] <= best:
                break
            size = _near(node_class[node], unit, day, classes, counts, near)
            first, last = node_from[node], node_from[node + 1]
            top, most = np.empty(last - first, np.int64), np.empty(last - first)
            for at in range(first, last):
                upper_class(entered[at], near[:size], unit, day, counts)
                top[at - first], most[at - first] = reachable(
                    counts, tables[at], least, persons, limit, stamp, version, best
                )
            for row in np.argsort(-most):
                if most[row] <= best:
                    break
                value = best_of_centre(
                    node_centres[first + row], top[row], best, unit, points, share, cap, reach, tolerance, edges,
                    tables[first + row], chance, span, day, day_from, person, persons, least,
                )[0]  # fmt: skip
                if value > best:
                    best = value
                    version += 1
        maxima[replicate] = best
    return maxima


@njit(nogil=True, cache=True)
def _near(classes_of, unit, day, classes, counts, near):  # pragma: no cover (compiled)
    """Count the visits around a node by class and day; put them into `near` and return how many they are."""
    counts[:] = 0
    size = 0
    for visit in range(len(unit)):
        kind = classes_of[unit[visit]]
        if kind < classes:
            counts[kind, day[visit]] += 1
            near[size] = visit
            size += 1
    return size


@njit(nogil=True, cache=True)
def most_of_centres(unit, node_centres, tables, entered, day, persons, least):  # pragma: no cover (compiled)
    """Return for each centre a statistic that none of its windows exceeds (the observed data)."""
    most, every = np.zeros(len(node_centres)), np.arange(len(unit))
    counts = np.zeros((tables.shape[1] + 1, tables.shape[2]), np.int32)
    limit, stamp = np.zeros(len(unit) + 1), np.full(len(unit) + 1, -1, np.int64)
    for at in range(len(node_centres)):
        upper_class(entered[at], every, unit, day, counts)
        most[at] = reachable(counts, tables[at], least, persons, limit, stamp, 0, 0.0)[1]
    return most
