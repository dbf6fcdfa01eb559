"""The rows of public.csv: what is told of each day, dong and category, and what is not."""

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pandas as pd

from .beside import beside_entries
from .counts import ENTRIES, INDEX_VISITS, MEASURES, Rules
from .suppress import withheld_cells
from .tables import ALL, Problem, Table, alone

PUBLISHED, WITHHELD, NO_DATA, NOT_YET = "published", "withheld", "no data", "not yet"
KEY = ["day", "dong_code", "category"]
Tables = Mapping[tuple[str, date], Table]
Kept = Mapping[tuple[str, date], pd.DataFrame]


def rows_of_days(
    tables: Tables,
    days: list[date],
    known: date,
    rules: Rules,
    kept: Kept,
    progress: Callable[[str, int, int], None] = lambda step, done, of: None,
) -> pd.DataFrame:
    """Return the rows of the days: those that are out (told_days.kept_tables) as they were, others anew.

    Parameters
    ----------
    tables : the table of each measure and day; without one there is no data
    known : the day that began when the data were known
    """
    found = []
    for done, day in enumerate(days, start=1):
        entries = _told(tables, ENTRIES, day, known, rules, kept, None)
        visits = _told(tables, INDEX_VISITS, day, known, rules, kept, entries)
        told = {ENTRIES: entries, INDEX_VISITS: visits}
        found.append(_of_day(day, {name: one for name, one in told.items() if one is not None}, tables))
        progress("withhold", done, len(days))
    return pd.concat(found, ignore_index=True)


def problem_of_day(tables: Tables, measure: str, day: date, rules: Rules, entries: pd.DataFrame | None) -> Problem:
    """Return what must be withheld of a measure, the keys of its table first.

    entries : count and status by (dong, category) of what is told of the entries of the day; None, or nothing that
        is out: index visits are alone
    """
    table, rule = tables[measure, day], rules.rule(measure)
    if measure == ENTRIES or entries is None:
        return alone(table, rule)
    shown = entries[entries[f"{ENTRIES}_status"].isin([PUBLISHED, WITHHELD])]
    if shown.empty:
        return alone(table, rule)
    return beside_entries(table, rule, shown[[ENTRIES]], tables.get((ENTRIES, day)), rules.rule(ENTRIES))


def _told(
    tables: Tables,
    measure: str,
    day: date,
    known: date,
    rules: Rules,
    kept: Kept,
    entries: pd.DataFrame | None,
) -> pd.DataFrame | None:
    """Return count and status of each (dong, category) of a measure; None where nobody logged.

    Entries of a day whose index visits are out without them are never told: those could be worked out.
    """
    if (measure, day) in kept:
        return kept[measure, day]
    if (measure, day) not in tables or (INDEX_VISITS, day) in kept:
        return None
    table = tables[measure, day]
    index = pd.MultiIndex.from_tuples(table.keys, names=KEY[1:])
    if not rules.due(measure, day, known):
        empty = pd.array([pd.NA] * len(index), "Int64")
        return pd.DataFrame({measure: empty, f"{measure}_status": NOT_YET}, index=index)
    withheld = withheld_cells(problem_of_day(tables, measure, day, rules, entries))[: len(index)]
    counts = pd.Series(table.counts, index=index, dtype="Int64").mask(withheld)
    return pd.DataFrame(
        {measure: counts, f"{measure}_status": np.where(withheld, WITHHELD, PUBLISHED)}, index=index
    )


def _of_day(day: date, told: dict[str, pd.DataFrame], tables: Tables) -> pd.DataFrame:
    """Return one day's rows: every pair that has a facility in the study, or is out already, and the totals."""
    every = pd.MultiIndex.from_tuples(tables[INDEX_VISITS, day].keys, names=KEY[1:])
    for one in told.values():
        every = every.union(one.index, sort=False)
    nothing = pd.array([pd.NA] * len(every), "Int64")
    columns = {}
    for measure in MEASURES:
        one = told[measure].reindex(every) if measure in told else None
        columns[measure] = nothing if one is None else one[measure].array
        status = pd.Series(NO_DATA, index=range(len(every)))
        if one is not None:
            status = one[f"{measure}_status"].reset_index(drop=True).fillna(NO_DATA)
        columns[f"{measure}_status"] = status.to_numpy()
    rows = pd.DataFrame(
        {"day": day, "dong_code": every.get_level_values(0), "category": every.get_level_values(1)}
    )
    rows = rows.assign(**columns)
    total = rows[KEY[1:]].eq(ALL)
    order = np.lexsort((rows["category"], total["category"], rows["dong_code"], total["dong_code"]))
    return rows.iloc[order].reset_index(drop=True)
