"""Tell the public where confirmed persons were: publish drafts, correct and withdraw what is published.

Whatever changes what the public reads is written into the audit first; where that fails nothing is changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.breaker import BreakerTripped, content_hash
from entry_service.core.errors import BadInput, EntryError, NotFound, PlacesUnchecked, Sentence
from entry_service.core.publication import Place, PlaceChanged, PublicPlace, SensitivePlace, public_list
from entry_service.core.remark_rules import assert_fit
from entry_service.services import Services
from entry_service.store.cases import notices
from entry_service.store.cases import published_places as places
from entry_service.store.database.locks import one_at_a_time

from .audited_change import audited_change
from .doubted_places import assert_undoubted
from .dry_run import DryRun, assert_as_counted, dry_run_of

SUBJECT = b"publication"  # one at a time: what the breaker counted must still be so when it is written
LONGEST_REMARK = 100  # characters
LONGEST_STAY = timedelta(days=31)  # a longer one is a slip of the finger


class RequestOver(EntryError):
    """The request was decided before, waited too long, or what it asks for was changed."""

    status, code = 409, "request_over"
    sentence = "이미 처리했거나 기한이 지났거나 내용이 바뀐 요청입니다. 공개 장소에서 다시 요청하시기 바랍니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What an officer can change in a row; [start, end), ``disinfected_at`` None where that is not done yet."""

    start: datetime
    end: datetime
    remark: str
    contacts_known: bool
    disinfected_at: datetime | None


