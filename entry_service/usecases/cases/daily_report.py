"""Count one day for the report of the public health centre: numbers only, no name, no case, no place.

What cannot be known is None and is said to be missing; it is never nought. People who may have been exposed are
counted only where that is asked for: it traces every open case, which reads much and is written into the audit.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.actors import Action, Actor
from entry_service.core.errors import Unavailable
from entry_service.core.publication import public_list
from entry_service.core.times import day_start, kst_day
from entry_service.services import Services
from entry_service.store.cases import day_report, published_places
from entry_service.store.cases.day_report import CaseCounts, DoorCount, VisitCounts
from entry_service.store.log import doubts, purged, quarantines
from entry_service.store.log.doubts import Wanted
from entry_service.store.retention import destructions
from entry_service.store.sites import adoption
from entry_service.store.sites.adoption import StageAdoption
from entry_service.vault.filed import CONTACT_STATES, ContactState

from .trace import trace

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)  # what happens at this very moment belongs to the report
MOST_TRACED = 50  # open cases; with more of them the exposed are not counted
MOST_ROWS = 10_000  # of the audit a day and action
MOST_DESTROYED = 100  # days that one day's job may have destroyed
MOST_FLOODS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposedCount:
    """People by the traces of open cases: a trace counts a person once, two traces may count one twice."""

    cases: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureCounts:
    """Requests to name people that were asked, approved, returned and opened in the day; people named by them."""

    asked: int
    approved: int
    returned: int
    opened: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodCounts:
    """Floods of entries that began in the day, those nobody has decided on, and the entries held back now."""

    begun: int
    undecided: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtCounts:
    """Readings of the day that are doubted: all, those nobody has decided about, and those that are void."""

    found: int
    waiting: int
    void: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DestructionCounts:
    """Days whose destruction ended in this day, and the contacts and scans that went with them."""

    days: tuple[date, ...]
    contacts: int
    scans: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyReport:
    """The figures of one Korean day up to ``until``; None is missing. ``contacts`` and ``shown`` are as of now."""

    day: date
    until: datetime
    complete: bool
    cases: CaseCounts
    cases_ever: int | None
    visits: VisitCounts
    exposed: ExposedCount | None
    contacts: dict[ContactState, int] | None
    disclosures: DisclosureCounts | None
    published: int
    shown: int | None
    doors: tuple[DoorCount, ...] | None
    stages: tuple[StageAdoption, ...] | None
    floods: FloodCounts | None
    doubts: DoubtCounts | None
    destroyed: DestructionCounts


def daily_report(services: Services, day: date, *, now: datetime, exposed_by: Actor | None = None) -> DailyReport:
    """Return the report of a day.

    Parameters
    ----------
    exposed_by : Actor, optional
        Count the exposed of the cases that are open now, on this account's behalf; each trace is audited.

    Raises ``AuditUnavailable`` where the exposed are wanted and cannot be audited.
    """
    start, end = day_start(day), day_start(day + timedelta(days=1))
    until, today = min(end, now + MOMENT), day == kst_day(now)
    with services.store.read() as db:
        begins = purged.purged_before(db)
        logged = begins is None or begins <= start
        case_counts = day_report.case_counts(db, start, until)
        visits = day_report.visit_counts(db, start, until)
        published = published_places.published_between(db, start, until)
        shown = public_list(published_places.live(db, "published", now), now) if today else None
        doors = tuple(day_report.door_counts(db, start, until)) if logged else None
        stages = tuple(adoption.by_stage(db, start, until)) if logged else None
        floods = _floods(db, start, until) if logged else None
        doubted = _doubts(db, start, until) if logged else None
        destroyed = _destroyed(db, start, until)
        open_now = day_report.open_cases(db, now + MOMENT)
    return DailyReport(
        day=day,
        until=min(end, now),
        complete=end <= now,
        cases=case_counts,
        cases_ever=_cases_ever(services, case_counts, until),
        visits=visits,
        exposed=_exposed(services, open_now, exposed_by, now) if exposed_by and today else None,
        contacts=_contacts(services, open_now) if today else None,
        disclosures=_disclosures(services, start, until),
        published=len(published),
        shown=None if shown is None else len(shown),
        doors=doors,
        stages=stages,
        floods=floods,
        doubts=doubted,
        destroyed=destroyed,
    )


def _cases_ever(services: Services, known: CaseCounts, until: datetime) -> int | None:
    """Return how many cases were ever registered: the register forgets closed ones, the audit counts them on.

    Cases that were registered before there was an audit are in the register alone.
    """
    count = services.vault.audit.count
    try:
        audited = count("case_registered", "", BEGINNING) - count("case_registered", "", until)
    except Unavailable:
        return None
    return max(audited, known.registered_by_end)


def _exposed(services: Services, open_now: list[str], actor: Actor, now: datetime) -> ExposedCount | None:
    if len(open_now) > MOST_TRACED:
        return None
    people = sum(trace(services, case_id, now=now, actor=actor).people for case_id in open_now)
    return ExposedCount(cases=len(open_now), people=people)


def _contacts(services: Services, open_now: list[str]) -> dict[ContactState, int] | None:
    """Return how many contacts of the open cases are in which state; None where the vault does not answer."""
    counts: dict[ContactState, int] = dict.fromkeys(CONTACT_STATES, 0)
    try:
        for case_id in open_now:
            file = services.vault.case_files.find(case_id)
            if file is None:
                continue
            newest = {change.number: change.state for change in services.vault.case_files.states(case_id)}
            for state in newest.values():
                counts[state] += 1
            counts["waiting"] += file.contacts - len(newest)
    except Unavailable:
        return None
    return counts


def _disclosures(services: Services, start: datetime, end: datetime) -> DisclosureCounts | None:
    def rows(action: Action) -> list[int]:
        entries = services.vault.audit.entries(start, end, action=action, limit=MOST_ROWS)
        return [entry.rows for entry in entries if entry.outcome == "done"]

    try:
        opened = rows("disclosure_opened")
        return DisclosureCounts(
            asked=len(rows("disclosure_asked")),
            approved=len(rows("disclosure_approved")),
            returned=len(rows("disclosure_returned")),
            opened=len(opened),
            people=sum(opened),
        )
    except Unavailable:
        return None


def _floods(db: Connection, start: datetime, end: datetime) -> FloodCounts:
    found = quarantines.since(db, None, start, MOST_FLOODS)
    own = [one for one in found if start <= one.started_at < end]
    return FloodCounts(
        begun=len(own),
        undecided=sum(one.decision == "" for one in own),
        held=sum(one.held for one in own if one.decision != "released"),
    )


def _doubts(db: Connection, start: datetime, end: datetime) -> DoubtCounts:
    waiting = doubts.count_waiting(db, start, end)
    decided = doubts.count(db, Wanted(decided=True, start=start, end=end))
    return DoubtCounts(found=waiting + decided, waiting=waiting, void=doubts.count_void(db, start, end))


def _destroyed(db: Connection, start: datetime, end: datetime) -> DestructionCounts:
    found = [
        one
        for one in destructions.newest(db, MOST_DESTROYED)
        if one.finished_at is not None and start <= one.finished_at < end
    ]
    return DestructionCounts(
        days=tuple(sorted(one.day for one in found)),
        contacts=sum(one.counts.get("contacts", 0) for one in found),
        scans=sum(one.counts.get("rows", {}).get("scans", 0) for one in found),
    )
