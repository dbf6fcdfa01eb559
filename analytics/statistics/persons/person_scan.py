"""The person-based space-time scan: the statistic that decides the word "hot".

Ten visits by one person are one source of infection, not ten: a window counts distinct persons. Each visit keeps
its person and its time, so neither a busy patient nor the rhythm of reporting makes a cluster; only *where* is
tested.
"""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ..checks import assert_same_units
from ..discs import discs
from ..distances import Distance
from ..refusals import StatisticRefused
from ..scan.clusters import Window
from ..scan.inference import p_values
from ..scan.ratios import kulldorff
from .plan import Progress, Spread, classes_for, clusters, make_bounds, make_plan, maxima, spread_over_threads
from .visit_null import VisitNull, visit_null

COLUMNS = [
    "centre", "members", "radius_m", "start", "end", "visits", "distinct_persons", "expected", "ratio",
    "statistic", "p", "visit_expected", "visit_relative_risk", "visit_llr",
]  # fmt: skip


@dataclass(frozen=True)
class PersonScan:
    """What the scan found.

    Attributes
    ----------
    clusters : DataFrame, index `rank` from 1
        `centre` (unit_code), `members` (tuple, nearest first), `radius_m`, `start`, `end` (dates, end exclusive),
        `visits`, `distinct_persons`, `expected` (distinct persons), `ratio` (distinct ÷ expected), `statistic`,
        `p`; beside them, for the same window, what counting visits would say: `visit_expected`,
        `visit_relative_risk`, `visit_llr` (Kulldorff, by observable person-hours of the whole period).
    units : DataFrame, index unit_code, all units given
        `observed` visits, `distinct_persons`, `expected` visits, `observable` person-hours (0: no data), `scan_p`
        (p of the strongest cluster the unit belongs to, NaN if none).
    reasons : Series, index of the visits given
        "" if the visit was judged, else why not.
    maxima : float array, replicates done
        The largest statistic of each replicate.
    """

    clusters: pd.DataFrame
    units: pd.DataFrame
    reasons: pd.Series
    maxima: np.ndarray


def person_scan(
    visits: pd.DataFrame,
    exposure: pd.DataFrame,
    coordinates: pd.DataFrame,
    *,
    max_share: float = 0.5,
    max_days: int = 7,
    max_radius_m: float | None = None,
    min_persons: int = 2,
    distance: Distance = "planar",
    replicates: int = 999,
    stop_after: int | None = None,
    seed: int,
    progress: Progress | None = None,
    spread: Spread = spread_over_threads,
) -> PersonScan:
    """Return where and when more distinct confirmed persons were than their times and the footfall explain.

    Question: is there a circle and a run of days in which more *different* case persons met than would if every
    one of their visits, at its own time, had fallen on the map like the people who could be observed at that time?

    Parameters
    ----------
    visits : DataFrame
        `person` (any label), `unit` (unit_code; one that `exposure` does not have is outside), `start`, `end`
        (aware, half-open; a visit known only by date spans its day). A visit belongs to the day it starts on.
    exposure : DataFrame, index unit_code, columns aware hour starts or day starts
        Observable person-hours. NaN: no figure (a day with gaps: whole_day); 0: nobody. Units without any are no
        data: in no zone, no share.
    coordinates : DataFrame, same index
        `x`, `y` in metres (planar) or `lon`, `lat` (great circle).
    max_share, max_days, max_radius_m
        Largest window: share of all observable person-hours, consecutive days, radius. A unit alone is always a
        window, whatever its share.
    min_persons : int
        Fewest distinct persons in a cluster, in the data and in every replicate.
    stop_after : int, optional
        End the draws when so many have reached the strongest cluster; p is then exceedances ÷ draws.
    spread
        Where the blocks of replicates and regions are worked out; the answer does not depend on it.

    Notes
    -----
    p_w(v) = observable person-hours of the window's zone in the hours of visit v ÷ those of the map;
    E_w = Σ_persons [1 − Π_{visits in w's days} (1 − p_w(v))]; n_w = distinct persons with at least one visit in w;
    statistic n ln(n/E) − (n − E) if n > E and n ≥ 2, else 0. Two visits of a person to a window count once.
    Null hypothesis: given person and time, places are independent draws in proportion to observable person-hours.
    p = (1 + replicates whose largest window reaches it) / (1 + replicates): adjusted for all windows, one-sided;
    conservative for secondary clusters. Same seed, same answer; the order of rows does not matter.
    """
    if max_days < 1:
        raise StatisticRefused(f"max_days must be at least 1, not {max_days}")
    if min_persons < 2:
        raise StatisticRefused(f"min_persons must be at least 2, not {min_persons}")
    if replicates < 19:
        raise StatisticRefused(f"{replicates} replicates cannot resolve a p-value of 0.05; take 999")
    assert_same_units(exposure.index, coordinates.index, "coordinates")
    null = visit_null(visits, exposure)
    longest = min(max_days, null.daily.shape[1])
    around = discs(
        coordinates.iloc[null.rows],
        null.share,
        distance=distance,
        max_share=max_share,
        max_radius=max_radius_m,
        classes=classes_for(len(null.codes), null.daily.shape[1], longest),
    )
    plan = make_plan(null, around, longest, min_persons)
    windows, largest, stopped = [], np.zeros(replicates), False
    if plan.persons >= min_persons:
        bounds = make_bounds(plan, spread)
        windows = clusters(plan, bounds)
        strongest = windows[0].statistic if windows else math.inf
        drawn = null.draw(replicates, seed)
        largest, stopped = maxima(plan, bounds, drawn, spread, progress, strongest, stop_after)
    found = _clusters(windows, null)
    found["p"] = p_values(found["statistic"].to_numpy(float), largest, stopped=stopped)
    found = found[COLUMNS]
    found.attrs = {"replicates": len(largest), "seed": seed, "visits": len(null.person)}
    return PersonScan(found, _units(null, exposure.index, found), null.reasons, largest)


