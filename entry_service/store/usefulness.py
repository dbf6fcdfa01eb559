"""Results of cases and entered figures, in the log's database."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from entry_service.core.usefulness import CaseResult

from .usefulness_tables import case_results, report_figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure that somebody entered, with where it comes from."""

    name: str
    value: float
    source: str
    set_by: str
    set_at: datetime


def keep_result(db: Connection, result: CaseResult) -> None:
    """Keep what is known of a case by now. Counts only grow: days that were destroyed since take nothing back."""
    row = db.execute(select(case_results).where(case_results.c.result_id == result.result_id)).first()
    if row is None:
        db.execute(insert(case_results).values(**asdict(result)))
        return
    grown = {name: max(getattr(row, name), getattr(result, name)) for name in _COUNTS}
    minutes = result.minutes if row.minutes is None else row.minutes
    mine = case_results.c.result_id == result.result_id
    db.execute(update(case_results).where(mine).values(**grown, minutes=minutes))


def results(db: Connection) -> list[CaseResult]:
    """Return the results of every case there was, by month."""
    rows = db.execute(select(case_results).order_by(case_results.c.month, case_results.c.result_id))
    return [CaseResult(**row._mapping) for row in rows]


def figures(db: Connection) -> dict[str, Figure]:
    """Return what was entered, by name."""
    return {row.name: Figure(**row._mapping) for row in db.execute(select(report_figures))}


def set_figure(db: Connection, figure: Figure) -> None:
    """Keep a figure in place of the one before."""
    forget_figure(db, figure.name)
    db.execute(insert(report_figures).values(**asdict(figure)))


def forget_figure(db: Connection, name: str) -> None:
    """Forget a figure: the assumption holds again, the cost is unknown."""
    db.execute(delete(report_figures).where(report_figures.c.name == name))


_COUNTS = ("visits", "requests", "contacts", "lost", "reached")
