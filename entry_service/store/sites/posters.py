"""Posters: which random id leads to which facility, and in which epoch."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from ..schema.tables import posters


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """One printed poster; ``retired_at`` ends it, with a grace the rule decides.

    ``copied_at``: since when it is known that a copy hung elsewhere, and ``copied_by`` which account says so.
    """

    poster_id: str
    facility_id: str
    epoch: int
    valid_from: datetime
    retired_at: datetime | None = None
    copied_at: datetime | None = None
    copied_by: str | None = None


def add(db: Connection, poster: Poster) -> None:
    """Keep a new poster."""
    add_many(db, [poster])


def add_many(db: Connection, many: Sequence[Poster]) -> None:
    """Keep many new posters at once."""
    if many:
        db.execute(insert(posters), [asdict(poster) for poster in many])


def find(db: Connection, poster_id: str) -> Poster | None:
    """Return the poster with this id, retired or not."""
    row = db.execute(select(posters).where(posters.c.poster_id == poster_id)).first()
    return None if row is None else Poster(**row._mapping)


def current(db: Connection, facility_id: str) -> Poster | None:
    """Return the facility's poster of the newest epoch that is not retired."""
    query = select(posters).where(posters.c.facility_id == facility_id, posters.c.retired_at.is_(None))
    row = db.execute(query.order_by(posters.c.epoch.desc()).limit(1)).first()
    return None if row is None else Poster(**row._mapping)


def all_current(db: Connection) -> dict[str, Poster]:
    """Return the current poster of every facility that has one, by facility."""
    query = select(posters).where(posters.c.retired_at.is_(None)).order_by(posters.c.epoch)
    return {row.facility_id: Poster(**row._mapping) for row in db.execute(query)}


def of_facility(db: Connection, facility_id: str) -> list[Poster]:
    """Return every poster of the facility, the newest first."""
    query = select(posters).where(posters.c.facility_id == facility_id).order_by(posters.c.epoch.desc())
    return [Poster(**row._mapping) for row in db.execute(query)]


def retire(db: Connection, facility_id: str, now: datetime) -> int:
    """End every current poster of the facility; return how many there were."""
    is_current = (posters.c.facility_id == facility_id) & posters.c.retired_at.is_(None)
    return db.execute(update(posters).where(is_current).values(retired_at=now)).rowcount


def set_copied(db: Connection, poster_id: str, at: datetime | None, account_id: str | None) -> None:
    """Keep that a copy of the poster was found, and by whom; None: there is none."""
    values = {"copied_at": at, "copied_by": account_id}
    db.execute(update(posters).where(posters.c.poster_id == poster_id).values(**values))
