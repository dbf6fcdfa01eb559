"""Visitor coverage: which share of the people who came to the facilities the log saw, by unit and hour, with
interval.

Door counts at some facilities anchor it (share_model.py); without any, nothing in a log can tell how many passed
by without signing in, and the interval is that of an assumption. Formulas and limits: docs/methods.md.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import betaincinv, expit

from .door_counts import MatchedCounts
from .share_model import HOURS, ShareModel, fit_share

COUNTED, CATEGORY, OTHER_CATEGORIES, NO_DOOR_COUNTS = "counted", "category", "other_categories", "no_door_counts"
LOW, HIGH = 0.025, 0.975
"""Ends of the 95 % interval; without door counts every share is equally likely, so these are its ends too."""
DRAWS = 400


@dataclass(frozen=True)
class VisitorCoverage:
    """Coverage of visitors: `hours`, a row per unit and hour of the day, and `units`, index unit_code.

    `hours`: `unit_code`, `hour_of_day`, `coverage`, `low`, `high`, `basis`; `units`: the last four as
    `visitor_coverage`, …_low, …_high, …_basis. Numbers are NaN and basis "" where nobody was logged or counted.
    `counts`: the door counts it rests on, or None.
    """

    hours: pd.DataFrame
    units: pd.DataFrame
    counts: MatchedCounts | None


def visitor_coverage(
    log: pd.DataFrame | None, codes: pd.Index, counts: MatchedCounts | None, *, seed: int
) -> VisitorCoverage:
    """Return the coverage of visitors of every unit, by hour of the day and over the whole period.

    Parameters
    ----------
    log : as coverage_by takes it; None where there is no log (profile routes)
    codes : unit_code of all units
    counts : door counts of these facilities, if there are any
    """
    slots = pd.MultiIndex.from_product([codes, range(HOURS)], names=["unit_code", "hour_of_day"])
    if log is None:
        empty = pd.DataFrame({"coverage": np.nan, "low": np.nan, "high": np.nan, "basis": ""}, index=slots)
        return VisitorCoverage(empty.reset_index(), _named(empty.groupby(level=0).first().reindex(codes)), None)
    at = slots.get_indexer(pd.MultiIndex.from_arrays([log["unit_code"], pd.DatetimeIndex(log["hour"]).hour]))
    fine, coarse = coverage_by(log, at, len(slots), counts, seed=seed, wider=np.arange(len(slots)) // HOURS)
    hours = fine.set_axis(slots).reset_index()
    return VisitorCoverage(hours, _named(coarse.set_axis(codes)), counts)


def _named(table: pd.DataFrame) -> pd.DataFrame:
    names = {"coverage": "", "low": "_low", "high": "_high", "basis": "_basis"}
    return table.rename(columns={name: f"visitor_coverage{ending}" for name, ending in names.items()})


def coverage_by(
    log: pd.DataFrame,
    group: np.ndarray,
    groups: int,
    counts: MatchedCounts | None,
    *,
    seed: int,
    wider: np.ndarray | None = None,
    draws: int = DRAWS,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the coverage of visitors of any groups of facility-hours, and of wider groups of these groups.

    Question: of the people who came to these facilities in these hours, while the facilities logged, how many are
    in the log?

    Parameters
    ----------
    log : DataFrame, one row per facility and hour
        `facility_id`, `category`, `hour` (aware), `entries`, `missing` ("" while the facility logs).
    group : whole number of each row of the log, below `groups`; -1: in none
    wider : of each group, the wider group it belongs to (default: all in one)

    Returns
    -------
    Two DataFrames with a row per group: `coverage` (median), `low`, `high` (95 %), `basis`: "counted" where doors
    of the group were counted, "category" where doors of its categories were, "other_categories" where most of its
    entries are of categories never counted, "no_door_counts"; NaN and "" where nobody was logged or
    counted. Where people were counted and nobody was logged, coverage and `low` are 0, and `high` is that of
    Jeffreys' interval for a share of which none was seen in so many people.
    """
    wider = np.zeros(groups, np.intp) if wider is None else wider
    rows = _rows(log, group, counts)
    if counts is None or counts.rows.empty:
        logged = np.bincount(rows["group"], rows["entries"], groups)
        return tuple(_assumed(values > 0) for values in (logged, np.bincount(wider, logged)))
    counted = rows[rows["counted"].notna() & (rows["counted"] > 0)]
    model = fit_share(
        counted.assign(logged=counted["entries"]),
        categories=int(rows["category"].max()) + 1,
        days=int(rows["day"].max()) + 1,
    )
    inside = rows[(rows["group"] >= 0) & ((rows["entries"] > 0) | rows["counted"].notna())]
    came = _true_visitors(model, inside, groups, draws, np.random.default_rng(seed))
    logged = np.bincount(inside["group"], inside["entries"], groups)
    at_doors = inside[inside["counted"].notna()]
    people = np.bincount(at_doors["group"], at_doors["counted"], groups)
    basis = _basis(inside, model, groups)
    fine = _quantiles(logged, people, came, basis)
    whole = np.zeros((wider.max() + 1, draws))
    np.add.at(whole, wider, came)
    coarse = _basis(inside.assign(group=wider[inside["group"].to_numpy()]), model, len(whole))
    return fine, _quantiles(np.bincount(wider, logged), np.bincount(wider, people), whole, coarse)


