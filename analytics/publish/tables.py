"""A table of counts with its totals, and which of them must be protected: cells, and sums that must come out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

ALL = "all"
"""In place of a dong or a category: the total over all of them."""
TOTALS_COST = 4.0
"""Withholding a total costs as much as so many cells of its size: totals are what most readers look for."""


@dataclass(frozen=True)
class Rule:
    """Which counts are protected: those behind which from ``lowest`` to ``k`` − 1 stand (Table.behind).

    ``lowest`` is 1 where a zero may be told (nobody came in), 0 where a zero would tell as much as a small count.
    """

    k: int
    lowest: int

    def protects(self, behind: np.ndarray) -> np.ndarray:
        """Return which counts are protected, given how many stand behind each."""
        return (behind >= self.lowest) & (behind < self.k)


@dataclass(frozen=True)
class Table:
    """Counts of one measure on one day; cells first, then their totals.

    Attributes
    ----------
    keys : (dong, category) of each cell; ALL in a total. Where nothing is counted there is no cell.
    counts : int64, one a key
    sums : sparse, one row a total: `sums @ counts` is zero
    inner : how many of the keys are no totals
    behind : int64, one a key: how many stand behind the count and decide whether it is protected
        The distinct persons of index visits; of entries, where nobody is told apart, the entries.
    """

    keys: tuple[tuple[str, str], ...]
    counts: np.ndarray
    sums: sparse.csr_array
    inner: int
    behind: np.ndarray

    def least(self, rule: Rule) -> np.ndarray:
        """Return what each key is at least by the rule alone: zeros are published, so the rest is ``lowest``.

        A total is at least the sum of its cells' least.
        """
        cells = np.where(self.counts[: self.inner] > 0, rule.lowest, 0)
        return np.concatenate([cells, np.rint(-(self.sums[:, : self.inner] @ cells)).astype(np.int64)])


@dataclass(frozen=True)
class Problem:
    """What must be withheld so that nothing asked can be worked out (the cell suppression problem).

    Attributes
    ----------
    counts : int64, one a key: a table that could be the true one
    sums : sparse, one row a sum: `sums @ counts` is zero
    k : smallest count that is not protected
    asked : bool; a key that must be able to be anything from `least` to k
    hidden : bool; a key that is withheld whatever comes: those asked, and those that nobody is ever told
    told : bool; a key that cannot be withheld
    lowest : what a withheld key is at least, by itself
    least : the same, of a total with the `lowest` of its cells
    cost : what withholding a key costs
    """

    counts: np.ndarray
    sums: sparse.csr_array
    k: int
    asked: np.ndarray
    hidden: np.ndarray
    told: np.ndarray
    lowest: np.ndarray
    least: np.ndarray
    cost: np.ndarray


def alone(table: Table, rule: Rule) -> Problem:
    """Return the problem of a table beside which nothing else is told."""
    protected, total = rule.protects(table.behind), np.arange(len(table.keys)) >= table.inner
    cost = np.log2(2.0 + table.counts) * np.where(total, TOTALS_COST, 1.0)
    return Problem(
        counts=table.counts,
        sums=table.sums,
        k=rule.k,
        asked=protected,
        hidden=protected,
        told=(table.counts == 0) & (rule.lowest > 0),
        lowest=np.where(total, 0, rule.lowest),
        least=table.least(rule),
        cost=cost * (1.0 + 1e-6 * np.arange(len(table.keys))),  # ties are broken by place
    )


def with_totals(keys: Sequence[tuple[str, str]], counts: Sequence[int]) -> Table:
    """Return the table of these cells with the totals of every dong, of every category, and of all.

    The counts themselves stand behind it.

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
    counts_of_all = np.concatenate([inner, added])
    return Table((*keys, *totals), counts_of_all, sums, len(keys), counts_of_all)
