"""Tables of a run with a row a unit, as columns: what the map draws blind spots and patterns from."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from .result_folders import ResultFolder


@dataclass(frozen=True, slots=True)
class Table:
    """A file of the run: the columns that the map tells, those that are text, and one that must not be empty."""

    file: str
    numbers: tuple[str, ...]
    texts: tuple[str, ...] = ()
    told_by: str = ""


TABLES = {  # by the name in the address
    "blind_spots": Table(
        "blind_spots.csv",
        (
            *("gain_person_hours", "unseen_person_hours", "person_hours", "share_seen", "facilities"),
            *("busiest_hour", "people_unseen_then", "elsewhere_person_hours", "elsewhere_low", "elsewhere_high"),
        ),
    ),
    "emerging": Table(
        "emerging.csv",
        ("days", "hot_days", "cold_days", "z", "q", "trend_tau", "trend_p"),
        ("category", "last_hot"),
        told_by="category",
    ),
}


def has_table(run: ResultFolder, table: str) -> bool:
    """Say whether the run has the table; one of an older analytics does not."""
    return (run.path / TABLES[table].file).is_file()


def by_unit(run: ResultFolder, table: str, order: Sequence[str]) -> dict:
    """Return a table by column; ``unit`` is each row's place in ``order``, rows of other units are left out.

    Rows keep the order of the file. An empty cell of a column of numbers is null, and so is a column that a run of
    an earlier analytics does not have. Without the file: no rows.
    """
    known = TABLES[table]
    if not has_table(run, table):
        return {"unit": [], "columns": {}}
    text = (run.path / known.file).read_text(encoding="utf-8-sig")
    place = {code: at for at, code in enumerate(order)}
    rows = [
        row
        for row in csv.DictReader(io.StringIO(text))
        if row["unit_code"] in place and (not known.told_by or row[known.told_by])
    ]
    numbers = {name: [_short(row.get(name, "")) for row in rows] for name in known.numbers}
    texts = {name: [row[name] for row in rows] for name in known.texts}
    return {"unit": [place[row["unit_code"]] for row in rows], "columns": texts | numbers}


def _short(cell: str) -> float | int | None:
    """Return the figure with four significant digits, null for an empty cell."""
    if not cell:
        return None
    value = float(f"{float(cell):.4g}")
    return int(value) if value.is_integer() else value
