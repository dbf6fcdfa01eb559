"""The Mann–Kendall trend test: do the later values of a series tend to be higher (or lower) than the earlier?"""

from collections import defaultdict
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy import special

from ..checks import assert_unique
from ..refusals import StatisticRefused

EXACT_UP_TO = 60
"""Longest series whose p is exact; the normal approximation is good long before."""


def mann_kendall(series: pd.DataFrame) -> pd.DataFrame:
    """Return the trend of each row, two-sided.

    Question: do later values tend to be higher (S > 0) or lower (S < 0) than earlier ones?
    Null hypothesis: the values of a row are exchangeable over time; its ties stay.

    Parameters
    ----------
    series : DataFrame, a row per unit, columns in the order of time
        NaN is missing and left out: the values that are there are compared in their order.

    Returns
    -------
    DataFrame, same index: `n` (values), `s` (pairs that rise − pairs that fall), `tau` (Kendall's τ-b with time),
    `z` (normal, variance corrected for ties, with continuity correction), `p` (two-sided: exact up to 60 values,
    with ties too, then normal). All but n and s are NaN with fewer than two values; where all are equal τ and z
    are 0 and p is 1. p is of one row; many rows need a correction of their own.

    Notes
    -----
    Exact: S = pairs without ties − 2 × inversions, and the inversions of a shuffled row with tied groups of sizes
    t₁, t₂, … are distributed as the coefficients of the Gaussian multinomial [n; t₁, t₂, …]_q.

    References
    ----------
    Mann (1945), Econometrica 13:245; Kendall (1975), Rank Correlation Methods, 4th ed.; MacMahon (1913).
    """
    assert_unique(series.index, "series")
    values = series.to_numpy(dtype="float64", na_value=np.nan)
    if np.isinf(values).any():
        raise StatisticRefused("a trend needs finite values; leave out those that have none")
    length = np.isfinite(values).sum(axis=1)
    s = np.zeros(len(values), np.int64)
    for lag in range(1, values.shape[1]):
        s += np.nansum(np.sign(values[:, lag:] - values[:, :-lag]), axis=1).astype(np.int64)
    tau, z, p = (np.full(len(values), np.nan) for _ in range(3))
    for ties, rows in _by_ties(values, length).items():
        n = sum(ties)
        if n < 2:
            continue
        pairs = n * (n - 1) // 2
        free = pairs - sum(size * (size - 1) // 2 for size in ties)
        tau[rows] = s[rows] / np.sqrt(float(pairs) * free) if free else 0.0
        z[rows] = _normal(s[rows], ties)
        p[rows] = exact_p(s[rows], ties) if n <= EXACT_UP_TO else special.erfc(np.abs(z[rows]) / np.sqrt(2))
    return pd.DataFrame({"n": length, "s": s, "tau": tau, "z": z, "p": p}, index=series.index)


def exact_p(s: np.ndarray, ties: tuple[int, ...]) -> np.ndarray:
    """Return the chance that a shuffled row with groups of equal values of these sizes has |S| ≥ |s|."""
    chance = _inversions(tuple(sorted(ties, reverse=True)))
    strength = np.abs(len(chance) - 1 - 2 * np.arange(len(chance)))
    order = np.argsort(strength, kind="stable")
    tail = np.cumsum(chance[order][::-1])[::-1]
    at = np.searchsorted(strength[order], np.abs(s))
    return np.minimum(tail[at], 1.0)


def _by_ties(values: np.ndarray, length: np.ndarray) -> dict[tuple[int, ...], np.ndarray]:
    """Return the rows of each pattern of ties: sizes of the groups of equal values, a value alone has size 1."""
    ordered = np.sort(values, axis=1)
    tied = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1) if values.shape[1] > 1 else np.zeros(len(values), bool)
    found: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for n in np.unique(length):
        found[(1,) * int(n)] = np.flatnonzero(~tied & (length == n)).tolist()
    for row in np.flatnonzero(tied):
        sizes = np.unique(ordered[row, : length[row]], return_counts=True)[1]
        found[tuple(sorted(sizes.tolist(), reverse=True))].append(int(row))
    return {ties: np.array(rows, np.intp) for ties, rows in found.items() if rows}


def _normal(s: np.ndarray, ties: tuple[int, ...]) -> np.ndarray:
    n = sum(ties)
    variance = (n * (n - 1) * (2 * n + 5) - sum(size * (size - 1) * (2 * size + 5) for size in ties)) / 18
    nearer = np.sign(s) * np.maximum(np.abs(s) - 1, 0)
    return nearer / np.sqrt(variance) if variance > 0 else np.zeros(len(s))


@lru_cache(maxsize=4_096)
def _inversions(ties: tuple[int, ...]) -> np.ndarray:
    """Return the chance of 0, 1, 2, … inversions in a random order of groups of equal values."""
    chance, n = np.ones(1), 0
    for size in ties:
        n += size
        factor = _gaussian_binomial(n, size)
        chance = np.convolve(chance, factor / factor.sum())
    return chance


@lru_cache(maxsize=4_096)
def _gaussian_binomial(n: int, k: int) -> np.ndarray:
    """Return the coefficients of [n choose k]_q: [n−1, k−1] + q^k [n−1, k]."""
    if k in (0, n):
        return np.ones(1)
    if k == 1:
        return np.ones(n)
    total = np.zeros(k * (n - k) + 1)
    total[: (k - 1) * (n - k) + 1] += _gaussian_binomial(n - 1, k - 1)
    total[k:] += _gaussian_binomial(n - 1, k)
    return total
