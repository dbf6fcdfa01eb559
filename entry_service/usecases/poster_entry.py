"""The poster's way in and out: the visitor's own phone opens the poster's address, the form becomes an entry.

Deposit first, log second: a row of the log always has its contact. A deposit whose row was lost dies with its day.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from entry_service.core.errors import EntryError, NotFound, ScanConflict, TooMany
from entry_service.core.model import Contact, Facility, Scan
from entry_service.core.posters import read_poster_id
from entry_service.core.times import kst_day
from entry_service.services import Services
from entry_service.store import posters
from entry_service.store.neighbours import Neighbours

from .issue_pass import PID_BYTES, Person, contact_of
from .log_scan import append, find, find_accepted, inside_now, with_flags

GRACE = timedelta(hours=48)  # a retired poster still opens the door so long
CONFIDENCE = {True: "medium", False: "low"}  # by whether the phone is verified: nobody saw the visitor come in


class PosterRetired(EntryError):
    """The poster's epoch is over and its grace too; a newer one hangs at the door."""

    status, code, sentence = (
        410,
        "poster_retired",
        "기간이 지난 포스터입니다. 시설의 새 포스터를 찍어 주시기 바랍니다.",
    )


class DailyCapReached(TooMany):
    """This contact has made too many poster entries today."""

    code, sentence = (
        "daily_cap",
        "오늘 이 번호로 등록할 수 있는 횟수를 넘었습니다. 시설 직원에게 문의하시기 바랍니다.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTicket:
    """What a visitor shows after a poster entry; it identifies the entry, not the person."""

    scan_id: str
    facility_id: str
    facility_name: str
    epoch: int
    entered_at: datetime
    party_size: int
    left_at: datetime | None = None


def open_poster(services: Services, poster_text: str, now: datetime) -> tuple[posters.Poster, Facility]:
    """Return the poster and its facility, or raise ``BadInput``, ``NotFound`` or ``PosterRetired``."""
    poster_id, _ = read_poster_id(poster_text)
    with services.store.read() as db:
        poster = posters.find(db, poster_id)
    if poster is None:
        raise NotFound("등록되지 않은 포스터입니다. 시설 직원에게 문의하시기 바랍니다.", what="poster")
    if poster.retired_at is not None and now >= poster.retired_at + GRACE:
        raise PosterRetired
    return poster, services.facility(poster.facility_id)


def check_in_poster(
    services: Services,
    poster_text: str,
    person: Person,
    *,
    scan_id: str,
    party_size: int,
    now: datetime,
    random: Callable[[int], bytes],
) -> EntryTicket:
    """Log an entry that a visitor made with the facility's poster; the same ``scan_id`` is the same answer.

    Raises
    ------
    NotFound, PosterRetired
        No such poster, or its epoch ended more than 48 hours ago.
    DailyCapReached
        The vault counts too many entries of this contact today; nothing but the refusal is logged.
    ScanConflict
        The scan_id belongs to another entry.
    BadInput, CertificateRefused
        See ``issue_pass.contact_of``.
    """
    poster, facility = open_poster(services, poster_text, now)
    kept = find_accepted(services, scan_id)
    if kept is None:
        if find(services, _cap_id(scan_id)) is not None:
            raise DailyCapReached
        contact = contact_of(services, person, now)
        kept = _enter(services, facility, contact, scan_id, party_size, now, random(PID_BYTES))
    if kept.facility_id != facility.facility_id or kept.source != "poster" or kept.direction != "in":
        raise ScanConflict
    return EntryTicket(
        scan_id=kept.scan_id,
        facility_id=facility.facility_id,
        facility_name=facility.name,
        epoch=poster.epoch,
        entered_at=kept.scanned_at,
        party_size=kept.party_size,
    )


def check_out_poster(services: Services, ticket: EntryTicket, *, scan_id: str, now: datetime) -> EntryTicket:
    """Log that the ticket's visitor left; return the ticket with ``left_at``.

    Raises
    ------
    NotFound
        The log holds no such entry.
    ScanConflict
        The scan_id belongs to something else than this leaving.
    """
    entry = find_accepted(services, ticket.scan_id)
    if entry is None or entry.facility_id != ticket.facility_id:
        raise NotFound(what="entry")
    kept = find_accepted(services, scan_id)
    if kept is None:
        out = replace(entry, scan_id=scan_id, direction="out", scanned_at=now, received_at=now, flags=())
        kept = _append_or_find(services, out)
    if (kept.pid, kept.facility_id, kept.direction) != (entry.pid, entry.facility_id, "out"):
        raise ScanConflict
    return replace(ticket, left_at=kept.scanned_at)


def _enter(
    services: Services,
    facility: Facility,
    contact: Contact,
    scan_id: str,
    party_size: int,
    now: datetime,
    pid: bytes,
) -> Scan:
    scan = Scan(
        scan_id=scan_id,
        facility_id=facility.facility_id,
        pid=pid,
        direction="in",
        source="poster",
        confidence=CONFIDENCE[contact.verified],
        scanned_at=now,
        received_at=now,
        party_size=party_size,
    )
    if services.vault.deposit(kst_day(now), pid, contact) == "over_cap":
        _append_or_find(services, replace(scan, scan_id=_cap_id(scan_id), pid=None, outcome=DailyCapReached.code))
        raise DailyCapReached
    inside = inside_now(services, facility, now)
    scan = with_flags(scan, facility, Neighbours(None, None), verified=contact.verified, inside=inside)
    return _append_or_find(services, scan)


def _append_or_find(services: Services, scan: Scan) -> Scan:
    """Append, or return what the same form, sent twice at once, has put there: the first one counts."""
    try:
        return append(services, scan)[0]
    except ScanConflict:
        kept = find(services, scan.scan_id)
        if kept is None or kept.outcome != scan.outcome:
            raise
        return kept


def _cap_id(scan_id: str) -> str:
    """Return the id under which a refusal of this form is logged, so that the form itself may be sent again."""
    return f"{scan_id}:cap"
