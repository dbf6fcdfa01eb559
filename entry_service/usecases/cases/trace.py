"""Trace a case: who was where it was, when, and how likely together; counts and hours, never a name.

Only the log is read, and of the vault only which passes of a day carry one contact (``group``). The audit row is
written before anything is read. docs/tracing.md tells the rules.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from entry_service.core.actors import SERVICE, Actor
from entry_service.core.closings import Closings
from entry_service.core.doubt_rules import UNDECIDED
from entry_service.core.drills import is_drill_case
from entry_service.core.exposed import Exposed, IndexDoubt, PlaceTrace, Trace, people_of, place_trace
from entry_service.core.exposure import CaseClosed, window_of
from entry_service.core.model import Case, Facility, IndexVisit, Scan, Visit
from entry_service.core.stay_lengths import MINUTE, StayLengths, distributions
from entry_service.core.times import kst_day
from entry_service.core.together import ANY, Stay, overlap_bounds, together
from entry_service.core.undecided import visits_at
from entry_service.core.visits import LONGEST_STAY, longest_stay
from entry_service.services import Services
from entry_service.store.cases import cases, resting
from entry_service.store.log import closings, doubts, learned_dwell, scans

from .case_visits import visits_in_log
from .exposure import exposure_rule

LEAST_LIKELY = 0.05  # whoever was more surely gone, or not yet there, is no exposure
Pass = tuple[date, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What one index visit is traced with."""

    facility: Facility
    visit: IndexVisit
    corroborated: bool
    doubt: IndexDoubt
    stay: Stay
    lengths: StayLengths
    lingering: timedelta
    drill: bool  # of a drill's case only rows of drills are read, of every other case none

    @property
    def until(self) -> datetime:
        """Return when the last of the exposed can have come."""
        return max(self.visit.end, self.stay.gone_by) + self.lingering


def open_case(services: Services, case_id: str, *, now: datetime, actor: Actor) -> Case:
    """Return a case that may be asked about.

    Raises ``NotFound``, or ``CaseClosed`` after that was written into the audit.
    """
    with services.store.read() as db:
        case = cases.find_case(db, case_id)
    if case.closed_at is not None:
        services.vault.audit.append("refused", actor, now=now, case_id=case_id, outcome=CaseClosed.code)
        raise CaseClosed
    return case


def trace(services: Services, case_id: str, *, now: datetime, actor: Actor = SERVICE) -> Trace:
    """Return the visits that a case may have exposed, by index visit.

    Raises ``NotFound``, ``CaseClosed``, and ``AuditUnavailable`` before anything was read.
    """
    case = open_case(services, case_id, now=now, actor=actor)
    services.vault.audit.append("case_traced", actor, now=now, purpose="contact_tracing", case_id=case_id)
    rule, least = exposure_rule(services), services.settings.together_minutes * MINUTE
    with services.store.read() as db:
        own = cases.passes_of(db, case_id)
    in_log = visits_in_log(services, [pid for _day, pid in own], now, drill=is_drill_case(case_id)).visits
    anew = {(visit.facility_id, visit.entered_at): visit for visit in in_log}
    with services.store.read() as db:
        lengths = distributions(learned_dwell.lengths(db), services.dwell_of)
        doubted = resting.doubted_visits(db, case_id)
        places = []
        for visit, origin in cases.visits_of(db, case_id):
            facility = services.facility(visit.facility_id)
            of_category = lengths(facility.category)
            doubt = doubted.get((case_id, visit.facility_id, visit.start), "")
            places.append(
                _Place(
                    facility=facility,
                    visit=visit,
                    corroborated=origin != "place" and not (origin == "both" and doubt),
                    doubt="" if origin == "both" else doubt,  # the case's own word stands
                    stay=_index_stay(visit, anew.get((visit.facility_id, visit.start)), of_category),
                    lengths=of_category,
                    lingering=rule.lingering(facility.category),
                    drill=is_drill_case(case_id),
                )
            )
        read = [
            [] if place.doubt == "void" else _visits_near(db, place, services.dwell_of, now) for place in places
        ]
    own_pids = {pid for _day, pid in own}
    strangers = [[visit for visit in visits if visit.pid not in own_pids] for visits in read]
    near = [
        [(visit, facts) for visit in visits if (facts := _facts(place, visit, least))]
        for place, visits in zip(places, strangers, strict=True)
    ]
    placed = services.vault.placed(sorted({_pass(visit) for one in near for visit, _ in one} | set(own)))
    ordinals = services.vault.group(sorted(set(placed.values())))
    confirmed = {ordinals[placed[one]] for one in own}
    traced = tuple(
        place_trace(
            place.facility,
            place.visit,
            [
                Exposed(day=day, ordinal=ordinals[day, pid], pid=pid, **facts)
                for visit, facts in found
                for day, pid in [placed[_pass(visit)]]
                if ordinals[day, pid] not in confirmed
            ],
            corroborated=place.corroborated,
            doubt=place.doubt,
            lingering=place.lingering,
            lengths_from=place.lengths.basis,
        )
        for place, found in zip(places, near, strict=True)
    )
    return Trace(
        case=case,
        window=window_of(rule, case),
        together_minutes=services.settings.together_minutes,
        places=traced,
        people=people_of(traced),
    )


