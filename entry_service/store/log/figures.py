"""Figures of the whole log, cheap enough to be asked every few seconds.

Rows are counted by the number of the newest, less what drills left, be it there or removed since. PostgreSQL gives
no number twice; SQLite gives those of the newest rows again once they are removed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select, update

from ..schema.drill_tables import drill_passes, drills
from ..schema.tables import scans
from .counted import of_drills


@dataclass(frozen=True, slots=True)
class Appended:
    """How many rows were ever appended, refused ones too: of visitors and of drills. Neither ever falls."""

    visitors: int
    drills: int


def newest_number(db: Connection) -> int:
    """Return the number of the newest row, 0 before the first."""
    return db.execute(select(func.max(scans.c.seq))).scalar() or 0


def appended(db: Connection) -> Appended:
    """Count the rows that were ever appended."""
    sums = func.sum(drills.c.rows_removed), func.sum(drills.c.numbers_lost), func.max(drills.c.newest_removed)
    removed, lost, newest = (int(one or 0) for one in db.execute(select(*sums)).one())
    marked = select(func.count()).select_from(scans).where(of_drills(True))
    there = db.execute(marked.where(scans.c.pid.in_(select(drill_passes.c.pid)))).scalar_one()
    return Appended(visitors=max(newest_number(db), newest) - lost - there, drills=removed + there)


def note_removed(db: Connection, drill_id: str, numbers: Sequence[int], before: int) -> None:
    """Keep with a drill that rows of it were removed, in one transaction; ``before``: the newest there was."""
    lost, newest = len(numbers), max(numbers)
    if db.dialect.name == "sqlite":
        lost, newest = lost - (before - newest_number(db)), 0  # those at the end are given again
    last = case((drills.c.newest_removed < newest, newest), else_=drills.c.newest_removed)
    told = {"rows_removed": drills.c.rows_removed + len(numbers), "numbers_lost": drills.c.numbers_lost + lost}
    db.execute(update(drills).where(drills.c.drill_id == drill_id).values(newest_removed=last, **told))
