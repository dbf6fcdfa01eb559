"""What was told of one measure on one day: it stays exactly as it was.

A figure that came out once is never revised: the difference between two publications of one cell would be a small
count of its own (a late upload, a case found later), and a cell withheld in the one and told in the other could be
worked out from both. Tables of different days share no cell and no total. So whoever keeps every publication knows
no more of a day than the first one told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd

from ..refusals import OutputRefused
from .counts import MEASURES, Rules
from .rows import KEY, PUBLISHED, WITHHELD
from .unlogged import UNLOGGED

OUT = (PUBLISHED, WITHHELD)
TOLD = (*MEASURES, UNLOGGED)


@dataclass(frozen=True)
class ToldDay:
    """What is out of a measure and day.

    Attributes
    ----------
    where : whose it is, for a refusal: a folder, or a line of the register
    k, dongs : with which it was made: the smallest count that was told, and the codes of the dongs
    cells : index (dong, category), sorted; the count or share (Int64, NA where withheld) and its status
    """

    where: str
    measure: str
    day: date
    k: int
    dongs: frozenset[str]
    cells: pd.DataFrame


def told_in(
    rows: pd.DataFrame, measures: Iterable[str], where: str, k: int, dongs: frozenset[str]
) -> Iterator[ToldDay]:
    """Give what rows of a publication tell (KEY, the measures and their statuses), a measure and day each."""
    for measure in measures:
        out = rows[rows[f"{measure}_status"].isin(OUT)]
        for day, of_day in out.groupby("day"):
            cells = of_day.set_index(KEY[1:])[[measure, f"{measure}_status"]].sort_index()
            yield ToldDay(where, measure, day, k, dongs, cells)


def kept_tables(
    earlier: Iterable[ToldDay], days: list[date], rules: Rules, dongs: pd.Index
) -> dict[tuple[str, date], pd.DataFrame]:
    """Return what is out already of these days: for each measure and day, its cells.

    Raises
    ------
    OutputRefused
        Earlier publications tell different things of one day, or were made with another k or other dongs: the
        sums of both together might tell what neither does.
    """
    kept: dict[tuple[str, date], pd.DataFrame] = {}
    wanted = set(days)
    for one in earlier:
        if one.day not in wanted:
            continue
        _assert_alike(one, rules, dongs)
        if not one.cells.equals(kept.setdefault((one.measure, one.day), one.cells)):
            raise OutputRefused(f"{one.where}: and another earlier publication tell different things of {one.day}")
    return kept


def _assert_alike(one: ToldDay, rules: Rules, dongs: pd.Index) -> None:
    if one.k == rules.k and one.dongs == set(dongs):
        return
    why = f"has k = {one.k}" if one.k != rules.k else "has other dongs"
    raise OutputRefused(
        f"{one.where}: {why} and tells of the same days; what is out cannot be published in another way"
    )
