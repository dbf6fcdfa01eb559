"""A draft is made of readings that nobody doubted then: whether that still holds is asked before it is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from entry_service.core.errors import BadInput, Sentence
from entry_service.core.publication import SHOWN_FOR, Place, covers, joined, to_the_minute
from entry_service.store.cases import published_places as places

NAMED = (
    "%(place)s의 공개할 시각 일부가 사실 확인 중이거나 무효인 출입 기록에만 근거합니다. "
    "의심 기록을 먼저 판단하거나, 초안의 시각을 고치거나, 초안을 지우시기 바랍니다."
)


class PlaceDoubted(BadInput):
    """A time of the draft rests on readings alone that are void, or wait for a decision."""

    status, code = 409, "place_doubted"
    sentence = "사실 확인 중이거나 무효인 출입 기록에만 근거한 시각은 공개하지 않습니다."


def assert_undoubted(db: Connection, drafts: Sequence[Place], now: datetime) -> None:
    """Raise ``PlaceDoubted`` for the first draft of which only doubted index visits tell some of the time.

    A time that no index visit tells of is the officer's own correction, and stays hers.
    """
    found = [(to_the_minute(one.stay), one.doubted) for one in places.candidates(db, now - SHOWN_FOR)]
    for draft in drafts:
        own = draft.stay
        within = [
            (replace(stay, start=max(stay.start, own.start), end=min(stay.end, own.end)), doubted)
            for stay, doubted in found
            if (stay.facility_id, stay.by_date) == (own.facility_id, own.by_date)
            and stay.start < own.end
            and own.start < stay.end
        ]
        told = joined(stay for stay, doubted in within if not doubted)
        if any(doubted and not any(covers(one, stay) for one in told) for stay, doubted in within):
            raise PlaceDoubted(Sentence(NAMED, place=draft.facility.name), field="place")
