"""Signed receipts of destroyed days, exactly as they were signed."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from ..schema.care_tables import receipts

WHOLE = ""  # the facility_id under which the receipt of the whole service stands


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReceipt:
    """One receipt: canonical JSON and its signature (64 bytes)."""

    day: date
    facility_id: str
    body: str
    signature: bytes


def replace_day(db: Connection, day: date, many: list[KeptReceipt]) -> None:
    """Keep the receipts of a day, in place of any."""
    db.execute(delete(receipts).where(receipts.c.day == day))
    names = ("day", "facility_id", "body", "signature")
    db.execute(insert(receipts), [{name: getattr(one, name) for name in names} for one in many])


def find(db: Connection, day: date, facility_id: str = WHOLE) -> KeptReceipt | None:
    """Return a receipt, if there is one."""
    query = select(receipts).where(receipts.c.day == day, receipts.c.facility_id == facility_id)
    row = db.execute(query).first()
    return None if row is None else KeptReceipt(**row._mapping)


def of_day(db: Connection, day: date) -> list[KeptReceipt]:
    """Return all receipts of a day, that of the whole service first."""
    query = select(receipts).where(receipts.c.day == day).order_by(receipts.c.facility_id)
    return [KeptReceipt(**row._mapping) for row in db.execute(query)]


def of_facility(db: Connection, facility_id: str, limit: int) -> list[KeptReceipt]:
    """Return the receipts of a facility, the newest first."""
    query = select(receipts).where(receipts.c.facility_id == facility_id)
    return [KeptReceipt(**row._mapping) for row in db.execute(query.order_by(receipts.c.day.desc()).limit(limit))]


def before(db: Connection, day: date) -> KeptReceipt | None:
    """Return the newest receipt of the whole service of an earlier day."""
    query = select(receipts).where(receipts.c.facility_id == WHOLE, receipts.c.day < day)
    row = db.execute(query.order_by(receipts.c.day.desc()).limit(1)).first()
    return None if row is None else KeptReceipt(**row._mapping)
