"""The telephone's way in (안심콜): the exchange reports who called the number at a facility's door, and when.

Deposit first, log second, as with the poster. One can call from anywhere, so that an entry by call is of low
confidence. It has no way out: the usual stay closes it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.call_numbers import normalise_call_number
from entry_service.core.contacts import normalise_phone
from entry_service.core.errors import BadInput, EntryError, NotFound, ScanConflict
from entry_service.core.flood import most_a_minute
from entry_service.core.model import Contact, Facility, Scan
from entry_service.core.times import kst_day
from entry_service.services import Services
from entry_service.store.log.neighbours import Neighbours
from entry_service.store.sites import facilities

from .doubting import note_call
from .issue_pass import PID_BYTES
from .late import assert_recent_or_kept
from .limits import limit_of
from .log_scan import append, find, follow_row, inside_about, with_flags

OLDEST = timedelta(days=28)  # an older call would outlive its own retention
FURTHEST = timedelta(days=1)  # the exchange's clock may be wrong, but not by more
OVER_CAP = "over_cap"  # flag: the vault counts too many entries of this contact today


class CallNumberUnknown(NotFound):
    """No facility has this telephone number."""

    code, sentence = "call_number_unknown", "등록되지 않은 번호입니다. 시설 직원에게 말씀하시기 바랍니다."


class CallerUnknown(EntryError):
    """The caller's number is withheld or no mobile number; the refusal is in the log.

    Nobody stands at a door with a landline: it is the desk's telephone or somebody's home, and reaches the visitor
    in neither case. The voice says at once what to do instead.
    """

    status, code, sentence = (
        422,
        "caller_unknown",
        "휴대전화번호를 확인하지 못했습니다. 발신번호를 표시하여 다시 거시거나 직원에게 말씀하시기 바랍니다.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as the exchange reports it; ``caller`` is empty where the number is withheld."""

    call_id: str
    facility_number: str
    caller: str
    called_at: datetime


def log_call(services: Services, call: Call, *, now: datetime, random: Callable[[int], bytes]) -> bool:
    """Log the call as an entry; return whether the log had it before. It may be reported late and more than once.

    Raises
    ------
    CallNumberUnknown
        No facility has the number that was dialled.
    CallerUnknown
        The caller cannot be reached by the number; the refusal is a row of the log.
    ScanConflict
        The same ``call_id`` was another call.
    TooOld
        The call was on a day that is destroyed; nothing is kept.
    BadInput
        The time of the call is further from the present than any report may come.
    """
    assert_recent_or_kept(services, call.called_at, now)
    if not now - OLDEST < call.called_at < now + FURTHEST:
        raise BadInput(field="called_at")
    facility = _facility(services, call.facility_number)
    scan = Scan(
        scan_id=f"call:{call.call_id}",
        facility_id=facility.facility_id,
        pid=None,
        direction="in",
        source="call",
        confidence="low",
        scanned_at=call.called_at,
        received_at=now,
    )
    known = find(services, scan.scan_id)
    if known is None:
        known = _enter(services, facility, scan, call.caller, random)
        repeated = known.received_at != now
    else:
        follow_row(services, known, new=False)
        repeated = True
    if (known.facility_id, known.scanned_at, known.source) != (scan.facility_id, scan.scanned_at, scan.source):
        raise ScanConflict
    if known.outcome != "accepted":
        raise CallerUnknown
    return repeated


def _facility(services: Services, number: str) -> Facility:
    try:
        digits = normalise_call_number(number)
    except BadInput as unreadable:
        raise CallNumberUnknown from unreadable
    with services.store.read(snapshot=False) as db:
        facility = facilities.by_call_number(db, digits)
    if facility is None:
        raise CallNumberUnknown
    return facility


def _enter(
    services: Services, facility: Facility, scan: Scan, caller: str, random: Callable[[int], bytes]
) -> Scan:
    try:
        phone = normalise_phone(caller)
    except BadInput:
        return _append_or_find(services, replace(scan, outcome=CallerUnknown.code))
    entry = replace(scan, pid=random(PID_BYTES))
    assert entry.pid is not None
    deposit = services.vault.deposit(kst_day(scan.scanned_at), entry.pid, Contact(name="", phone=phone))
    inside = inside_about(services, facility, scan.received_at)
    limit = limit_of(services, facility, scan.received_at).people
    entry = with_flags(entry, facility, Neighbours(None, None), verified=False, inside=inside, limit=limit)
    if deposit == "over_cap":
        entry = replace(entry, flags=(*entry.flags, OVER_CAP))
    usual = most_a_minute(limit, facility.area_m2)
    return _append_or_find(services, entry, lambda db, kept: note_call(db, services, facility, kept, usual))


def _append_or_find(
    services: Services, scan: Scan, after_writing: Callable[[Connection, Scan], None] | None = None
) -> Scan:
    """Append, or return what the same call, reported twice at once, has put there."""
    try:
        return append(services, scan, after_writing=after_writing)[0]
    except ScanConflict:
        kept = find(services, scan.scan_id)
        if kept is None:
            raise
        return kept
