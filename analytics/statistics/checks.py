"""What every statistic asks of its input before it computes: aligned units, no gaps, real counts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from .refusals import BadCounts, IsolatedUnits, Misaligned, MissingValue, StatisticRefused


def assert_unique(index: pd.Index, what: str) -> None:
    """Refuse an index that names a unit twice."""
    if not index.is_unique:
        twice = index[index.duplicated()].unique()
        raise Misaligned(f"{what} names {len(twice)} unit(s) twice, for example {twice[0]}")


def assert_same_units(index: pd.Index, other: pd.Index, what: str) -> None:
    """Refuse two inputs whose units differ or come in another order."""
    if not index.equals(other):
        raise Misaligned(f"{what} does not have the same units in the same order ({len(index)} and {len(other)})")


def finite(values: pd.Series, what: str) -> np.ndarray:
    """Return the values as float64, or refuse and name the units without one."""
    assert_unique(values.index, what)
    array = values.to_numpy(dtype="float64", na_value=np.nan)
    gaps = ~np.isfinite(array)
    if gaps.any():
        raise MissingValue(what, list(values.index[gaps]))
    return array


def counts(values: pd.Series, what: str) -> np.ndarray:
    """Return whole, non-negative counts as int64, or refuse and name the units."""
    array = finite(values, what)
    bad = (array < 0) | (array != np.floor(array))
    if bad.any():
        raise BadCounts(what, "whole and not negative", list(values.index[bad]))
    return array.astype("int64")


def positive(values: pd.Series, what: str) -> np.ndarray:
    """Return positive values as float64, or refuse and name the units."""
    array = finite(values, what)
    if (array <= 0).any():
        raise BadCounts(what, "above zero", list(values.index[array <= 0]))
    return array


def not_negative(values: pd.Series, what: str) -> np.ndarray:
    """Return values that are zero or more as float64, or refuse and name the units."""
    array = finite(values, what)
    if (array < 0).any():
        raise BadCounts(what, "zero or more", list(values.index[array < 0]))
    return array


def binary_weights(weights: sparse.csr_array, codes: Sequence[object]) -> sparse.csr_array:
    """Return the weights if they are square, 0/1, without self and without isolates; else refuse."""
    size = len(codes)
    if weights.shape != (size, size):
        raise Misaligned(f"weights are {weights.shape}, units are {size}")
    if weights.nnz and not (weights.data == 1).all():
        raise Misaligned("weights must be binary (0 or 1): row standardisation changes the analytic z")
    if weights.diagonal().any():
        raise Misaligned("weights must not contain the unit itself; the star statistic adds it")
    alone = np.flatnonzero(np.diff(weights.indptr) == 0)
    if len(alone):
        raise IsolatedUnits([codes[position] for position in alone])
    return weights


def enough_permutations(permutations: int) -> None:
    """Refuse so few draws that no place could ever be significant."""
    if permutations < 99:
        raise StatisticRefused(f"{permutations} permutations cannot resolve a p-value of 0.05; take 9,999")
