"""The circuit breaker before a publication: what would be told to how many, and when a second person has to look.

After the NHS COVID-19 app, whose operators could stop a bad upload before any phone alerted. A notice by mistake
reaches people who then stay at home, are tested, are afraid; so what is unusually large or unusually frequent
waits for a second person. The limits are settings: nobody else knows a city's usual size.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from .errors import EntryError, Sentence
from .publication import Place

Reason = Literal["people", "share", "window", "places", "rate"]
SHARE_FROM = 100  # people; a share of a quiet day says nothing
FREQUENT = timedelta(hours=1)
TOGETHER = timedelta(hours=24)  # publications this close are judged as one: many small ones tell as many people


class BreakerTripped(EntryError):
    """A publication is larger or more frequent than one person may decide; ``reasons`` says why."""

    status, code = 409, "breaker_tripped"
    sentence = "한 사람이 바로 공개할 수 있는 한도를 넘었습니다. 다른 사람이 확인하고 승인해야 공개합니다."

    def __init__(self, reasons: Iterable[Reason]) -> None:
        """Keep the reasons."""
        self.reasons = tuple(reasons)
        super().__init__(reasons=list(self.reasons))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one person may publish: people told, their share of a day's visitors in percent, hours of one window,
    places, publications in an hour. People, share and places with what was published in the 24 hours before."""

    people: int = 500
    share: int = 10
    hours: int = 24
    places: int = 20
    per_hour: int = 5


def read_limits(text: str) -> Limits:
    """Return the limits of a text such as ``people=500 share=10``; what is not named stays as usual.

    Raises ``ValueError`` for an unknown name, one said twice, and anything but a whole number of at least one.

    >>> read_limits("people=80 places=3")
    Limits(people=80, share=10, hours=24, places=3, per_hour=5)
    """
    given: dict[str, int] = {}
    for part in text.split():
        name, _, number = part.partition("=")
        if (
            name in given
            or name not in Limits.__dataclass_fields__
            or not (number.isascii() and number.isdecimal())
        ):
            raise ValueError(part)
        given[name] = int(number)
    if min(given.values(), default=1) < 1:
        raise ValueError(text)
    return Limits(**given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a publication comes to: people who would be told and how many of them strongly, visitors of those days,
    the longest window, places, publications in the hour before."""

    people: int
    high: int
    visitors: int
    longest: timedelta
    places: int
    recent: int

    @property
    def share(self) -> float:
        """Return the people told as a part of the visitors of those days, 0 to 1."""
        return self.people / self.visitors if self.visitors else 0.0


def tripped(reach: Reach, limits: Limits) -> tuple[Reason, ...]:
    """Return why a second person has to look, nothing where one may decide alone."""
    found: dict[Reason, bool] = {
        "people": reach.people > limits.people,
        "share": reach.people >= SHARE_FROM and 100 * reach.people > limits.share * reach.visitors,
        "window": reach.longest > timedelta(hours=limits.hours),
        "places": reach.places > limits.places,
        "rate": reach.recent >= limits.per_hour,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def words(reason: Reason, limits: Limits) -> Sentence:
    """Return the reason in Korean, with its limit."""
    match reason:
        case "people":
            sentence = "지난 24시간의 공개와 합하여 알림을 받을 사람이 %(limit)s명보다 많습니다."
            return Sentence(sentence, limit=f"{limits.people:,}")
        case "share":
            sentence = "알림을 받을 사람이 그날 방문자의 %(limit)s%%보다 많습니다."
            return Sentence(sentence, limit=limits.share)
        case "window":
            return Sentence("%(limit)s시간보다 긴 시간대가 있습니다.", limit=limits.hours)
        case "places":
            return Sentence("지난 24시간의 공개와 합하여 %(limit)s곳보다 많이 공개합니다.", limit=limits.places)
        case "rate":
            return Sentence("한 시간 안에 이미 %(limit)s번 공개했습니다.", limit=limits.per_hour)


def content_hash(places: Iterable[Place]) -> str:
    """Return the SHA-256 of exactly what would be told, hexadecimal: an approval holds for nothing else."""
    lines = sorted(
        "|".join((str(one.place_id), one.facility.facility_id, _utc(one.start), _utc(one.end), one.remark))
        + f"|{one.by_date:d}{one.contacts_known:d}"
        for one in places
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _utc(at: datetime) -> str:
    return f"{at.timestamp():.0f}"
