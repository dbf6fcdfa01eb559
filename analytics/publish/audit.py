"""What can be worked out of a published table: the least and the most that each withheld cell can be.

The attacker knows every published cell, every sum, that counts are not negative, and the rule: where zeros are
published, a withheld cell is at least one. Bounds are those of a linear programme (Fischetti & Salazar 2000,
"Models and algorithms for optimizing cell suppression in tabular data with linear constraints", Journal of the
American Statistical Association 95), solved by HiGHS. In tables of dong × category the bounds are whole numbers:
whoever knows that counts are whole learns no more.
"""

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from .tables import Problem

SLACK = 1e-6
UP, DOWN = 1, -1


class Attacker:
    """Somebody who knows what is published, and asks what a withheld key can be."""

    def __init__(self, problem: Problem, withheld: np.ndarray) -> None:
        """Take in the published keys; ``withheld`` is a bool for each key."""
        self.cells = np.flatnonzero(withheld)
        parts = problem.sums[:, self.cells]
        rest = -(problem.sums @ np.where(withheld, 0, problem.counts).astype(float))
        open_sums = np.diff(parts.indptr) > 0
        self.sums, self.right = parts[open_sums], rest[open_sums]
        self.box = [(float(low), None) for low in problem.lowest[self.cells]]

    def bounds(self, cell: int) -> tuple[float, float]:
        """Return the least and the most that the withheld cell can be; the most may be infinite."""
        aim = (self.cells == cell).astype(float)
        ends = []
        for sign in (UP, DOWN):
            found = linprog(sign * aim, A_eq=self.sums, b_eq=self.right, bounds=self.box, method="highs")
            if found.status not in (0, 3):  # solved, or without end
                raise ArithmeticError(f"the bounds of a cell cannot be worked out: {found.message}")
            ends.append(sign * found.fun if found.status == 0 else np.inf)
        return ends[0], ends[1]

    def together(self, cells: np.ndarray, targets: np.ndarray, way: int) -> np.ndarray:
        """Return values of ``cells`` that can all be true at once, as near to ``targets`` as they come together.

        One linear programme for many cells: where a cell gets to its target here, its bound is there or beyond; of
        the others it says nothing.
        """
        at, more = np.searchsorted(self.cells, cells), len(cells)
        chosen = sparse.csr_array((np.full(more, -float(way)), (np.arange(more), at)), (more, len(self.cells)))
        found = linprog(
            np.concatenate([np.zeros(len(self.cells)), -np.ones(more)]),
            A_ub=sparse.hstack([chosen, sparse.eye_array(more)], format="csr"),
            b_ub=np.zeros(more),
            A_eq=sparse.hstack([self.sums, sparse.csr_array((self.sums.shape[0], more))], format="csr"),
            b_eq=self.right,
            bounds=[*self.box, *((None, float(way * target)) for target in targets)],
            method="highs",
        )
        if found.status != 0:
            raise ArithmeticError(f"what can be worked out of a table cannot be judged: {found.message}")
        return found.x[at]


def exposed(problem: Problem, withheld: np.ndarray) -> Iterator[int]:
    """Give the protected keys that are told or can be worked out too well: no interval from least to k.

    A protected key must be able to be anything from what the rule alone says (``Problem.least``) up to k, which is
    not protected: nobody can even tell that it is a protected one. A key may be given twice.
    """
    yield from np.flatnonzero(problem.asked & ~withheld).tolist()
    if not withheld.any():
        return
    attacker = Attacker(problem, withheld)
    for way, targets in ((UP, np.full(len(withheld), problem.k)), (DOWN, problem.least)):
        waiting = np.flatnonzero(problem.asked & withheld)
        while len(waiting):
            there = way * (attacker.together(waiting, targets[waiting], way) - targets[waiting]) >= -SLACK
            if not there.any():  # none got there in company; the first is asked alone
                alone = attacker.together(waiting[:1], targets[waiting[:1]], way)
                if way * (alone[0] - targets[waiting[0]]) < -SLACK:
                    yield int(waiting[0])
                there[0] = True
            waiting = waiting[~there]
