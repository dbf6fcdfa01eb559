"""After the end of collection: no key of a later day, ways out for who came in before, nothing new of anybody."""


import pytest

from entry_service.core.model import Contact
from entry_service.core.times import kst_day
from entry_service.usecases import sunset as ending
from entry_service.usecases.collecting import CollectionEnded
from entry_service.usecases.slip import public_keys
from tests.databases import databases, kind

from .test_sunset import DAY, MINUTE, NOW, believe, decided, log, purged, scan

__all__ = ["databases", "kind", "log"]
ENDED = NOW + MINUTE


def test_no_key_is_drawn_for_a_day_after_the_end(log):
    public_keys(log.services, NOW)
    decided(log, "end")
    today = kst_day(NOW)
    assert [day for day, _key in public_keys(log.services, ENDED)] == [today]
    for days in (1, 40):
        with pytest.raises(CollectionEnded):
            public_keys(log.services, ENDED + days * DAY)
    assert max(log.services.vault.days()) == today + 2 * DAY


def test_keys_drawn_ahead_go_once_their_day_is_over_unless_they_hold_a_contact(log):
    public_keys(log.services, NOW)
    today = kst_day(NOW)
    log.services.vault.deposit(today + DAY, bytes(8), Contact(name="시험방문자", phone="+821000000001"))
    decided(log, "end")
    purged(log, ENDED)
    assert max(log.services.vault.days()) == today + 2 * DAY  # it may be taken back
    planned = ending.status(log.services, ENDED).plan
    assert (planned.last_day, planned.last_destroyed_on) == (today, today + 29 * DAY)
    believe(log, NOW + 3 * DAY)
    purged(log, NOW + 3 * DAY)
    assert [day for day in log.services.vault.days() if day > today] == [today + DAY]


def test_a_day_whose_end_was_taken_back_has_its_key(log):
    public_keys(log.services, NOW)
    decided(log, "end")
    purged(log, NOW + 5 * MINUTE)
    decided(log, "cancel", NOW + DAY)
    later = NOW + DAY + MINUTE
    assert scan(log, later, later).outcome == "accepted"
    assert [day for day, _key in public_keys(log.services, later)][0] == kst_day(later)
