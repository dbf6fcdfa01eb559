"""What the public is told of confirmed persons: places and times, never a person or a route.

After the rules for notices (Infectious Disease Control and Prevention Act, Enforcement Decree §22-2): a list of
places and not a path of one person, a place left out once all who were there are found, and each place gone
14 days after the last contact there. A sensitive facility is never told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from .errors import EntryError
from .model import Facility

SHOWN_FOR = timedelta(days=14)
MINUTE = timedelta(minutes=1)
State = Literal["draft", "published", "withdrawn"]
Act = Literal["drafted", "published", "corrected", "withdrawn"]
REGION_ENDS = ("특별시", "광역시", "특별자치시", "특별자치도", "도", "시", "군", "구")


class SensitivePlace(EntryError):
    """The facility is sensitive: nothing anybody may decide makes it public."""

    status, code = 422, "sensitive_place"
    sentence = "민감시설로 등록된 곳은 공개하거나 재난문자에 쓸 수 없습니다."


class PlaceChanged(EntryError):
    """Somebody changed the row, or published others, after it was looked at: what was judged is no longer so."""

    status, code = 409, "place_changed"
    sentence = "그사이 다른 사람이 이 장소를 바꾸었거나 다른 장소를 공개했습니다. 다시 확인하시기 바랍니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """When somebody confirmed later was at a facility, [start, end); ``by_date``: only the day is known."""

    facility_id: str
    start: datetime
    end: datetime
    by_date: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A row for the public list, as the officer keeps it; it remembers no case and no person."""

    place_id: int
    facility: Facility
    start: datetime
    end: datetime
    by_date: bool = False
    contacts_known: bool = False
    disinfected_at: datetime | None = None
    remark: str = ""
    state: State = "draft"
    created_at: datetime
    published_at: datetime | None = None
    changed_at: datetime
    changed_by: str
    messaged_at: datetime | None = None

    @property
    def stay(self) -> Stay:
        """Return when somebody was where."""
        return Stay(facility_id=self.facility.facility_id, start=self.start, end=self.end, by_date=self.by_date)

    @property
    def expires_at(self) -> datetime:
        """Return the moment from which the row is not shown."""
        return expiry(self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPlace:
    """One row as the public reads it, [start, end); shown until ``until``."""

    region: str
    category: str
    name: str
    address: str
    start: datetime
    end: datetime
    by_date: bool
    disinfected_at: datetime | None
    remark: str
    until: datetime


def expiry(end: datetime) -> datetime:
    """Return when a place whose last contact was then is no longer told."""
    return end + SHOWN_FOR


def to_the_minute(stay: Stay) -> Stay:
    """Return the stay in whole minutes, rounded outwards: nobody's seconds are told, nobody's minute is lost."""
    start = stay.start.replace(second=0, microsecond=0)
    end = stay.end.replace(second=0, microsecond=0)
    return replace(stay, start=start, end=end if end == stay.end else end + MINUTE)


def joined(stays: Iterable[Stay]) -> list[Stay]:
    """Return the stays with those of one facility that overlap made one, so that no person's path shows.

    Stays that only touch are joined too. A stay known by its day alone is never joined with one known by the
    minute: the minutes would be lost. In order of facility and start.
    """
    result: list[Stay] = []
    for stay in sorted(stays, key=lambda one: (one.facility_id, one.by_date, one.start, one.end)):
        last = result[-1] if result else None
        if last is not None and meets(last, stay):
            result[-1] = replace(last, end=max(last.end, stay.end))
        else:
            result.append(stay)
    return sorted(result, key=lambda one: (one.facility_id, one.start, one.by_date))


def meets(one: Stay, other: Stay) -> bool:
    """Say whether two stays are told as one."""
    if (one.facility_id, one.by_date) != (other.facility_id, other.by_date):
        return False
    if one.by_date:  # two days that follow each other stay two days
        return one.start < other.end and other.start < one.end
    return one.start <= other.end and other.start <= one.end


def covers(one: Stay, other: Stay) -> bool:
    """Say whether all of the other stay is told by the one."""
    return meets(one, other) and one.start <= other.start and other.end <= one.end


def is_shown(place: Place, now: datetime) -> bool:
    """Say whether the public sees the place at the moment."""
    told = place.state == "published" and not place.contacts_known
    return told and not place.facility.sensitive and now < place.expires_at


def public_list(places: Iterable[Place], now: datetime) -> list[PublicPlace]:
    """Return what the public sees: rows of one facility that meet are one, in order of region and name.

    The order of the list is that of the places: read from above, it is nobody's day.
    """
    shown = [place for place in places if is_shown(place, now)]
    rows = [
        _public([place for place in shown if covers(stay, place.stay)], stay)
        for stay in joined(place.stay for place in shown)
    ]
    return sorted(rows, key=lambda row: (row.region, row.name, row.address, row.start, row.by_date))


def _public(parts: Sequence[Place], stay: Stay) -> PublicPlace:
    """Return one row of those that meet; disinfected only if that was after the last of them had left."""
    facility = parts[0].facility
    cleaned = max((part.disinfected_at for part in parts if part.disinfected_at), default=None)
    after = cleaned is not None and cleaned >= (stay.start if stay.by_date else stay.end)
    return PublicPlace(
        region=region_of(facility.address),
        category=facility.category,
        name=facility.name,
        address=facility.address,
        start=stay.start,
        end=stay.end,
        by_date=stay.by_date,
        disinfected_at=cleaned if after else None,
        remark=" · ".join(dict.fromkeys(part.remark for part in parts if part.remark)),
        until=expiry(stay.end),
    )


def region_of(address: str) -> str:
    """Return the 시·도 and 시·군·구 an address begins with, empty where it begins with none.

    >>> region_of("경기도 군포시 산본로 1")
    '경기도 군포시'
    """
    words: list[str] = []
    for word in address.split():
        if not word.endswith(REGION_ENDS) or len(words) == 3:
            break
        words.append(word)
    return " ".join(words)
