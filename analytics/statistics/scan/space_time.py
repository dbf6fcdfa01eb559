"""Kulldorff's space-time scan, Poisson model, in its simple form: cylinders of a circle and a run of days.

The statistic the reference program prints; it counts cases (visits), so it stands beside the person-based scan and
never decides the word "hot".
"""

import math

import numpy as np
import pandas as pd

from ..checks import assert_same_units, counts, not_negative
from ..draws import draw_from
from ..refusals import BadCounts, Misaligned, StatisticRefused
from ..significance import pseudo_p
from .clusters import Window, without_overlap
from .window_scan import Events, Progress, scan_windows
from .windows import VISITS, expected_visits
from .zones import Distance, circular_zones

COLUMNS = ["centre", "members", "radius", "start", "end", "observed", "expected", "relative_risk", "llr"]


def space_time_scan(
    cases: pd.DataFrame,
    population: pd.DataFrame,
    coordinates: pd.DataFrame,
    *,
    max_days: int,
    distance: Distance = "planar",
    max_share: float = 0.5,
    max_radius: float | None = None,
    smallest: bool = False,
    replicates: int = 999,
    seed: int,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return the most likely space-time cluster and all secondary ones that share no unit with a stronger one.

    Question: in which circle and run of days do cases exceed their share of the person-time, and could chance do
    that anywhere, any time? Null hypothesis: every case falls on a unit *and a day* in proportion to the
    population of that unit-day. One-sided (high rates only). (The person-based scan keeps the day; this one does
    not, so a day with many reports can make a cluster here.)

    Parameters
    ----------
    cases, population : DataFrames, index unit_code, columns consecutive days (DatetimeIndex)
        Counts, and persons or person-hours at risk; the population may differ from day to day, zero is allowed
        where there are no cases, a missing value is refused.
    coordinates, distance, max_share, max_radius, replicates
        As in poisson_scan; the share is of the population summed over all days.
    max_days : int
        Longest window.
    smallest : bool
        Scan every unit alone too, whatever its share (the reference program does not).

    Returns
    -------
    DataFrame, index `rank`: `centre`, `members`, `radius`, `start`, `end` (dates, end exclusive), `observed`,
    `expected`, `relative_risk`, `llr`, `p`; empty if there are fewer than two cases.

    References
    ----------
    Kulldorff, Athas, Feuer, Miller & Key (1998), American Journal of Public Health 88:1377.
    """
    if max_days < 1 or replicates < 19:
        raise StatisticRefused(f"max_days {max_days} must be at least 1, replicates {replicates} at least 19")
    assert_same_units(cases.index, coordinates.index, "coordinates")
    order = np.argsort(cases.index.to_numpy(), kind="stable")
    seen, share = _unit_days(cases.iloc[order], population, order)
    total, places = int(seen.sum()), coordinates.iloc[order]
    zones = circular_zones(
        places,
        share.sum(axis=1),
        distance=distance,
        max_share=max_share,
        max_radius=max_radius,
        smallest=smallest,
    )
    unit, day = (np.repeat(axis, seen.ravel()).astype(np.int32) for axis in np.indices(seen.shape).reshape(2, -1))
    cells = draw_from(share.ravel(), (replicates, total), np.random.default_rng(seed))
    units, days = (axis.astype(np.int32) for axis in np.divmod(cells, share.shape[1]))
    longest = min(max_days, share.shape[1])
    expected = total * share
    windows, maxima = scan_windows(
        zones,
        len(share),
        Events(unit, day, np.arange(total, dtype=np.int32), units, days),
        lambda members, zone: expected_visits(members, zone, expected, longest),
        counted=VISITS,
        least=2,
        progress=progress,
    )
    rows = [_row(window, seen, share, cases.columns, places.index) for window in without_overlap(windows)]
    frame = pd.DataFrame(rows, columns=COLUMNS, index=pd.RangeIndex(1, len(rows) + 1, name="rank"))
    frame["p"] = pseudo_p(frame["llr"].to_numpy(float), maxima[:, None])
    frame.attrs = {"total": total, "replicates": replicates, "seed": seed, "circles": zones.count}
    return frame


def kulldorff(observed: int, expected: float, total: int) -> tuple[float, float]:
    """Return a window's relative risk (inside ÷ outside) and log-likelihood ratio (0 unless above expected)."""
    if observed == total:
        risk = math.inf
    else:
        risk = (
            (observed / expected) / ((total - observed) / (total - expected)) if 0 < expected < total else math.nan
        )
    if observed <= expected:
        return risk, 0.0
    outside = (total - observed) * math.log((total - observed) / (total - expected)) if observed < total else 0.0
    return risk, observed * math.log(observed / expected) + outside


def _unit_days(cases: pd.DataFrame, population: pd.DataFrame, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and shares of the population per unit and day, or refuse what does not fit."""
    if not population.columns.equals(cases.columns):
        raise Misaligned("cases and population do not cover the same days")
    days = cases.columns
    if not isinstance(days, pd.DatetimeIndex) or (days[1:] - days[:-1] != pd.Timedelta(days=1)).any():
        raise Misaligned("columns must be consecutive days (DatetimeIndex)")
    people = population.iloc[order]
    assert_same_units(cases.index, people.index, "population")
    seen = np.column_stack([counts(cases[day], f"cases of {day.date()}") for day in days])
    weight = np.column_stack([not_negative(people[day], f"population of {day.date()}") for day in days])
    nobody = ((seen > 0) & (weight == 0)).any(axis=1)
    if nobody.any():
        raise BadCounts("population", "above zero where there are cases", list(cases.index[nobody]))
    if weight.sum() == 0:
        raise BadCounts("population", "above zero somewhere", list(cases.index))
    return seen, weight / weight.sum()


def _row(window: Window, seen, share, days: pd.DatetimeIndex, codes: pd.Index) -> tuple[object, ...]:
    during = slice(window.first, window.last + 1)
    total, observed = int(seen.sum()), int(seen[window.members, during].sum())
    expected = total * float(share[window.members, during].sum())
    risk, llr = kulldorff(observed, expected, total)
    members = tuple(codes[unit] for unit in window.members)
    end = (days[window.last] + pd.Timedelta(days=1)).date()
    return (
        codes[window.centre],
        members,
        window.radius,
        days[window.first].date(),
        end,
        observed,
        expected,
        risk,
        llr,
    )
