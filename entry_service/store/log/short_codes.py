"""Which pass of a day a typed code belongs to. Rows die with their day; they hold no key and no contact."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from ..schema.door_tables import short_codes

INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class NoHandleFree(RuntimeError):
    """Every drawn handle is taken: with 33 million of them a sign of bad randomness, not of a busy day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortCode:
    """The handle of one pass on one day."""

    day: date
    handle: str
    pid: bytes
    slot_seconds: int
    verified: bool


def take_handle(
    db: Connection, handles: Iterable[str], *, day: date, pid: bytes, slot_seconds: int, verified: bool
) -> str:
    """Keep the pass under the first of the handles that is free on its day or its own already; return that handle.

    The handles are drawn before, so that the same transaction may run twice. Raises ``NoHandleFree``.
    """
    facts = {"day": day, "pid": pid, "slot_seconds": slot_seconds, "verified": verified}
    for handle in handles:
        row = INSERT[db.dialect.name](short_codes).values(handle=handle, **facts)
        row = row.on_conflict_do_nothing(index_elements=["day", "handle"]).returning(short_codes.c.handle)
        if db.execute(row).first() is not None:
            return handle
        owner = find(db, day, handle)
        if owner is not None and owner.pid == pid:
            return handle
    raise NoHandleFree


def find(db: Connection, day: date, handle: str) -> ShortCode | None:
    """Return the pass that has this handle on this day."""
    query = select(short_codes).where(short_codes.c.day == day, short_codes.c.handle == handle)
    row = db.execute(query).first()
    return None if row is None else ShortCode(**row._mapping)