def simulate_counts(
    visits: pd.DataFrame, exposure: pd.DataFrame, *, replicates: int = 9_999, seed: int
) -> np.ndarray:
    """Return visits per unit in draws of the scan's null (replicates × units), many and cheap, for Gi*."""
    null = visit_null(visits, exposure)
    return _per_unit(null.draw(replicates, seed), null.rows, len(exposure))


def _clusters(windows: list[Window], null: VisitNull) -> pd.DataFrame:
    rows = [_row(window, null) for window in windows]
    frame = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "p"])
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="rank")
    return frame


def _row(window: Window, null: VisitNull) -> tuple[object, ...]:
    days = slice(window.first, window.last + 1)
    inside = np.isin(null.unit, window.members) & (null.day >= window.first) & (null.day <= window.last)
    visits, distinct = int(inside.sum()), len(np.unique(null.person[inside]))
    expected = _expected(window, null)
    total = len(null.person)
    by_footfall = total * float(null.daily[window.members, days].sum() / null.daily.sum())
    risk, llr = kulldorff(visits, by_footfall, total)
    members = tuple(null.codes[unit] for unit in window.members)
    start, end = _date(null, window.first), _date(null, window.last + 1)
    head = (null.codes[window.centre], members, window.radius, start, end, visits, distinct)
    return *head, expected, distinct / expected, window.statistic, by_footfall, risk, llr


def _expected(window: Window, null: VisitNull) -> float:
    """Return E_w by its definition, apart from the compiled table (they agree: a test holds it)."""
    during = (null.day >= window.first) & (null.day <= window.last)
    inside = null.chance[:, window.members].sum(axis=1)[null.span[during]]
    absent = np.ones(int(null.person.max()) + 1)
    np.multiply.at(absent, null.person[during], 1 - np.minimum(inside, 1.0))
    return float((1 - absent).sum())


def _date(null: VisitNull, day: int) -> date:
    return (null.first_day.tz_localize(None) + pd.Timedelta(days=day)).date()


def _units(null: VisitNull, codes: pd.Index, clusters: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame({"observed": 0, "distinct_persons": 0, "expected": 0.0, "observable": 0.0}, index=codes)
    size = len(null.codes)
    pairs = np.unique(np.column_stack([null.unit, null.person]), axis=0)
    frame.iloc[null.rows, 0] = np.bincount(null.unit, minlength=size)
    frame.iloc[null.rows, 1] = np.bincount(pairs[:, 0], minlength=size)
    frame.iloc[null.rows, 2] = null.expected()
    frame.iloc[null.rows, 3] = null.daily.sum(axis=1)
    scan_p = {code: p for members, p in zip(clusters["members"], clusters["p"], strict=True) for code in members}
    return frame.assign(scan_p=pd.Series(codes.map(scan_p), index=codes, dtype="float64"))


def _per_unit(drawn: np.ndarray, rows: np.ndarray, units: int) -> np.ndarray:
    """Return visits per unit of each replicate, units as given, with no array larger than the answer."""
    counts = np.empty((len(drawn), units), np.int32)
    for replicate, places in enumerate(drawn):
        counts[replicate] = np.bincount(rows[places], minlength=units)
    return counts
