"""Gi* judged by replicates of the same null as the scan, through the same smoothing: the map's second opinion."""

import numpy as np
import pandas as pd
from numba import njit
from scipy import sparse

from .checks import assert_same_units, counts
from .gi_star import FLAT, z_scores
from .parallel import in_threads, slices
from .rates import empirical_bayes, smooth
from .refusals import BadCounts, Misaligned, StatisticRefused
from .significance import TIE, fdr
from .weights import isolates, subset

NO_EXPOSURE = "no observable person-hours"
ISOLATED = "no neighbour with data"


def gi_star_under_null(
    observed_counts: pd.Series, simulated_counts: np.ndarray, exposure: pd.Series, weights: sparse.csr_array
) -> pd.DataFrame:
    """Return Gi* of the smoothed rates, with p from replicates that went through the same smoothing.

    Question: is the smoothed rate of this neighbourhood higher than anything the null would put there?
    Null hypothesis: that of the person-based scan (visits keep person and time and draw their unit in proportion
    to observable person-hours), so neither crowds, nor unequal coverage, nor the spread of small rates can make p
    small by themselves. Visits are counted here, not persons: one busy patient can, and only the scan says hot.

    Parameters
    ----------
    observed_counts : Series, index unit_code
        Visits counted per unit.
    simulated_counts : int array, replicates × units
        The same counts in draws of the null, units in the same order (person_scan.simulate_counts).
    exposure : Series, same index
        Denominator over the whole period: observable person-hours, or the visits expected under the null, which
        also takes out the rhythm of the day. NaN or 0 means no data.
    weights : csr_array, units × units
        Binary without self. Units without data leave it; a unit whose last neighbour so leaves is not tested.

    Returns
    -------
    DataFrame, index unit_code: `raw`, `smoothed` (per unit of exposure), `z`, `p` (one-sided "greater"), `q`
    (Benjamini–Hochberg over the tested units), `reason` ("" if tested). NaN where not tested.

    Notes
    -----
    With R replicates no p is below 1/(R+1): among several hundred units take R ≥ 9,999, or no place can pass.
    """
    assert_same_units(observed_counts.index, exposure.index, "exposure")
    seen = counts(observed_counts, "observed_counts")
    base = exposure.to_numpy(dtype="float64", na_value=np.nan)
    drawn = np.asarray(simulated_counts)
    if drawn.ndim != 2 or drawn.shape[1] != len(seen) or weights.shape != (len(seen), len(seen)):
        raise Misaligned(f"simulated_counts {drawn.shape}, weights {weights.shape}, units {len(seen)}")
    if (base < 0).any():
        raise BadCounts("exposure", "zero or more", list(exposure.index[base < 0]))
    if len(drawn) < 19:
        raise StatisticRefused(f"{len(drawn)} replicates cannot resolve a p-value of 0.05; take 9,999")
    known = base > 0
    reason = pd.Series(np.where(known, "", NO_EXPOSURE), index=exposure.index, dtype="str")
    if (seen[~known] > 0).any():
        raise BadCounts("exposure", "above zero where there are visits", list(exposure.index[~known & (seen > 0)]))
    frame = pd.DataFrame(np.nan, index=exposure.index, columns=["raw", "smoothed", "z", "p", "q"])
    if known.sum() >= 3:
        near = subset(weights, known)
        rates = empirical_bayes(observed_counts[known], exposure[known])
        z, above = _compare(seen[known], drawn, np.flatnonzero(known), base[known], near)
        tested = np.ones(int(known.sum()), bool)
        tested[isolates(near)] = False
        p = (above + 1) / (len(drawn) + 1)
        frame.loc[known, ["raw", "smoothed"]] = rates.to_numpy()
        judged = np.flatnonzero(known)[tested]
        columns = [frame.columns.get_loc(name) for name in ("z", "p", "q")]
        frame.iloc[judged, columns] = np.column_stack([z[tested], p[tested], fdr(p[tested])])
        reason.iloc[np.flatnonzero(known)[~tested]] = ISOLATED
    else:
        reason[known] = ISOLATED
    return frame.assign(reason=reason)


def _compare(seen, drawn, columns, base, near):
    """Return the observed z and, per unit, the number of replicates that reach it."""
    z = z_scores(smooth(seen[None, :], base)[0], near)[0]
    threshold = z - TIE * np.maximum(np.abs(z), 1.0)
    size, units = np.diff(near.indptr) + 1.0, len(base)
    shape = np.sqrt(np.maximum(units * size - size**2, 0.0) / (units - 1))

    def work(part: slice) -> np.ndarray:
        return _reached(drawn[part], columns, base, near.indptr, near.indices, shape, threshold)

    return z, np.sum(in_threads(work, slices(len(drawn))), axis=0)


@njit(nogil=True, cache=True)
def _reached(drawn, columns, base, indptr, indices, shape, threshold):  # pragma: no cover (compiled)
    """Return how many replicates reach each unit's threshold: `smooth` and `z_scores`, a replicate at a time."""
    units, everyone = len(columns), base.sum()
    above, x = np.zeros(units, np.int64), np.empty(units)
    for replicate in range(len(drawn)):
        row = drawn[replicate]
        events = 0
        for i in range(units):
            events += row[columns[i]]
        mean, spread = events / everyone, 0.0
        for i in range(units):
            x[i] = row[columns[i]] / base[i] - mean
            spread += base[i] * x[i] ** 2
        variance = max(spread / everyone - mean / (everyone / units), 0.0)
        total, top = 0.0, 0.0
        for i in range(units):
            if variance > 0.0:
                x[i] *= variance / (variance + mean / base[i])
            else:
                x[i] = 0.0
            total += x[i]
            top = max(top, abs(mean + x[i]))
        level, squares = total / units, 0.0
        for i in range(units):
            x[i] -= level
            squares += x[i] ** 2
        deviation = np.sqrt(squares / units)
        flat = deviation <= FLAT * top
        for i in range(units):
            z, scale = 0.0, deviation * shape[i]
            if scale > 0.0 and not flat:
                z = x[i]
                for k in range(indptr[i], indptr[i + 1]):
                    z += x[indices[k]]
                z /= scale
            above[i] += z >= threshold[i]
    return above
