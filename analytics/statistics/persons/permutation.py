"""Cases only: several persons at one place within days, where no population is known.

The space-time permutation (Kulldorff et al. 2005) for persons: who often goes to a place, or reports many visits
on a day, makes no cluster; a time at which *different* persons come together in a place does.
"""

from datetime import date

import numpy as np
import pandas as pd

from ..checks import assert_unique
from ..discs import disc, discs
from ..distances import Distance
from ..parallel import in_threads, slices
from ..refusals import Misaligned, StatisticRefused
from ..scan.clusters import Window, without_overlap
from ..significance import pseudo_p
from .permutation_kernel import scan_centres
from .plan import Progress

COLUMNS = [
    "centre", "members", "radius_m", "start", "end", "visits", "distinct_persons", "expected", "ratio",
    "statistic", "p",
]  # fmt: skip


def person_permutation(
    visits: pd.DataFrame,
    coordinates: pd.DataFrame,
    *,
    start: date,
    end: date,
    max_share: float = 0.5,
    max_days: int = 7,
    max_radius_m: float | None = None,
    min_persons: int = 2,
    distance: Distance = "planar",
    replicates: int = 999,
    seed: int,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return where and when more distinct persons came together than their own places and days explain.

    Question: is there a circle and a run of days in which more *different* persons were than would be, if each had
    gone to the same places in the same sequence, but begun on the day on which some other one began?

    Parameters
    ----------
    visits : DataFrame
        `person` (any label), `unit` (in the index of `coordinates`), `start` (its calendar day counts).
    coordinates : DataFrame, index unit_code
        `x`, `y` in metres (planar) or `lon`, `lat` (great circle).
    start, end : date
        The study period, `end` exclusive; a visit outside it is refused.
    max_share : float
        Largest share of all visits in a circle; a unit alone is always a window.
    max_days, max_radius_m, min_persons, distance, replicates, seed
        As in person_scan.

    Returns
    -------
    DataFrame, index `rank` from 1: `centre`, `members` (nearest first), `radius_m`, `start`, `end` (dates, end
    exclusive), `visits`, `distinct_persons`, `expected`, `ratio`, `statistic`, `p`. No two share a unit.

    Notes
    -----
    Null hypothesis: given each person's places and the days between their visits, the persons' first days are
    exchangeable. A replicate deals the first days out anew; all visits of a person move by as many days,
    as one block, on the circle of the period. E_w is the exact mean of n_w over all such dealings: a person counts
    with the share of first days from which their block would touch w. For persons with one visit each this is
    cases of the circle × cases of the days ÷ all cases, the expectation of the original. Statistic and p as in
    person_scan; one-sided, adjusted for all windows. The test is exact: the data are one of the dealings.
    """
    if max_days < 1 or min_persons < 2 or replicates < 19:
        raise StatisticRefused("max_days must be at least 1, min_persons at least 2, replicates at least 19")
    unit, person, day, days = _told(visits, coordinates, start, end)
    codes = coordinates.index
    share = np.bincount(unit, minlength=len(codes)) / max(len(unit), 1)
    around = discs(coordinates, share, distance=distance, max_share=max_share, max_radius=max_radius_m, classes=2)
    persons = int(person.max(initial=-1)) + 1
    first = np.full(persons, days)
    np.minimum.at(first, person, day)
    rng = np.random.default_rng(seed)
    dealt = np.stack([first, *(rng.permutation(first) for _ in range(replicates))])
    maps = (around.points, around.share, around.cap, around.reach, around.tolerance)
    events = (unit, person, day - first[person], dealt, days, min(max_days, days), min_persons)

    def work(part: slice) -> tuple[np.ndarray, np.ndarray]:
        return scan_centres(np.arange(part.start, part.stop), *maps, *events)

    parts = in_threads(work, slices(len(codes)), progress) if persons >= min_persons else []
    largest = np.max([np.zeros(replicates + 1), *(maxima for _, maxima in parts)], axis=0)[1:]
    best = [row for rows, _ in parts for row in rows]
    windows = without_overlap([_window(row, maps, centre) for centre, row in enumerate(best) if row[0] > 0])
    rows = [_row(window, float(best[window.centre][4]), unit, person, day, codes, start) for window in windows]
    frame = pd.DataFrame(rows, columns=COLUMNS[:-1], index=pd.RangeIndex(1, len(rows) + 1, name="rank"))
    frame["p"] = pseudo_p(frame["statistic"].to_numpy(float), largest[:, None])
    frame.attrs = {"replicates": replicates, "seed": seed, "visits": len(unit), "persons": persons}
    return frame


def _told(visits: pd.DataFrame, coordinates: pd.DataFrame, start: date, end: date):
    """Return unit, person and day of each visit by (day, person, unit), and the days of the period."""
    missing = [column for column in ("person", "unit", "start") if column not in visits.columns]
    if missing:
        raise Misaligned(f"visits lack the column(s) {', '.join(missing)}")
    assert_unique(coordinates.index, "coordinates")
    days = (end - start).days
    if days < 1:
        raise StatisticRefused(f"the study period must have a day: it begins {start} and ends before {end}")
    unit = coordinates.index.get_indexer(visits["unit"])
    if (unit < 0).any() or visits["person"].isna().any():
        raise Misaligned("every visit needs a person and a unit that has coordinates")
    at = pd.DatetimeIndex(visits["start"])
    day = ((at.tz_localize(None).normalize() - pd.Timestamp(start)) // pd.Timedelta(days=1)).to_numpy(np.int64)
    outside = (day < 0) | (day >= days)
    if outside.any():
        raise StatisticRefused(f"{int(outside.sum())} visit(s) lie outside the study period {start} to {end}")
    person = pd.factorize(visits["person"], sort=True)[0]
    order = np.lexsort((unit, person, day))
    return unit[order].astype(np.int32), person[order].astype(np.int32), day[order], days


def _window(row: np.ndarray, maps: tuple, centre: int) -> Window:
    statistic, circle, first, length = row[:4]
    members, zone, away = disc(*maps, centre)
    inside = zone <= circle
    order = np.lexsort((members[inside], zone[inside]))
    last = int(first + length)
    return Window(centre, members[inside][order], float(away[inside][-1]), float(statistic), int(first), last)


def _row(window: Window, expected: float, unit, person, day, codes: pd.Index, start: date) -> tuple:
    inside = np.isin(unit, window.members) & (day >= window.first) & (day <= window.last)
    distinct = len(np.unique(person[inside]))
    begin, end = (pd.Timestamp(start) + pd.Timedelta(days=at) for at in (window.first, window.last + 1))
    members = tuple(codes[member] for member in window.members)
    head = (codes[window.centre], members, window.radius, begin.date(), end.date())
    return *head, int(inside.sum()), distinct, expected, distinct / expected, window.statistic
