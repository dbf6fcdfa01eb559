"""What is scanned: counts, their baseline and the intervals of time, checked and put in the order of the codes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ..checks import assert_same_units, assert_unique, counts, not_negative
from ..refusals import BadCounts, Misaligned, StatisticRefused
from .ratios import EXPECTED, POPULATION

Model = Literal["poisson", "bernoulli", "permutation"]


@dataclass(frozen=True)
class Study:
    """Counts and baseline per unit and interval.

    Attributes
    ----------
    codes : Index, sorted; coordinates : DataFrame, the same units
    bounds : starts of the intervals and the end of the last, or None where time plays no part
    seen : int64 array, units × intervals
    baseline : float array, units × intervals
        Expected cases (Poisson: adds up to all cases; permutation: row total × column total ÷ all cases), or
        cases + controls (Bernoulli).
    """

    codes: pd.Index
    coordinates: pd.DataFrame
    bounds: pd.DatetimeIndex | None
    seen: np.ndarray
    baseline: np.ndarray
    model: Model

    @property
    def total(self) -> int:
        """Return the number of cases."""
        return int(self.seen.sum())

    @property
    def kind(self) -> int:
        """Return what the baseline is: EXPECTED or POPULATION."""
        return POPULATION if self.model == "bernoulli" else EXPECTED

    @property
    def everyone(self) -> float:
        """Return the sum of the baseline: all cases, or all cases + controls."""
        return float(self.baseline.sum()) if self.model == "bernoulli" else float(self.total)

    @property
    def share(self) -> np.ndarray:
        """Return each unit's share of the baseline of the whole period: what a circle's cap is measured in."""
        own = self.baseline.sum(axis=1)
        return own / own.sum() if self.total else own


def study(
    cases: pd.DataFrame,
    baseline: pd.DataFrame | None,
    coordinates: pd.DataFrame,
    model: Model,
    *,
    spatial: bool,
    end: pd.Timestamp | None,
) -> Study:
    """Return the study of these frames (see scan), or refuse what does not fit and name the unit."""
    if model not in ("poisson", "bernoulli", "permutation"):
        raise StatisticRefused(f'model must be "poisson", "bernoulli" or "permutation", not {model!r}')
    assert_unique(cases.index, "cases")
    assert_same_units(cases.index, coordinates.index, "coordinates")
    if (baseline is None) != (model == "permutation"):
        raise StatisticRefused("the permutation model takes no baseline, the others need one")
    bounds = _bounds(cases.columns, end, needed=not spatial)
    order = np.argsort(cases.index.to_numpy(), kind="stable")  # by code, so that row order cannot matter
    seen = np.column_stack([counts(cases[column], f"cases of {_told(column)}") for column in cases])[order]
    codes = cases.index[order]
    if model == "permutation":
        if spatial:
            raise StatisticRefused("the permutation model asks about place and time together, never place alone")
        base = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / max(seen.sum(), 1)
    else:
        base = _baseline(cases, baseline, order, seen, model)
    if spatial:
        seen, base = seen.sum(axis=1, keepdims=True), base.sum(axis=1, keepdims=True)
        bounds = None if bounds is None else bounds[[0, -1]]
    return Study(codes, coordinates.iloc[order], bounds, seen, base, model)


def _baseline(cases, baseline, order, seen, model) -> np.ndarray:
    what = "population" if model == "poisson" else "cases + controls"
    assert_same_units(cases.index, baseline.index, "baseline")
    if not baseline.columns.equals(cases.columns):
        raise Misaligned("cases and baseline do not cover the same intervals")
    checked = not_negative if model == "poisson" else counts
    base = np.column_stack([checked(baseline[column], f"{what} of {_told(column)}") for column in baseline])[order]
    base = base.astype("float64")
    lacking = ((base == 0) & (seen > 0)) if model == "poisson" else base < seen
    if lacking.any():
        rule = "above zero where there are cases" if model == "poisson" else "at least the number of cases"
        raise BadCounts(what, rule, list(cases.index[order][lacking.any(axis=1)]))
    if not base.sum() > 0:
        raise BadCounts(what, "above zero somewhere", list(cases.index))
    if model == "bernoulli":
        if base.sum() >= 2**32:
            raise BadCounts(what, f"below {2**32} in all (is this a population? take the Poisson model)", [])
        return base
    return base * (seen.sum() / base.sum())


def _bounds(starts: pd.Index, end: pd.Timestamp | None, *, needed: bool) -> pd.DatetimeIndex | None:
    """Return starts and end of the intervals; without `end` the last interval is as long as the one before it."""
    if not len(starts):
        raise Misaligned("cases have no column")
    if not isinstance(starts, pd.DatetimeIndex):
        if needed:
            raise Misaligned("columns must be the starts of consecutive intervals (DatetimeIndex)")
        return None
    if starts.hasnans or not (starts.is_monotonic_increasing and starts.is_unique):
        raise Misaligned("columns must be starts of intervals that rise without repeats")
    end = _natural_end(starts) if end is None else pd.Timestamp(end)
    if end <= starts[-1]:
        raise Misaligned(f"the study ends on {end}, before its last interval begins")
    return starts.append(pd.DatetimeIndex([end])).as_unit("ns")


def _natural_end(starts: pd.DatetimeIndex) -> pd.Timestamp:
    if len(starts) == 1:
        return starts[0] + pd.Timedelta(days=1)
    rhythm = starts.freq
    if rhythm is None and len(starts) > 2:
        with pd.option_context("future.infer_freq_returns_offset", True):  # the text of it is deprecated
            rhythm = pd.infer_freq(starts)
    return starts[-1] + (rhythm if rhythm is not None else starts[-1] - starts[-2])


def _told(column: object) -> str:
    return f"{column:%Y-%m-%d}" if isinstance(column, pd.Timestamp) else str(column)
