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
from .tables import Problem


def withheld_cells(problem: Problem) -> np.ndarray:
    """Return which keys are withheld (bool); the same problem gives the same answer.

    Raises
    ------
    ArithmeticError
        The solver gives up; nothing may be published then.
    """
    counts, least, k = problem.counts, problem.least, problem.k
    withheld = problem.hidden
    asked = np.flatnonzero(problem.asked)
    if not len(asked):
        return withheld
    far = np.where(counts[asked] - least[asked] > k - counts[asked], 1, 0)
    order = asked[np.lexsort((asked, -far, -counts[asked]))]
    seen_low, seen_high = counts <= least, counts >= k
    for cell in order:
        for target, seen in ((least[cell], seen_low), (k, seen_high)):
            if seen[cell]:
                continue
            change = _cheapest(problem, withheld, cell, target)
            withheld = withheld | (np.abs(change) > SLACK)
            shown = counts + change  # a table that could be the true one; it tells of other cells too
            seen_low |= shown <= least + SLACK
            seen_high |= shown >= k - SLACK
    return _lean(problem, withheld)


def _cheapest(problem: Problem, withheld: np.ndarray, cell: int, target: int) -> np.ndarray:
    """Return the change of every key that takes ``cell`` to ``target``, the cheapest in keys not yet withheld."""
    cost = np.where(withheld, 0.0, problem.cost)
    falls = np.where(problem.told, 0, np.maximum(problem.counts - problem.lowest, 0))
    up = [(0.0, 0.0 if fixed else None) for fixed in problem.told]
    down = [(0.0, float(most)) for most in falls]
    step = int(target - problem.counts[cell])
    up[cell], down[cell] = ((float(step),) * 2, (0.0, 0.0)) if step > 0 else ((0.0, 0.0), (float(-step),) * 2)
    found = linprog(
        np.concatenate([cost, cost]),
        A_eq=sparse.hstack([problem.sums, -problem.sums], format="csr"),
        b_eq=np.zeros(problem.sums.shape[0]),
        bounds=[*up, *down],
        method="highs-ds",
    )
    if found.status != 0:
        raise ArithmeticError(f"no way to protect a cell was found: {found.message}")
    return found.x[: len(cost)] - found.x[len(cost) :]


def _lean(problem: Problem, withheld: np.ndarray) -> np.ndarray:
    """Return the withheld keys without those that nothing needs, the costliest tried first."""
    kept = withheld.copy()
    others = np.flatnonzero(kept & ~problem.hidden)
    for cell in others[np.argsort(-problem.cost[others], kind="stable")]:
        low, high = Attacker(problem, kept).bounds(int(cell))
        kept[cell] = False
        if low == high:  # could be worked out anyway: withholding it protects nothing
            continue
        kept[cell] = next(exposed(problem, kept), None) is not None
    return kept
