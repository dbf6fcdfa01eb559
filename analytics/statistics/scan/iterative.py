"""The iterative scan: find the most likely cluster, take it out, scan again."""

from collections.abc import Callable

import pandas as pd

from ..refusals import StatisticRefused
from .count_scan import scan


def scan_iteratively(
    cases: pd.DataFrame,
    baseline: pd.DataFrame | None,
    coordinates: pd.DataFrame,
    *,
    alpha: float = 0.05,
    rounds: int = 10,
    progress: Callable[[int, int], None] | None = None,
    **options: object,
) -> pd.DataFrame:
    """Return the most likely cluster of each round, each found in what the rounds before left, until p > alpha.

    The strongest cluster lends cases to the expectation of all others, so their p is conservative in one scan;
    here it is that of the most likely cluster among what is left. What a cluster takes out: its cases and baseline
    in its units and time (Poisson, Bernoulli), or its units (permutation: a hole would break the row totals).

    Parameters
    ----------
    alpha : the last cluster returned is the first with p above it (if there is one)
    rounds : at most so many
    options : all others as in scan; the share of a round is of what is left

    Returns
    -------
    DataFrame as scan's, index `round` from 1, one cluster each; clusters of different rounds may share units.

    References
    ----------
    Zhang, Assunção & Kulldorff (2010), Journal of Probability and Statistics 2010:642379.
    """
    if not 0 < alpha < 1 or rounds < 1:
        raise StatisticRefused(f"alpha {alpha} must be between 0 and 1, rounds {rounds} at least 1")
    found: list[pd.DataFrame] = []
    while len(found) < rounds:
        if progress is not None:
            progress(len(found), rounds)
        best = scan(cases, baseline, coordinates, **options).head(1)
        if not best.empty or not found:
            found.append(best)
        if best.empty or best["p"].iloc[0] > alpha:
            break
        if len(best["members"].iloc[0]) == len(cases):
            break
        cases, baseline, coordinates = _without(best.iloc[0], cases, baseline, coordinates)
    attrs = found[0].attrs
    rows = pd.concat([frame for frame in found if not frame.empty] or found)
    rows.index = pd.RangeIndex(1, len(rows) + 1, name="round")
    rows.attrs = {name: attrs[name] for name in ("total", "seed")}
    return rows


def _without(cluster: pd.Series, cases, baseline, coordinates):
    """Return the three frames without what the cluster holds."""
    members = list(cluster["members"])
    if baseline is None:
        return cases.drop(index=members), None, coordinates.drop(index=members)
    columns = cases.columns
    if isinstance(columns, pd.DatetimeIndex):
        columns = columns[(columns >= cluster["start"]) & (columns < cluster["end"])]
    cases, baseline = cases.copy(), baseline.copy()
    cases.loc[members, columns] = 0
    baseline.loc[members, columns] = 0
    return cases, baseline, coordinates
