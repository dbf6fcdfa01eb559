"""The way of a team after an officer changed it: a stop comes in where it fits best, and the times follow.

The analytics lay the routes (docs/planning.md); here one stop more or less is reckoned again the same way:
straight lines times the plan's detour, its speed, work at each stop, and waiting where a place is not open yet.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

EARTH_M = 6_371_008.8  # mean radius
Point = tuple[float, float]  # longitude, latitude in degrees


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a team works for some minutes; open from ``open_from`` until ``open_until``, where these are known."""

    stop_id: str
    at: Point
    minutes: int
    open_from: datetime | None
    open_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """How a team travels: where it sets out and comes back to, when, until when at the latest, and how fast."""

    start: Point
    begin: datetime
    until: datetime
    speed_kmh: float
    detour: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A way with times: ``spans`` (begin and end of the work) in the order of the places, and when it is over."""

    spans: tuple[tuple[datetime, datetime], ...]
    end: datetime
    kilometres: float


def metres(one: Point, other: Point) -> float:
    """Return the distance of two points on a sphere.

    >>> round(metres((126.9352, 37.3616), (126.9352, 37.3716)))
    1112
    """
    (lon1, lat1), (lon2, lat2) = ((math.radians(lon), math.radians(lat)) for lon, lat in (one, other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(half))


def with_place(way: Sequence[Place], place: Place, travel: Travel, *, after: int = 0) -> list[Place]:
    """Return the way with one place more: where least is late, and of these where it adds the fewest metres.

    ``after``: so many places at the beginning are behind the team already.
    """

    def added(number: int) -> float:
        before = way[number - 1].at if number else travel.start
        behind = way[number].at if number < len(way) else travel.start
        return metres(before, place.at) + metres(place.at, behind) - metres(before, behind)

    def tried(number: int) -> list[Place]:
        return [*way[:number], place, *way[number:]]

    numbers = range(min(after, len(way)), len(way) + 1)
    return tried(min(numbers, key=lambda number: (_late(tried(number), travel), added(number))))


def _late(way: Sequence[Place], travel: Travel) -> timedelta:
    """Return how much is worked after closing, and how late the team is back, added up."""
    done, none = timed(way, travel), timedelta()
    closed = [
        leave - place.open_until for place, (_, leave) in zip(way, done.spans, strict=True) if place.open_until
    ]
    return sum((max(late, none) for late in closed), max(done.end - travel.until, none))


def timed(way: Sequence[Place], travel: Travel) -> Timed:
    """Return when a team works where; it waits before a door that opens later."""
    here, now, driven, spans = travel.start, travel.begin, 0.0, []
    for place in way:
        road = metres(here, place.at) * travel.detour
        arrive = now + _drive(road, travel)
        arrive = max(arrive, place.open_from) if place.open_from else arrive
        here, now, driven = place.at, arrive + timedelta(minutes=place.minutes), driven + road
        spans.append((arrive, now))
    back = metres(here, travel.start) * travel.detour
    return Timed(spans=tuple(spans), end=now + _drive(back, travel), kilometres=(driven + back) / 1_000)


def _drive(road_m: float, travel: Travel) -> timedelta:
    return timedelta(hours=road_m / 1_000 / travel.speed_kmh)
