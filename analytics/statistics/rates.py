"""How often, per exposure: rates smoothed where denominators are small, relative risks, each with an interval."""

import numpy as np
import pandas as pd
from scipy import sparse, special

from .checks import assert_same_units, binary_weights, counts, finite, not_negative, positive
from .refusals import BadCounts, StatisticRefused


def empirical_bayes(events: pd.Series, exposure: pd.Series) -> pd.DataFrame:
    """Shrink each unit's rate towards the global rate, the more so the less exposure it has.

    Question: what rate would we expect of this unit, knowing that rates of small denominators jump about?

    Parameters
    ----------
    events : Series of counts, index unit_code
    exposure : Series of positive denominators (for us: observable person-hours), same index
        A unit without exposure has no rate: leave it out and call it "no data".

    Returns
    -------
    DataFrame, index unit_code: `raw` (events ÷ exposure) and `smoothed`, in events per unit of exposure.
    `attrs`: `prior_mean` b and `prior_variance` a of the rates (a = 0 means: nothing but chance, all equal b).

    Assumes
    -------
    Counts are Poisson given the rates; rates come from one prior, estimated by moments (negative variance → 0).

    References
    ----------
    Marshall (1991), Applied Statistics 40:283. Equal to `EBest` of the R package spdep (family "poisson").
    """
    assert_same_units(events.index, exposure.index, "exposure")
    observed = counts(events, "events")
    base = positive(exposure, "exposure")
    smoothed, mean, variance = smooth(observed[None, :], base)
    frame = pd.DataFrame({"raw": observed / base, "smoothed": smoothed[0]}, index=events.index)
    frame.attrs = {"prior_mean": float(mean[0]), "prior_variance": float(variance[0])}
    return frame


