"""Log what staff type from a paper slip: phone and district, or a personal safety code. No name is asked.

Deposit first, log second, as everywhere: a row always has its contact. A record that the browser sealed is kept as
it is; the vault opens it only to count. The answer is the same for whoever is typed: a contact that came too often
is flagged in the log and told to nobody (threats T28).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from entry_service.core.clock_rules import NONE, is_possible
from entry_service.core.drills import FLAG
from entry_service.core.errors import BadInput, ScanConflict
from entry_service.core.model import Device, Scan
from entry_service.core.profiles import SLIP, assert_may
from entry_service.core.times import kst_day
from entry_service.core.visits import longest_stay
from entry_service.services import Services
from entry_service.store.log import slips

from .check_in import ScanAnswer, answer_of, new_scan
from .collecting import CollectionEnded, collected_days
from .issue_pass import PID_BYTES
from .judge import Judged, judge_and_append
from .late import assert_recent_or_kept
from .log_scan import find, follow_row
from .paper_contact import SlipContact, slip_contact

OVER_CAP = "over_cap"
DAYS_AHEAD = 2  # a device that has the keys of today and so many days more may be cut off over a weekend


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedContact:
    """A contact that the device sealed to ``public_key(day)`` under a pass that it drew."""

    day: date
    pid: bytes
    sealed: bytes


def public_keys(services: Services, now: datetime) -> list[tuple[date, bytes]]:
    """Return the days that a device may seal to, and their public keys: today and ``DAYS_AHEAD`` more.

    No key is drawn for a day after the end of collection; raises ``CollectionEnded`` where all of them are.
    """
    days = [kst_day(now) + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)]
    return [(day, services.vault.public_key(day)) for day in collected_days(services, days, now)]


def log_slip(
    services: Services,
    device: Device,
    *,
    scan_id: str,
    number: str,
    scanned_at: datetime,
    direction: Literal["in", "out"],
    party_size: int = 1,
    children: int = 0,
    contact: SealedContact | SlipContact | None,
    now: datetime,
    random: Callable[[int], bytes],
    skew: timedelta = NONE,
) -> ScanAnswer:
    """Log one slip and return the door's answer; the same ``scan_id`` is the same answer.

    Who leaves is found by the number on the slip: it closes the visit of the slip with this number that came in
    last, and needs no contact. Where there is none, the row stands alone.

    Raises
    ------
    BadInput
        A field cannot be read; there is no contact although somebody comes in; a sealed record does not open.
    ScanConflict
        The scan_id belongs to something else, or the sealed record to another visitor's pass.
    TooOld
        It was written on a day that is destroyed; nothing is kept.
    CollectionEnded
        It was after the end, and not the way out of who came in before.
    NotAllowed
        The device's profile has no slips.
    """
    assert_may(device, SLIP)
    leaves = assert_recent_or_kept(services, scanned_at, now, skew, may_leave=direction == "out")
    if not is_possible(scanned_at, now):  # a sealed day is one the service gave a key for: no clock excuses it
        raise BadInput("기기의 날짜와 시각을 확인하시기 바랍니다.", field="scanned_at")
    facts = {"direction": direction, "party_size": party_size, "children": children}
    scan = new_scan(device, scan_id=scan_id, scanned_at=scanned_at, gate="", now=now, **facts)  # type: ignore[arg-type]
    scan = replace(scan, source="slip")
    facility = services.facility_of_door(device.facility_id, now)
    kept = find(services, scan_id)
    if kept is not None:
        follow_row(services, _same(services, kept, scan, number, contact), new=False)
        return _told(answer_of(services, facility, kept, repeated=True))
    longest = longest_stay(services.dwell_of(facility.category))
    pid, verdict = _deposit(services, scan, number, contact, longest, random, leaves)
    doubts = (OVER_CAP,) if verdict == OVER_CAP else ()
    judged = Judged(replace(scan, pid=pid), direction, False, "happened", skew, doubts=doubts)

    def judge_and_keep(db: Connection) -> tuple[Scan, bool]:
        row, new = judge_and_append(db, services, facility, judged)
        if new and FLAG not in row.flags:  # there is no paper of a drill
            slips.add(db, scan_id, device.facility_id, kst_day(scanned_at), number)
        return row, new

    try:
        with services.coming.announced(device.facility_id, party_size):
            kept, new = services.store.write(judge_and_keep)
            follow_row(services, kept, new=new)
    except ScanConflict:  # the same slip, sent twice at once: the first one counts
        found = find(services, scan_id)
        if found is None:
            raise
        kept, new = _same(services, found, scan, number, contact), False
    return _told(answer_of(services, facility, kept, repeated=not new))


def _deposit(
    services: Services,
    scan: Scan,
    number: str,
    contact: SealedContact | SlipContact | None,
    longest: timedelta,
    random: Callable[[int], bytes],
    leaves: bool,
) -> tuple[bytes, str]:
    """Return the pass of the slip, its contact deposited under it, and the vault's verdict.

    ``longest`` is how long ago somebody who leaves after midnight may have come before it. ``leaves``: collection
    has ended, and whose entry is not known leaves nothing.
    """
    day = kst_day(scan.scanned_at)
    if scan.direction == "out":
        with services.store.read() as db:
            came = slips.pass_of(db, scan.facility_id, day, number, scan.scanned_at, scan.scanned_at - longest)
        if came is None and leaves:
            raise CollectionEnded
        if came is not None or contact is None:
            return came or random(PID_BYTES), "accepted"
    if contact is None:
        raise BadInput("휴대전화번호와 개인안심번호 가운데 하나를 입력하시기 바랍니다.", field="phone")
    if isinstance(contact, SlipContact):
        pid = random(PID_BYTES)
        return pid, services.vault.deposit(day, pid, slip_contact(contact))
    if contact.day != day:
        raise BadInput(field="day")
    return contact.pid, services.vault.deposit(day, contact.pid, contact.sealed)


def _same(
    services: Services, kept: Scan, scan: Scan, number: str, contact: SealedContact | SlipContact | None
) -> Scan:
    """Return the row that the log has if it is of this slip, else raise ``ScanConflict``.

    The device may have been enrolled anew since. A device that seals draws the pass once a slip: another pass is
    another person, whom the first answer did not keep.
    """
    with services.store.read() as db:
        known = slips.number_of(db, kept.scan_id)
    same = ("facility_id", "source", "direction", "scanned_at", "party_size", "children")
    if known != number or any(getattr(kept, name) != getattr(scan, name) for name in same):
        raise ScanConflict
    if kept.direction == "in" and isinstance(contact, SealedContact) and contact.pid != kept.pid:
        raise ScanConflict
    return kept


def _told(answer: ScanAnswer) -> ScanAnswer:
    """Return the answer without what it would tell of earlier visits of the same contact."""
    return replace(answer, flags=tuple(flag for flag in answer.flags if flag != OVER_CAP))
