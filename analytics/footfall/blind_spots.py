"""Blind spots: where people are whom the log does not see, and the pilot could be extended next."""

import numpy as np
import pandas as pd

from ..coverage import MASKED, VisitorCoverage
from ..study import Study

OPEN = 0.5
"""An hour counts in which at least this share of its day's most facilities log: sleepers are no blind spot."""
NO_LOG = "no_log"
"""Why published routes have no blind spots: nothing logs, so nothing is told apart from what does not."""
COLUMNS = [
    "rank", "unit_code", "name", "gain_person_hours", "unseen_person_hours", "person_hours", "share_seen",
    "relative_share", "hours", "masked_hours", "facilities", "busiest_hour", "people_unseen_then",
    "unregistered_person_hours", "unregistered_low", "unregistered_high",
    "elsewhere_person_hours", "elsewhere_low", "elsewhere_high", "basis",
]  # fmt: skip


def blind_spots(study: Study, visitors: VisitorCoverage) -> pd.DataFrame:
    """Return the units with people whom the log does not see, first where extending it would add most.

    Question: where would one more site show the most of the town's open life that no entry log tells of?

    An estimate, no test. Over the hours in which the town is open, of those with a known population:
    `person_hours` P, seen ones S (observable person-hours; none where no facility logs), `share_seen` = S ÷ P,
    `unseen_person_hours` = P − S, never below 0; `relative_share`: `share_seen` ÷ that of the whole town T;
    `gain_person_hours` = P × (T − `share_seen`), never below 0: what more would be seen if the log saw of the
    place what it sees of the town, no better share being known. Unseen person-hours alone would rank crowds.
    Masked and absent hours are on neither side; `masked_hours` says how many. `busiest_hour`: hour of the day in
    which the most people are unseen, `people_unseen_then`: how many on average. `facilities`: ordinary ones that
    log.

    Where doors were counted, the unseen are told apart with the visitor coverage v of the unit (median, 95 %):
    `unregistered_person_hours` = S ÷ v − S, people inside facilities that log, who did not sign in, and
    `elsewhere_person_hours` = P − S ÷ v, those in none of them. Where no facility logs all are elsewhere. Without
    counts nothing tells them apart: empty.

    Published routes have no log, so nothing can be blind: no rows. A day that is not over is left out: it would
    show the crowds of its mornings alone.
    """
    if study.log is None:
        return pd.DataFrame(columns=COLUMNS)
    exposure = study.exposure
    open_ = open_hours(study)
    people = exposure.population[:, open_]
    known = np.isfinite(people)
    present = np.where(known, people, 0.0)
    observed = exposure.observable[:, open_]
    seen = np.where(known & np.isfinite(observed), observed, 0.0)
    unseen = np.maximum(present - seen, 0.0)
    clock = np.arange(len(open_))[open_] % 24
    hour, people_then = _busiest(unseen, known, clock)
    table = pd.DataFrame(
        {
            "unit_code": exposure.codes,
            "name": study.units["name"].to_numpy(),
            "person_hours": present.sum(axis=1),
            "seen": seen.sum(axis=1),
            "hours": known.sum(axis=1),
            "masked_hours": exposure.lacks(MASKED)[:, open_].sum(axis=1),
            "facilities": _facilities(study).reindex(exposure.codes, fill_value=0).to_numpy(),
            "busiest_hour": hour,
            "people_unseen_then": people_then,
        }
    )
    table["unseen_person_hours"] = np.maximum(table["person_hours"] - table["seen"], 0.0)
    table = table.join(_told_apart(table["person_hours"], table["seen"], visitors.units.reset_index(drop=True)))
    town = table["seen"].sum() / table["person_hours"].sum() if table["seen"].any() else np.nan
    table = table[table["unseen_person_hours"] > 0]
    table = table.assign(share_seen=table["seen"] / table["person_hours"])
    table = table.assign(relative_share=table["share_seen"] / town)
    gain = table["person_hours"] * (town - table["share_seen"])
    table = table.assign(gain_person_hours=gain.clip(lower=0.0).fillna(0.0))
    first = ["gain_person_hours", "unseen_person_hours", "unit_code"]
    table = table.sort_values(first, ascending=[False, False, True], ignore_index=True)
    return table.assign(rank=np.arange(1, len(table) + 1))[COLUMNS]


def open_hours(study: Study) -> np.ndarray:
    """Return the hours of whole days (bool) in which at least half as many facilities log as at the day's most."""
    hours = study.exposure.hours.as_unit("us").asi8
    at = pd.DatetimeIndex(study.log["hour"]).as_unit("us").asi8[(study.log["missing"] == "").to_numpy()]
    logging = np.bincount((at - hours[0]) // 3_600_000_000, minlength=len(hours)).reshape(-1, 24)
    most = logging.max(axis=1, keepdims=True)
    open_ = (logging >= OPEN * most) & (most > 0)
    open_[len(study.whole_days) :] = False
    return open_.ravel()


def _busiest(unseen: np.ndarray, known: np.ndarray, clock: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the hour of the day with the most unseen people on average, and how many (NaN: no figure at all)."""
    of_hour = np.zeros((len(clock), 24))
    of_hour[np.arange(len(clock)), clock] = 1.0
    total, days = unseen @ of_hour, known @ of_hour
    mean = np.divide(total, days, out=np.full(total.shape, -np.inf), where=days > 0)
    hour, most = mean.argmax(axis=1), mean.max(axis=1)
    return hour, np.where(np.isfinite(most), most, np.nan)


def _facilities(study: Study) -> pd.Series:
    """Return how many ordinary facilities of each unit log at all."""
    logs = study.log.loc[(study.log["missing"] == "").to_numpy(), "facility_id"].unique()
    table = study.facilities
    ordinary = table["facility_id"].isin(logs) & ~table["sensitive"].astype(bool)
    return table.loc[ordinary, "unit_code"].value_counts()


def _told_apart(present: pd.Series, seen: pd.Series, visitors: pd.DataFrame) -> pd.DataFrame:
    """Return who was inside a facility that logs, unregistered, and who elsewhere, each with its 95 % interval."""
    nobody = (seen == 0) & (visitors["visitor_coverage_basis"] == "")
    found = {}
    for ending, other in (("", ""), ("_low", "_high"), ("_high", "_low")):
        for name, whose in (("unregistered", other), ("elsewhere", ending)):
            share = visitors[f"visitor_coverage{whose}"].where(visitors["visitor_coverage"] > 0)
            inside = seen / share
            figure = (inside - seen) if name == "unregistered" else (present - inside)
            figure = figure.clip(lower=0.0, upper=(present - seen).clip(lower=0.0))
            alone = 0.0 if name == "unregistered" else present
            found[f"{name}{ending or '_person_hours'}"] = figure.mask(nobody, alone)
    return pd.DataFrame(found).assign(basis=visitors["visitor_coverage_basis"])
