"""Register a confirmed case: the places it told and the visits its passes left in the log become index visits.

Index visits are known from the moment of registration (``known_at``). Only what overlaps the exposure window is
taken (core/exposure.py); what lies outside is counted and left alone.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from entry_service.core.actors import SERVICE, Actor
from entry_service.core.drills import CASE_PREFIX
from entry_service.core.errors import BadInput, EntryError, NotFound, PassRefused, Sentence
from entry_service.core.exposure import window_of
from entry_service.core.model import Case, IndexVisit, Visit
from entry_service.core.passes import authenticate
from entry_service.core.remark_rules import holds_own_number
from entry_service.core.times import kst_day
from entry_service.services import Services
from entry_service.store.cases import cases

from .case_visits import PlaceTold, as_index_visit, overlaps, same_stay, visits_in_log, waits
from .exposure import exposure_rule
from .search_phone import passes_of_phone

LONGEST_NUMBER = 40  # characters
PID_BYTES, CASE_ID_BYTES = 8, 8
LONGEST_TOLD = timedelta(days=31)  # a longer one is a slip of the finger; the extract counts each of its hours


class CaseKnown(EntryError):
    """A case with this number is registered already; the first is kept."""

    status, code, sentence = 409, "case_known", "이미 등록된 확진자 번호입니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredCase:
    """The case with its index visits, in order of start, and what became of everything that was given."""

    case: Case
    visits: tuple[IndexVisit, ...]
    from_places: int  # index visits as told
    from_passes: int  # index visits as found in the log
    outside_window: int  # stays, told or found, that do not overlap the exposure window
    told_and_found: int  # told stays that the log knew already: counted once, by the log
    passes_without_visit: int  # passes that left no accepted scan


def register_case(
    services: Services,
    *,
    number: str,
    onset: date | None,
    specimen_date: date | None,
    places: Sequence[PlaceTold],
    passes: Sequence[bytes | str],
    now: datetime,
    isolated_on: date | None = None,
    actor: Actor = SERVICE,
    phone: str = "",
    drill: bool = False,
    along: Callable[[Connection, Case], None] | None = None,
) -> RegisteredCase:
    """Put a case into the register with its index visits, in one transaction.

    Parameters
    ----------
    number : str
        The authority's own number of the case; never a name.
    onset, specimen_date : date or None
        First day of symptoms, day of the test; at least one of them. Onset counts where both are known.
    places : sequence of PlaceTold
        What the case told.
    passes : sequence of bytes or str
        Pass ids (8 bytes), or the text of a pass code that the patient shows, whenever its slot was.
    now : datetime
        The moment of registration, ``known_at`` of the index visits.
    isolated_on : date, optional
        Day from which the case met nobody any more; the exposure window ends with it.
    actor : Actor, optional
        The officer; the audit row is durable before the case is.
    phone : str, optional
        The case's own phone or personal safety code: its passes are found in the vault (search_phone.py), which is
        audited before, even where nothing comes of it.
    drill : bool, optional
        The case is a drill's: its visits are those of drills, and it is counted nowhere.
    along : function of connection and case, optional
        Written in the same transaction, before the case: what it raises leaves no case behind.

    Raises
    ------
    BadInput
        ``field`` names what is wrong: ``number``, ``onset``, ``specimen_date``, ``isolated_on``,
        ``places.0.facility_id``, ``places.0.start``, ``places.0.end``, ``passes.0``, ``phone``.
    CaseKnown
        The number is registered already.
    LookupBudgetSpent
        The officer has searched by phone too often today.
    """
    number = _checked_number(number)
    for field, day in (("onset", onset), ("specimen_date", specimen_date), ("isolated_on", isolated_on)):
        if day is not None and day > kst_day(now):
            raise BadInput("미래의 날짜는 입력할 수 없습니다.", field=field)
    case = Case(
        case_id=(CASE_PREFIX if drill else "") + secrets.token_hex(CASE_ID_BYTES),
        number=number,
        onset=onset,
        specimen_date=specimen_date,
        registered_at=now,
        isolated_on=isolated_on,
    )
    window = window_of(exposure_rule(services), case)
    _check_places(services, places, now)
    pids = [_pid(services, given, f"passes.{place}") for place, given in enumerate(passes)]
    if phone:
        with services.store.read() as db:
            if cases.number_is_known(db, number):  # nobody is looked up for a case that will not be
                raise CaseKnown(field="number")
        pids += passes_of_phone(services, phone, case, actor=actor, now=now)
    found = visits_in_log(services, pids, now, drill=drill)
    told = [place for place in places if overlaps(place.start, place.end, window)]
    within = [visit for visit in found.visits if overlaps(visit.entered_at, visit.left_at, window)]
    # till somebody decides about a reading, the case's own word stands
    inside = [visit for visit in within if not (waits(visit) and _is_told(visit, told))]
    new = [place for place in told if not any(same_stay(place, visit) for visit in inside)]
    from_passes = [as_index_visit(case.case_id, visit, told, found.visits, now) for visit in inside]
    both = [_is_told(visit, told) for visit in inside]
    from_places = [
        IndexVisit(
            case_id=case.case_id,
            facility_id=place.facility_id,
            start=place.start,
            end=place.end,
            known_at=now,
            by_date=place.by_date,
        )
        for place in new
    ]

    def keep(db: Connection) -> None:
        if along is not None:
            along(db, case)
        if cases.number_is_known(db, number):
            raise CaseKnown(field="number")
        cases.add_case(db, case, actor.account_id)
        cases.add_passes(db, case.case_id, found.passes)
        cases.add_index_visits(db, [one for one, too in zip(from_passes, both, strict=True) if not too], "pass")
        cases.add_index_visits(db, [one for one, too in zip(from_passes, both, strict=True) if too], "both")
        cases.add_index_visits(db, from_places, "place")

    services.vault.audit.append("case_registered", actor, now=now, case_id=case.case_id)
    try:
        services.store.write(keep)
    except IntegrityError as taken:  # somebody else registered the same number at the same moment
        raise CaseKnown(field="number") from taken
    return RegisteredCase(
        case=case,
        visits=tuple(sorted(from_passes + from_places, key=lambda visit: (visit.start, visit.facility_id))),
        from_places=len(from_places),
        from_passes=len(from_passes),
        outside_window=len(found.visits) - len(within) + len(places) - len(told),
        told_and_found=len(told) - len(new),
        passes_without_visit=found.without,
    )


def _is_told(visit: Visit, told: Sequence[PlaceTold]) -> bool:
    return any(same_stay(place, visit) for place in told)


def _checked_number(number: str) -> str:
    plain = " ".join(number.split())
    if not plain or len(plain) > LONGEST_NUMBER or not plain.isprintable():
        sentence = Sentence("확진자 번호를 1자에서 %(longest)s자로 입력하시기 바랍니다.", longest=LONGEST_NUMBER)
        raise BadInput(sentence, field="number")
    if not any(character.isdigit() for character in plain):
        raise BadInput("확진자 번호에는 숫자가 있어야 합니다. 이름은 입력하지 않습니다.", field="number")
    if holds_own_number(plain):
        raise BadInput("전화번호나 개인안심번호, 주민등록번호는 확진자 번호로 쓸 수 없습니다.", field="number")
    return plain


def _check_places(services: Services, places: Sequence[PlaceTold], now: datetime) -> None:
    for number, place in enumerate(places):
        try:
            services.facility(place.facility_id)
        except NotFound as unknown:
            raise BadInput("등록되지 않은 시설입니다.", field=f"places.{number}.facility_id") from unknown
        if place.end <= place.start:
            raise BadInput("나간 시각은 들어온 시각보다 늦어야 합니다.", field=f"places.{number}.end")
        if place.end - place.start > LONGEST_TOLD:
            days = LONGEST_TOLD.days
            sentence = Sentence("머문 시간이 %(days)s일보다 깁니다. 날짜를 확인하시기 바랍니다.", days=days)
            raise BadInput(sentence, field=f"places.{number}.end")
        if place.start > now:
            raise BadInput("미래의 방문은 입력할 수 없습니다.", field=f"places.{number}.start")
        if place.end > now and not place.by_date:
            raise BadInput("미래의 시각은 입력할 수 없습니다.", field=f"places.{number}.end")
        for other in places[:number]:
            same_place = other.facility_id == place.facility_id
            if same_place and overlaps(place.start, place.end, (other.start, other.end)):
                raise BadInput("같은 시설의 방문 시간이 서로 겹칩니다.", field=f"places.{number}.start")


def _pid(services: Services, given: bytes | str, field: str) -> bytes:
    """Return whose pass it is. The reason of a refusal is told, the pass is not repeated."""
    if isinstance(given, bytes):
        if len(given) != PID_BYTES:
            raise BadInput(field=field)
        return given
    try:
        return authenticate(given.strip(), keys=services.public_keys).header.pid
    except PassRefused as refusal:
        raise BadInput(refusal.sentence, field=field) from refusal
