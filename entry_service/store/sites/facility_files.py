"""Files of facilities that an administrator sent in: looked at first, then taken or forgotten."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from ..schema.rollout_tables import facility_files
from ..schema.tables import accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityFile:
    """A file; ``content`` is None once it was taken or is older than a day, ``taken_at`` None while it waits."""

    file_id: str
    name: str
    content: bytes | None
    sent_by: str
    sent_at: datetime
    taken_by: str | None = None
    taken_at: datetime | None = None
    added: int | None = None
    changed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenFile:
    """A line of the history: who brought how many facilities in with which file."""

    name: str
    login: str
    taken_at: datetime
    added: int
    changed: int


def add(db: Connection, file: FacilityFile) -> None:
    """Keep a file that was sent in."""
    values = {name: getattr(file, name) for name in FacilityFile.__slots__}
    db.execute(insert(facility_files).values(**values))


def find(db: Connection, file_id: str) -> FacilityFile | None:
    """Return a file, whatever became of it."""
    row = db.execute(select(facility_files).where(facility_files.c.file_id == file_id)).first()
    return None if row is None else FacilityFile(**row._mapping)


def take(db: Connection, file_id: str, *, by: str, at: datetime, added: int, changed: int) -> None:
    """Note what a file brought, and forget its content."""
    values = {"content": None, "taken_by": by, "taken_at": at, "added": added, "changed": changed}
    db.execute(update(facility_files).where(facility_files.c.file_id == file_id).values(**values))


def forget(db: Connection, before: datetime) -> None:
    """Forget files that nobody took and that were sent in before the moment."""
    old = (facility_files.c.sent_at < before) & facility_files.c.taken_at.is_(None)
    db.execute(delete(facility_files).where(old))


def taken(db: Connection, limit: int) -> list[TakenFile]:
    """Return the files that were taken, the newest first."""
    query = (
        select(
            *(facility_files.c[name] for name in ("name", "taken_at", "added", "changed")),
            accounts.c.login,
        )
        .join(accounts, accounts.c.account_id == facility_files.c.taken_by)
        .order_by(facility_files.c.taken_at.desc())
        .limit(limit)
    )
    return [TakenFile(**row._mapping) for row in db.execute(query)]
