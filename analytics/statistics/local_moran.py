"""Local Moran's I (LISA): does this place resemble its neighbours more, or less, than a random place would?

Finds clusters (high among high, low among low) and outliers (high among low, low among high). For "where is it
high?" Gi* is the sharper question; local Moran also shows the odd one out that Gi* averages away.
"""

from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse, special

from .checks import binary_weights, enough_permutations, finite
from .gi_star import FLAT, z_scores
from .neighbour_draws import exceedances
from .refusals import StatisticRefused
from .significance import fdr, fdr_any_dependence

Alternative = Literal["two-sided", "greater"]
TWO_SIDED, GREATER = "two-sided", "greater"
HIGH_HIGH, LOW_LOW, HIGH_LOW, LOW_HIGH, NONE = "high-high", "low-low", "high-low", "low-high", "none"


def local_moran(
    values: pd.Series, weights: sparse.csr_array, *, alternative: Alternative = "two-sided"
) -> pd.DataFrame:
    """Return local Moran's I of every unit with its analytic p.

    Question: given its own value, are the unit's neighbours unusual, on its side of the mean or on the other?
    Null hypothesis: given the unit's own value, its neighbours are a random draw of the other units (conditional
    randomisation).

    Parameters
    ----------
    values : Series, index unit_code
        Rates, better smoothed rates; never counts. A missing value is refused.
    weights : csr_array, units × units
        Binary, without self, rows in the order of `values`; isolates are refused.
    alternative : "two-sided" (default: clusters and outliers, high or low) or "greater"
        "greater" asks for hot places only: a unit above the mean amid neighbours above it ("high-high"), whose
        neighbours are higher than chance. p is one-sided there and 1 in every other quadrant, so whatever is
        significant is hot; p is valid for every unit, and conservative where the quadrant rules hot out.

    Returns
    -------
    DataFrame, index unit_code:
        `i`: d_u × (mean of the neighbours' d) ÷ m2, with d the deviation from the mean and m2 = Σd²/n. Divided by
        **n**, as in spdep (style "W"); PySAL's esda divides by n − 1: its values are ours × (n−1)/n. With binary
        weights (style "B") the value is ours × the number of neighbours; z and p are the same.
        `quadrant`: the unit, then its neighbours: "high-high", "low-low", "high-low", "low-high"; "none" where
        either equals the mean. It describes, also where nothing is significant.
        `z`: sign(d_u) × Gi of the unit; positive among its like, negative as the odd one out.
        `p`: two-sided by default, for the direction is not fixed beforehand; one-sided for "greater".
        `q` (Benjamini–Hochberg), `q_any` (Benjamini–Yekutieli: two-sided tests of places that share neighbours
        need not depend on each other in the way that Benjamini–Hochberg allows), over all units.

    Assumes
    -------
    Normal approximation for z and p: several neighbours, values not dominated by one unit.

    References
    ----------
    Anselin (1995), Geographical Analysis 27:93; Sokal, Oden & Thomson (1998), Geographical Analysis 30:331
    (moments under conditional randomisation). Equal to `localmoran(conditional = TRUE)` of the R package spdep.
    """
    _known(alternative)
    deviation, around, w = _deviations(values, weights)
    z = np.sign(deviation) * z_scores(deviation[None, :], w, star=False)[0]
    found = _frame(values.index, deviation, around, w, z)
    p = 2 * special.ndtr(-np.abs(z)) if alternative == TWO_SIDED else _hot_only(special.ndtr(-z), found)
    return found.assign(**_judged(p, "p"))


def local_moran_permutation(
    values: pd.Series,
    weights: sparse.csr_array,
    *,
    alternative: Alternative = "two-sided",
    permutations: int = 9_999,
    seed: int,
) -> pd.DataFrame:
    """Return local Moran's I with a pseudo p-value from conditional permutation.

    Question, null hypothesis, `i`, `quadrant`, `z`, `q` and `q_any`: as `local_moran`.
    `p_sim`, two-sided (default) = twice the smaller of the two one-sided (M + 1) / (R + 1), at most 1. (The
    "folded" p of PySAL is not doubled: at 0.05 it is a two-sided test at 0.10.) "greater", for hot places =
    (M + 1) / (R + 1) where the quadrant is "high-high", M being the draws whose sum of neighbours reaches the
    observed one, and 1 elsewhere. Draws are shared between units: neighbour_draws.

    Parameters
    ----------
    alternative : "two-sided" or "greater", as in `local_moran`
    permutations : int
        Draws per unit; 9,999 so that one unit in several hundred can pass the false discovery rate at all.
    seed : int
        Same seed, same answer; row order does not matter.
    """
    _known(alternative)
    enough_permutations(permutations)
    deviation, around, w = _deviations(values, weights)
    z = np.sign(deviation) * z_scores(deviation[None, :], w, star=False)[0]
    found = _frame(values.index, deviation, around, w, z)
    side = pd.Series(deviation, index=values.index)
    p = (exceedances(side, w, permutations, seed) + 1) / (permutations + 1)
    if alternative == GREATER:
        return found.assign(**_judged(_hot_only(p, found), "p_sim"))
    below = (exceedances(-side, w, permutations, seed) + 1) / (permutations + 1)
    return found.assign(**_judged(np.minimum(2 * np.minimum(p, below), 1.0), "p_sim"))


def _known(alternative: str) -> None:
    if alternative not in (TWO_SIDED, GREATER):
        raise StatisticRefused(f'alternative must be "{TWO_SIDED}" or "{GREATER}", not {alternative!r}')


def _hot_only(p: np.ndarray, found: pd.DataFrame) -> np.ndarray:
    return np.where(found["quadrant"] == HIGH_HIGH, p, 1.0)


def _deviations(values: pd.Series, weights: sparse.csr_array) -> tuple[np.ndarray, np.ndarray, sparse.csr_array]:
    """Return each unit's deviation from the mean, the mean deviation of its neighbours, and the weights."""
    x = finite(values, "values")
    w = binary_weights(weights, values.index)
    deviation = x - x.mean()
    if np.abs(deviation).max(initial=0.0) <= FLAT * np.abs(x).max(initial=0.0):
        deviation = np.zeros_like(x)
    return deviation, (w @ deviation) / np.diff(w.indptr), w


def _frame(codes: pd.Index, deviation: np.ndarray, around: np.ndarray, w, z: np.ndarray) -> pd.DataFrame:
    spread = np.mean(deviation**2)
    local = deviation * around / spread if spread > 0 else np.zeros_like(deviation)
    own, near = np.sign(deviation), np.sign(np.where(np.abs(around) <= FLAT * np.sqrt(spread), 0.0, around))
    sides = [(1, 1), (-1, -1), (1, -1), (-1, 1)]
    quadrant = np.select(
        [(own == a) & (near == b) for a, b in sides], [HIGH_HIGH, LOW_LOW, HIGH_LOW, LOW_HIGH], default=NONE
    )
    return pd.DataFrame({"i": local, "quadrant": quadrant, "z": z}, index=codes)


def _judged(p: np.ndarray, name: str) -> dict[str, np.ndarray]:
    return {name: p, "q": fdr(p), "q_any": fdr_any_dependence(p)}
