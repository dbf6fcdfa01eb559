"""The circuit breaker trips just beyond each limit, says why, and an approval holds for the same content only."""

from dataclasses import replace
from datetime import timedelta

import pytest

from entry_service.core.breaker import Limits, Reach, content_hash, read_limits, tripped, words
from entry_service.core.publication import Place
from tests.usecases.small_log import PLACES, at

LIMITS = Limits(people=500, share=10, hours=24, places=20, per_hour=5)
USUAL = Reach(people=110, high=9, visitors=1_100, longest=timedelta(hours=24), places=20, recent=4)
PLACE = Place(
    place_id=1,
    facility=PLACES[0],
    start=at("19 10:00"),
    end=at("19 11:00"),
    created_at=at("20 09:00"),
    changed_at=at("20 09:00"),
    changed_by="A-officer",
)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ()),
        ({"people": 500, "visitors": 5_000}, ()),
        ({"people": 501, "visitors": 9_000}, ("people",)),
        ({"people": 111}, ("share",)),
        ({"people": 99, "visitors": 99}, ()),  # a share of a quiet day says nothing
        ({"people": 100, "visitors": 100}, ("share",)),
        ({"people": 100, "visitors": 0}, ("share",)),  # the log of that day is gone
        ({"longest": timedelta(hours=24, minutes=1)}, ("window",)),
        ({"places": 21}, ("places",)),
        ({"recent": 5}, ("rate",)),
        ({"people": 501, "recent": 9}, ("people", "share", "rate")),
    ],
)
def test_it_trips_beyond_a_limit_and_says_which(changed, why):
    assert tripped(replace(USUAL, **changed), LIMITS) == why
    assert all(words(reason, LIMITS) for reason in why)


def test_limits_are_read_from_one_text():
    assert read_limits("") == Limits()
    assert read_limits("people=80 places=3") == Limits(people=80, places=3)
    for wrong in ("people", "people=", "people=0", "people=-1", "people=1 people=2", "crowd=3", "share=1.5"):
        with pytest.raises(ValueError, match=wrong.split()[-1]):
            read_limits(wrong)


def test_an_approval_holds_for_exactly_what_is_told():
    named = content_hash([PLACE])
    other = replace(PLACE, place_id=2)
    assert content_hash([PLACE, other]) == content_hash([other, PLACE]) != named
    for changed in ({"end": at("19 11:01")}, {"remark": "2층"}, {"contacts_known": True}, {"by_date": True}):
        assert content_hash([replace(PLACE, **changed)]) != named
    assert content_hash([replace(PLACE, changed_by="A-other", changed_at=at("20 10:00"))]) == named
