"""What tracing a case gives: the visits it may have exposed, by place, and how they are counted."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from .doubt_rules import UNDECIDED
from .exposure import Window
from .model import Case, Confidence, Facility, IndexVisit, Source
from .stay_lengths import Basis
from .visits import hours_of

IndexDoubt = Literal["", "waits", "void"]  # an index visit stands, or a reading of it waits, or its entry is void
_BEST_FIRST: tuple[Confidence, ...] = get_args(Confidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """One visit that a case may have exposed; ``ordinal`` is the person within this trace and day.

    ``left_at`` is assumed where ``dwell_assumed``. The overlap lies between ``overlap_least`` and ``overlap_most``
    minutes; ``overlap_minutes`` is given where the two are the same. ``together`` is P(together ≥ the setting's
    minutes). All are None where only the day of the index visit is known. ``after_minutes``: how long after the
    case left they came; 0 where they may have met.
    """

    day: date
    pid: bytes
    ordinal: int
    entered_at: datetime
    left_at: datetime
    dwell_assumed: bool
    overlap_minutes: float | None
    overlap_least: float | None
    overlap_most: float | None
    together: float | None
    after_minutes: float
    source: Source
    confidence: Confidence
    flags: tuple[str, ...]
    party_size: int
    children: int

    @property
    def held(self) -> bool:
        """Say whether a person must decide first: a reading of the visit is doubted."""
        return UNDECIDED in self.flags


@dataclass(frozen=True, slots=True)
class HourCount:
    """How many of the exposed were there in an hour, [hour, hour + 1 h), while it mattered."""

    hour: datetime
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceTrace:
    """One index visit and the visits that it exposed, by entry.

    ``people`` counts companions, and everybody once however many doors registered them. Held visits are not in it,
    nor in the counts by hour, source and confidence, nor in ``expected``: how many were together long enough, None
    where only the day is known. ``corroborated``: the log knows the index visit, not only the case's word.
    """

    facility: Facility
    index_visit: IndexVisit
    corroborated: bool
    doubt: IndexDoubt
    lingering: timedelta
    lengths_from: Basis
    exposed: tuple[Exposed, ...]
    people: int
    held: int  # people
    expected: float | None
    by_hour: tuple[HourCount, ...]
    by_source: tuple[tuple[Source, int], ...]
    by_confidence: tuple[tuple[Confidence, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The places of a case, by time; ``people`` of all of them, each once a day.

    ``together_minutes`` is what the probabilities are about.
    """

    case: Case
    window: Window
    together_minutes: int
    places: tuple[PlaceTrace, ...]
    people: int


def place_trace(
    facility: Facility,
    index_visit: IndexVisit,
    exposed: Iterable[Exposed],
    *,
    corroborated: bool,
    lingering: timedelta,
    lengths_from: Basis,
    doubt: IndexDoubt = "",
) -> PlaceTrace:
    """Return a place with its counts."""
    ordered = tuple(sorted(exposed, key=lambda one: (one.entered_at, one.ordinal, one.pid)))
    counted = _by_person(one for one in ordered if not one.held)
    held = _by_person(one for one in ordered if one.held)
    sources: Counter[Source] = Counter()
    confidences: Counter[Confidence] = Counter()
    for visits in counted.values():
        best = min(visits, key=lambda one: _BEST_FIRST.index(one.confidence))
        sources[best.source] += _party(visits)
        confidences[best.confidence] += _party(visits)
    likely = [_party(visits) * max(one.together or 0.0 for one in visits) for visits in counted.values()]
    return PlaceTrace(
        facility=facility,
        index_visit=index_visit,
        corroborated=corroborated,
        doubt=doubt,
        lingering=lingering,
        lengths_from=lengths_from,
        exposed=ordered,
        people=sum(map(_party, counted.values())),
        held=sum(_party(visits) for person, visits in held.items() if person not in counted),
        expected=None if index_visit.by_date else sum(likely),
        by_hour=_by_hour(counted.values(), index_visit.start, index_visit.end + lingering),
        by_source=tuple(sources.most_common()),
        by_confidence=tuple((one, confidences[one]) for one in _BEST_FIRST if confidences[one]),
    )


def people_of(places: Iterable[PlaceTrace]) -> int:
    """Return how many people were exposed at any of the places, held visits left out."""
    return sum(map(_party, _by_person(one for place in places for one in place.exposed if not one.held).values()))


def _by_person(exposed: Iterable[Exposed]) -> dict[int, list[Exposed]]:
    people: dict[int, list[Exposed]] = defaultdict(list)
    for one in exposed:
        people[one.ordinal].append(one)
    return people


def _party(visits: list[Exposed]) -> int:
    """Return how many people one contact brought: companions registered at two doors are the same ones."""
    return max(one.party_size for one in visits)


def _by_hour(people: Iterable[list[Exposed]], start: datetime, end: datetime) -> tuple[HourCount, ...]:
    counts: Counter[datetime] = Counter()
    for visits in people:
        hours = {hour for one in visits for hour in _hours_there(one, start, end)}
        counts.update(dict.fromkeys(hours, _party(visits)))
    return tuple(HourCount(hour, counts[hour]) for hour in sorted(counts))


def _hours_there(one: Exposed, start: datetime, end: datetime) -> list[datetime]:
    """Return the hours in which somebody was there while it mattered; the hour of entry at the least."""
    first = max(one.entered_at, start)
    hours = [hour for hour, _ in hours_of(first, min(one.left_at, end))]
    return hours or [first.replace(minute=0, second=0, microsecond=0)]
