"""Handles of typed codes are unique within a day, on either database."""

from datetime import date, timedelta

import pytest

from entry_service.store.log import short_codes
from entry_service.store.log.short_codes import NoHandleFree, ShortCode, take_handle

DAY = date(2020, 8, 25)


def take(store, *handles, pid=bytes(8), day=DAY):
    return store.write(lambda db: take_handle(db, handles, day=day, pid=pid, slot_seconds=15, verified=True))


def test_the_first_free_handle_is_taken_and_found_again(store):
    assert take(store, "AAAAA", "BBBBB") == "AAAAA"
    assert take(store, "AAAAA", "BBBBB", pid=b"12345678") == "BBBBB"
    assert take(store, "AAAAA", day=DAY + timedelta(days=1)) == "AAAAA"  # a day is a book of its own
    with store.read() as db:
        found = short_codes.find(db, DAY, "BBBBB")
        assert short_codes.find(db, DAY, "CCCCC") is None
    assert found == ShortCode(day=DAY, handle="BBBBB", pid=b"12345678", slot_seconds=15, verified=True)


def test_the_same_pass_again_has_the_handle_it_had(store):
    assert [take(store, "AAAAA", "BBBBB") for _ in range(2)] == ["AAAAA"] * 2


def test_where_all_are_taken_the_first_owner_keeps_it(store):
    take(store, "AAAAA", pid=b"first---")
    with pytest.raises(NoHandleFree):
        take(store, "AAAAA", "AAAAA", pid=b"second--")
    with store.read() as db:
        assert short_codes.find(db, DAY, "AAAAA").pid == b"first---"
