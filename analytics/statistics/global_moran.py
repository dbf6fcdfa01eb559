"""Moran's I of a whole map: do neighbours resemble each other at all?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse, special

from .checks import binary_weights, finite
from .refusals import StatisticRefused


@dataclass(frozen=True)
class GlobalMoran:
    """Moran's I, its mean and variance when values are dealt out at random, z, and p one-sided ("greater")."""

    i: float
    expected: float
    variance: float
    z: float
    p: float


def global_moran(values: pd.Series, weights: sparse.csr_array) -> GlobalMoran:
    """Return Moran's I with row-standardised weights and its p under randomisation.

    Question: are neighbouring values more alike than if the values were dealt out over the map at random?
    Null hypothesis: the values are exchangeable over the units. One test; no multiplicity.

    Parameters
    ----------
    values : Series, index unit_code, at least four units; constant values are refused (I is 0/0)
    weights : csr_array, binary, without self, rows in the order of `values`; isolates are refused

    References
    ----------
    Cliff & Ord (1981), Spatial Processes, 1.5. Equal to `moran.test` of the R package spdep (style "W").
    """
    x = finite(values, "values")
    w = binary_weights(weights, values.index)
    n = len(x)
    if n < 4:
        raise StatisticRefused(f"Moran's I needs at least four units, not {n}")
    if np.ptp(x) == 0:
        raise StatisticRefused("values are all equal: nothing can resemble its neighbours more than the rest does")
    share = sparse.csr_array(w.multiply(1 / np.diff(w.indptr)[:, None]))
    d = x - x.mean()
    squares = (d**2).sum()
    i = float(d @ (share @ d) / squares)  # the weights add up to n
    both = share + share.T
    s1 = (both**2).sum() / 2
    s2 = ((share.sum(axis=1) + share.sum(axis=0)) ** 2).sum()
    kurtosis = n * (d**4).sum() / squares**2
    plain = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * n**2)
    peaked = kurtosis * (n * (n - 1) * s1 - 2 * n * s2 + 6 * n**2)
    expected = -1 / (n - 1)
    variance = float((plain - peaked) / ((n - 1) * (n - 2) * (n - 3) * n**2) - expected**2)
    z = (i - expected) / np.sqrt(variance)
    return GlobalMoran(i, expected, variance, float(z), float(special.ndtr(-z)))
