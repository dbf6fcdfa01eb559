"""The rows of public_hours.csv: how much of each day was not logged, in each dong and in all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from ..refusals import NotPublished
from .counts import ENTRIES, Rules
from .rows import KEY, NO_DATA, NOT_YET, PUBLISHED, WITHHELD, Kept
from .tables import ALL
from .unlogged import FEWEST, STEP, UNLOGGED, all_open, told_shares

STATUS = f"{UNLOGGED}_status"


@dataclass(frozen=True)
class Hours:
    """The rows (KEY with category ALL, share, status) and the true hours of each day (unlogged.unlogged_hours)."""

    rows: pd.DataFrame
    of_days: Mapping[date, pd.DataFrame]


def hours_of_days(
    of_days: Mapping[date, pd.DataFrame], days: list[date], dongs: pd.Index, known: date, rules: Rules, kept: Kept
) -> Hours:
    """Return a row for each day and dong, and the total: those that are out as they were.

    They come out with the entries of their day.
    """
    every = pd.MultiIndex.from_tuples([(dong, ALL) for dong in [*dongs, ALL]], names=KEY[1:])
    found = []
    for day in days:
        told = kept.get((UNLOGGED, day))
        if told is None and day in of_days:
            told = _new(of_days[day], rules.due(ENTRIES, day, known))
        if told is None:
            told = pd.DataFrame({UNLOGGED: pd.array([], "Int64"), STATUS: []}, index=every[:0])
        rows = told.reindex(every)
        rows[STATUS] = rows[STATUS].astype(object).fillna(NO_DATA)
        found.append(rows.reset_index().assign(day=day)[[*KEY, UNLOGGED, STATUS]])
    return Hours(pd.concat(found, ignore_index=True), of_days)


def assert_hours_protected(rows: pd.DataFrame, hours: Hours, kept: Kept) -> None:
    """Judge the rows of a public_hours.csv against the true hours; raise NotPublished where one tells too much."""
    for day, of_day in rows.groupby("day"):
        at = of_day.set_index(KEY[1:])[[UNLOGGED, STATUS]]
        out = at[at[STATUS].isin([PUBLISHED, WITHHELD])].sort_index()
        if (UNLOGGED, day) in kept:
            if not out.equals(kept[UNLOGGED, day].sort_index()):
                raise NotPublished(f"{UNLOGGED} of {day}: differs from what was published before")
        elif len(out):
            _assert_day(out.droplevel("category")[UNLOGGED], hours.of_days[day], day)


def _assert_day(share: pd.Series, true: pd.DataFrame, day: date) -> None:
    told = share[share.notna()]
    far = (told.astype(float) - 100 * true["unlogged"] / true["hours"]).reindex(told.index).abs() > STEP / 2 + 1e-9
    if far.any() or (told % STEP != 0).any():
        raise NotPublished(f"{UNLOGGED} of {day}: what was written is not what was counted")
    if (true["facilities"].reindex(told.index) < FEWEST).any() or not all_open(
        share.reindex(true.index), true["hours"]
    ):
        raise NotPublished(f"{UNLOGGED} of {day}: tells of too few facilities; nothing is published")


def _new(table: pd.DataFrame, due: bool) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples([(dong, ALL) for dong in table.index], names=KEY[1:])
    if not due:
        return pd.DataFrame({UNLOGGED: pd.array([pd.NA] * len(index), "Int64"), STATUS: NOT_YET}, index=index)
    share = told_shares(table)
    status = [WITHHELD if value is pd.NA else PUBLISHED for value in share]
    return pd.DataFrame({UNLOGGED: share.array, STATUS: status}, index=index)
