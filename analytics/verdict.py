"""The verdict on every unit: hot, not significant or no data, with the numbers it rests on.

`hot` is decided by the person-based scan alone; Gi* and the visit-based scan stand beside it as second opinions.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from .coverage import ABSENT, MASKED, NO_FACILITY, NOT_YET, WORDS, Exposure
from .geography import GAP_M, centres
from .limits import NOT_OBSERVABLE_AS
from .parameters import Parameters
from .statistics.gi_star_null import ISOLATED, gi_star_under_null
from .statistics.persons.person_scan import PersonScan, person_scan, simulate_counts
from .statistics.persons.plan import Spread, spread_over_threads
from .statistics.persons.visit_null import NOT_OBSERVABLE
from .statistics.rates import empirical_bayes, relative_risk
from .statistics.scan import scan as scan_counts
from .statistics.weights import contiguity

HOT, NOT_SIGNIFICANT, NO_DATA = "hot", "not significant", "no data"
NOTHING_LOGGED = "nothing_logged"
NO_NEIGHBOUR = "no_neighbour_with_data"
TOO_THIN = "too_thin"
BOTH, SCAN_ONLY, GI_ONLY, NEITHER = "both", "scan_only", "gi_only", "neither"
"""Whether scan and Gi* mark a unit: the column `agreement`, empty where one of them could not judge it."""
OWN_FIGURES = ["rate", "relative_risk", "ci_low", "ci_high", "z", "q"]
PER = 1_000  # rates are per 1,000 observable person-hours
CLUSTER_COLUMNS = [
    "kind", "rank", "centre", "members", "radius_m", "start", "end", "visits", "distinct_persons", "expected",
    "statistic", "relative_risk", "p",
]  # fmt: skip
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Verdict:
    """What a run found: `units` and `clusters` with the columns of contract/results.json (units without geometry).

    `reasons` tells for each visit given "" or why it was not judged; `visits` are the judged ones.
    """

    units: pd.DataFrame
    clusters: pd.DataFrame
    reasons: pd.Series
    visits: pd.DataFrame


def judge(
    visits: pd.DataFrame,
    exposure: Exposure,
    units: gpd.GeoDataFrame,
    parameters: Parameters,
    progress: Progress = lambda step, done, of: None,
    spread: Spread = spread_over_threads,
) -> Verdict:
    """Return the verdict on these visits, given where people could have been seen.

    Parameters
    ----------
    visits : DataFrame, index unique
        `person`, `unit` (unit_code), `start`, `end` (aware, half-open).
    exposure : its codes are those of the units, in the same order
    units : GeoDataFrame, index unit_code, planar metres
    spread : where the scan's blocks are worked out; the answer does not depend on it
    """
    observable, places = exposure.frame(), centres(units)
    scan = scan_persons(visits, exposure, places, parameters, progress, spread)
    judged = visits[scan.reasons == ""]
    known = (scan.units["observable"] > 0).to_numpy()
    progress("gi_star", 0, 1)
    opinion = _second_opinion(judged, observable[known], units[known], scan.units[known], parameters)
    progress("gi_star", 1, 1)
    beside = visit_scan(judged, observable[known], places[known], parameters, progress)
    clusters = pd.concat([_person_rows(scan.clusters), _visit_rows(beside, judged)], ignore_index=True)
    table = _units(scan, opinion, exposure, units, parameters)
    return Verdict(table, clusters[CLUSTER_COLUMNS], _told_why(scan.reasons, visits, exposure), judged)


def scan_persons(
    visits: pd.DataFrame,
    exposure: Exposure,
    places: pd.DataFrame,
    parameters: Parameters,
    progress: Progress = lambda step, done, of: None,
    spread: Spread = spread_over_threads,
    *,
    only_hot: bool = False,
) -> PersonScan:
    """Return the scan that decides what is hot, with the windows of the parameters.

    only_hot : nothing but which units are hot is asked, so draws may stop early (nothing_hot_after)
    """
    return person_scan(
        visits,
        exposure.frame(),
        places,
        max_share=parameters.max_share,
        max_days=parameters.max_days,
        max_radius_m=parameters.max_radius_m,
        min_persons=parameters.min_persons,
        replicates=parameters.replicates,
        stop_after=nothing_hot_after(parameters) if only_hot else None,
        seed=parameters.seed,
        progress=lambda done, of: progress("person_scan", done, of),
        spread=spread,
    )


def nothing_hot_after(parameters: Parameters) -> int:
    """Return after how many draws that reach the strongest cluster no unit can be hot, whatever the other draws.

    Then p is above alpha with all of the draws, and so is exceedances ÷ draws: the verdict is the same.
    """
    return math.floor(parameters.alpha * parameters.replicates) + 1


def hot_units(scan: PersonScan, alpha: float) -> list[str]:
    """Return the codes of the units that lie in a person-based cluster with p ≤ alpha."""
    return sorted(scan.units.index[(scan.units["scan_p"] <= alpha).to_numpy()])


def _second_opinion(judged, observable, units, scanned, parameters) -> pd.DataFrame:
    """Return rate, z, q and reason of the units with data."""
    person_hours = scanned["observable"]
    near = contiguity(units, gap_m=GAP_M)
    drawn = simulate_counts(judged, observable, replicates=parameters.gi_replicates, seed=parameters.seed)
    found = gi_star_under_null(scanned["observed"], drawn, person_hours, near)
    rate = empirical_bayes(scanned["observed"], person_hours)["smoothed"] * PER
    reason = found["reason"].where(found["reason"] != ISOLATED, NO_NEIGHBOUR)
    return pd.DataFrame({"rate": rate, "z": found["z"], "q": found["q"], "reason": reason})


def visit_scan(
    judged: pd.DataFrame,
    observable: pd.DataFrame,
    places: pd.DataFrame,
    parameters: Parameters,
    progress: Progress = lambda step, done, of: None,
) -> pd.DataFrame:
    """Return clusters of visits in the windows of the person-based scan: SaTScan's, and every unit alone."""
    days = observable.columns.normalize()
    daily = observable.T.groupby(days).sum().T  # no figure adds nothing, here as in the numerator
    every = pd.date_range(days[0], days[-1], freq="D")
    daily = daily.reindex(columns=every, fill_value=0.0)
    row = daily.index.get_indexer(judged["unit"])
    column = every.get_indexer(pd.DatetimeIndex(judged["start"]).tz_convert(every.tz).normalize())
    seen = np.zeros(daily.shape, dtype=np.int64)
    np.add.at(seen, (row, column), 1)
    seen[daily.to_numpy() == 0] = (
        0  # a visit around midnight whose first day was not observable: only persons count it
    )
    midnights = every.tz_localize(None)
    return scan_counts(
        pd.DataFrame(seen, index=daily.index, columns=midnights),
        daily.set_axis(midnights, axis=1),
        places,
        model="poisson",
        analysis="space-time",
        max_length=parameters.max_days,
        max_share=parameters.max_share,
        max_radius=parameters.max_radius_m,
        smallest=True,
        replicates=parameters.replicates,
        seed=parameters.seed,
        progress=lambda done, of: progress("visit_scan", done, of),
    )


