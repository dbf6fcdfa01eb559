"""Compiled: every centre's neighbours from near to far, and the circles they make, as far as the caps allow."""

import numpy as np
from numba import njit

from ..distances import EARTH_RADIUS_M, length_between

NOBODY = np.iinfo(np.int64).max


@njit(nogil=True, cache=True)
def near_keys(points, begin, finish, tolerance, max_radius):  # pragma: no cover (compiled)
    """Return keys that sort the units within reach of centres begin … finish − 1 by distance, and their low bits.

    A float of one sign sorts as a whole number: its last bits give way to the unit's row, a change far below any
    tolerance. Each row of the answer holds the keys of one centre, filled up with NOBODY.
    """
    units, axes = points.shape
    low = np.int64(1)
    while low < units:
        low *= 2
    reach = max_radius + tolerance
    if axes == 3 and reach < np.pi * EARTH_RADIUS_M:
        reach = 2 * EARTH_RADIUS_M * np.sin(reach / (2 * EARTH_RADIUS_M)) + tolerance
    keys = np.full((finish - begin, units), NOBODY)
    square = np.empty(1)
    widest = 1
    for centre in range(begin, finish):
        found = 0
        for unit in range(units):
            square[0] = 0.0
            for axis in range(axes):
                square[0] += (points[unit, axis] - points[centre, axis]) ** 2
            if square[0] <= reach * reach or unit == centre:
                keys[centre - begin, found] = (square.view(np.int64)[0] & ~(low - 1)) | unit
                found += 1
        widest = max(widest, found)
    return keys[:, :widest], low - 1


@njit(nogil=True, cache=True)
def neighbour_lists(
    points, begin, keys, bits, share, tolerance, max_share, max_radius, smallest
):  # pragma: no cover
    """Return sizes, members, circle numbers and distances of the neighbour lists of the centres of these keys.

    points : units × 2 (planar) or × 3 (on the sphere: distances are arcs); `sizes` is 0 where none is allowed.
    Neighbours whose distance differs by no more than `tolerance` enter together, in the order of the rows.
    """
    sizes = np.zeros(len(keys), np.int64)
    members, zone = np.empty(keys.size, np.int32), np.empty(keys.size, np.int32)
    radius, width = np.empty(keys.size), keys.shape[1]
    used = 0
    for row in range(len(keys)):
        held, place, circle, ahead = 0.0, 0, 0, 0.0
        while place < width and keys[row, place] != NOBODY:
            tie, away = place, ahead
            while tie < width and keys[row, tie] != NOBODY:
                ahead = length_between(points, begin + row, keys[row, tie] & bits)
                if tie > place and ahead - away > tolerance:
                    break
                radius[used + tie] = away = ahead
                tie += 1
            for entry in range(place, tie):
                held += share[keys[row, entry] & bits]
            allowed = held <= max_share and away <= max_radius + tolerance
            if not (allowed or (circle == 0 and smallest)):
                break
            for entry in range(place, tie):
                unit, slot = np.int32(keys[row, entry] & bits), used + entry
                while slot > used + place and members[slot - 1] > unit:
                    members[slot] = members[slot - 1]
                    slot -= 1
                members[slot] = unit
                zone[used + entry] = circle
            place, circle = tie, circle + 1
        sizes[row] = place
        used += place
    return sizes, members[:used].copy(), zone[:used].copy(), radius[:used].copy()