def _rows(log: pd.DataFrame, group: np.ndarray, counts: MatchedCounts | None) -> pd.DataFrame:
    """Return the facility-hours that log, as numbers, with what was counted at the door (NaN: nothing)."""
    hours = pd.DatetimeIndex(log["hour"])
    frame = pd.DataFrame(
        {
            "facility_id": log["facility_id"].to_numpy(),
            "hour_start": hours,
            "site": pd.factorize(log["facility_id"], sort=True)[0],
            "category": pd.factorize(log["category"], sort=True)[0],
            "hour": hours.hour,
            "day": pd.factorize(hours.normalize(), sort=True)[0],
            "group": group,
            "entries": log["entries"].to_numpy(dtype=float, na_value=np.nan),
        }
    )
    frame = frame[(log["missing"] == "").to_numpy()]
    if counts is None:
        return frame[frame["group"] >= 0].assign(counted=np.nan)
    beside = counts.rows[["facility_id", "hour", "counted"]].rename(columns={"hour": "hour_start"})
    joined = frame.merge(beside, how="left", on=["facility_id", "hour_start"], validate="one_to_one")
    return joined.sort_values(["site", "hour_start"], ignore_index=True)


def _true_visitors(
    model: ShareModel, rows: pd.DataFrame, groups: int, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Return draws of how many came, groups × draws: where counted, the count; else entries ÷ share, and chance.

    Chance: given k entries, those who came are k ÷ s with variance k (1 − s) ÷ s² (negative binomial), times the
    dispersion of counts; never fewer than were logged.
    """
    effects, nested, spread = model.draw(draws, rng)
    known = rows["counted"].notna().to_numpy()
    certain = np.bincount(rows["group"][known], rows["counted"][known], groups)
    floor = np.bincount(rows["group"][~known], rows["entries"][~known], groups)
    rows = rows[~known]
    key = rows["site"].to_numpy() * HOURS + rows["hour"].to_numpy()
    slots, slot = np.unique(key, return_inverse=True)
    sites, site_of_slot = np.unique(slots // HOURS, return_inverse=True)
    category = np.zeros(len(slots), np.intp)
    category[slot] = rows["category"]
    hour = slots % HOURS
    parts = {name: effects[place] for name, place in model.columns.items()}
    common = parts["level"] + parts["category"][category] + parts["hour"][hour]
    common += parts["category_hour"][category * HOURS + hour]
    weight = np.bincount(slot, rows["entries"])
    alike = _weighted(common, weight, site_of_slot)
    busy = _busyness(rows, np.bincount(site_of_slot[slot]))
    fresh = _given_busyness(alike, spread["site"], busy, rng)
    of_site = _learned(sites, model.sites, parts["site"], fresh)
    fresh = rng.standard_normal(common.shape) * spread["site_hour"]
    logit = common + of_site[site_of_slot] + _learned(slots, model.site_hours, nested, fresh)
    day, group, entries = (rows[name].to_numpy() for name in ("day", "group", "entries"))
    came = np.empty((groups, draws))
    for draw in range(draws):
        share = expit(logit[slot, draw] + parts["day"][day, draw])
        mean = np.bincount(group, entries / share, groups)
        variance = model.dispersion * np.bincount(group, entries * (1 - share) / share**2, groups)
        came[:, draw] = certain + np.maximum(mean + np.sqrt(variance) * rng.standard_normal(groups), floor)
    return came


def _weighted(values: np.ndarray, weight: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the weighted mean of rows that have the same place in `at` (sorted)."""
    first = np.flatnonzero(np.diff(at, prepend=-1))
    return np.add.reduceat(values * weight[:, None], first) / np.add.reduceat(weight, first)[:, None]


def _busyness(rows: pd.DataFrame, hours: np.ndarray) -> tuple[np.ndarray, float]:
    """Return how each facility's logged visits an hour differ from its category's (log), and their variance."""
    site = np.unique(rows["site"], return_inverse=True)[1]
    visits = np.log(np.bincount(site, rows["entries"]) / hours)
    category = np.zeros(len(visits), np.intp)
    category[site] = rows["category"]
    size = np.bincount(category)
    usual = np.bincount(category, visits) / np.maximum(size, 1)
    apart = visits - usual[category]
    return apart, float((apart**2).sum() / max(len(apart) - np.count_nonzero(size), 1))


def _given_busyness(
    logit: np.ndarray, spread: np.ndarray, busy: tuple[np.ndarray, float], rng: np.random.Generator
) -> np.ndarray:
    """Return draws of the effects of facilities without counts, facilities × draws, given how much they log.

    A door that logs much is busy, or logs a large share of its visitors: of the variance of logged visits (log)
    the part (1 − s)² σ² comes from the share s, and the effect is normal given the visits. Without this, entries ÷
    share would count those who log well too often and coverage would come out too low.
    """
    apart, variance = busy
    slope = 1 - expit(logit)
    part = slope * spread
    all_of_it = np.maximum(variance, part**2)
    mean = spread * part * apart[:, None] / np.where(all_of_it > 0, all_of_it, 1.0)
    rest = 1 - np.divide(part**2, all_of_it, out=np.zeros_like(part), where=all_of_it > 0)
    return mean + spread * np.sqrt(rest) * rng.standard_normal(logit.shape)


def _learned(keys: np.ndarray, known: np.ndarray, drawn: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    """Return draws of effects, keys × draws: the learned ones where doors were counted, else the fresh ones."""
    at = np.searchsorted(known, keys).clip(max=len(known) - 1)
    same = known[at] == keys
    fresh[same] = drawn[at[same]]
    return fresh


def _basis(rows: pd.DataFrame, model: ShareModel, groups: int) -> np.ndarray:
    counted = np.bincount(rows["group"], rows["site"].isin(model.sites), groups) > 0
    alike = model.seen[model.columns["category"]][rows["category"].to_numpy()]
    entries = np.bincount(rows["group"], rows["entries"], groups)
    most = np.bincount(rows["group"], rows["entries"] * alike, groups) >= entries / 2
    return np.where(counted, COUNTED, np.where(most, CATEGORY, OTHER_CATEGORIES))


def _quantiles(logged: np.ndarray, people: np.ndarray, came: np.ndarray, basis: np.ndarray) -> pd.DataFrame:
    told, unseen = (logged > 0) | (people > 0), (logged == 0) & (people > 0)
    share = np.divide(logged[:, None], came, out=np.full(came.shape, np.nan), where=told[:, None] & (came > 0))
    found = np.full((3, len(logged)), np.nan)
    if told.any():
        found[:, told] = np.quantile(share[told], [LOW, 0.5, HIGH], axis=1)
    low, middle, high = found
    high[unseen] = betaincinv(0.5, people[unseen] + 0.5, HIGH)
    return pd.DataFrame({"coverage": middle, "low": low, "high": high, "basis": np.where(told, basis, "")})


def _assumed(told: np.ndarray) -> pd.DataFrame:
    low, high = (np.where(told, end, np.nan) for end in (LOW, HIGH))
    basis = np.where(told, NO_DOOR_COUNTS, "")
    return pd.DataFrame({"coverage": np.nan, "low": low, "high": high, "basis": basis})
