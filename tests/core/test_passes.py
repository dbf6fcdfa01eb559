"""The visitor pass: every bit is signed, every slot has its time, and a memory changes nothing."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core import base45, passes
from entry_service.core.errors import (
    PassExpired,
    PassForged,
    PassFromFuture,
    PassKeyUnknown,
    PassMalformed,
    PassRefused,
)
from entry_service.core.passes import (
    IssuerKey,
    PassCache,
    PassHeader,
    SignedPass,
    authenticate,
    chain,
    code_text,
    read_pass,
    sign_pass,
)
from entry_service.core.times import day_number, day_start
from tests.core.vector_passes import ED25519, ES256, KEYS

DAY = date(2020, 8, 25)
MIDNIGHT = day_start(DAY)
SECOND = timedelta(seconds=1)
SIGNERS = {1: IssuerKey(1, "Ed25519", ED25519[1]), 2: IssuerKey(2, "ES256", ES256[2])}


def issue(kid=1, first_slot=1440, slot_count=480, slot_seconds=15, x_n=bytes(range(16)), day=DAY, **facts):
    """Return a signed pass and its chain."""
    header = PassHeader(
        kid, day_number(day), b"\x01\x80\xfe\x7f" * 2, first_slot, slot_count, slot_seconds, **facts
    )
    elements = chain(x_n, slot_count)
    return SignedPass(header, elements[0], sign_pass(header, elements[0], SIGNERS[kid])), elements


def shown(i, signed_and_chain=None, **facts):
    signed, elements = signed_and_chain or issue(**facts)
    return code_text(signed, i, elements[i])


def read(text, at, **options):
    return read_pass(text, at=at, keys=KEYS, **options)


@pytest.mark.parametrize("kid", [1, 2])
@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("i", [1, 240])
def test_each_of_all_single_bit_flips_is_refused(kid, warm, i):
    """All 792 bits of the 99 bytes, with and without a memory that knows the pass, while the code is good."""
    whole = issue(kid)
    good = shown(i, whole)
    at = whole[0].header.slot_start(i)
    cache = PassCache() if warm else None
    if warm:
        read(shown(max(i - 5, 1), whole), at, cache=cache, behind=9)
    assert read(good, at, cache=cache).i == i
    data = base45.decode(good[4:])
    accepted = []
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            read(passes.PREFIX + base45.encode(bytes(flipped)), at, cache=cache)
        except PassRefused:
            continue
        accepted.append(bit)
    assert len(data) == 99
    assert accepted == []
    assert read(good, at, cache=cache).i == i


@given(i=st.integers(1, 480), length=st.integers(0, 152))
def test_truncated_codes_are_malformed(i, length):
    good = shown(i)
    with pytest.raises(PassMalformed):
        read(good[:length], MIDNIGHT)


@given(extra=st.text(alphabet=base45.ALPHABET, min_size=1, max_size=6), front=st.booleans())
def test_extended_codes_are_malformed(extra, front):
    good = shown(1)
    with pytest.raises(PassMalformed):
        read(extra + good if front else good + extra, MIDNIGHT)


@given(st.text(max_size=200))
def test_any_text_is_refused_and_never_a_fault(text):
    for candidate in (text, passes.PREFIX + text):
        with pytest.raises(PassMalformed):
            read(candidate, MIDNIGHT)


@given(st.binary(min_size=99, max_size=99))
def test_any_99_bytes_are_refused(data):
    with pytest.raises(PassRefused):
        read(passes.PREFIX + base45.encode(data), MIDNIGHT)


def test_every_byte_string_has_one_text_so_a_code_has_one_spelling():
    """Every other spelling of a good code (each character by each other one) is refused."""
    whole = issue()
    good = shown(7, whole)
    at = whole[0].header.slot_start(7)
    chance = Random(45)
    for place in range(4, len(good)):
        other = chance.choice(base45.ALPHABET.replace(good[place], ""))
        with pytest.raises(PassRefused):
            read(good[:place] + other + good[place + 1 :], at)


def test_the_algorithm_belongs_to_the_key_id():
    whole = issue(1)
    as_other = SignedPass(replace(whole[0].header, kid=2), whole[0].root, whole[0].sig)
    with pytest.raises(PassForged):
        authenticate(shown(1, (as_other, whole[1])), keys=KEYS)
    with pytest.raises(PassKeyUnknown):
        authenticate(shown(1, whole), keys={2: KEYS[2]})
    swapped = {1: replace(KEYS[2], kid=1)}
    with pytest.raises(PassForged):
        authenticate(shown(1, whole), keys=swapped)


def test_a_code_shown_in_one_slot_cannot_be_made_into_the_next():
    """Whoever sees x_i knows every earlier element and no later one."""
    signed, elements = issue()
    for claimed in range(1, 60):
        for known in range(30):
            if known != claimed:
                with pytest.raises(PassForged):
                    authenticate(code_text(signed, claimed, elements[known]), keys=KEYS)


def test_elements_of_two_passes_do_not_mix():
    signed, _ = issue()
    _, other = issue(x_n=bytes(16))
    with pytest.raises(PassForged):
        authenticate(code_text(signed, 5, other[5]), keys=KEYS)


@pytest.mark.parametrize("slot_seconds", [15, 30, 60, 120])
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_code_opens_the_door_one_slot_early_to_two_slots_late(slot_seconds, place):
    count = 86_400 // slot_seconds
    i = {"first": 1, "middle": count // 2, "last": count}[place]
    whole = issue(first_slot=0, slot_count=count, slot_seconds=slot_seconds)
    text = shown(i, whole)
    slot = slot_seconds * SECOND
    start = MIDNIGHT + (i - 1) * slot
    almost = timedelta(microseconds=1)
    for at in (start - slot, start, start + slot - almost, start + 3 * slot - almost):
        assert read(text, at).slot_start == start
    with pytest.raises(PassFromFuture) as early:
        read(text, start - slot - almost)
    with pytest.raises(PassExpired) as late:
        read(text, start + 3 * slot)
    assert (early.value.facts, late.value.facts) == ({"ahead": slot_seconds}, {"age": 2 * slot_seconds})
    assert late.value.reading.header.pid == whole[0].header.pid
    assert read(text, start, behind=0, ahead=0).i == i
    for at in (start - almost, start + slot):
        with pytest.raises(PassRefused):
            read(text, at, behind=0, ahead=0)


@pytest.mark.parametrize(
    "fields",
    [
        {"slot_seconds": 14},
        {"slot_seconds": 121},
        {"slot_count": 0},
        {"slot_count": -1},
        {"first_slot": -1},
        {"first_slot": 5281},
        {"pid": b"short"},
        {"kid": 256},
        {"kid": -1},
    ],
    ids=str,
)
def test_a_header_that_cannot_be_is_not_signed(fields):
    header = replace(issue()[0].header, **fields)
    with pytest.raises(PassMalformed):
        sign_pass(header, bytes(16), SIGNERS[1])


@given(
    seconds=st.integers(15, 120),
    first=st.integers(0, 5759),
    count=st.integers(1, 5760),
    verified=st.booleans(),
    kid=st.integers(0, 255),
    day=st.integers(0, 65_535),
    pid=st.binary(min_size=8, max_size=8),
)
def test_a_header_is_what_its_bytes_say_and_its_slots_lie_in_its_day(
    seconds, first, count, verified, kid, day, pid
):
    header = PassHeader(kid, day, pid, first, count, seconds, verified)
    fits = (first + count - 1) * seconds < 86_400
    if fits:
        assert PassHeader.unpack(header.pack()) == header
        assert header.slot_start(count) < header.slot_start(1) + timedelta(days=1)
    else:
        with pytest.raises(PassMalformed):
            PassHeader.unpack(header.pack())


def test_a_verified_and_an_unverified_pass_differ_in_a_signed_bit():
    for verified in (True, False):
        whole = issue(verified=verified)
        assert authenticate(shown(1, whole), keys=KEYS).header.verified is verified


def test_a_retired_key_opens_no_door_from_its_end_on():
    keys = {1: replace(KEYS[1], not_after=MIDNIGHT + timedelta(hours=6) + 5 * SECOND)}
    text = shown(1)
    at = MIDNIGHT + timedelta(hours=6)
    assert read_pass(text, at=at, keys=keys).i == 1
    with pytest.raises(PassKeyUnknown):
        read_pass(text, at=at + 5 * SECOND, keys=keys)
    assert authenticate(text, keys=keys).i == 1  # an officer still reads what was shown then


@given(order=st.lists(st.integers(1, 40), max_size=25), size=st.integers(1, 3), lies=st.data())
def test_a_memory_changes_nothing_but_the_time_it_takes(order, size, lies):
    """Good and wrong codes of three passes in any order: the same answer with a memory, a full one, and none."""
    wholes = [issue(slot_count=40, x_n=bytes([n]) * 16, kid=kid) for n, kid in ((1, 1), (2, 1), (3, 2))]
    cache = PassCache(size)
    for i in order:
        signed, elements = lies.draw(st.sampled_from(wholes))
        element = lies.draw(st.sampled_from([elements[i], elements[i - 1], elements[-1], bytes(16)]))
        text = code_text(signed, i, element)
        assert outcome(text, cache) == outcome(text, None)


def outcome(text, cache):
    try:
        return authenticate(text, keys=KEYS, cache=cache)
    except PassForged as refused:
        return refused.code


def test_a_known_pass_costs_one_hash_a_slot_and_no_signature(monkeypatch):
    whole = issue()
    cache = PassCache()
    authenticate(shown(10, whole), keys=KEYS, cache=cache)
    steps = []
    sha256 = passes._sha256
    monkeypatch.setattr(passes, "_sha256", lambda data: steps.append(int.from_bytes(data[4:6])) or sha256(data))
    monkeypatch.setattr(passes, "_check_signature", lambda *_: pytest.fail("checked again"))
    texts = [code_text(whole[0], i, whole[1][i]) for i in (10, 11, 13)]
    for text in texts:
        authenticate(text, keys=KEYS, cache=cache)
    assert steps == [11, 13, 12]


def test_the_memory_is_bounded():
    cache = PassCache(2)
    for name in (b"a", b"b", b"c"):
        cache.put(name, 1, bytes(16))
    assert [cache.get(name) is not None for name in (b"a", b"b", b"c")] == [False, True, True]
    cache.put(b"b", 5, b"x")
    cache.put(b"b", 3, b"y")
    assert cache.get(b"b") == (5, b"x")
