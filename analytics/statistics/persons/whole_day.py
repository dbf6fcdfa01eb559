"""The person-hours of a whole day where some of its hours have no figure.

A visit known only by date is compared with whole days. A unit whose nights are masked would have a day of half the
hours, so far too small a chance, and every visit there would look like an excess. Its day is estimated instead.
"""

import numpy as np

ENOUGH = 0.5
"""Least part of the day's person-hours that a unit must have figures for, to be compared by whole days."""
ROUNDS = 200
SETTLED = 1e-10


def whole_day(hours: np.ndarray) -> np.ndarray:
    """Return each unit's person-hours of one day (0: the day is not observable there).

    Parameters
    ----------
    hours : float array, units × periods of the day
        Person-hours, NaN where there is no figure. A known 0 is a figure.

    Notes
    -----
    T_u = Σ known O_uh ÷ Σ known c_h, where c_h, Σc = 1, is the map's rhythm of that day: units and hours fitted as
    independent to the known figures (quasi-independence; Goodman 1968, "The analysis of cross-classified data"),
    among units with figures for at least half of the hours. A unit that knows less than half of the rhythm has too
    little of a day to stand for it: 0. Hours of which no such unit has a figure are no part of the day. With all
    figures there, T is their sum.
    """
    known = ~np.isnan(hours)
    if known.all():
        return hours.sum(axis=1)
    anywhere = known.any(axis=0)
    most = known.sum(axis=1) >= max(ENOUGH * anywhere.sum(), 1)
    compared = known[most].any(axis=0)
    known, seen = known[:, compared], np.where(known, hours, 0.0)[:, compared]
    rhythm = _rhythm(seen[most], known[most].astype(float))
    told = known @ rhythm
    total = np.divide(seen.sum(axis=1), told, out=np.zeros(len(hours)), where=told > 0)
    return np.where(told >= ENOUGH - SETTLED, total, 0.0)


def _rhythm(seen: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the share of each period in a day, fitted to the figures known (all 0: nobody was anywhere)."""
    rhythm = np.full(seen.shape[1], 1 / max(seen.shape[1], 1))
    by_unit, by_period = seen.sum(axis=1), seen.sum(axis=0)
    for _ in range(ROUNDS):
        part = known @ rhythm
        level = np.divide(by_unit, part, out=np.zeros_like(by_unit), where=part > 0)
        base = level @ known
        before, rhythm = rhythm, np.divide(by_period, base, out=np.zeros_like(by_period), where=base > 0)
        rhythm = rhythm / rhythm.sum() if rhythm.any() else rhythm
        if np.abs(rhythm - before).max(initial=0.0) < SETTLED:
            break
    return rhythm