def passes_of(
    traced: Trace, places: Iterable[PlaceTrace] | None = None, *, held: bool = False
) -> list[tuple[date, bytes, list[dict[str, Any]]]]:
    """Return (day, pid, evidence) of every pass exposed at the places, all of them by default, in order.

    Evidence is a list, by time, of what JSON can say of each exposed visit of the pass. ``held``: those that wait
    for a person's decision as well.
    """
    evidence: dict[Pass, list[dict[str, Any]]] = {}
    for place in traced.places if places is None else places:
        for one in place.exposed:
            if held or not one.held:
                evidence.setdefault((one.day, one.pid), []).append(_evidence(place, one))
    in_order = sorted(evidence.items())
    return [(day, pid, sorted(rows, key=lambda row: row["entered_at"])) for (day, pid), rows in in_order]


def _pass(visit: Visit) -> Pass:
    """Return the pass by the day of its reading; just after midnight it can be the day before's (``placed``)."""
    return kst_day(visit.entered_at), visit.pid


def _index_stay(visit: IndexVisit, anew: Visit | None, lengths: StayLengths) -> Stay:
    """Return the stay as it was registered, or as the log has it now where that is longer.

    A reading elsewhere that ended it then may be void by now, or wait for a decision.
    """
    if visit.seen_until is None or visit.gone_by is None:  # told, or read: taken as it is
        return Stay(entered_at=visit.start, seen_until=visit.end, gone_by=visit.end)
    if anew is not None and anew.gone_by > visit.gone_by:
        return _stay(anew.entered_at, anew.seen_until, anew.gone_by, anew.sent_out, lengths)
    return _stay(visit.start, visit.seen_until, visit.gone_by, visit.sent_out, lengths)


def _stay(
    entered_at: datetime, seen_until: datetime, gone_by: datetime, sent_out: bool, lengths: StayLengths
) -> Stay:
    """Return a stay; nobody stays longer than the longest that was ever read, counted anew from the last reading.

    The latter only for somebody who was read here after that already.
    """
    longest = lengths.minutes[-1] * MINUTE
    over = (entered_at if seen_until < entered_at + longest else seen_until) + longest
    if over < gone_by:
        return Stay(entered_at=entered_at, seen_until=seen_until, gone_by=over)
    return Stay(entered_at=entered_at, seen_until=seen_until, gone_by=gone_by, sent_out=sent_out)


def _visits_near(
    db: Connection, place: _Place, dwell_of: Callable[[str], timedelta], now: datetime
) -> list[Visit]:
    """Return the visits at the facility that began early enough, and not too late, to matter.

    The facility's own scans tell who cannot matter: read leaving before the case came. Of the others it is asked
    where else they were: what was read elsewhere ends a visit sooner, never later, unless that waits for a
    person's decision: nobody may become no contact by a reading that nobody has decided about.
    """
    facility_id, dwell = place.facility.facility_id, dwell_of(place.facility.category)
    # Whoever may still be there was read coming in, or into another zone, at most so long before.
    longest = min(LONGEST_STAY, max(longest_stay(dwell), place.lengths.minutes[-1] * MINUTE))
    first, last = place.visit.start - LONGEST_STAY, min(place.until + LONGEST_STAY, now)
    closed = Closings(closings.between(db, facility_id, first, last))
    waiting = doubts.waiting_between(db, first, last)

    def paired(rows: list[Scan]) -> list[Visit]:
        return visits_at(rows, facility_id, waiting, dwell=lambda _facility_id: dwell, closings=closed)

    here = scans.scans_between(db, facility_id, place.visit.start - longest, place.until, drill=place.drill)
    near = {visit.pid for visit in paired(here) if visit.gone_by > place.visit.start}
    return paired(scans.scans_of_passes(db, sorted(near), first, last, drill=place.drill))


def _facts(place: _Place, visit: Visit, least: timedelta) -> dict[str, Any] | None:
    """Return what is to be said of a visit that an index visit may have exposed, or None."""
    index = place.visit
    stay = _stay(visit.entered_at, visit.seen_until, visit.gone_by, visit.sent_out, place.lengths)
    after = visit.entered_at - index.end
    probability = overlap = shortest = longest = None
    if index.by_date:
        met = visit.entered_at < index.end and index.start < visit.left_at
    else:
        met = together(place.stay, stay, ANY, place.lengths, place.lengths) >= LEAST_LIKELY
        probability = together(place.stay, stay, least, place.lengths, place.lengths)
        shortest, longest = (one / MINUTE for one in overlap_bounds(place.stay, stay))
        overlap = longest if shortest == longest else None
    if not met and not timedelta() <= after < place.lingering:
        return None
    return {
        "entered_at": visit.entered_at,
        "left_at": visit.left_at,
        "dwell_assumed": not stay.known,
        "overlap_minutes": overlap,
        "overlap_least": shortest,
        "overlap_most": longest,
        "together": probability,
        "after_minutes": 0.0 if met else after / MINUTE,
        "source": visit.source,
        "confidence": visit.confidence,
        "flags": (*visit.flags, UNDECIDED) if place.doubt else visit.flags,
        "party_size": visit.party_size,
        "children": visit.children,
    }


def _evidence(place: PlaceTrace, one: Exposed) -> dict[str, Any]:
    return {
        "facility_id": place.facility.facility_id,
        "facility": place.facility.name,
        "index_start": place.index_visit.start.isoformat(),
        "index_end": place.index_visit.end.isoformat(),
        "by_date": place.index_visit.by_date,
        "corroborated": place.corroborated,
        "entered_at": one.entered_at.isoformat(),
        "left_at": one.left_at.isoformat(),
        "dwell_assumed": one.dwell_assumed,
        "overlap_minutes": one.overlap_minutes,
        "overlap_least": one.overlap_least,
        "overlap_most": one.overlap_most,
        "together": one.together,
        "after_minutes": one.after_minutes,
        "source": one.source,
        "confidence": one.confidence,
        "flags": list(one.flags),
        "party_size": one.party_size,
        "children": one.children,
    }
