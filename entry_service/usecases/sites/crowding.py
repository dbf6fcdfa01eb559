"""How crowded a facility is, when it is usually quieter, and which ones nearby are: for whoever asks in a chat.

A sensitive facility is as one that does not exist. Fewer than ``SMALL`` people inside are no number, and more are
told in steps of as many, held for a while: two answers do not tell that one person came or went.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import cos, hypot, radians
from statistics import mean

from entry_service.core.asked_place import are_initials, by_initials, named_in, place_words
from entry_service.core.capacity import crowding_of
from entry_service.core.model import Facility
from entry_service.core.times import KST, day_start, kst_day
from entry_service.core.visits import is_open
from entry_service.services import Services
from entry_service.store.log import scans
from entry_service.store.sites import facilities

from ..doors.limits import limit_of
from ..doors.log_scan import inside_many

SMALL = 5  # people; fewer are told as "relaxed" without a number
SMALL_PLACE = 2 * SMALL  # of a place that may hold fewer nothing is told: two steps would be all of it
HELD = timedelta(minutes=5)  # how long one count is told
WEEKS = 3
MOST_SEARCHED = 200  # facilities around a place whose crowd is looked at
Point = tuple[float, float]  # longitude, latitude


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of a facility: ``crowding`` a code of core/capacity.py, empty where nothing can be said.

    ``inside``: the people of its step, None where they are too few to be told; ``limit`` None without one; ``at``:
    when they were counted.
    """

    facility: Facility
    crowding: str
    inside: range | None
    limit: int | None
    at: datetime
    opened: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A facility that is not crowded, and how far it is, in metres."""

    told: Told
    metres: float


def find(services: Services, sentence: str, limit: int = 5) -> list[Facility]:
    """Return the facilities that a sentence asks about, the likeliest first.

    By whole names in it, by its words as a part of a name or an id, by first consonants.
    """
    asked = place_words(sentence)
    with services.store.read() as db:
        known = [one for one in facilities.all(db) if not one.sensitive]
        if found := named_in(sentence, known):
            return found[:limit]
        for words in asked:
            if found := [one for one in facilities.search(db, words, limit + 1) if not one.sensitive]:
                return found[:limit]
    letters = next((words for words in asked if are_initials(words)), None)
    return by_initials(letters, known)[:limit] if letters else []


def told(services: Services, facility: Facility, now: datetime) -> Told:
    """Return what may be told of a facility now."""
    return _told(services, facility, now, *_held(services, [facility], now)[facility.facility_id])


def _held(services: Services, asked: Sequence[Facility], now: datetime) -> dict[str, tuple[datetime, int]]:
    """Return by facility when who is inside was counted, and how many: once in ``HELD`` by each process."""
    since = now - timedelta(seconds=now.timestamp() % HELD.total_seconds())
    for before in services.told_crowds.keys() - {since}:
        services.told_crowds.pop(before, None)
    held = services.told_crowds.setdefault(since, {})
    if new := [one for one in asked if one.facility_id not in held]:
        for facility_id, inside in inside_many(services, new, now).items():
            held.setdefault(facility_id, (now, inside))  # who was first is whom the others go by
    return {one.facility_id: held[one.facility_id] for one in asked}


def _told(services: Services, facility: Facility, now: datetime, at: datetime, inside: int) -> Told:
    limit = limit_of(services, facility, now)
    step = range(inside // SMALL * SMALL, inside // SMALL * SMALL + SMALL)
    crowding = crowding_of(step[SMALL // 2], limit.people, closed=limit.closed)  # the same for the whole step
    shown: range | None = step
    if not limit.closed and limit.people is not None and limit.people < SMALL_PLACE:
        shown, crowding = None, ""
    elif not limit.closed and inside < SMALL:
        shown, crowding = None, "relaxed"
    return Told(
        facility=facility,
        crowding=crowding,
        inside=shown,
        limit=limit.people,
        at=at,
        opened=is_open(facility.opens, facility.closes, now.astimezone(KST).hour),
    )


def quieter_hour(services: Services, facility: Facility, now: datetime) -> int | None:
    """Return the hour later today in which fewest people came on the same weekday of the last three weeks.

    None where no later hour is open, the log is too short, so few come that it would tell of single people, or now
    is no busier.
    """
    local = now.astimezone(KST)
    later = [hour for hour in range(local.hour + 1, 24) if is_open(facility.opens, facility.closes, hour)]
    if not later:
        return None
    days = [kst_day(now) - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    counts = [hours for day in days if sum(hours := _entered(services, facility, day)) > 0]
    if not counts:
        return None
    usual = [mean(day[hour] for day in counts) for hour in range(24)]
    if usual[local.hour] < SMALL:
        return None
    best = min(later, key=lambda hour: (usual[hour], hour))
    return best if usual[best] < 0.8 * usual[local.hour] else None


def quiet_nearby(
    services: Services,
    around: Point,
    now: datetime,
    limit: int,
    but: str = "",
    in_time: Callable[[], bool] = lambda: True,
) -> list[Near]:
    """Return open facilities that are relaxed or normal, by distance from a point; ``but`` is left out.

    What was found when time is over (``in_time``) is returned: the nearest are looked at first.
    """
    with services.store.read() as db:
        known = [one for one in facilities.all(db) if not one.sensitive and one.facility_id != but]
    hour = now.astimezone(KST).hour
    near = sorted(
        ((metres(around, (one.lon, one.lat)), one) for one in known if is_open(one.opens, one.closes, hour)),
        key=lambda pair: (pair[0], pair[1].facility_id),
    )
    found: list[Near] = []
    inside = _held(services, [one for _, one in near[:MOST_SEARCHED]], now)
    for far, one in near[:MOST_SEARCHED]:
        state = _told(services, one, now, *inside[one.facility_id])
        if state.crowding in {"relaxed", "normal"}:
            found.append(Near(told=state, metres=far))
        if len(found) == limit or not in_time():
            break
    return found


def metres(one: Point, other: Point) -> float:
    """Return how far two points of a city are apart."""
    lat = radians((one[1] + other[1]) / 2)
    return 111_320 * hypot((one[0] - other[0]) * cos(lat), one[1] - other[1])


def _entered(services: Services, facility: Facility, day: date) -> Sequence[int]:
    """Return how many people entered in each hour of a day."""
    start = day_start(day)
    hours = [0] * 24
    with services.store.read() as db:
        for scan in scans.scans_between(db, facility.facility_id, start, start + timedelta(days=1)):
            if scan.direction == "in" and "duplicate" not in scan.flags:
                hours[scan.scanned_at.astimezone(KST).hour] += scan.party_size
    return hours
