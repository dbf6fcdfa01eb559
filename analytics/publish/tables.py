"""A table of counts with its totals, as whoever reads it sees it: cells, and sums that must come out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

ALL = "all"
"""In place of a dong or a category: the total over all of them."""


@dataclass(frozen=True)
class Rule:
    """Which counts are protected: those from ``lowest`` to ``k`` − 1.

    ``lowest`` is 1 where a zero may be told (nobody came in), 0 where a zero would tell as much as a small count.
    """

    k: int
    lowest: int

    def protects(self, counts: np.ndarray) -> np.ndarray:
        """Return which counts are protected."""
        return (counts >= self.lowest) & (counts < self.k)


@dataclass(frozen=True)
class Table:
    """Counts of one measure on one day; cells first, then their totals.

    Attributes
    ----------
    keys : (dong, category) of each cell; ALL in a total. Where nothing is counted there is no cell.
    counts : int64, one a key
    sums : sparse, one row a total: `sums @ counts` is zero
    inner : how many of the keys are no totals
    """

    keys: tuple[tuple[str, str], ...]
    counts: np.ndarray
    sums: sparse.csr_array
    inner: int

    def least(self, rule: Rule) -> np.ndarray:
        """Return what each key is at least by the rule alone: zeros are published, so the rest is ``lowest``.

        A total is at least the sum of its cells' least.
        """
        cells = np.where(self.counts[: self.inner] > 0, rule.lowest, 0)
        return np.concatenate([cells, np.rint(-(self.sums[:, : self.inner] @ cells)).astype(np.int64)])


def with_totals(keys: Sequence[tuple[str, str]], counts: Sequence[int]) -> Table:
    """Return the table of these cells with the totals of every dong, of every category, and of all.

    Raises
    ------
    ValueError
        No cell, a cell twice, or a negative count.
    """
    if not keys or len(set(keys)) < len(keys) or min(counts) < 0:
        raise ValueError("cells must be given once each, with counts of zero or more")
    dongs, categories = (sorted({key[side] for key in keys}) for side in (0, 1))
    totals = [*((dong, ALL) for dong in dongs), *((ALL, category) for category in categories), (ALL, ALL)]
    row, column, sign = [], [], []
    for number, (dong, category) in enumerate(totals):
        under = [at for at, key in enumerate(keys) if dong in (key[0], ALL) and category in (key[1], ALL)]
        row += [number] * (len(under) + 1)
        column += [*under, len(keys) + number]
        sign += [-1.0] * len(under) + [1.0]
    sums = sparse.csr_array((sign, (row, column)), shape=(len(totals), len(keys) + len(totals)))
    inner = np.array(counts, np.int64)
    added = np.rint(-(sums[:, : len(keys)] @ inner)).astype(np.int64)
    return Table((*keys, *totals), np.concatenate([inner, added]), sums, len(keys))
