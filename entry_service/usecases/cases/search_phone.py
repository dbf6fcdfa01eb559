"""Find where a case was by the phone or personal safety code it carried: the case's own visits, nobody else's.

The vault writes its audit row before it looks (vault/searches.py). The number goes no further: not into the
log, an address, a message or the answer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.contacts import normalise_subject
from entry_service.core.exposure import CaseClosed, window_of
from entry_service.core.model import Case, IndexVisit
from entry_service.core.times import kst_day
from entry_service.services import Services
from entry_service.store.cases import cases, resting

from .case_visits import as_index_visit, overlaps, visits_in_log, waits
from .exposure import exposure_rule

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundByPhone:
    """What a search added to a case: facilities and times of its own, and counts of what it knew already."""

    added: tuple[IndexVisit, ...]
    corroborated: int  # told visits that the log knows too
    known: int
    outside_window: int


def passes_of_phone(services: Services, typed: str, case: Case, *, actor: Actor, now: datetime) -> list[bytes]:
    """Return the passes that carried the number on those days of the exposure window whose key lives.

    Raises
    ------
    BadInput
        ``phone``: neither a mobile number nor a personal safety code.
    CaseClosed, LookupBudgetSpent
        Refused, and the refusal is in the audit.
    AuditUnavailable
        Nothing was looked up.
    """
    subject = normalise_subject(typed)
    if case.closed_at is not None:
        refusal = CaseClosed()
        services.vault.audit.append("refused", actor, now=now, case_id=case.case_id, outcome=refusal.code)
        raise refusal
    start, end = window_of(exposure_rule(services), case)
    first, last = kst_day(start), kst_day(min(end, now) - timedelta.resolution)
    days = [first + number * DAY for number in range((last - first).days + 1)]
    return [pid for _day, pid in services.vault.searches.passes(subject, days, case.case_id, actor, now)]


def search_phone(services: Services, case_id: str, typed: str, *, actor: Actor, now: datetime) -> FoundByPhone:
    """Add the visits of a phone to a registered case; a told visit that the log knows too becomes the log's.

    Raises as ``passes_of_phone`` does, and ``NotFound``.
    """
    with services.store.read() as db:
        case = cases.find_case(db, case_id)
        own = [pid for _day, pid in cases.passes_of(db, case_id)]
    pids = passes_of_phone(services, typed, case, actor=actor, now=now)
    found = visits_in_log(services, own + pids, now)
    of_number = visits_in_log(services, pids, now).visits  # alone: a stranger's number is not called known
    window = window_of(exposure_rule(services), case)
    inside = [visit for visit in found.visits if overlaps(visit.entered_at, visit.left_at, window)]
    stays = [(as_index_visit(case_id, visit, (), found.visits, now), waits(visit)) for visit in inside]

    def keep(db: Connection) -> FoundByPhone:
        doubted = resting.doubted_visits(db, case_id)
        registered = [
            (visit, origin)
            for visit, origin in cases.visits_of(db, case_id)
            if doubted.get((case_id, visit.facility_id, visit.start)) != "void"
        ]
        new, corroborated, known = [], 0, 0
        for stay, waiting in stays:
            same = [(visit, origin) for visit, origin in registered if _same(visit, stay)]
            if not same:
                new.append(stay)
            elif all(origin == "place" for _visit, origin in same):
                if waiting:
                    continue  # till somebody decides, the case's own word stands as it was told
                corroborated += 1
                cases.replace_told(db, same[0][0], stay)
            else:
                known += any(
                    visit.facility_id == stay.facility_id
                    and overlaps(visit.entered_at, visit.left_at, (stay.start, stay.end))
                    for visit in of_number
                )
        cases.add_index_visits(db, new, "pass")
        cases.add_passes(db, case_id, found.passes)
        return FoundByPhone(
            added=tuple(new),
            corroborated=corroborated,
            known=known,
            outside_window=sum(not overlaps(visit.entered_at, visit.left_at, window) for visit in of_number),
        )

    return services.store.write(keep)


def _same(one: IndexVisit, other: IndexVisit) -> bool:
    return one.facility_id == other.facility_id and overlaps(one.start, one.end, (other.start, other.end))
