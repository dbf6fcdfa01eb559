"""What a publication would come to, before anything is published: counts from the log, no pass, no person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import Connection

from entry_service.core.breaker import FREQUENT, TOGETHER, Limits, Reach, Reason, content_hash, tripped
from entry_service.core.closings import Closings
from entry_service.core.doubt_rules import UNDECIDED
from entry_service.core.errors import BadInput, NotFound
from entry_service.core.model import Visit
from entry_service.core.notices import Exposure, Grade, NoticeRule, grade, told_until
from entry_service.core.publication import Place, PlaceChanged
from entry_service.core.times import day_start, kst_day
from entry_service.core.undecided import visits_at
from entry_service.core.visits import LONGEST_STAY
from entry_service.services import Services
from entry_service.store.cases import day_report, notices
from entry_service.store.cases import published_places as places
from entry_service.store.log import closings, doubts, scans

WEEK = timedelta(days=7)
WEEKS_BEFORE = 3  # what the log still has of the same weekday
People = dict[bytes, tuple[int, bool]]  # pass → people with it, whether they are told strongly


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReach:
    """One draft: visits and people that would be told, how many of the people strongly; ``came`` is how many
    people entered in its hours, ``usual`` the median of the same hours one to three weeks before, None unknown."""

    place: Place
    visits: int
    people: int
    high: int
    came: int
    usual: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """The whole of a publication; ``sensitive`` is how many chosen drafts are refused and not in it.

    ``whole`` is the reach with what was published in the 24 hours before, ``earlier`` the SHA-256 of that.
    """

    rows: tuple[RowReach, ...]
    reach: Reach
    whole: Reach
    earlier: str
    limits: Limits
    reasons: tuple[Reason, ...]
    sensitive: int


def notice_rule(services: Services) -> NoticeRule:
    """Return the rule that phones go by."""
    return NoticeRule(high=timedelta(minutes=services.settings.together_minutes))


def dry_run(services: Services, place_ids: Sequence[int], now: datetime) -> DryRun:
    """Return what publishing these rows would come to; raise ``BadInput`` without any, ``NotFound``."""
    if not place_ids:
        raise BadInput("공개할 장소를 하나 이상 고르시기 바랍니다.", field="place")
    with services.store.read() as db:
        chosen = places.some(db, place_ids)
    if len(chosen) != len(set(place_ids)):
        raise NotFound(what="place")
    return dry_run_of(services, chosen, now)


def dry_run_of(services: Services, chosen: Sequence[Place], now: datetime) -> DryRun:
    """Return what these rows would come to as they are given. A pass at two places is told once."""
    told = [one for one in chosen if not one.facility.sensitive]
    rule, rows = notice_rule(services), []
    everybody: People = {}
    with services.store.read() as db:
        for place in told:
            visits = _told(services, db, place, rule, now)
            own = _people(visits)
            for pid, (size, high) in own.items():
                _add(everybody, pid, size, high)
            rows.append(
                RowReach(
                    place=place,
                    visits=len(visits),
                    people=_count(own),
                    high=_count(own, high=True),
                    came=_came(db, place, timedelta()),
                    usual=_usual(db, place),
                )
            )
        reach = Reach(
            people=_count(everybody),
            high=_count(everybody, high=True),
            visitors=_visitors(db, told),
            longest=max((one.end - one.start for one in told), default=timedelta()),
            places=len(told),
            recent=notices.publications_since(db, now - FREQUENT),
        )
        earlier = _earlier(db, now)
        for place in earlier:
            for pid, (size, high) in _people(_told(services, db, place, rule, now)).items():
                _add(everybody, pid, size, high)
        whole = replace(
            reach,
            people=_count(everybody),
            high=_count(everybody, high=True),
            visitors=_visitors(db, [*told, *earlier]),
            places=len({one.place_id for one in (*told, *earlier)}),
        )
    own_limits = services.settings.notice_limits
    return DryRun(
        rows=tuple(rows),
        reach=reach,
        whole=whole,
        earlier=content_hash(earlier),
        limits=own_limits,
        reasons=tuple(dict.fromkeys((*tripped(reach, own_limits), *tripped(whole, own_limits)))),
        sensitive=len(chosen) - len(told),
    )


def assert_as_counted(db: Connection, run: DryRun, chosen: Sequence[Place], now: datetime) -> None:
    """Raise ``PlaceChanged`` where the rows, or those published in the 24 hours before, are not as counted.

    For the transaction that publishes: counting takes too long to be done in it.
    """
    found = places.some(db, [one.place_id for one in chosen])
    same = content_hash(found) == content_hash(chosen) and _states(found) == _states(chosen)
    if not same or content_hash(_earlier(db, now)) != run.earlier:
        raise PlaceChanged


def _states(rows: Sequence[Place]) -> set[tuple[int, str]]:
    return {(one.place_id, one.state) for one in rows}


def _earlier(db: Connection, now: datetime) -> list[Place]:
    """Return what was told in the 24 hours before: a withdrawn row too, and a corrected one with each window."""
    return [one for one in places.told_since(db, now - TOGETHER) if not one.facility.sensitive]


def _people(visits: Sequence[tuple[Visit, Grade]]) -> People:
    found: People = {}
    for visit, how in visits:
        _add(found, visit.pid, visit.party_size, how == "high")
    return found


def _add(people: People, pid: bytes, size: int, high: bool) -> None:
    """Add one pass; of one that is there already the larger party counts, and strongly if either is."""
    known_size, known_high = people.get(pid, (0, False))
    people[pid] = (max(known_size, size), known_high or high)


def _count(people: People, *, high: bool = False) -> int:
    return sum(size for size, strongly in people.values() if strongly or not high)


def _told(
    services: Services, db: Connection, place: Place, rule: NoticeRule, now: datetime
) -> list[tuple[Visit, Grade]]:
    """Return the visits at the place that phones would tell; whoever was read elsewhere had left.

    A phone passes over what waits for a decision, and so is it here.
    """
    window = Exposure(start=place.start, end=place.end, by_date=place.by_date)
    facility, until = place.facility, min(told_until(window, rule), now)
    here = scans.scans_between(db, facility.facility_id, place.start - LONGEST_STAY, until)
    passes = sorted({one.pid for one in here if one.pid is not None})
    first, last = place.start - LONGEST_STAY, min(until + LONGEST_STAY, now)
    closed = Closings(closings.between(db, facility.facility_id, first, last))
    dwell = services.dwell_of(facility.category)
    everywhere, waiting = scans.scans_of_passes(db, passes, first, last), doubts.waiting_between(db, first, last)
    own = {"dwell": lambda _facility_id: dwell, "closings": closed}
    found = []
    for visit in visits_at(everywhere, facility.facility_id, waiting, **own):
        if UNDECIDED not in visit.flags:
            how = grade(visit.entered_at, visit.left_at, window, rule)
            if how is not None:
                found.append((visit, how))
    return found


def _came(db: Connection, place: Place, before: timedelta) -> int:
    """Return how many people entered in the hours of the place, so long before."""
    read = scans.scans_between(db, place.facility.facility_id, place.start - before, place.end - before)
    return sum(one.party_size for one in read if one.direction == "in" and "duplicate" not in one.flags)


def _usual(db: Connection, place: Place) -> float | None:
    """Return the median of the same hours one to three weeks before, of the weeks in which the site logged."""
    begun = scans.first_of(db, place.facility.facility_id)
    weeks = [WEEK * number for number in range(1, WEEKS_BEFORE + 1)]
    logged = [week for week in weeks if begun is not None and kst_day(place.start - week) >= kst_day(begun)]
    counts = [_came(db, place, week) for week in logged]
    return median(counts) if counts else None


def _visitors(db: Connection, told: Sequence[Place]) -> int:
    """Return how many people entered anywhere on the days of the places."""
    days = {kst_day(moment) for one in told for moment in (one.start, one.end - timedelta(microseconds=1))}
    spans = [(day_start(day), day_start(day) + timedelta(days=1)) for day in sorted(days)]
    return sum(count.people for span in spans for count in day_report.door_counts(db, *span))
