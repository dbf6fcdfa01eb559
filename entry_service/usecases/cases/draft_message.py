"""Draft a disaster message about places that are told, or soon will be; nothing is sent and no text is kept.

What is kept is when a message about a place was last made ready: the rule against repeats needs no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from entry_service.core import disaster_message as rules
from entry_service.core.disaster_message import Check, Draft, Told
from entry_service.core.errors import BadInput, NotFound, Sentence
from entry_service.core.publication import Place, SensitivePlace, joined
from entry_service.core.remark_rules import WordsRefused
from entry_service.services import Services
from entry_service.store.cases import published_places as places

LONGEST_TYPED = 1_000  # characters; a longer text is no message
MOST_PLACES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A text with what is to be said of it; ``repeats`` are places a message was made ready for within a day."""

    text: str
    check: Check
    places: tuple[Place, ...]
    repeats: tuple[Place, ...]
    not_before: datetime | None  # when it may go out, if it may not now


def message_places(services: Services, now: datetime) -> list[Place]:
    """Return the places a message may be about: told or drafted, not expired, contacts not all known."""
    with services.store.read() as db:
        found = [*places.live(db, "published", now), *places.live(db, "draft", now)]
    open_ones = [place for place in found if not (place.contacts_known or place.facility.sensitive)]
    return sorted(open_ones, key=lambda place: (place.facility.name, place.start, place.place_id))


def draft_message(
    services: Services,
    place_ids: Sequence[int],
    *,
    authority: str,
    contact: str,
    longest: int,
    now: datetime,
) -> tuple[Draft, tuple[Place, ...]]:
    """Return the draft about the chosen places, in order of place, and the places.

    Raises ``BadInput`` without any place, ``SensitivePlace``, ``NotFound``.
    """
    chosen = _chosen(services, place_ids, now)
    if not chosen:
        raise BadInput("재난문자에 넣을 장소를 하나 이상 고르시기 바랍니다.", field="place")
    names = {place.facility.facility_id: place.facility.name for place in chosen}
    stays = joined(place.stay for place in chosen)
    told = [Told(name=names[stay.facility_id], stay=stay) for stay in stays]
    told.sort(key=lambda one: (one.name, one.stay.facility_id, one.stay.start))
    return rules.draft(told, authority=authority, contact=contact, longest=longest), chosen


def check_message(
    services: Services, text: str, place_ids: Sequence[int], *, longest: int, now: datetime
) -> Prepared:
    """Return what is to be said of a text about the places: length, banned and refused words, night, repeats.

    Raises ``BadInput`` for a text that is empty or far too long, ``SensitivePlace``, ``NotFound``.
    """
    plain = rules.one_line(text)
    if not plain or len(plain) > LONGEST_TYPED:
        sentence = "문안을 1자에서 %(longest)s자로 입력하시기 바랍니다."
        raise BadInput(Sentence(sentence, longest=longest), field="text")
    chosen = _chosen(services, place_ids, now)
    with services.store.read() as db:
        numbers, names = places.case_numbers(db), places.sensitive_names(db)
    own = {place.facility.name for place in chosen}
    # A place may be named like a sensitive one and more ("시청역"): its own name is no finding.
    others = [name for name in names if not any(name in told and name != told for told in own)]
    return Prepared(
        text=plain,
        check=rules.check(plain, longest, case_numbers=numbers, sensitive_names=others),
        places=chosen,
        repeats=tuple(place for place in chosen if rules.is_repeat(place.messaged_at, now)),
        not_before=rules.sent_not_before(now),
    )


def keep_message(
    services: Services, text: str, place_ids: Sequence[int], *, longest: int, now: datetime
) -> Prepared:
    """Make the text ready to be copied and keep for its places that this was done; the text itself is not kept.

    Raises ``WordsRefused`` for what may never be told, ``BadInput`` for a text that is too long.
    """
    prepared = check_message(services, text, place_ids, longest=longest, now=now)
    if refused := [one for one in prepared.check.found if one.refused]:
        raise WordsRefused(refused)
    if prepared.check.rest < 0:
        raise BadInput(Sentence("%(longest)s자를 넘는 문안입니다.", longest=longest), field="text")
    ids = [place.place_id for place in prepared.places]
    services.store.write(lambda db: places.mark_messaged(db, ids, now))
    return prepared


def _chosen(services: Services, place_ids: Sequence[int], now: datetime) -> tuple[Place, ...]:
    if len(place_ids) > MOST_PLACES:
        raise BadInput(Sentence("한 번에 %(most)s곳까지 고를 수 있습니다.", most=MOST_PLACES), field="place")
    with services.store.read() as db:
        found = places.some(db, place_ids)
    if any(place.facility.sensitive for place in found):
        raise SensitivePlace()
    live = [place for place in found if place.state != "withdrawn" and place.expires_at > now]
    if len(live) != len(set(place_ids)):
        raise NotFound(what="place")
    if any(place.contacts_known for place in live):
        raise BadInput("접촉자를 모두 파악한 장소는 재난문자로 알리지 않습니다.", field="place")
    return tuple(live)
