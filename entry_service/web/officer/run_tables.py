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


GAIN = "gain_person_hours"  # worked out here
TABLES = {  # by the name in the address
    "blind_spots": Table(
        "blind_spots.csv",
        (
            GAIN,
            *("unseen_person_hours", "person_hours", "share_seen", "facilities", "busiest_hour"),
            *("people_unseen_then", "elsewhere_person_hours", "elsewhere_low", "elsewhere_high"),
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

    An empty cell of a column of numbers is null. Without the file: no rows.
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
    if table == "blind_spots":
        rows = _by_gain(rows)
    numbers = {name: [_short(row[name]) for row in rows] for name in known.numbers}
    texts = {name: [row[name] for row in rows] for name in known.texts}
    return {"unit": [place[row["unit_code"]] for row in rows], "columns": texts | numbers}


def _by_gain(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return blind spots by what extending the log there would add, with ``gain_person_hours``.

    The gain is what more would be seen if the log saw of the place what it sees of the town as a whole:
    person-hours × (share of the town − share there), never below 0. Unseen person-hours alone rank crowds
    (docs/map.md). A run that does not say the share of the town keeps its order, without a gain.
    """
    known = [row for row in rows if row.get("relative_share") and float(row["relative_share"]) > 0]
    if not known:
        return [{**row, GAIN: ""} for row in rows]
    town = float(known[0]["share_seen"]) / float(known[0]["relative_share"])
    gains = [max(0.0, float(row["person_hours"]) * (town - float(row["share_seen"] or 0))) for row in rows]
    told = [{**row, GAIN: str(gain)} for row, gain in zip(rows, gains, strict=True)]
    return sorted(told, key=lambda row: -float(row[GAIN]))


def _short(cell: str) -> float | int | None:
    """Return the figure with four significant digits, null for an empty cell."""
    if not cell:
        return None
    value = float(f"{float(cell):.4g}")
    return int(value) if value.is_integer() else value
