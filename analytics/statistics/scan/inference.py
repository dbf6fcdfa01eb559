"""From the maxima of the replicates to p, the Gumbel tail and the recurrence interval."""

import math

import numpy as np

from ..refusals import StatisticRefused
from ..significance import TIE, pseudo_p

EULER = 0.5772156649015329


def exceeded(llr: float, maxima: np.ndarray) -> np.ndarray:
    """Return which maxima reach the observed ratio; a tie within rounding counts against the cluster."""
    return maxima >= llr - TIE * llr


def stopping_point(llr: float, maxima: np.ndarray, stop_after: int | None) -> int | None:
    """Return after how many replicates the strongest cluster has been reached `stop_after` times, if it has."""
    if stop_after is None:
        return None
    times = np.cumsum(exceeded(llr, maxima))
    return int(np.searchsorted(times, stop_after)) + 1 if len(times) and times[-1] >= stop_after else None


def p_values(llr: np.ndarray, maxima: np.ndarray, *, stopped: bool) -> np.ndarray:
    """Return Monte Carlo p: (1 + exceedances) ÷ (1 + draws), or exceedances ÷ draws where the draws were stopped.

    References
    ----------
    Besag & Clifford (1991), Biometrika 78:301 (sequential p-values).
    """
    if not stopped:
        return pseudo_p(llr, maxima[:, None])
    return np.array([exceeded(value, maxima).mean() for value in llr])


def gumbel_p(llr: np.ndarray, maxima: np.ndarray) -> np.ndarray:
    """Return the upper tail of the Gumbel distribution with the maxima's mean and variance; NaN if they are equal.

    References
    ----------
    Abrams, Kulldorff & Kleinman (2010), International Journal of Health Geographics 9:61.
    """
    spread = float(np.std(maxima, ddof=1)) if len(maxima) > 1 else 0.0
    if spread == 0:
        return np.full(len(llr), np.nan)
    scale = spread * math.sqrt(6) / math.pi
    return -np.expm1(-np.exp(-(llr - (maxima.mean() - EULER * scale)) / scale))


def recurrence_interval(p: np.ndarray, days: float, looks: int) -> np.ndarray:
    """Return once in how many days chance alone shows such a cluster, when one looks every `days` days.

    p that covers A earlier and present looks is turned back to that of one look: D ÷ [1 − (1 − p)^(1/A)].
    """
    if looks < 1:
        raise StatisticRefused(f"looks must be at least 1, not {looks}")
    with np.errstate(divide="ignore"):
        return days / -np.expm1(np.log1p(-np.asarray(p, float)) / looks)
