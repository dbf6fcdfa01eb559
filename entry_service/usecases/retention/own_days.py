"""The visitor's rights over a day: see one's visits, delete one's contact. The proof is the last code of that day.

Nobody but the phone that made a pass has the end of its chain: a door sees codes on the way there, and only the
last slot of the day shows the end itself. So no number has to be typed, and nobody else's day can be asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from entry_service.core.actors import Actor
from entry_service.core.closings import Closings
from entry_service.core.doubt_rules import UNDECIDED
from entry_service.core.errors import EntryError, PassRefused
from entry_service.core.model import Visit
from entry_service.core.passes import PassHeader, authenticate
from entry_service.core.times import day_of_number, day_start, kst_day
from entry_service.core.undecided import visits_everywhere
from entry_service.core.visits import LONGEST_STAY
from entry_service.services import Services
from entry_service.store.log import closings, doubts, scans
from entry_service.vault.audit_readings import SubjectEntry

VISITOR = Actor(account_id="visitor", role="visitor")


class ProofRefused(EntryError):
    """The text is not the last code of a pass of this service."""

    status, code = 422, "proof_refused"
    sentence = "이 휴대전화의 출입증임을 확인하지 못했습니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnVisit:
    """One visit as its visitor is told; ``left_at`` is None where nobody saw the visitor leave.

    ``held``: a reading of it is doubted and nobody has decided about it; no notice rests on it until then.
    """

    facility_id: str
    facility_name: str
    entered_at: datetime
    left_at: datetime | None
    party_size: int
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDay:
    """What is kept of one pass; ``destroyed`` when its day is over for good."""

    day: date
    visits: tuple[OwnVisit, ...]
    destroyed: bool


def own_days(services: Services, proofs: Sequence[str]) -> list[OwnDay]:
    """Return for each proof the visits of its pass, in the order given; raise ``ProofRefused`` for a wrong one."""
    headers = [_proven(services, proof) for proof in proofs]
    living = set(services.vault.days())
    return [_own_day(services, header, living) for header in headers]


def delete_own(services: Services, proofs: Sequence[str], *, now: datetime) -> int:
    """Delete the contact behind each proven pass and return how many there were; what is proven is deleted whole.

    The rows of the visits stay as counts of nobody: no key leads from them to a person any more. The audit row is
    written first, so that no deletion is unknown, and none where nothing is left: whoever repeats a proof moves no
    public count. A pass of a day to come is refused. Raises ``ProofRefused`` before anything is deleted.
    """
    headers = [_proven(services, proof) for proof in proofs]
    passes = [(day_of_number(header.day), header.pid) for header in headers]
    if any(day > kst_day(now) for day, _pid in passes):  # it would open doors tomorrow with nobody behind it
        raise ProofRefused
    held = services.vault.held(passes)
    if not held:
        return 0
    services.vault.audit.append("visitor_deleted_own", VISITOR, now=now, rows=len(held))
    return sum(services.vault.forget(day, pid) for day, pid in held)


def _proven(services: Services, proof: str) -> PassHeader:
    try:
        reading = authenticate(proof.strip(), keys=services.public_keys)
    except PassRefused as wrong:
        raise ProofRefused from wrong
    if reading.i != reading.header.slot_count:
        raise ProofRefused
    return reading.header


def _own_day(services: Services, header: PassHeader, living: set[date]) -> OwnDay:
    day = day_of_number(header.day)
    start, end = day_start(day), day_start(day) + timedelta(days=1) + LONGEST_STAY
    with services.store.read() as db:
        rows = scans.scans_of_pass(db, header.pid, start, end)
        closed = Closings(closings.between(db, None, start, end))
        waiting = doubts.waiting_between(db, start, end)
    places = {facility_id: services.facility(facility_id) for facility_id in {scan.facility_id for scan in rows}}
    visits = visits_everywhere(
        rows, waiting, dwell=lambda facility_id: services.dwell_of(places[facility_id].category), closings=closed
    )
    told = tuple(_told(visit, places[visit.facility_id].name) for visit in visits)
    return OwnDay(day=day, visits=told, destroyed=day not in living)


def _told(visit: Visit, name: str) -> OwnVisit:
    return OwnVisit(
        facility_id=visit.facility_id,
        facility_name=name,
        entered_at=visit.entered_at,
        left_at=None if visit.dwell_assumed else visit.left_at,
        party_size=visit.party_size,
        held=UNDECIDED in visit.flags,
    )


def who_looked(
    services: Services, verification_id: str, phone: str, code: str, *, now: datetime
) -> list[SubjectEntry]:
    """Return who looked at what is kept under a number, on proof by a one-time code sent to it just now.

    Raises ``CodeRefused``; ``AuditUnavailable`` where asking cannot be written down.
    """
    services.vault.verification.confirm(verification_id, phone, code, now)
    services.vault.audit.append("visitor_asked_who", VISITOR, now=now)
    return services.vault.audit.about(phone, now)
