"""Which cells are withheld: the protected ones, and as few others as keep these from being worked out.

For each protected cell and each end of the interval that it must keep, the cheapest change of the table that takes
it there while every sum comes out and published cells stay: the cells that change are withheld (Kelly, Golden &
Assad 1992, "Cell suppression: disclosure protection for sensitive tabular data", Networks 22). Then whatever turns
out not to be needed is published again, the largest cells first. What is left is audited (audit.exposed).
"""

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from .audit import SLACK, Attacker, exposed
from .tables import Rule, Table

TOTALS_COST = 4.0
"""Withholding a total costs as much as so many cells of its size: totals are what most readers look for."""


def withheld_cells(table: Table, rule: Rule) -> np.ndarray:
    """Return which keys are withheld (bool); the same table gives the same answer.

    Raises
    ------
    ArithmeticError
        The solver gives up; nothing may be published then.
    """
    withheld = rule.protects(table.counts)
    protected = np.flatnonzero(withheld)
    if not len(protected):
        return withheld
    weight, least = _weights(table), table.least(rule)
    far = np.where(table.counts[protected] - least[protected] > rule.k - table.counts[protected], 1, 0)
    order = protected[np.lexsort((protected, -far, -table.counts[protected]))]
    seen_low, seen_high = np.zeros(len(table.keys), bool), np.zeros(len(table.keys), bool)
    for cell in order:
        for target, seen in ((least[cell], seen_low), (rule.k, seen_high)):
            if seen[cell]:
                continue
            change = _cheapest(table, withheld, weight, rule, cell, target)
            withheld = withheld | (np.abs(change) > SLACK)
            shown = table.counts + change  # a table that could be the true one; it tells of other cells too
            seen_low |= shown <= least + SLACK
            seen_high |= shown >= rule.k - SLACK
    return _lean(table, withheld, weight, rule)


def _weights(table: Table) -> np.ndarray:
    """Return what withholding each key costs; ties are broken by place."""
    size = np.log2(2.0 + table.counts)
    total = np.arange(len(table.keys)) >= table.inner
    return size * np.where(total, TOTALS_COST, 1.0) * (1.0 + 1e-6 * np.arange(len(table.keys)))


def _cheapest(
    table: Table, withheld: np.ndarray, weight: np.ndarray, rule: Rule, cell: int, target: int
) -> np.ndarray:
    """Return the change of every key that takes ``cell`` to ``target``, the cheapest in cells not yet withheld."""
    cost = np.where(withheld, 0.0, weight)
    lowest = np.where(np.arange(len(table.keys)) < table.inner, rule.lowest, 0)
    told = (table.counts == 0) & (rule.lowest > 0)  # zeros are published
    falls = np.where(told, 0, np.maximum(table.counts - lowest, 0))
    up = [(0.0, 0.0 if fixed else None) for fixed in told]
    down = [(0.0, float(most)) for most in falls]
    step = int(target - table.counts[cell])
    up[cell], down[cell] = ((float(step),) * 2, (0.0, 0.0)) if step > 0 else ((0.0, 0.0), (float(-step),) * 2)
    found = linprog(
        np.concatenate([cost, cost]),
        A_eq=sparse.hstack([table.sums, -table.sums], format="csr"),
        b_eq=np.zeros(table.sums.shape[0]),
        bounds=[*up, *down],
        method="highs-ds",
    )
    if found.status != 0:
        raise ArithmeticError(f"no way to protect a cell was found: {found.message}")
    return found.x[: len(table.keys)] - found.x[len(table.keys) :]


def _lean(table: Table, withheld: np.ndarray, weight: np.ndarray, rule: Rule) -> np.ndarray:
    """Return the withheld keys without those that nothing needs, the costliest tried first."""
    kept = withheld.copy()
    others = np.flatnonzero(kept & ~rule.protects(table.counts))
    for cell in others[np.argsort(-weight[others], kind="stable")]:
        attacker = Attacker(table, kept, rule)
        low, high = attacker.bounds(int(cell))
        if low == high:  # can be worked out anyway: withholding it protects nothing
            kept[cell] = False
            continue
        kept[cell] = False
        kept[cell] = next(exposed(table, kept, rule), None) is not None
    return kept
