"""The typed code: known answers, whatever way it is typed, the same slots as the QR code, and few guesses."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core import short_codes
from entry_service.core.errors import PassRefused, TooMany
from entry_service.core.passes import (
    IssuerKey,
    PassHeader,
    PublicKey,
    SignedPass,
    chain,
    code_text,
    read_pass,
    sign_pass,
)
from entry_service.core.posters import ALPHABET
from entry_service.core.short_codes import Guesses
from entry_service.core.times import day_of_number, day_start
from tests.core import make_vectors

KNOWN = json.loads(make_vectors.FILE.read_text(encoding="utf-8"))["short_codes"]
KEY = bytes.fromhex(KNOWN["key"])
NOON = datetime(2020, 8, 25, 3, 0, tzinfo=UTC)


def test_known_answers():
    service_key, pid = bytes.fromhex(KNOWN["service_key"]), bytes.fromhex(KNOWN["pid"])
    assert short_codes.phone_key(service_key, KNOWN["day_number"], pid) == KEY
    for one in KNOWN["handles"]:
        assert short_codes.letters(bytes.fromhex(one["random"])) == one["handle"]
    for slot, check in KNOWN["checks"].items():
        assert short_codes.check_letters(KEY, int(slot)) == check


@pytest.mark.parametrize("text", KNOWN["typed"])
def test_a_code_is_read_however_it_is_typed(text):
    read = short_codes.read_typed(text)
    assert (None if read is None else list(read)) == KNOWN["typed"][text]


@given(st.text(max_size=30))
def test_any_text_is_read_as_canonical_characters_or_not_at_all(text):
    read = short_codes.read_typed(text)
    assert read is None or (set("".join(read)) <= set(ALPHABET) and short_codes.read_typed("".join(read)) == read)


def test_another_pass_day_or_service_has_another_key():
    pid = bytes.fromhex(KNOWN["pid"])
    service_key = bytes.fromhex(KNOWN["service_key"])
    others = [(bytes(32), KNOWN["day_number"], pid), (service_key, 18_500, pid), (service_key, 18_499, bytes(8))]
    keys = {short_codes.phone_key(*one) for one in others}
    assert len(keys | {KEY}) == 4


@pytest.mark.parametrize("slot_seconds", [15, 60, 120])
def test_the_open_slots_are_those_of_the_qr_code(slot_seconds):
    """At many moments around a slot's edges, the typed code is accepted exactly when the QR code is."""
    elements = chain(bytes(16), 20)
    header = PassHeader(1, 18_499, bytes(8), 100, 20, slot_seconds)
    midnight = day_start(day_of_number(header.day))
    private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    keys = {1: PublicKey(1, "Ed25519", private.public_key().public_bytes_raw())}
    pass_ = SignedPass(header, elements[0], sign_pass(header, elements[0], IssuerKey(1, "Ed25519", private)))
    text, slot = code_text(pass_, 10, elements[10]), 109
    for half_second in range(-4 * slot_seconds, 8 * slot_seconds):
        seconds = slot * slot_seconds + half_second / 2
        try:
            read_pass(text, at=midnight + timedelta(seconds=seconds), keys=keys)
            accepted = True
        except PassRefused:
            accepted = False
        assert (slot in short_codes.open_slots(seconds, slot_seconds)) == accepted, seconds


def test_wrong_guesses_make_one_device_wait_and_no_other():
    guesses = Guesses(most=3, within=timedelta(minutes=10))
    for second in range(3):
        guesses.ask("D-1", NOON + timedelta(seconds=second))
        guesses.wrong("D-1", NOON + timedelta(seconds=second))
    with pytest.raises(TooMany) as refused:
        guesses.ask("D-1", NOON + timedelta(seconds=100))
    assert refused.value.facts == {"retry_after": 501}
    guesses.ask("D-2", NOON + timedelta(seconds=100))
    guesses.ask("D-1", NOON + timedelta(seconds=600))  # the first of the three is forgotten


def test_the_memory_of_guesses_is_bounded():
    guesses = Guesses(most=3, devices=10)
    for number in range(100):
        guesses.wrong(f"D-{number}", NOON + number * timedelta(minutes=5))
    assert len(guesses._wrong) <= 10
