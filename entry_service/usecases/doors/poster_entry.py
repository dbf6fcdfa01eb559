"""The poster's way in and out: the visitor's own phone opens the poster's address, the form becomes an entry.

Deposit first, log second: a row of the log always has its contact. A deposit whose row was lost dies with its day.
Outside opening hours the form is refused: whoever sends it then is not at the door (a photo of the poster is all
it takes). An entry by any other door, where somebody or something stands at the place itself, is only flagged.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy import Connection

from entry_service.core.errors import EntryError, NotFound, ScanConflict
from entry_service.core.model import Contact, Facility, Scan
from entry_service.core.opening import opens_by
from entry_service.core.posters import read_poster_id
from entry_service.core.times import kst_day
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.log.counted import DOUBTED
from entry_service.store.log.neighbours import Neighbours
from entry_service.store.sites import posters

from .collecting import assert_collecting
from .doubting import follow_entry, note_poster
from .issue_pass import PID_BYTES, DailyCapReached, Person, contact_of
from .limits import limit_of
from .log_scan import append, find, find_accepted, follow_row, inside_about, with_flags
from .quarantine import append_watched

GRACE = timedelta(hours=48)  # a retired poster still opens the door so long
MARGIN = timedelta(
    minutes=60
)  # before opening and after closing: staff and the first and last guests are there then
CONFIDENCE = {True: "medium", False: "low"}  # by whether the phone is verified: nobody saw the visitor come in


class PosterRetired(EntryError):
    """The poster's epoch is over and its grace too; a newer one hangs at the door."""

    status, code, sentence = (
        410,
        "poster_retired",
        "기간이 지난 포스터입니다. 시설의 새 포스터를 찍어 주시기 바랍니다.",
    )


class FacilityClosed(EntryError):
    """The poster's form outside opening hours, a margin aside: nobody who sends it is at the door."""

    status, code, sentence = (
        422,
        "facility_closed",
        "운영 시간이 아니어서 포스터로 등록할 수 없습니다. 지금 시설에 계시면 직원에게 말씀하시기 바랍니다.",
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
    children: int = 0
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


def is_self_service(facility: Facility, at: datetime) -> bool:
    """Say whether the facility's poster may be used at the moment: in opening hours, and an hour around them."""
    return opens_by(facility.opens, facility.closes, at, MARGIN)


def check_in_poster(
    services: Services,
    poster_text: str,
    person: Person | Contact,
    *,
    scan_id: str,
    party_size: int,
    children: int = 0,
    now: datetime,
    random: Callable[[int], bytes],
) -> EntryTicket:
    """Log an entry that a visitor made with the facility's poster; the same ``scan_id`` is the same answer.

    A contact instead of a person is one that nobody typed: a drill's.

    Raises
    ------
    NotFound, PosterRetired
        No such poster, or its epoch ended more than 48 hours ago.
    FacilityClosed
        Neither open nor within an hour of it; nothing but the refusal is logged.
    DailyCapReached
        The vault counts too many entries of this contact today; nothing but the refusal is logged.
    ScanConflict
        The scan_id belongs to another entry.
    BadInput, CertificateRefused
        See ``issue_pass.contact_of``.
    """
    assert_collecting(services, now, now)
    poster, facility = open_poster(services, poster_text, now)
    kept = find_accepted(services, scan_id)
    if kept is None:
        if find(services, _refused_id(scan_id, DailyCapReached)) is not None:
            raise DailyCapReached
        contact = person if isinstance(person, Contact) else contact_of(services, person, now)
        scan = Scan(
            scan_id=scan_id,
            facility_id=facility.facility_id,
            pid=random(PID_BYTES),
            direction="in",
            source="poster",
            confidence=CONFIDENCE[contact.verified],
            scanned_at=now,
            received_at=now,
            party_size=party_size,
            children=children,
        )
        kept = _enter(services, poster, facility, contact, scan)
    else:
        follow_row(services, kept, new=False)
    if kept.facility_id != facility.facility_id or kept.source != "poster" or kept.direction != "in":
        raise ScanConflict
    return EntryTicket(
        scan_id=kept.scan_id,
        facility_id=facility.facility_id,
        facility_name=facility.name,
        epoch=poster.epoch,
        entered_at=kept.scanned_at,
        party_size=kept.party_size,
        children=kept.children,
    )


def check_out_poster(services: Services, ticket: EntryTicket, *, scan_id: str, now: datetime) -> EntryTicket:
    """Log that the ticket's visitor left; return the ticket with ``left_at``.

    Raises
    ------
    NotFound
        The log holds no such entry.
    ScanConflict
        The scan_id belongs to something else than this leaving.
    CollectionEnded
        The day of the end of collection is over.
    """
    entry = find_accepted(services, ticket.scan_id)
    if entry is None or entry.facility_id != ticket.facility_id:
        raise NotFound(what="entry")
    kept = find_accepted(services, scan_id)
    if kept is None:
        assert_collecting(services, now, now, may_leave=True)
        doubts = tuple(flag for flag in entry.flags if flag == DOUBTED)  # held as its entry is
        out = replace(entry, scan_id=scan_id, direction="out", scanned_at=now, received_at=now, flags=doubts)
        kept = _first(services, out, lambda one: append(services, one, after_writing=_share_void)[0])
    else:
        follow_row(services, kept, new=False)
    if (kept.pid, kept.facility_id, kept.direction) != (entry.pid, entry.facility_id, "out"):
        raise ScanConflict
    return replace(ticket, left_at=kept.scanned_at)


def _share_void(db: Connection, leaving: Scan) -> None:
    assert leaving.pid is not None
    one_at_a_time(db, leaving.pid)  # whoever decides about the entry meanwhile takes turns with it
    follow_entry(db, leaving)


def _enter(services: Services, poster: posters.Poster, facility: Facility, contact: Contact, scan: Scan) -> Scan:
    if not is_self_service(facility, scan.scanned_at):
        _refuse(services, scan, FacilityClosed)
    if services.vault.deposit(kst_day(scan.scanned_at), scan.pid, contact) == "over_cap":
        _refuse(services, scan, DailyCapReached)
    inside = inside_about(services, facility, scan.scanned_at)
    limit = limit_of(services, facility, scan.scanned_at).people
    scan = with_flags(
        scan, facility, Neighbours(None, None), verified=contact.verified, inside=inside, limit=limit
    )

    def doubt(db: Connection, kept: Scan) -> None:
        note_poster(db, services, facility, kept, poster)

    return _first(services, scan, lambda one: append_watched(services, one, facility, doubt))


def _refuse(services: Services, scan: Scan, refusal: type[EntryError]) -> NoReturn:
    """Log the refusal, once a form, and raise it; the form itself may be sent again later."""
    row = replace(scan, scan_id=_refused_id(scan.scan_id, refusal), pid=None, outcome=refusal.code)
    _append_or_find(services, row)
    raise refusal


def _append_or_find(services: Services, scan: Scan) -> Scan:
    return _first(services, scan, lambda one: append(services, one)[0])


def _first(services: Services, scan: Scan, write: Callable[[Scan], Scan]) -> Scan:
    """Append, or return what the same form, sent twice at once, has put there: the first one counts."""
    try:
        return write(scan)
    except ScanConflict:
        kept = find(services, scan.scan_id)
        if kept is None or kept.outcome != scan.outcome:
            raise
        return kept


def _refused_id(scan_id: str, refusal: type[EntryError]) -> str:
    """Return the id under which a refusal of this form is logged, so that the form itself may be sent again."""
    return f"{scan_id}:{refusal.code}"
