"""The manager's PIN: six digits, five tries, one answer."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from entry_service.core.errors import BadInput, TooMany
from entry_service.usecases.doors.pins import TRIES, WAIT, WrongPin, check_pin, has_pin, set_pin
from tests.databases import databases, kind  # noqa: F401

from ..door import LIBRARY, NOON, OFFICE, SECOND, open_door

PIN, OTHER = "271828", "314159"


@pytest.fixture
def services(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened.services


def wrong(services, pin, now=NOON, place=LIBRARY):
    with pytest.raises(WrongPin) as refused:
        check_pin(services, place, pin, now)
    return refused.value


def test_the_right_pin_passes_and_belongs_to_one_facility(services):
    assert not has_pin(services, LIBRARY)
    set_pin(services, LIBRARY, PIN, NOON)
    assert has_pin(services, LIBRARY)
    check_pin(services, LIBRARY, PIN, NOON)
    wrong(services, PIN, place=OFFICE)


def test_a_new_pin_ends_the_one_before(services):
    set_pin(services, LIBRARY, PIN, NOON)
    set_pin(services, LIBRARY, OTHER, NOON)
    wrong(services, PIN)
    check_pin(services, LIBRARY, OTHER, NOON)


def test_after_five_wrong_tries_the_right_one_waits_five_minutes_too(services):
    set_pin(services, LIBRARY, PIN, NOON)
    for _ in range(TRIES):
        wrong(services, OTHER)
    wrong(services, PIN)
    wrong(services, PIN, NOON + WAIT - SECOND)
    check_pin(services, LIBRARY, PIN, NOON + WAIT)
    for _ in range(TRIES - 1):
        wrong(services, OTHER, NOON + WAIT)
    check_pin(services, LIBRARY, PIN, NOON + WAIT)


def test_a_right_one_in_between_begins_anew(services):
    set_pin(services, LIBRARY, PIN, NOON)
    for _ in range(3):
        for _ in range(TRIES - 1):
            wrong(services, OTHER)
        check_pin(services, LIBRARY, PIN, NOON)


def test_every_refusal_is_the_same(services):
    missing = wrong(services, PIN)
    set_pin(services, LIBRARY, PIN, NOON)
    refusals = [missing] + [wrong(services, OTHER) for _ in range(TRIES)] + [wrong(services, PIN)]
    assert {(one.status, one.code, one.sentence, str(one.facts)) for one in refusals} == {
        (403, "wrong_pin", WrongPin.sentence, "{}")
    }


def test_a_refusal_takes_as_long_without_a_pin_as_with_one(services):
    def median(place):
        times = []
        for n in range(5):
            begun = time.perf_counter()
            wrong(services, OTHER, NOON + n * WAIT, place)
            times.append(time.perf_counter() - begun)
        return sorted(times)[2]

    set_pin(services, LIBRARY, PIN, NOON)
    wrong(services, OTHER, place=OFFICE)  # the first one makes the hash that nobody has
    assert 0.3 < median(LIBRARY) / median(OFFICE) < 3


def test_of_many_guesses_at_once_five_are_judged(services, monkeypatch):
    from entry_service import passwords

    judged = []

    def verify(pin_hash, pin):
        judged.append(pin_hash)
        return False

    set_pin(services, LIBRARY, PIN, NOON)
    monkeypatch.setattr(passwords, "verify_password", verify)

    def guess(number):
        try:
            check_pin(services, LIBRARY, f"{number:06}", NOON)
        except (WrongPin, TooMany) as refused:
            return refused.code
        return "passed"

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(guess, range(60))) == {"wrong_pin"}
    assert sum(one is not None for one in judged) == TRIES


@pytest.mark.parametrize(
    "pin", ["", "12345", "1234567", "12345a", "１２３４５６", "000000", "121212", "123456", "654321"]
)
def test_a_pin_is_six_digits_that_are_not_guessed_at_once(services, pin):
    with pytest.raises(BadInput):
        set_pin(services, LIBRARY, pin, NOON)
    assert not has_pin(services, LIBRARY)


def test_the_database_holds_no_pin(services):
    from entry_service.store.sites import pins

    set_pin(services, LIBRARY, PIN, NOON)
    with services.store.read() as db:
        kept = pins.find(db, LIBRARY)
    assert kept.pin_hash.startswith("$argon2id$")
    assert PIN not in kept.pin_hash