def smooth(events: np.ndarray, exposure: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return smoothed rates, prior mean and prior variance for each row of `events` (replicates × units)."""
    total = exposure.sum()
    mean = events.sum(axis=1) / total
    deviation = events / exposure - mean[:, None]
    spread = (exposure * deviation**2).sum(axis=1) / total
    variance = np.maximum(spread - mean / (total / len(exposure)), 0.0)
    noise = mean[:, None] / exposure
    scale = variance[:, None] + noise
    share = _ratio_or(np.broadcast_to(variance[:, None], scale.shape), scale, 0.0)
    return mean[:, None] + share * deviation, mean, variance


def local_empirical_bayes(events: pd.Series, exposure: pd.Series, weights: sparse.csr_array) -> pd.DataFrame:
    """Shrink each unit's rate towards the rate of its own neighbourhood, the more so the less exposure it has.

    Question: as `empirical_bayes`, where the level of the rates changes over the map; a high part of town is not
    drawn down to the mean of the whole.

    Parameters
    ----------
    events, exposure : as `empirical_bayes`
    weights : csr_array, units × units
        Binary, without self (it is added), rows in the order of `events`; isolates are refused.

    Returns
    -------
    DataFrame, index unit_code: `raw`, `smoothed`, `prior_mean` (events ÷ exposure of the unit and its neighbours)
    and `prior_variance` (0: nothing but chance among them).

    Assumes
    -------
    As `empirical_bayes`, with a prior for each neighbourhood. Few neighbours estimate a variance poorly: it is
    often 0, and then the unit takes the rate of its neighbourhood.

    References
    ----------
    Marshall (1991), Applied Statistics 40:283, section 4. Equal to `EBlocal` of the R package spdep: a unit of the
    neighbourhood deviates from the mean of *its own* neighbourhood. (GeoDa: from that of the unit in the middle.)
    """
    assert_same_units(events.index, exposure.index, "exposure")
    observed = counts(events, "events")
    base = positive(exposure, "exposure")
    near = binary_weights(weights, events.index) + sparse.eye_array(len(base), format="csr")
    raw, around = observed / base, near @ base
    mean = (near @ observed) / around
    chance = mean / (around / np.diff(near.indptr))
    variance = np.maximum((near @ (base * (raw - mean) ** 2)) / around - chance, 0.0)
    noise = mean / base
    share = _ratio_or(variance, variance + noise, 0.0)
    return pd.DataFrame(
        {"raw": raw, "smoothed": mean + share * (raw - mean), "prior_mean": mean, "prior_variance": variance},
        index=events.index,
    )


def smoothed_interval(events: pd.Series, exposure: pd.Series, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return the empirical-Bayes rate with the interval that holds the true rate of `confidence` of the units.

    Question: how far may the true rate of this unit be from its smoothed rate?

    Parameters
    ----------
    events, exposure : as `empirical_bayes`

    Returns
    -------
    DataFrame, index unit_code: `smoothed`, `ci_low`, `ci_high`. Both ends are NaN if the prior variance is
    estimated as 0: then the data do not tell how much rates differ, and no interval would be honest.

    Assumes
    -------
    Rates come from one gamma distribution with the mean b and variance a of `empirical_bayes`; given the counts c
    over exposure E a rate is then gamma with shape b²/a + c and rate b/a + E, and the mean of it is exactly the
    smoothed rate. a and b are taken as known: with few units, or rates far from gamma, the interval is too short.
    Measured coverage: docs/methods.md. It holds on average over the units, not for the highest ones picked out.

    References
    ----------
    Clayton & Kaldor (1987), Biometrics 43:671.
    """
    tail = (1 - _confidence(confidence)) / 2
    rates = empirical_bayes(events, exposure)
    mean, variance = rates.attrs["prior_mean"], rates.attrs["prior_variance"]
    frame = rates[["smoothed"]].assign(ci_low=np.nan, ci_high=np.nan)
    frame.attrs = {}
    if variance == 0:
        return frame
    shape = mean**2 / variance + events.to_numpy(dtype="float64")
    scale = 1 / (mean / variance + exposure.to_numpy(dtype="float64"))
    return frame.assign(
        ci_low=scale * special.gammaincinv(shape, tail), ci_high=scale * special.gammainccinv(shape, tail)
    )


def relative_risk(
    observed: pd.Series, expected: pd.Series, total: int, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Return the risk inside each unit ÷ the risk outside it, with an exact interval.

    Question: how many times more often did it happen here than elsewhere, exposure for exposure?

    Parameters
    ----------
    observed : Series of counts c, index unit_code
    expected : Series of expected counts E ≥ 0 under equal risk, same index, on the scale of `total`
    total : int
        All events C, in the units and outside of them (Σ expected = C over the whole map).

    Returns
    -------
    DataFrame, index unit_code: `relative_risk` = (c/E) / ((C−c)/(C−E)), `ci_low`, `ci_high`. NaN where nothing is
    expected inside (E = 0) or outside (E = C); infinite where all events are inside.

    Assumes
    -------
    Events are independent; given C, c is binomial with share RR·E / (RR·E + C − E). The interval turns the exact
    (Clopper–Pearson) interval of that share into RR: it covers at least 95 % however small the counts, is
    (0, finite) for c = 0 and (finite, ∞) for c = C. It is per unit, not adjusted for looking at many units.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26:404; Breslow & Day (1987), vol. II, 3.4. RR as SaTScan prints it.
    """
    assert_same_units(observed.index, expected.index, "expected")
    inside = counts(observed, "observed")
    base = not_negative(expected, "expected")
    if (inside > total).any():
        raise BadCounts("observed", f"at most the total {total}", list(observed.index[inside > total]))
    if (base > total * (1 + 1e-9)).any():
        raise BadCounts("expected", f"at most the total {total}", list(expected.index[base > total * (1 + 1e-9)]))
    tail = (1 - _confidence(confidence)) / 2
    low = np.where(inside == 0, 0.0, special.betaincinv(np.maximum(inside, 1), total - inside + 1, tail))
    high = np.where(inside == total, 1.0, special.betaincinv(inside + 1, np.maximum(total - inside, 1), 1 - tail))
    outside = np.maximum(total - base, 0.0)
    known = (base > 0) & (outside > 0) & (total > 0)
    share = inside / total if total else np.full(len(inside), np.nan)
    columns = {"relative_risk": share, "ci_low": low, "ci_high": high}
    odds = {
        name: np.where(known, _odds(value) * _ratio_or(outside, np.where(known, base, 0.0), np.nan), np.nan)
        for name, value in columns.items()
    }
    return pd.DataFrame(odds, index=observed.index)


def ratio(observed: pd.Series, expected: pd.Series) -> pd.Series:
    """Return observed ÷ expected (standardised ratio); NaN where nothing is expected."""
    assert_same_units(observed.index, expected.index, "expected")
    inside, base = finite(observed, "observed"), not_negative(expected, "expected")
    return pd.Series(_ratio_or(inside, base, np.nan), index=observed.index, name="ratio")


def _confidence(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise StatisticRefused(f"confidence must lie between 0 and 1, not {confidence}")
    return confidence


def _odds(share: np.ndarray) -> np.ndarray:
    return np.divide(share, 1 - share, out=np.full(len(share), np.inf), where=share < 1)


def _ratio_or(upper: np.ndarray, lower: np.ndarray, otherwise: float) -> np.ndarray:
    return np.divide(upper, lower, out=np.full(np.shape(upper), otherwise), where=lower > 0)
