"""Getis–Ord Gi* and Gi: is this neighbourhood's mean higher than the map's?

Binary weights only, the unit itself included (star): with row-standardised weights the analytic z of other
libraries is wrong. One-sided, "greater": hot is high. A constant field says nothing: z = 0 everywhere.
"""

import numpy as np
import pandas as pd
from scipy import sparse, special

from .checks import binary_weights, enough_permutations, finite
from .neighbour_draws import exceedances
from .significance import fdr, fdr_any_dependence

FLAT = 1e-12
"""A field whose standard deviation is below this share of its largest value is constant but for rounding."""


def gi_star(values: pd.Series, weights: sparse.csr_array, *, star: bool = True) -> pd.DataFrame:
    """Return Gi* (or Gi) of every unit with its analytic one-sided p and its q.

    Question: are the values in this unit's neighbourhood higher than the mean of the map?
    Null hypothesis: the values are exchangeable over the units.

    Parameters
    ----------
    values : Series, index unit_code
        Rates, better smoothed rates; never counts (counts mark crowds). A missing value is refused.
    weights : csr_array, units × units
        Binary, without self, rows in the order of `values`; isolates are refused.
    star : bool
        True: the unit belongs to its neighbourhood (Gi*). False: it does not, and mean and variance leave it
        out (Gi).

    Returns
    -------
    DataFrame, index unit_code: `z`, `p` (upper tail of the normal), `q` (Benjamini–Hochberg over all units),
    `q_any` (Benjamini–Yekutieli: valid however the tests depend on each other, and harder to pass).

    Assumes
    -------
    Normal approximation: neighbourhoods of several units, values not dominated by one unit.

    References
    ----------
    Ord & Getis (1995), Geographical Analysis 27:286, equations 14 and 15, variance divided by n. (Getis & Ord
    1996, p. 267, print values with n − 1; theirs are ours × √((n−1)/n).)
    """
    x = finite(values, "values")
    w = binary_weights(weights, values.index)
    z = z_scores(x[None, :], w, star=star)[0]
    p = special.ndtr(-z)
    return pd.DataFrame({"z": z, "p": p, "q": fdr(p), "q_any": fdr_any_dependence(p)}, index=values.index)


def gi_star_permutation(
    values: pd.Series, weights: sparse.csr_array, *, star: bool = True, permutations: int = 9_999, seed: int
) -> pd.DataFrame:
    """Return Gi* (or Gi) with a pseudo p-value from conditional permutation.

    Question: how often would this neighbourhood be as high if the other values were dealt out anew?
    Null hypothesis: given its own value, the unit's neighbours are a random draw of the other units (conditional
    permutation: the unit keeps its value, as in esda, spdep and GeoDa, for the star statistic too).

    Parameters
    ----------
    permutations : int
        Draws per unit; 9,999 so that one unit in several hundred can pass the false discovery rate at all.
    seed : int
        Same seed, same answer; draws follow the order of codes, so row order does not matter.

    Returns
    -------
    DataFrame, index unit_code: `z` (analytic), `p_sim` = (M + 1) / (R + 1), one-sided "greater", `q`, `q_any`.

    Notes
    -----
    All units read the same draws, each around its own position (neighbour_draws): every single p is as good as
    with draws of its own, but the Monte Carlo errors of the units of one run lean the same way. Another seed shows
    how large they are; with 9,999 draws the standard error of a p near 0.05 is 0.002.
    """
    enough_permutations(permutations)
    x = finite(values, "values")
    w = binary_weights(weights, values.index)
    above = exceedances(values, w, permutations, seed)
    p = (above + 1) / (permutations + 1)
    z = z_scores(x[None, :], w, star=star)[0]
    return pd.DataFrame({"z": z, "p_sim": p, "q": fdr(p), "q_any": fdr_any_dependence(p)}, index=values.index)


def z_scores(x: np.ndarray, w: sparse.csr_array, *, star: bool = True) -> np.ndarray:
    """Return Gi* (or Gi) of each row of `x` (replicates × units); `w` binary without self.

    A unit whose neighbourhood is the whole map has no contrast: its z is 0.
    """
    n = x.shape[1]
    centred = x - x.mean(axis=1, keepdims=True)  # z does not change with the level; the sums lose no digits
    around = (w @ centred.T).T
    size = np.diff(w.indptr) + (1.0 if star else 0.0)
    squares = (centred**2).sum(axis=1, keepdims=True)
    if star:
        excess = around + centred
        deviation = np.sqrt(squares / n)
        shape = np.sqrt(np.maximum(n * size - size**2, 0.0) / (n - 1))
    else:
        mean = -centred / (n - 1)
        excess = around - size * mean
        deviation = np.sqrt(np.maximum((squares - centred**2) / (n - 1) - mean**2, 0.0))
        shape = np.sqrt(np.maximum((n - 1) * size - size**2, 0.0) / (n - 2))
    scale = deviation * shape
    flat = deviation <= FLAT * np.abs(x).max(axis=1, keepdims=True)
    return np.divide(excess, scale, out=np.zeros_like(centred), where=(scale > 0) & ~flat)