def publish(services: Services, place_ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """Show drafts to the public from now on, and return how many; rows that are published already stay so.

    Raises ``BreakerTripped`` where a second person has to look (publication_requests.py), ``SensitivePlace``,
    ``PlaceDoubted``, ``WordsRefused`` for a remark, ``BadInput``, ``NotFound``, ``AuditUnavailable``, and
    ``PlaceChanged`` where another person was faster.
    """
    drafts = _drafts_of(services, place_ids, now)
    if not drafts:
        return 0
    run = dry_run_of(services, drafts, now)
    if run.reasons:
        raise BreakerTripped(run.reasons)
    show = _showing(drafts, actor, now)

    def keep(db: Connection) -> int:
        one_at_a_time(db, SUBJECT)
        assert_as_counted(db, run, drafts, now)
        return show(db)

    return audited_change(services, keep, "done", len(drafts), actor, now)


def publish_decided(services: Services, decided: notices.Request, *, actor: Actor, now: datetime) -> int:
    """Show exactly what a second person, the actor, approved, and return how many rows; nothing if it was changed.

    Raises as ``publish`` does, and ``RequestOver``.
    """
    drafts = _drafts_of(services, decided.places, now)
    if content_hash(drafts) != decided.content_hash:
        raise RequestOver
    show = _showing(drafts, actor, now)

    def keep(db: Connection) -> int:
        one_at_a_time(db, SUBJECT)
        if content_hash(_all_of(db, decided.places)) != decided.content_hash or not notices.decide(db, decided):
            raise RequestOver
        return show(db)

    return audited_change(services, keep, "done", len(drafts), actor, now)


def _drafts_of(services: Services, place_ids: Sequence[int], now: datetime) -> list[Place]:
    if not place_ids:
        raise BadInput("공개할 장소를 하나 이상 고르시기 바랍니다.", field="place")
    with services.store.read() as db:
        found = _all_of(db, place_ids)
        for place in found:
            _assert_publishable(db, place, now)
        drafts = [place for place in found if place.state == "draft"]
        assert_undoubted(db, drafts, now)
    return drafts


def _showing(drafts: Sequence[Place], actor: Actor, now: datetime) -> Callable[[Connection], int]:
    """Return what shows the drafts, inside a transaction."""

    def keep(db: Connection) -> int:
        done = 0
        assert_undoubted(db, drafts, now)
        for place in _all_of(db, [place.place_id for place in drafts]):
            _assert_publishable(db, place, now)
            if place.state == "draft":
                shown = _changed(place, actor, now, state="published", published_at=now)
                places.change(db, shown, "published", tells_more=True)
                done += 1
        return done

    return keep


def correct(
    services: Services, place_id: int, correction: Correction, *, confirmed: bool, actor: Actor, now: datetime
) -> Place:
    """Change a draft or a published row and return it; the public reads the correction at once.

    Raises
    ------
    BadInput
        ``field`` is ``start``, ``end``, ``remark`` or ``disinfected_at``.
    WordsRefused, WordsDoubtful
        The remark may hold what is not told; ``confirmed`` says that the doubts were looked at.
    BreakerTripped
        A published row would tell more than one person may decide; a draft is checked when it is published.
    NotFound
        No such row, or one that was withdrawn.
    PlaceChanged
        Another person published or corrected it meanwhile.
    """
    with services.store.read() as db:
        place = _live(db, place_id)
        _assert_correct(db, place, correction, confirmed, now)
    run = _within_limits(services, place, correction, now)

    def keep(db: Connection) -> Place:
        one_at_a_time(db, SUBJECT)
        known = _live(db, place_id)
        if not _is_as_looked_at(known, place):
            raise PlaceChanged
        if run is not None:
            assert_as_counted(db, run, [place], now)
        changed = _changed(
            known,
            actor,
            now,
            start=correction.start,
            end=correction.end,
            remark=correction.remark,
            contacts_known=correction.contacts_known,
            disinfected_at=correction.disinfected_at,
        )
        places.change(db, changed, "corrected", tells_more=run is not None)
        return changed

    if place.state != "published":
        return services.store.write(keep)
    return audited_change(services, keep, "corrected", 1, actor, now)


def withdraw(services: Services, place_id: int, *, actor: Actor, now: datetime) -> Place:
    """Take a published row back at once, or throw a draft away; return it as it was.

    Raises ``NotFound``, ``AuditUnavailable``, and ``PlaceChanged`` for a draft that was published meanwhile.
    """
    with services.store.read() as db:
        place = _live(db, place_id)
    if place.state == "draft":
        services.store.write(lambda db: _throw_away(db, place))
        return place

    def keep(db: Connection) -> None:
        one_at_a_time(db, SUBJECT)  # a correction writes the whole row: it must not bring this one back
        places.change(db, _changed(_live(db, place_id), actor, now, state="withdrawn"), "withdrawn")

    audited_change(services, keep, "withdrawn", 1, actor, now)
    return place


def public_places(services: Services, now: datetime) -> list[PublicPlace]:
    """Return the list as the public sees it at the moment.

    Raises ``PlacesUnchecked`` after a restored backup, until an approver has looked.
    """
    with services.store.read() as db:
        newest = notices.newest_stop(db)
    if newest is not None and newest.backup_at is not None and newest.resumed_at is None:
        raise PlacesUnchecked
    return shown_places(services, now)


def shown_places(services: Services, now: datetime) -> list[PublicPlace]:
    """Return the list as it stands at the moment, for whoever keeps it."""
    with services.store.read() as db:
        return public_list(places.live(db, "published", now), now)


def _all_of(db: Connection, place_ids: Sequence[int]) -> list[Place]:
    found = places.some(db, place_ids)
    if len(found) != len(set(place_ids)):
        raise NotFound(what="place")
    return found


def _throw_away(db: Connection, draft: Place) -> None:
    one_at_a_time(db, SUBJECT)
    if _live(db, draft.place_id).state != "draft":
        raise PlaceChanged
    places.drop(db, [draft.place_id])


def _is_as_looked_at(known: Place, place: Place) -> bool:
    return known.state == place.state and content_hash([known]) == content_hash([place])


def _live(db: Connection, place_id: int) -> Place:
    place = places.get(db, place_id)
    if place.state == "withdrawn":
        raise NotFound(what="place")
    return place


def _changed(place: Place, actor: Actor, now: datetime, **facts: object) -> Place:
    return replace(place, changed_by=actor.account_id, changed_at=now, **facts)  # type: ignore[arg-type]


def _within_limits(services: Services, place: Place, wanted: Correction, now: datetime) -> DryRun | None:
    """Return what a correction comes to that makes a published row tell more, None for any other.

    Raises ``BreakerTripped`` beyond what the breaker would let through: it counts as a publication does.
    """
    wider = wanted.start < place.start or wanted.end > place.end or place.contacts_known
    if place.state != "published" or wanted.contacts_known or not wider:
        return None
    run = dry_run_of(services, [replace(place, start=wanted.start, end=wanted.end)], now)
    if run.reasons:
        raise BreakerTripped(run.reasons)
    return run


def _assert_publishable(db: Connection, place: Place, now: datetime) -> None:
    if place.facility.sensitive:
        raise SensitivePlace()
    if place.state == "withdrawn":
        raise BadInput("회수한 장소입니다. 다시 공개하려면 초안을 새로 만드시기 바랍니다.", field="place")
    if place.expires_at <= now:
        raise BadInput("마지막 접촉 뒤 14일이 지난 장소는 공개하지 않습니다.", field="place")
    if place.start > now:
        raise BadInput("미래의 방문은 공개하지 않습니다.", field="place")
    _assert_remark(db, place.remark, confirmed=True)


def _assert_correct(db: Connection, place: Place, wanted: Correction, confirmed: bool, now: datetime) -> None:
    if wanted.start > now:
        raise BadInput("미래의 방문은 입력할 수 없습니다.", field="start")
    if wanted.end <= wanted.start:
        raise BadInput("나간 시각은 들어온 시각보다 늦어야 합니다.", field="end")
    if wanted.end - wanted.start > LONGEST_STAY:
        sentence = "머문 시간이 %(days)s일보다 깁니다. 날짜를 확인하시기 바랍니다."
        raise BadInput(Sentence(sentence, days=LONGEST_STAY.days), field="end")
    if wanted.end > now and not place.by_date:
        raise BadInput("미래의 시각은 입력할 수 없습니다.", field="end")
    if cleaned := wanted.disinfected_at:
        if cleaned > now:
            raise BadInput("미래의 소독은 입력할 수 없습니다.", field="disinfected_at")
        if cleaned < (wanted.start if place.by_date else wanted.end):
            raise BadInput("확진자가 다녀간 뒤의 소독만 입력할 수 있습니다.", field="disinfected_at")
    if len(wanted.remark) > LONGEST_REMARK or not (wanted.remark.isprintable() or not wanted.remark):
        sentence = "비고를 한 줄로 %(longest)s자까지 입력하시기 바랍니다."
        raise BadInput(Sentence(sentence, longest=LONGEST_REMARK), field="remark")
    _assert_remark(db, wanted.remark, confirmed=confirmed)


def _assert_remark(db: Connection, remark: str, *, confirmed: bool) -> None:
    if remark:
        numbers, names = places.case_numbers(db), places.sensitive_names(db)
        assert_fit(remark, confirmed=confirmed, case_numbers=numbers, sensitive_names=names)
