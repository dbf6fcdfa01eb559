"""One home for "is it real?": pseudo p-values from a reference distribution, and the false discovery rate."""

import numpy as np

from .refusals import StatisticRefused

TIE = 1e-10
"""Relative tolerance below which a simulated value ties with the observed one (a tie counts against it)."""


def pseudo_p(observed: np.ndarray, simulated: np.ndarray) -> np.ndarray:
    """Return the one-sided ("greater") Monte Carlo p-value (M + 1) / (R + 1).

    Parameters
    ----------
    observed : array of shape (k,)
        The statistic as observed.
    simulated : array of shape (R, k) or (R, 1)
        The same statistic in R draws of the null; one column serves all k (distribution of a maximum).

    Returns
    -------
    array of shape (k,), each in [1 / (R + 1), 1]. M counts draws equal to or above the observed value, equal
    within a relative 1e-10, so that rounding never makes a result significant.

    References
    ----------
    Dwass (1957), Annals of Mathematical Statistics 28:181; Barnard (1963).
    """
    observed, simulated = np.asarray(observed, float), np.asarray(simulated, float)
    if simulated.ndim != 2 or simulated.shape[1] not in (1, len(observed)):
        raise StatisticRefused(f"simulated has shape {simulated.shape}, observed {observed.shape}")
    if not (np.isfinite(observed).all() and np.isfinite(simulated).all()):
        raise StatisticRefused("a p-value needs finite statistics; leave units without one out")
    threshold = observed - TIE * np.maximum(np.abs(observed), 1e-300)
    return ((simulated >= threshold).sum(axis=0) + 1) / (len(simulated) + 1)


def fdr(p: np.ndarray) -> np.ndarray:
    """Return Benjamini–Hochberg q-values: q ≤ alpha keeps the expected share of false alarms ≤ alpha.

    Question: which of many places tested at once remain, if at most a share alpha of them may be false?
    Valid for independent and positively dependent tests (one-sided tests of neighbourhoods that overlap).

    References
    ----------
    Benjamini & Hochberg (1995), JRSS B 57:289; Caldas de Castro & Singer (2006), Geographical Analysis 38:180.
    """
    return _adjusted(p, 1.0)


def fdr_any_dependence(p: np.ndarray) -> np.ndarray:
    """Return Benjamini–Yekutieli q-values: as `fdr`, valid however the tests depend on each other.

    The price: q is Σ 1/i times larger (i from 1 to the number of tests; 6.6 for 424 dongs), at most 1.

    References
    ----------
    Benjamini & Yekutieli (2001), Annals of Statistics 29:1165.
    """
    return _adjusted(p, (1 / np.arange(1, len(p) + 1)).sum())


def _adjusted(p: np.ndarray, price: float) -> np.ndarray:
    """Return the smallest level at which each test is among those kept, at most 1."""
    values = np.asarray(p, float)
    if not np.isfinite(values).all():
        raise StatisticRefused("false discovery rate needs a p-value for every test; leave untested units out")
    if ((values < 0) | (values > 1)).any():
        raise StatisticRefused("a p-value lies between 0 and 1")
    falling = np.argsort(-values, kind="stable")
    levels = values[falling] * (len(values) / np.arange(len(values), 0, -1) * price)
    adjusted = np.empty(len(values))
    adjusted[falling] = np.minimum(np.minimum.accumulate(levels), 1.0)
    return adjusted
