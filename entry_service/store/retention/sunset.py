"""The end of collection in the log: when it is, whether keys go early, the proof; and what the log still holds."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from ..schema.care_tables import case_passes, published_places
from ..schema.door_tables import (
    closings,
    enrolments,
    poster_reports,
    quarantine_decisions,
    quarantines,
    short_codes,
    slips,
    voids,
)
from ..schema.doubt_tables import doubt_decisions, doubts
from ..schema.drill_tables import drill_passes
from ..schema.notice_tables import publication_requests
from ..schema.sunset_tables import sunset
from ..schema.tables import cases, index_visits, scans

OF_PEOPLE = (
    scans,
    voids,
    slips,
    short_codes,
    closings,
    quarantines,
    quarantine_decisions,
    poster_reports,
    enrolments,
    cases,
    index_visits,
    case_passes,
    published_places,
    drill_passes,
    doubts,
    doubt_decisions,
    publication_requests,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """When collection ends or ended, whether keys go before their time, and the signed proof, empty until then."""

    ends_at: datetime
    early: bool = False
    proof: str = ""


def find(db: Connection) -> Ending | None:
    """Return the end that was decided, None while there is none."""
    row = db.execute(select(sunset)).first()
    return None if row is None else Ending(ends_at=row.ends_at, early=row.early, proof=row.proof)


def keep(db: Connection, ending: Ending) -> None:
    """Keep the end in place of the one before; a proof that is there stays as it is."""
    facts = {"ends_at": ending.ends_at, "early": ending.early, "proof": ending.proof}
    kept = db.execute(select(sunset.c.proof).with_for_update()).first()
    if kept is None:
        db.execute(insert(sunset).values(only_row=1, **facts))
    else:
        db.execute(update(sunset).values(**{**facts, "proof": kept.proof or ending.proof}))


def drop(db: Connection) -> None:
    """Forget the end: it was taken back. One with a proof stays for ever."""
    db.execute(delete(sunset).where(sunset.c.proof == ""))


def rows_left(db: Connection) -> dict[str, int]:
    """Return table → rows, of every table of the log that speaks of visits, cases or people at doors."""
    return {one.name: db.execute(select(func.count()).select_from(one)).scalar_one() for one in OF_PEOPLE}
