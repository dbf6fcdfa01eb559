"""The rows of public.csv: what is told of each day, dong and category, and what is not."""

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pandas as pd

from .counts import INDEX_VISITS, MEASURES, Rules
from .suppress import withheld_cells
from .tables import ALL, Table

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
    """Return the rows of the days: those that are out (earlier.kept_tables) as they were, others with new figures.

    Parameters
    ----------
    tables : the table of each measure and day; without one there is no data
    known : the day that began when the data were known
    """
    found = []
    for done, day in enumerate(days, start=1):
        told = {measure: _told(tables, measure, day, known, rules, kept) for measure in MEASURES}
        found.append(_of_day(day, {name: one for name, one in told.items() if one is not None}, tables))
        progress("withhold", done, len(days))
    return pd.concat(found, ignore_index=True)


def _told(tables: Tables, measure: str, day: date, known: date, rules: Rules, kept: Kept) -> pd.DataFrame | None:
    """Return count and status of each (dong, category) of a measure; None where nobody logged."""
    if (measure, day) in kept:
        return kept[measure, day]
    if (measure, day) not in tables:
        return None
    table = tables[measure, day]
    index = pd.MultiIndex.from_tuples(table.keys, names=KEY[1:])
    if not rules.due(measure, day, known):
        empty = pd.array([pd.NA] * len(index), "Int64")
        return pd.DataFrame({measure: empty, f"{measure}_status": NOT_YET}, index=index)
    withheld = withheld_cells(table, rules.rule(measure))
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
