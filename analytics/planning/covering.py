"""Maximal covering location (Church & ReVelle 1974): k places within whose reach the most weight lies.

Greedy with exchange finds them; the linear relaxation says what no choice can exceed; where the two differ,
branch and bound looks on (scipy's HiGHS, to a number of nodes and never to a time: same input, same answer).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, hstack

NODES = 200
CLOSE = 1e-6
"""Relative difference below which two sums of weights are the same."""


@dataclass(frozen=True)
class Covering:
    """The places chosen (candidate numbers, the one that adds most first), their sum, and its upper bound."""

    chosen: tuple[int, ...]
    gains: tuple[float, ...]
    reached: float
    bound: float

    @property
    def optimal(self) -> bool:
        """Say whether no choice can reach more."""
        return self.reached >= self.bound * (1 - CLOSE)


def maximal_covering(reach: csr_array, weight: np.ndarray, count: int) -> Covering:
    """Return the best `count` candidates that were found.

    Parameters
    ----------
    reach : candidates × places, non-zero where the candidate reaches the place.
    weight : of the places, zero or more.
    count : how many candidates to choose; fewer are chosen where more would reach nothing new.
    """
    reach = csr_array(reach, dtype=np.float64)
    count = min(count, reach.shape[0])
    if count == 0 or not weight.any():
        return Covering((), (), 0.0, 0.0)
    chosen = _exchanged(reach, weight, _greedy(reach, weight, range(reach.shape[0]), count))
    best, bound = _sum(reach, weight, chosen), _solved(reach, weight, count, relaxed=True)[1]
    if best < bound * (1 - CLOSE):
        found, bound = _solved(reach, weight, count, relaxed=False)
        if found and _sum(reach, weight, found) > best * (1 + CLOSE):
            chosen = found
    ordered = _greedy(reach, weight, chosen, len(chosen))
    gains = _gains(reach, weight, ordered)
    return Covering(tuple(ordered), tuple(gains), float(sum(gains)), max(float(bound), float(sum(gains))))


def _greedy(reach: csr_array, weight: np.ndarray, candidates, count: int) -> list[int]:
    """Return up to `count` of the candidates, each the one that adds most; of equals the first."""
    candidates = sorted(candidates)
    left, chosen = weight.astype(float), []
    while len(chosen) < count:
        gains = reach[candidates] @ left
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        chosen.append(candidates[best])
        left = np.where(_covered(reach, [candidates[best]]), 0.0, left)
    return chosen


def _exchanged(reach: csr_array, weight: np.ndarray, chosen: list[int]) -> list[int]:
    """Return the choice after exchanging one for another as long as that adds (Teitz & Bart 1968)."""
    best, better = _sum(reach, weight, chosen), True
    while better:
        better = False
        for place in range(len(chosen)):
            others = chosen[:place] + chosen[place + 1 :]
            left = np.where(_covered(reach, others), 0.0, weight)
            gains = reach @ left
            swap = int(np.argmax(gains))
            total = float(weight.sum() - left.sum() + gains[swap])
            if total > best * (1 + CLOSE):
                chosen, best, better = [*others[:place], swap, *others[place:]], total, True
    return chosen


def _solved(reach: csr_array, weight: np.ndarray, count: int, *, relaxed: bool) -> tuple[list[int], float]:
    """Return a choice (empty if none was found, or in the relaxation) and the upper bound of every choice.

    Variables: x of the candidates, y ≤ Σ x of those that reach it, of the places. Σ x = count.
    """
    candidates, places = reach.shape
    served = np.flatnonzero(weight > 0)
    identity = coo_array((np.ones(len(served)), (np.arange(len(served)),) * 2)).tocsr()
    cover = hstack([-reach.T.tocsr()[served], identity])
    total = coo_array((np.ones(candidates), (np.zeros(candidates, int), np.arange(candidates))))
    total = hstack([total, coo_array((1, len(served)))])
    whole = np.concatenate([np.ones(candidates), np.zeros(len(served))]) * (not relaxed)
    answer = milp(
        np.concatenate([np.zeros(candidates), -weight[served]]),
        integrality=whole,
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(cover, -np.inf, 0), LinearConstraint(total, 0, count)],
        options={"node_limit": NODES},
    )
    if relaxed or answer.x is None:
        bound = -answer.fun if relaxed else -answer.mip_dual_bound
        return [], float(bound)
    return [int(n) for n in np.flatnonzero(answer.x[:candidates] > 0.5)], float(-answer.mip_dual_bound)


def _covered(reach: csr_array, chosen: list[int]) -> np.ndarray:
    return np.asarray(reach[chosen].sum(axis=0)).ravel() > 0


def _sum(reach: csr_array, weight: np.ndarray, chosen: list[int]) -> float:
    return float(weight[_covered(reach, chosen)].sum())


def _gains(reach: csr_array, weight: np.ndarray, ordered: list[int]) -> list[float]:
    left, gains = weight.astype(float), []
    for candidate in ordered:
        covered = _covered(reach, [candidate])
        gains.append(float(left[covered].sum()))
        left = np.where(covered, 0.0, left)
    return gains
