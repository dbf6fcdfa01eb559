"""The likelihood ratios of a window: Poisson (and space-time permutation, whose ratio is the same) and Bernoulli.

Every window has a count c and a baseline b that no replicate changes: expected cases, or cases + controls.
All ratios rise with c and fall with b; the replicates' search for maxima rests on that.
"""

import math

import numpy as np
from numba import njit

EXPECTED, POPULATION = 0, 1
"""What a baseline is: expected cases (Poisson, permutation) or cases + controls (Bernoulli)."""
SLOTS = 4096
"""Entries of a table of counts by the root of a baseline."""


@njit(nogil=True, cache=True)
def log_ratio(kind, c, b, total, everyone):  # pragma: no cover (compiled)
    """Return the log-likelihood ratio of a window; 0 unless it has more cases than its baseline gives it.

    kind : EXPECTED, `everyone` is then `total`; or POPULATION, `everyone` are all cases + controls
    c, b : cases and baseline of the window; total : all cases
    """
    e = b * (total / everyone)
    if c <= e:
        return 0.0
    if e <= 0.0:
        return math.inf
    ratio = c * math.log(c / e)
    if c < total:
        ratio += (total - c) * math.log((total - c) / (total - e))
    if kind == POPULATION:
        if c < b:
            ratio += (b - c) * math.log((b - c) / (b - e))
        outside = everyone - b - (total - c)
        if outside > 0:
            ratio += outside * math.log(outside / (everyone - b - (total - e)))
    return ratio


@njit(nogil=True, cache=True, inline="always")
def at_most(kind, c, b, total, everyone):  # pragma: no cover (compiled)
    """Return a bound on the ratio of a window with more cases than expected, e, that needs no logarithm.

    The ratio is Σ [o ln(o/m) − (o − m)] over the cells of a table, observed o, expected m, all |o − m| = δ. The
    second derivative of a term in o is 1/o, so it is at most δ²/2 over the smaller of o and m. In all:
    δ²/2 (1/e + 1/(C−c)), for Bernoulli δ²/2 (1/e + 1/(C−c) + 1/(b−c) + 1/m), m the expected controls outside.
    """
    e = b * (total / everyone)
    inverse = 1.0 / e + 1.0 / (total - c) if total > c else math.inf
    if kind == POPULATION:
        outside = everyone - b - total + e
        inverse = inverse + 1.0 / (b - c) + 1.0 / outside if b > c and outside > 0 else math.inf
    return 0.5 * (c - e) * (c - e) * inverse


@njit(nogil=True, cache=True)
def _slope(kind, c, b, total, everyone):  # pragma: no cover (compiled)
    """Return the derivative of the ratio in b (below zero where the ratio is above zero)."""
    if kind == EXPECTED:
        return (total - c) / (total - b) - c / b
    return math.log((b - c) / b) - math.log((everyone - b - total + c) / (everyone - b))


@njit(nogil=True, cache=True)
def largest_baselines(kind, floor, total, everyone, least, most):  # pragma: no cover (compiled)
    """Return for each count 0 … total the largest baseline (≤ most) whose ratio reaches the floor; −1 if none.

    A window with count c and baseline b can reach the floor only if b ≤ answer[c]. Rises with c. Rounded up by a
    billionth, never down. By Newton's method from below: the ratio is convex in b, so no step passes the root.
    """
    answer = np.full(total + 1, -1.0)
    reached = 0.0
    for c in range(least, total + 1):
        if reached < most:
            if floor <= 0.0:
                reached = min(most, c * (everyone / total))
            else:
                b = max(reached, c * math.exp(-1.0 - floor / c))
                if kind == POPULATION:
                    b = max(b, c * (1.0 + 1e-12))
                    if log_ratio(kind, c, b, total, everyone) < floor and reached == 0.0:
                        continue
                for _ in range(60):
                    above = log_ratio(kind, c, b, total, everyone) - floor
                    if above <= 0.0 or b >= most:
                        break
                    step = -above / _slope(kind, c, b, total, everyone)
                    b += step
                    if step < 1e-11 * b:
                        break
                reached = min(b, most)
        answer[c] = reached * (1.0 + 1e-9)
    return answer


@njit(nogil=True, cache=True)
def tabulate(reach, needed_of, scale):  # pragma: no cover (compiled)
    """Tabulate the smallest count that can reach the floor, by the root of the baseline; never too large."""
    c = 0
    for slot in range(SLOTS):
        while c < len(reach) and reach[c] < (slot / scale) ** 2:
            c += 1
        needed_of[slot] = c


def relative_risk(observed: int, expected: float, total: int) -> float:
    """Return cases per expected case inside ÷ outside a window; inf if all cases are inside, NaN if undefined."""
    if observed == total:
        return math.inf
    if not 0 < expected < total:
        return math.nan
    return (observed / expected) / ((total - observed) / (total - expected))


def kulldorff(observed: int, expected: float, total: int) -> tuple[float, float]:
    """Return a window's relative risk and Poisson log-likelihood ratio (0 unless above expected)."""
    return relative_risk(observed, expected, total), log_ratio(EXPECTED, observed, expected, total, total)
