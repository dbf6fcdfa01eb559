"""Results of cases and entered figures, in the log's database."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from entry_service.core.usefulness import CaseResult

from ..schema.usefulness_tables import case_results, report_figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure that somebody entered, with where it comes from."""

    name: str
    value: float
    source: str
    set_by: str
    set_at: datetime


def keep_results(db: Connection, given: Iterable[CaseResult]) -> None:
    """Keep what is known of cases by now. Counts only grow: days that were destroyed since take nothing back."""
    for result in changed(db, given):
        mine = case_results.c.result_id == result.result_id
        if db.execute(update(case_results).where(mine).values(**asdict(result))).rowcount == 0:
            db.execute(insert(case_results).values(**asdict(result)))


def changed(db: Connection, given: Iterable[CaseResult]) -> list[CaseResult]:
    """Return the results that say more than those that are kept, grown together with them."""
    known = {one.result_id: one for one in results(db)}
    grown = [_grown(known.get(one.result_id), one) for one in given]
    return [one for one in grown if one != known.get(one.result_id)]


def _grown(known: CaseResult | None, result: CaseResult) -> CaseResult:
    if known is None:
        return result
    counts = {name: max(getattr(known, name), getattr(result, name)) for name in _COUNTS}
    return replace(known, **counts, minutes=result.minutes if known.minutes is None else known.minutes)


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


_COUNTS = ("visits", "requests", "contacts", "sites", "lost", "reached")
