"""What the vault asks of its sealed records: which belong together, which are of a number, what is in them.

Passes are asked for by day, many at once. Nothing here decides who may ask: that is the vault's own affair.
"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import Connection, Table, delete, func, select

from entry_service.core.model import Contact

from .day_keys import DayKey
from .sealing import Unreadable, unseal
from .tables import card_days, disclosure_passes, records

AT_A_TIME = 500  # passes in one query; below what either database takes as parameters
OF_A_DAY = (records, card_days, disclosure_passes)
Pass = tuple[date, bytes]
Opened = Contact | Literal["unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """How much the vault holds of one day, and the id of its key: empty where there never was one.

    ``newest`` is the number of the contact that came last. Contacts are only added and removed, never changed: the
    same count and the same newest are the same contacts.
    """

    day: date
    contacts: int
    cards: int
    key_id: str
    newest: int | None


def subject_of(contact: Contact) -> str:
    """Return the number by which a contact is counted and found."""
    return contact.phone or contact.safety_code or ""


def blind_index(index_key: bytes, subject: str) -> bytes:
    """Return the blind index of a contact's number: 16 bytes, comparable only within the day."""
    return hmac.digest(index_key, f"{subject}|v1".encode(), "sha256")[:16]


def blinds(db: Connection, passes: Iterable[Pass]) -> dict[Pass, bytes]:
    """Return (day, pid) → blind index; a pass without a record is not in it."""
    found = {}
    for day, pids in _by_day(passes):
        mine = select(records.c.pid, records.c.blind).where(records.c.day == day, records.c.pid.in_(pids))
        found |= {(day, row.pid): row.blind for row in db.execute(mine)}
    return found


def grouped(db: Connection, passes: Iterable[Pass]) -> dict[Pass, int]:
    """Return (day, pid) → ordinal, in the order asked; see ``Vault.group``."""
    asked = list(passes)
    known = blinds(db, asked)
    ordinals: dict[object, int] = {}
    numbered = {}
    for day, pid in asked:
        person = (day, known[day, pid]) if (day, pid) in known else (day, pid, None)
        numbered[day, pid] = ordinals.setdefault(person, len(ordinals) + 1)
    return numbered


def placed(db: Connection, passes: Iterable[Pass]) -> dict[Pass, Pass]:
    """Return each pass on the day on which its record lies; see ``Vault.placed``."""
    asked = dict.fromkeys(passes)
    found = {one: one for one in blinds(db, asked)}
    for step in (-1, 1):
        moved = {(day + timedelta(days=step), pid): (day, pid) for day, pid in asked if (day, pid) not in found}
        found |= {moved[there]: there for there in blinds(db, moved)}
    return {one: found.get(one, one) for one in asked}


def passes_of(db: Connection, day: date, blind: bytes) -> list[Pass]:
    """Return the passes of a day that carry the number of a blind index, in order of deposit."""
    mine = select(records.c.pid).where(records.c.day == day, records.c.blind == blind)
    return [(day, pid) for pid in db.execute(mine.order_by(records.c.record_id)).scalars()]


def sealed_of(db: Connection, passes: Iterable[Pass]) -> dict[Pass, bytes]:
    """Return (day, pid) → sealed record; a pass without a record is not in it."""
    found = {}
    for day, pids in _by_day(passes):
        mine = select(records.c.pid, records.c.sealed).where(records.c.day == day, records.c.pid.in_(pids))
        found |= {(day, row.pid): row.sealed for row in db.execute(mine)}
    return found


def opened(key: DayKey, day: date, pid: bytes, sealed: bytes) -> Opened:
    """Return what is in a record; one that is damaged spoils no other."""
    try:
        return unseal(key.private, day, pid, sealed)
    except Unreadable:
        return "unreadable"


def counts_of(db: Connection, day: date, key_id: str) -> DayCounts:
    """Return how much there is of a day."""
    contacts, cards = (
        db.execute(select(func.count()).select_from(table).where(table.c.day == day)).scalar_one()
        for table in (records, card_days)
    )
    newest = db.execute(select(func.max(records.c.record_id)).where(records.c.day == day)).scalar()
    return DayCounts(day=day, contacts=contacts, cards=cards, key_id=key_id, newest=newest)


def days_of(db: Connection) -> set[date]:
    """Return the days of which there is any row: of the large tables by a look into the index a day."""
    few = set(db.execute(select(disclosure_passes.c.day).distinct()).scalars())
    return few.union(*(_days_in(db, table) for table in (records, card_days)))


def _days_in(db: Connection, table: Table) -> set[date]:
    found: set[date] = set()
    first = select(func.min(table.c.day))
    day = db.execute(first).scalar()
    while day is not None:
        found.add(day)
        day = db.execute(first.where(table.c.day > day)).scalar()
    return found


def delete_day(db: Connection, day: date) -> int:
    """Remove everything of a day; return how many contacts that were."""
    removed = [db.execute(delete(table).where(table.c.day == day)).rowcount for table in OF_A_DAY]
    return removed[0]


def delete_pass(db: Connection, day: date, pid: bytes) -> bool:
    """Remove the contact of one pass, and by which card it was carried; say whether there was a contact."""
    removed = [
        db.execute(delete(table).where(table.c.day == day, table.c.pid == pid)).rowcount
        for table in (records, card_days)
    ]
    return removed[0] == 1


def _by_day(passes: Iterable[Pass]) -> Iterator[tuple[date, list[bytes]]]:
    """Give the passes day by day, at most so many at once as one query takes."""
    days: dict[date, dict[bytes, None]] = {}
    for day, pid in passes:
        days.setdefault(day, {})[pid] = None
    for day, pids in days.items():
        wanted = list(pids)
        for start in range(0, len(wanted), AT_A_TIME):
            yield day, wanted[start : start + AT_A_TIME]
