"""Kulldorff's spatial scan statistic, Poisson model: where is an excess of cases, given the population at risk?

LLR, members, observed and expected counts equal SaTScan's; p by Monte Carlo over all circles at once.
"""

import math

import numpy as np
import pandas as pd
from numba import njit

from ..checks import assert_same_units, counts, not_negative
from ..parallel import in_threads, slices
from ..refusals import BadCounts, StatisticRefused
from ..significance import pseudo_p
from .clusters import Window, without_overlap
from .kernels import poisson_llr
from .zones import Distance, Zones, circular_zones

MIN_CASES = 2
"""A cluster has at least two cases (SaTScan's default)."""
BLOCK = 256
"""Replicates held in memory at once (× units × 4 bytes)."""


def poisson_scan(
    cases: pd.Series,
    population: pd.Series,
    coordinates: pd.DataFrame,
    *,
    distance: Distance = "planar",
    max_share: float = 0.5,
    max_radius: float | None = None,
    replicates: int = 999,
    seed: int,
) -> pd.DataFrame:
    """Return the most likely cluster and all secondary ones that share no unit with a stronger one.

    Question: in which circle do cases exceed what its population would have by chance, and could chance do that
    anywhere on the map? Null hypothesis: every case falls on a unit in proportion to its population. One-sided
    (high rates only).

    Parameters
    ----------
    cases : Series of counts, index unit_code
    population : Series ≥ 0, same index
        Persons or person-hours at risk. Zero is allowed where there are no cases; a missing value is refused.
    coordinates : DataFrame, same index
        `x`, `y` in metres (planar) or `lon`, `lat` in degrees (great circle).
    max_share : float
        Largest share of the population in a circle.
    replicates : int
        Monte Carlo draws; 999 gives p down to 0.001.

    Returns
    -------
    DataFrame, index `rank` from 1 (most likely): `centre` (unit_code), `members` (tuple, nearest first), `radius`,
    `population`, `observed`, `expected`, `relative_risk`, `llr`, `p`. Significant or not, at least two cases each;
    empty if there are none.
    `p` compares with the largest LLR of each draw, so it is adjusted for all circles; for secondary clusters it is
    conservative. `attrs`: total, replicates, seed, circles.

    Assumes
    -------
    Cases are independent and Poisson given the population. Visits of one person are not: see person_scan.

    References
    ----------
    Kulldorff (1997), Communications in Statistics 26:1481.
    """
    observed, weight = _checked(cases, population, coordinates, replicates)
    order = np.argsort(cases.index.to_numpy(), kind="stable")  # by code, so that row order cannot matter
    observed, weight, places = observed[order], weight[order], coordinates.iloc[order]
    total = int(observed.sum())
    share = weight / weight.sum()
    zones = circular_zones(places, share, distance=distance, max_share=max_share, max_radius=max_radius)
    best, where = _best_circles(observed, share, zones, total)
    clusters = without_overlap([_window(zones, row, where[row], best[row]) for row in range(len(zones.centres))])
    maxima = simulated_maxima(total, share, zones, replicates, seed)
    frame = pd.DataFrame([_row(window, observed, weight, places.index) for window in clusters], columns=_COLUMNS)
    frame["p"] = pseudo_p(frame["llr"].to_numpy(float), maxima[:, None])
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="rank")
    frame.attrs = {"total": total, "replicates": replicates, "seed": seed, "circles": zones.count}
    return frame


def simulated_maxima(total: int, share: np.ndarray, zones: Zones, replicates: int, seed: int) -> np.ndarray:
    """Return the largest LLR over all circles for each draw of `total` cases in proportion to `share`."""
    rng = np.random.default_rng(seed)
    maxima = np.zeros(replicates)
    expected = total * zones.cumulative(share)
    for start in range(0, replicates, BLOCK):
        drawn = rng.multinomial(total, share, size=min(BLOCK, replicates - start)).astype(np.int32)

        def work(part: slice, start: int = start, drawn: np.ndarray = drawn) -> None:
            for replicate in range(part.start, part.stop):
                best, _ = _scan(drawn[replicate], expected, zones.starts, zones.members, zones.zone, total)
                maxima[start + replicate] = best.max(initial=0.0)

        in_threads(work, slices(len(drawn)))
    return maxima


_COLUMNS = ["centre", "members", "radius", "population", "observed", "expected", "relative_risk", "llr"]


def _checked(
    cases: pd.Series, population: pd.Series, coordinates: pd.DataFrame, replicates: int
) -> tuple[np.ndarray, np.ndarray]:
    assert_same_units(cases.index, population.index, "population")
    assert_same_units(cases.index, coordinates.index, "coordinates")
    observed, weight = counts(cases, "cases"), not_negative(population, "population")
    nobody = (observed > 0) & (weight == 0)
    if nobody.any():
        raise BadCounts("population", "above zero where there are cases", list(cases.index[nobody]))
    if weight.sum() == 0:
        raise BadCounts("population", "above zero somewhere", list(cases.index))
    if replicates < 19:
        raise StatisticRefused(f"{replicates} replicates cannot resolve a p-value of 0.05; take 999")
    return observed, weight


def _best_circles(observed: np.ndarray, share: np.ndarray, zones: Zones, total: int):
    expected = total * zones.cumulative(share)
    return _scan(observed.astype(np.int32), expected, zones.starts, zones.members, zones.zone, total)


def _window(zones: Zones, row: int, zone: int, statistic: float) -> Window:
    members, radius = zones.circle(row, int(zone))
    return Window(int(zones.centres[row]), members, radius, float(statistic))


def _row(window: Window, observed: np.ndarray, weight: np.ndarray, codes: pd.Index) -> tuple[object, ...]:
    total = int(observed.sum())
    inside = int(observed[window.members].sum())
    people = float(weight[window.members].sum())
    expected = total * people / float(weight.sum())
    outside = (total - inside) / (total - expected)
    risk = math.inf if outside == 0 else inside / expected / outside
    members = tuple(codes[unit] for unit in window.members)
    return codes[window.centre], members, window.radius, people, inside, expected, risk, window.statistic


@njit(nogil=True, cache=True)
def _scan(cases, expected, starts, members, zone, total):  # pragma: no cover (compiled)
    """Return each centre's largest LLR and the circle that has it (the smaller circle of equals)."""
    centres = len(starts) - 1
    best = np.zeros(centres)
    where = np.zeros(centres, np.int64)
    for row in range(centres):
        inside = 0
        for entry in range(starts[row], starts[row + 1]):
            inside += cases[members[entry]]
            if entry + 1 < starts[row + 1] and zone[entry + 1] == zone[entry]:
                continue
            if inside < MIN_CASES:
                continue
            llr = poisson_llr(inside, expected[entry], total)
            if llr > best[row] * (1.0 + 1e-12):
                best[row] = llr
                where[row] = zone[entry]
    return best, where