def _person_rows(found: pd.DataFrame) -> pd.DataFrame:
    rows = found.rename_axis("rank").reset_index()
    return rows.assign(kind="person", relative_risk=rows["ratio"])


def _visit_rows(found: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    rows = found.rename_axis("rank").reset_index().rename(columns={"radius": "radius_m", "llr": "statistic"})
    day = pd.DatetimeIndex(judged["start"]).tz_localize(None).normalize()
    persons = [
        judged["person"][
            judged["unit"].isin(row.members).to_numpy()
            & (day >= pd.Timestamp(row.start))
            & (day < pd.Timestamp(row.end))
        ].nunique()
        for row in rows.itertuples()
    ]
    dates = {side: rows[side].dt.date for side in ("start", "end")}
    return rows.assign(kind="visit", visits=rows["observed"], distinct_persons=persons, **dates)


def _units(scan, opinion, exposure: Exposure, units, parameters) -> pd.DataFrame:
    table = pd.DataFrame(index=units.index)
    table["name"] = units["name"]
    known = scan.units["observable"] > 0
    hot = (scan.units["scan_p"] <= parameters.alpha).to_numpy()
    table["status"] = np.where(~known, NO_DATA, np.where(hot, HOT, NOT_SIGNIFICANT))
    for name in ("observed", "distinct_persons"):
        table[name] = scan.units[name].astype("Int64").where(known)
    table["expected"] = scan.units["expected"].where(known)
    table["rate"] = opinion["rate"]
    total = int(scan.units["observed"].sum())
    risk = relative_risk(scan.units.loc[known, "observed"], scan.units.loc[known, "expected"], total)
    table = table.join(risk).join(opinion[["z", "q"]])
    table["scan_p"] = scan.units["scan_p"]
    table["coverage"] = exposure.coverage().where(known)
    table["reason"] = opinion["reason"].reindex(units.index).fillna(_why_no_data(exposure))
    table = _without_thin(table, scan.units["observable"] < parameters.min_person_hours)
    return table.assign(agreement=_agreement(table, parameters.alpha))


def _agreement(table: pd.DataFrame, alpha: float) -> np.ndarray:
    """Return which of the two opinions mark each unit, by the same alpha; "" where one of them could not judge."""
    scan, gi = (table["status"] == HOT).to_numpy(), (table["q"] <= alpha).to_numpy(dtype=bool, na_value=False)
    judged = (table["status"] != NO_DATA).to_numpy() & table["q"].notna().to_numpy()
    return np.select([~judged, scan & gi, scan, gi], ["", BOTH, SCAN_ONLY, GI_ONLY], NEITHER)


def _without_thin(table: pd.DataFrame, few: pd.Series) -> pd.DataFrame:
    """Return the units, those too thin to judge as no data: what was seen stays, what it would mean is empty.

    They stay in the scan, as parts of their neighbours' windows; a hot unit is never too thin.
    """
    thin = few & (table["status"] == NOT_SIGNIFICANT)
    figures = {name: table[name].mask(thin) for name in OWN_FIGURES}
    return table.assign(
        **figures, status=table["status"].mask(thin, NO_DATA), reason=table["reason"].mask(thin, TOO_THIN)
    )


def _why_no_data(exposure: Exposure) -> pd.Series:
    """Return the most frequent reason of each unit's hours (where equal, the one that comes first here)."""
    words = [MASKED, ABSENT, NO_FACILITY, NOT_YET]
    counts = np.stack([exposure.lacks(word).sum(axis=1) for word in words])
    some = exposure.lacks("").any(axis=1)
    why = np.where(some, NOTHING_LOGGED, np.array(words, dtype=object)[counts.argmax(axis=0)])
    return pd.Series(why, index=exposure.codes, dtype="str")


def _told_why(reasons: pd.Series, visits: pd.DataFrame, exposure: Exposure) -> pd.Series:
    """Return the reasons, "not observable" told apart by what was missing in the visit's hours."""
    told = reasons.copy()
    starts = exposure.hours.as_unit("ns").asi8
    for visit in reasons.index[reasons == NOT_OBSERVABLE]:
        begin, end = (pd.Timestamp(visits.at[visit, side]).as_unit("ns").value for side in ("start", "end"))
        during = (starts + 3_600_000_000_000 > begin) & (starts < end)
        missing = np.array(WORDS, object)[exposure.why[exposure.codes.get_loc(visits.at[visit, "unit"]), during]]
        words, counts = np.unique(missing[missing != ""], return_counts=True)
        told[visit] = f"{NOT_OBSERVABLE_AS}{words[counts.argmax()] if len(words) else NOTHING_LOGGED}"
    return told
