"""Gi* of every bin of a space-time cube: is this neighbourhood, today and yesterday, higher than the cube?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse, special

from ..gi_star import FLAT
from ..rates import smooth
from ..refusals import Misaligned
from ..significance import fdr
from .cube import Cube

TIE = 9
"""Decimals of z: figures that differ by less are equal but for rounding, and tie in the trend test."""


@dataclass(frozen=True)
class SpaceTimeGi:
    """Gi* of the bins, DataFrames units × bins, NaN where a bin has no figure.

    `smoothed`: empirical-Bayes rate; `z`: Gi*; `p`: two-sided; `q`: Benjamini–Hochberg over all bins of the cube;
    `side`: 1 where the neighbourhood has rather too many persons, −1 where it has rather too few visits.
    """

    smoothed: pd.DataFrame
    z: pd.DataFrame
    p: pd.DataFrame
    q: pd.DataFrame
    side: pd.DataFrame


def space_time_gi(cube: Cube, weights: sparse.csr_array, *, steps_back: int = 1) -> SpaceTimeGi:
    """Return Gi* of the empirical-Bayes-smoothed rate of every bin with figures.

    Question: is the rate in this unit and its neighbours, in this bin and the one before, above or below the
    cube's?
    Null hypothesis: each visit keeps its person and time and falls on the map in proportion to observable
    person-hours, that of the scan.

    Parameters
    ----------
    weights : csr_array, units × units
        Binary, without self, in the order of the cube; isolates are allowed (their neighbourhood is themselves).
    steps_back : int
        Bins before its own that belong to a neighbourhood (0: none).

    Notes
    -----
    z is Ord & Getis (1995, equation 14, variance by n) over all N bins with figures, binary weights with the bin
    itself; bins without figures are in no neighbourhood and in no sum. p does not come from the normal: with few
    visits to a bin z is so skewed that almost every visit would be "significant". It is the chance, under the
    null, of so many different persons (or so few visits) in the neighbourhood, given how many visits are expected
    there: the tail of a Poisson variable, an upper bound for independent visits (Hoeffding 1956), doubled.
    Persons, so that one busy patient makes no hot spot.
    """
    known = cube.known.to_numpy()
    near = _with_self(weights, cube.counts.index)
    counts = cube.counts.to_numpy(float)
    expected = _around(cube.expected.to_numpy(), near, steps_back)
    more = poisson_more(_persons(cube, near, steps_back), expected)
    fewer = special.pdtr(_around(counts, near, steps_back), expected)
    size = _around(known.astype(float), near, steps_back)
    x = np.zeros(known.shape)
    if known.any():
        x[known] = smooth(counts[known][None, :], cube.exposure.to_numpy()[known])[0][0]
    z = _z_scores(x, known, near, size, steps_back)
    p, q = np.full(known.shape, np.nan), np.full(known.shape, np.nan)
    p[known] = np.minimum(2 * np.minimum(more, fewer), 1.0)[known]
    q[known] = fdr(p[known])
    side = np.where(more <= fewer, 1.0, -1.0)

    def frame(values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(np.where(known, values, np.nan), cube.counts.index, cube.counts.columns)

    return SpaceTimeGi(*(frame(values) for values in (x, z, p, q, side)))


def poisson_more(counts: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return the chance of so many or more where so many are expected."""
    return np.where(counts > 0, special.pdtrc(np.maximum(counts - 1, 0), expected), 1.0)


def _with_self(weights: sparse.csr_array, codes: pd.Index) -> sparse.csr_array:
    if weights.shape != (len(codes), len(codes)):
        raise Misaligned(f"weights are {weights.shape}, units are {len(codes)}")
    if weights.nnz and (weights.data != 1).any() or weights.diagonal().any():
        raise Misaligned("weights must be binary, without the unit itself")
    return sparse.csr_array(weights + sparse.eye_array(len(codes), format="csr"))


def _persons(cube: Cube, near: sparse.csr_array, steps_back: int) -> np.ndarray:
    """Return the different persons in each bin's neighbourhood."""
    units, bins = cube.counts.shape
    if cube.visits is None:
        return _around(cube.counts.to_numpy(float), near, steps_back)
    person, persons = pd.factorize(cube.visits["person"])
    unit, first = cube.visits["unit"].to_numpy(), cube.visits["bin"].to_numpy()
    last = np.minimum(first + steps_back, bins - 1)
    times = last - first + 1
    reached = np.repeat(first, times) + np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    row = np.repeat(person, times) * bins + reached
    shape = (len(persons) * bins, units)
    there = sparse.csr_array((np.ones(len(row)), (row, np.repeat(unit, times))), shape=shape) @ near.T
    there.data[:] = 1.0
    every = np.arange(shape[0])
    of_bin = sparse.csr_array((np.ones(shape[0]), (every % bins, every)), shape=(bins, shape[0]))
    return (of_bin @ there).T.toarray()


def _around(values: np.ndarray, near: sparse.csr_array, steps_back: int) -> np.ndarray:
    """Return sums over each bin's neighbourhood: units near, this bin and those before."""
    space = near @ values
    total = space.copy()
    for step in range(1, min(steps_back, values.shape[1] - 1) + 1):
        total[:, step:] += space[:, :-step]
    return total


def _z_scores(
    x: np.ndarray, known: np.ndarray, near: sparse.csr_array, size: np.ndarray, steps_back: int
) -> np.ndarray:
    n = known.sum()
    if n < 2:
        return np.zeros(x.shape)
    centred = np.where(known, x - x[known].mean(), 0.0)
    deviation = np.sqrt((centred**2).sum() / n)
    if deviation <= FLAT * np.abs(x[known]).max():
        return np.zeros(x.shape)
    scale = deviation * np.sqrt(np.maximum(n * size - size**2, 0.0) / (n - 1))
    excess = _around(centred, near, steps_back)
    return np.round(np.divide(excess, scale, out=np.zeros(x.shape), where=scale > 0), TIE)
