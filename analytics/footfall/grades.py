"""Ten grades of equal size, with bounds as a person would write them."""

import numpy as np

GRADES = 10
LEEWAY = 0.01
"""A bound may leave its decile by this share of all figures, for a rounder number: a class holds 8 to 12 %."""
STEPS = (5.0, 2.0, 1.0)


def grade_bounds(values: np.ndarray, counts: np.ndarray) -> list[float]:
    """Return nine bounds between ten grades; grade g holds the values above bound g − 1 and up to bound g.

    Parameters
    ----------
    values, counts : float arrays of the same length
        Distinct values, ascending, and how many figures have each.

    Returns
    -------
    Nine numbers, ascending; two are equal where so many figures are equal that a grade between them is empty.
    Empty list: there is no figure.
    """
    return _bounds(values, counts, GRADES)


def signed_bounds(values: np.ndarray, counts: np.ndarray) -> list[float]:
    """Return nine bounds of figures that say more or fewer: 0 is the fifth, each side has five equal classes."""
    if not counts.sum():
        return []
    fewer, more = values < 0, values > 0
    half = GRADES // 2
    below = _bounds(values[fewer], counts[fewer], half) or [0.0] * (half - 1)
    above = _bounds(values[more], counts[more], half) or [0.0] * (half - 1)
    return [*below, 0.0, *above]


def _bounds(values: np.ndarray, counts: np.ndarray, classes: int) -> list[float]:
    total = counts.sum()
    if not total:
        return []
    reached = np.cumsum(counts)

    def at(share: float) -> float:
        return float(values[np.searchsorted(reached, share * total)])

    cuts = [number / classes for number in range(1, classes)]
    return [roundest(at(cut - LEEWAY), at(cut), at(cut + LEEWAY)) for cut in cuts]


def roundest(low: float, middle: float, high: float) -> float:
    """Return the roundest number in [low, high]: a multiple of the largest 1, 2 or 5 × 10ⁿ that has one there.

    Of several multiples the one nearest to `middle` is taken. Where low and high are the same it is that number.
    """
    if low <= 0 <= high:
        return 0.0
    if low == high:
        return low
    power = int(np.floor(np.log10(max(abs(low), abs(high))))) + 1
    while True:
        for digit in STEPS:
            step = digit * 10.0**power
            nearest = _tidy(round(middle / step) * step)
            inside = [_tidy(factor * step) for factor in (np.ceil(low / step), np.floor(high / step))]
            fits = [number for number in (nearest, *inside) if low <= number <= high]
            if fits:
                return fits[0]
        power -= 1


def _tidy(value: float) -> float:
    """Return the value without the dust of binary fractions."""
    return float(f"{value:.12g}")
