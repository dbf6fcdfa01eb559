"""Take contacts in: sealed, indexed, counted by person and day; the same pass once."""

from datetime import date
from typing import Literal

from sqlalchemy import Connection, func, insert, select

from entry_service.core.contacts import normalise_phone, normalise_safety_code
from entry_service.core.errors import BadInput, ScanConflict
from entry_service.core.model import Contact
from entry_service.store.database.engine import Store, one_at_a_time

from .day_keys import DayKey
from .records import blind_index, subject_of
from .sealing import Unreadable, seal, unseal
from .tables import records

Deposit = Literal["accepted", "over_cap"]


def take(store: Store, key: DayKey, day: date, pid: bytes, record: Contact | bytes, daily_cap: int) -> Deposit:
    """Keep a contact under its pass and day; see ``Vault.deposit``."""
    if isinstance(record, bytes):
        try:
            subject, sealed = _typed(unseal(key.private, day, pid, record)), record
        except (Unreadable, BadInput) as reason:
            raise BadInput(field="sealed") from reason
    else:
        subject, sealed = subject_of(record), seal(key.public, day, pid, record)
    blind = blind_index(key.index, subject)

    def keep(db: Connection) -> Deposit:
        one_at_a_time(db, b"pass|" + pid)  # always in this order: nobody who holds a contact waits for a pass
        one_at_a_time(db, b"contact|" + blind)
        known = select(records.c.over_cap, records.c.sealed).where(records.c.day == day, records.c.pid == pid)
        row = db.execute(known).first()
        if row is not None:
            if isinstance(record, bytes) and row.sealed != record:
                raise ScanConflict
            return "over_cap" if row.over_cap else "accepted"
        same = select(func.count()).where(records.c.day == day, records.c.blind == blind)
        over_cap = db.execute(same).scalar_one() >= daily_cap
        row = {"day": day, "pid": pid, "blind": blind, "over_cap": over_cap, "sealed": sealed}
        db.execute(insert(records).values(**row))
        return "over_cap" if over_cap else "accepted"

    return store.write(keep)


def take_many(store: Store, key: DayKey, day: date, many: list[tuple[bytes, bytes, Contact]]) -> int:
    """Keep (pid, sealed, contact) in bulk; see ``Vault.deposit_many``."""
    rows = [
        {
            "day": day,
            "pid": pid,
            "blind": blind_index(key.index, subject_of(contact)),
            "over_cap": False,
            "sealed": sealed,
        }
        for pid, sealed, contact in many
    ]
    if rows:
        store.write(lambda db: db.execute(insert(records), rows))
    return len(rows)


def _typed(contact: Contact) -> str:
    """Return the number of a contact that was sealed elsewhere, as core.contacts spells it; raise ``BadInput``.

    Whoever sealed it typed it: only the service itself vouches for a number that was verified.
    """
    if contact.verified or bool(contact.phone) == bool(contact.safety_code):
        raise BadInput(field="phone")
    if contact.phone:
        return normalise_phone(contact.phone)
    return normalise_safety_code(contact.safety_code or "")
