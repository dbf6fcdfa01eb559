"""Hold a flood of poster entries back, and let somebody who knows the place decide what it was.

Detection lies in the transaction of the entry itself. Every entry is kept, with its contact in the vault; verified
phones, staff scans, calls, slips and cards are never held. Whoever sends the flood sees the ticket of any other
visitor: nothing tells them where the limit lies.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput, NotFound
from entry_service.core.flood import (
    MINUTE,
    WHY,
    counted_from,
    is_abnormal,
    is_decided,
    is_marked,
    minute_of,
    most_a_minute,
    spell_after,
)
from entry_service.core.model import Facility, Scan
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.log import quarantines, scans
from entry_service.store.log.counted import DOUBTED
from entry_service.store.log.quarantines import Quarantine

from .limits import limit_of
from .log_scan import follow_row, recount_facility

SHOWN = timedelta(days=28)  # as long as the entries themselves are kept
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the transaction of an entry found: the row, whether it is new, and whether a spell began or goes on."""

    kept: Scan
    new: bool
    changed: bool


def append_watched(
    services: Services,
    scan: Scan,
    facility: Facility,
    after_writing: Callable[[Connection, Scan], None] | None = None,
) -> Scan:
    """Append a poster entry durably and watch for a flood; return the log's row. See ``log_scan.append``."""
    usual = most_a_minute(limit_of(services, facility, scan.received_at).people, facility.area_m2)

    def judge_and_append(db: Connection) -> _Judged:
        kept, new = scans.append_scan(db, scan)
        changed = new and DOUBTED in scan.flags and _watch(db, scan, usual)
        if new and after_writing is not None:
            after_writing(db, kept)  # last of all: see doubts.number_in_order
        return _Judged(kept, new, changed)

    judged = services.store.write(judge_and_append)
    if judged.changed:
        recount_facility(services, scan.facility_id, scan.received_at)
    else:
        follow_row(services, judged.kept, new=judged.new)
    return judged.kept


def floods(services: Services, facility_id: str | None, now: datetime) -> list[Quarantine]:
    """Return what is or was held back in the last four weeks, at one facility or anywhere; undecided first."""
    with services.store.read() as db:
        return quarantines.since(db, facility_id, now - SHOWN, MOST_SHOWN)


def decide(
    services: Services,
    quarantine_id: int,
    decision: str,
    *,
    why: str,
    actor: Actor,
    facility_id: str | None,
    now: datetime,
) -> Quarantine:
    """Count the entries of a flood again (``released``) or for good not (``voided``); it can be decided anew.

    A spell that still runs ends now; what comes after is judged by itself. The audit row is durable before that.

    Parameters
    ----------
    why : str
        One of ``core.flood.WHY``.
    facility_id : str or None
        The only facility the caller may decide for; None for all.

    Raises
    ------
    NotFound
        No such quarantine, or not of this facility.
    BadInput
        Another word than those of the lists.
    AuditUnavailable
        Nothing was decided.
    """
    if why not in WHY.get(decision, ()):
        raise BadInput("판단과 까닭을 고르시기 바랍니다.", field="decision")
    with services.store.read() as db:
        seen = quarantines.get(db, quarantine_id)
    if facility_id not in (None, seen.facility_id):
        raise NotFound(what="quarantine")
    which = f"{seen.quarantine_id}|{seen.facility_id}|{seen.started_at.isoformat()}"  # the audit holds no place
    said = {"outcome": f"{decision}_{why}", "request_hash": hashlib.sha256(which.encode()).hexdigest()}
    services.vault.audit.append("flood_decided", actor, now=now, rows=seen.held, **said)

    def write(db: Connection) -> Quarantine:
        one_at_a_time(db, _subject(seen.facility_id))
        quarantines.decide(db, quarantine_id, decision, actor.account_id, now)
        return quarantines.get(db, quarantine_id)

    decided = services.store.write(write)
    recount_facility(services, decided.facility_id, now)
    return decided


def _watch(db: Connection, scan: Scan, usual: float) -> bool:
    """Return whether the entry, just appended, began or prolonged a spell."""
    known = quarantines.latest(db, scan.facility_id, scan.scanned_at)
    if known is not None and is_marked(known[1], scan.scanned_at):
        return False
    one_at_a_time(db, _subject(scan.facility_id))  # else two that come at once would each count without the other
    known = quarantines.latest(db, scan.facility_id, scan.scanned_at)
    last = known[1] if known else None
    if is_marked(last, scan.scanned_at) or is_decided(last, scan.scanned_at):
        return False
    since, end = counted_from(last, scan.scanned_at), minute_of(scan.scanned_at) + MINUTE
    if not is_abnormal(*quarantines.count_doubted(db, scan.facility_id, since, end), usual):
        return False
    spell = spell_after(last, scan.scanned_at)
    if known is not None and spell.started_at == known[1].started_at:
        quarantines.prolong(db, known[0], spell.ended_at)
    else:
        quarantines.begin(db, scan.facility_id, spell)
    return True


def _subject(facility_id: str) -> bytes:
    return b"flood|" + facility_id.encode()
