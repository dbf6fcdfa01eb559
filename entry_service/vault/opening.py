"""What a request names, once it may be opened: exactly the records that were approved, or nothing."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Row, select

from . import asked
from . import records as of_records
from .asked import AskedPass, RequestAltered
from .case_sealing import Named
from .tables import disclosure_passes

if TYPE_CHECKING:
    from .vault import Vault


def was_approved(vault: "Vault", row: Row) -> bool:
    """Say whether the audit knows the approval by another account: one that was only written into the row is none.

    A row that somebody wrote into the audit as well stops the audit, and with it the opening.
    """
    second = row.decided_at.replace(microsecond=0)
    told = vault.audit.entries(
        second, second + timedelta(seconds=1), action="disclosure_approved", account_id=row.decided_by
    )
    return row.decided_by != row.asked_by and any(one.request == row.request_hash for one in told)


def evidence_of(vault: "Vault", request_hash: str) -> list[str]:
    """Return the evidence of each record that is kept: a JSON list of stays (core/contact_list.py)."""
    mine = select(disclosure_passes.c.evidence).where(disclosure_passes.c.request_hash == request_hash)
    with vault.store.read() as db:
        return list(db.execute(mine.order_by(disclosure_passes.c.day, disclosure_passes.c.pid)).scalars())


def named_by(vault: "Vault", row: Row) -> tuple[list[Named], int]:
    """Return what the records of a request hold, and how many records are destroyed or withdrawn.

    What is kept must be what was approved: text against hash, the passes of each day against their digest; else
    ``RequestAltered``. A day of which nothing is left was destroyed.
    """
    kept = select(disclosure_passes).where(disclosure_passes.c.request_hash == row.request_hash)
    with vault.store.read() as db:
        found = [AskedPass(day=one.day, pid=one.pid, evidence=one.evidence) for one in db.execute(kept)]
        held = of_records.blinds(db, [(one.day, one.pid) for one in found]).keys()
    days = {day.isoformat(): own for day, own in asked.by_day(found).items()}
    told = json.loads(row.content)
    same = asked.hash_of(row.content) == row.request_hash
    same &= (told["case_id"], told["asked_by"]) == (row.case_id, row.asked_by)
    same &= all(told["passes"].get(day) == [len(own), asked.digest(own)] for day, own in days.items())
    if not same:
        raise RequestAltered
    dead = {one.day for one in found if vault.ring.is_dead("days", one.day.isoformat())}
    left = [one for one in found if (one.day, one.pid) in held and one.day not in dead]
    contacts = vault.open_contacts([(one.day, one.pid) for one in left])
    named = [Named.of(one, contact) for one, contact in zip(left, contacts, strict=True)]
    return named, sum(count for count, _digest in told["passes"].values()) - len(named)
