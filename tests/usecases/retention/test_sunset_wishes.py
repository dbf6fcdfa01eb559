"""A wish for a decision lasts no longer than what it was asked in, and whoever asked may take it back."""

import pytest

from entry_service.core.errors import NotAllowed
from entry_service.usecases.retention import sunset as ending
from entry_service.vault.sunset import NotDecreed
from tests.databases import databases, kind

from .test_sunset import ADMIN, MINUTE, NOW, OTHER, code, decided, log

__all__ = ["databases", "kind", "log"]


def asked(log, what, now, actor=ADMIN):
    return ending.ask(log.services, what, actor=actor, code=code(log, actor, now), now=now)


def confirmed(log, wish, now, actor=OTHER):
    return ending.confirm(log.services, wish.request_hash, actor=actor, code=code(log, actor, now), now=now)


def test_a_wish_ends_with_any_decision_after_it(log):
    decided(log, "end")
    early = asked(log, "destroy_now", NOW + MINUTE)
    decided(log, "cancel", NOW + 2 * MINUTE)
    decided(log, "end", NOW + 3 * MINUTE)
    assert ending.status(log.services, NOW + 4 * MINUTE).waiting == []
    with pytest.raises(NotDecreed):
        confirmed(log, early, NOW + 4 * MINUTE)
    assert ending.status(log.services, NOW + 5 * MINUTE).ending.early is False


def test_whoever_asked_takes_it_back_and_nobody_else(log):
    wish = asked(log, "end", NOW)
    with pytest.raises(NotAllowed):
        ending.withdraw(log.services, wish.request_hash, actor=OTHER, now=NOW)
    ending.withdraw(log.services, wish.request_hash, actor=ADMIN, now=NOW)
    assert ending.status(log.services, NOW).waiting == []
    with pytest.raises(NotDecreed):
        confirmed(log, wish, NOW + MINUTE)
    with pytest.raises(NotDecreed):
        ending.withdraw(log.services, wish.request_hash, actor=ADMIN, now=NOW + MINUTE)
    assert confirmed(log, asked(log, "end", NOW + 2 * MINUTE), NOW + 2 * MINUTE).what == "end"
