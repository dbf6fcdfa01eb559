"""Kulldorff's scan statistic for counts: one function for three models and three kinds of analysis.

Ratios, members, observed and expected counts equal SaTScan's; p by Monte Carlo over all windows at once.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from ..discs import discs
from ..distances import Distance
from ..refusals import StatisticRefused
from .clusters import Window, without_overlap
from .few_cases import cases_are_few, search
from .inference import gumbel_p, p_values, recurrence_interval
from .intervals import Analysis, longest_run, looks_since, runs_ending
from .observed import best_windows
from .ratios import relative_risk
from .replicates import largest_ratios
from .study import Model, Study, study
from .zones import circular_zones

COLUMNS = ["centre", "members", "radius", "start", "end", "observed", "expected", "relative_risk", "llr"]


def scan(
    cases: pd.DataFrame,
    baseline: pd.DataFrame | None,
    coordinates: pd.DataFrame,
    *,
    model: Model,
    analysis: Analysis,
    distance: Distance = "planar",
    max_share: float = 0.5,
    max_radius: float | None = None,
    max_length: int | None = None,
    min_cases: int = 2,
    smallest: bool = False,
    replicates: int = 999,
    stop_after: int | None = None,
    first_look: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Return the most likely cluster and all secondary ones that share no unit with a stronger one.

    Question: in which circle (and run of intervals) are more cases than chance puts anywhere, any time? One-sided
    (high rates only). Null hypotheses, all given the number of cases: Poisson, every case falls on a unit and
    interval in proportion to the baseline; Bernoulli, the cases are a random sample of cases + controls;
    permutation, the cases keep their units and the dates are dealt to them at random.

    Parameters
    ----------
    cases, baseline : DataFrames, index unit_code, same columns: starts of consecutive intervals (DatetimeIndex)
        Whole counts; and for Poisson expected cases or any person-time in proportion to them (it may change in
        time; zero only where there are no cases), for Bernoulli cases + controls (whole), for permutation None.
        For "spatial" the columns are added up and may have any name. A missing value is refused.
    coordinates : DataFrame, same index
        `x`, `y` (planar, any unit) or `lon`, `lat` in degrees (great circle).
    analysis : "spatial", "space-time" (every run of intervals) or "prospective" (runs that reach the end)
    max_share : largest share of the baseline of the whole period (permutation: of the cases) in a circle
    max_radius : planar unit, or metres for great circle
    max_length : longest run in intervals; default half the period, rounded down, at least 1
    min_cases : fewest cases in a cluster, in the data and in every replicate
    smallest : scan every unit alone too, whatever its share (SaTScan does not)
    replicates : Monte Carlo draws; 999 gives p down to 0.001
    stop_after : end the draws when so many have reached the most likely cluster (SaTScan: 50); p is then
        exceedances ÷ draws
    first_look : prospective: a time in the last interval of the first of all analyses made so far, one after each
        interval. Replicates then take their maximum over the windows alive at *any* of these, so p is adjusted
        for the earlier looks.
    end : end of the last interval; default: as the intervals before it go on (one interval: a day)
    progress : called with (done, of)

    Returns
    -------
    DataFrame, index `rank` from 1: `centre`, `members` (tuple, nearest first), `radius` (planar unit or metres),
    `start`, `end` (end exclusive; NaT if the columns are no times), `observed`, `expected`, `relative_risk`
    (inside ÷ outside; NaN for permutation, for which SaTScan prints none either), `llr`, `p`, `p_gumbel`,
    `recurrence_interval` (days; NaN unless prospective). Significant or not; empty if no window has `min_cases`
    and an excess. p is adjusted for all windows; for secondary clusters it is conservative. `attrs`: total,
    replicates (those done), seed, circles, maxima (largest ratio of each replicate).

    References
    ----------
    Kulldorff (1997), Communications in Statistics 26:1481; Kulldorff et al. (1998), AJPH 88:1377; Kulldorff
    (2001), JRSS A 164:61 (prospective); Kulldorff et al. (2005), PLoS Medicine 2:e59 (permutation).
    """
    if analysis not in ("spatial", "space-time", "prospective"):
        raise StatisticRefused(f'analysis must be "spatial", "space-time" or "prospective", not {analysis!r}')
    if replicates < 19:
        raise StatisticRefused(f"{replicates} replicates cannot resolve a p-value of 0.05; take 999")
    if min_cases < 2:
        raise StatisticRefused(f"min_cases must be at least 2, not {min_cases}: one case is no cluster")
    if first_look is not None and analysis != "prospective":
        raise StatisticRefused("first_look adjusts a prospective analysis; the others look once")
    told = study(cases, baseline, coordinates, model, spatial=analysis == "spatial", end=end)
    intervals, looks = told.seen.shape[1], looks_since(told.bounds, first_look)
    longest = longest_run(intervals, max_length, analysis)
    ends = range(1 if analysis == "space-time" else intervals, intervals + 1)
    looked_at = runs_ending(ends, longest)
    ever_looked_at = runs_ending(range(min(ends[0], intervals + 1 - looks), intervals + 1), longest)
    caps = {"distance": distance, "max_share": max_share, "max_radius": max_radius}
    if stop_after is None and told.total >= min_cases and cases_are_few(told, ever_looked_at):
        around = discs(told.coordinates, told.share, **caps)
        windows, maxima, circles = search(
            told, around, looked_at, ever_looked_at, smallest, min_cases, replicates, seed, progress
        )
        clusters, stopped = without_overlap(windows), False
    else:
        zones = circular_zones(told.coordinates, told.share, **caps, smallest=smallest)
        circles = zones.count
        windows = best_windows(told, zones, looked_at, min_cases) if told.total >= min_cases else []
        clusters = without_overlap(windows)
        maxima, stopped = np.zeros(0), False
        if clusters:
            strongest = clusters[0].statistic
            maxima, stopped = largest_ratios(
                told, zones, ever_looked_at, min_cases, replicates, seed, strongest, stop_after, progress
            )
    frame = _frame(clusters, told)
    llr = frame["llr"].to_numpy(float)
    frame["p"] = p_values(llr, maxima, stopped=stopped) if clusters else np.empty(0)
    frame["p_gumbel"] = gumbel_p(llr, maxima)
    frame["recurrence_interval"] = np.nan
    if analysis == "prospective":
        days = (told.bounds[-1] - told.bounds[-2]) / pd.Timedelta(days=1)
        frame["recurrence_interval"] = recurrence_interval(frame["p"].to_numpy(), days, looks)
    frame.attrs = {
        "total": told.total, "replicates": len(maxima), "seed": seed, "circles": circles, "maxima": maxima,
    }  # fmt: skip
    return frame


def _frame(clusters: list[Window], told: Study) -> pd.DataFrame:
    rows = [_row(window, told) for window in clusters]
    frame = pd.DataFrame(rows, columns=COLUMNS, index=pd.RangeIndex(1, len(rows) + 1, name="rank"))
    numbers = dict.fromkeys(["radius", "expected", "relative_risk", "llr"], "float64")
    times = dict.fromkeys(["start", "end"], "datetime64[ns]" if told.bounds is None else told.bounds.dtype)
    return frame.astype({"observed": "int64", **numbers, **times})


def _row(window: Window, told: Study) -> tuple[object, ...]:
    during = slice(window.first, window.last + 1)
    observed = int(told.seen[window.members, during].sum())
    expected = float(told.baseline[window.members, during].sum()) * told.total / told.everyone
    risk = np.nan if told.model == "permutation" else relative_risk(observed, expected, told.total)
    start, end = (pd.NaT, pd.NaT) if told.bounds is None else told.bounds[[window.first, window.last + 1]]
    members = tuple(told.codes[unit] for unit in window.members)
    return (
        told.codes[window.centre],
        members,
        window.radius,
        start,
        end,
        observed,
        expected,
        risk,
        window.statistic,
    )
