"""Compiled: every centre's neighbours from near to far, and the circles they make, as far as the caps allow."""

import numpy as np
from numba import njit

EARTH_RADIUS_M = 6_367_000.0
"""The sphere that SaTScan measures great circles on."""


@njit(nogil=True, cache=True)
def neighbour_lists(points, begin, finish, share, tolerance, max_share, max_radius, smallest):  # pragma: no cover
    """Return sizes, members, circle numbers and distances of the neighbour lists of centres begin … finish − 1.

    points : units × 2 (planar) or × 3 (on the sphere: distances are arcs); `sizes` is 0 where no circle is allowed.
    Neighbours whose distance differs by no more than `tolerance` enter together, in the order of the rows.
    """
    units, axes = points.shape
    sizes = np.zeros(finish - begin, np.int64)
    room = 1024
    members, zone, radius = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room)
    bits = np.int64(1)
    while bits < units:
        bits *= 2
    keys = np.empty(units, np.int64)
    square, near, away = np.empty(units), np.empty(units, np.int64), np.empty(units)
    chord = max_radius + tolerance
    if axes == 3 and chord < np.pi * EARTH_RADIUS_M:
        chord = 2 * EARTH_RADIUS_M * np.sin(chord / (2 * EARTH_RADIUS_M)) + tolerance
    used = 0
    for centre in range(begin, finish):
        found = 0
        for unit in range(units):
            total = 0.0
            for axis in range(axes):
                total += (points[unit, axis] - points[centre, axis]) ** 2
            square[unit] = total
            if total <= chord * chord or unit == centre:
                near[found] = unit
                found += 1
        # a float of one sign sorts as a whole number: its last bits give way to the row, far below any tolerance
        for place in range(found):
            keys[place] = (square[near[place : place + 1]].view(np.int64)[0] & ~(bits - 1)) | near[place]
        order = np.sort(keys[:found])
        for place in range(found):
            near[place] = order[place] & (bits - 1)
            away[place] = np.sqrt(square[near[place]])
            if axes == 3:
                away[place] = 2 * EARTH_RADIUS_M * np.arcsin(min(1.0, away[place] / (2 * EARTH_RADIUS_M)))
        while used + found > room:
            room *= 2
        if room > len(members):
            members = np.concatenate((members, np.empty(room - len(members), np.int32)))
            zone = np.concatenate((zone, np.empty(room - len(zone), np.int32)))
            radius = np.concatenate((radius, np.empty(room - len(radius))))
        held, place, circle = 0.0, 0, 0
        while place < found:
            tie = place + 1
            while tie < found and away[tie] - away[tie - 1] <= tolerance:
                tie += 1
            if tie > place + 1:
                near[place:tie] = np.sort(near[place:tie])
            for entry in range(place, tie):
                held += share[near[entry]]
            allowed = held <= max_share and away[tie - 1] <= max_radius + tolerance
            if not (allowed or (circle == 0 and smallest)):
                break
            for entry in range(place, tie):
                members[used], zone[used], radius[used] = near[entry], circle, away[entry]
                used += 1
            place, circle = tie, circle + 1
        sizes[centre - begin] = circle and place
    return sizes, members[:used].copy(), zone[:used].copy(), radius[:used].copy()
