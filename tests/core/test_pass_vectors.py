"""The known answers in contract/pass_vectors.json hold, and making them again gives the same file."""

import json
from datetime import datetime, timedelta

import pytest

from entry_service.core import base45
from entry_service.core.errors import PassRefused
from entry_service.core.passes import PassCache, PassHeader, PublicKey, chain, read_pass
from tests.core import make_vectors

VECTORS = json.loads(make_vectors.FILE.read_text(encoding="utf-8"))
KEYS = {
    key["kid"]: PublicKey(
        key["kid"],
        key["alg"],
        bytes.fromhex(key["public"]),
        None if key["not_after"] is None else datetime.fromisoformat(key["not_after"]),
    )
    for key in VECTORS["keys"]
}
MILLISECOND = timedelta(milliseconds=1)


def read(text: str, at: str | datetime, cache: PassCache | None = None):
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return read_pass(text, at=moment, keys=KEYS, cache=cache, **VECTORS["tolerance"])


def test_making_the_file_again_gives_the_same_file():
    assert make_vectors.FILE.read_text(encoding="utf-8") == make_vectors.text()
    assert make_vectors.FILE.stat().st_size < 40_000


@pytest.mark.parametrize("known", VECTORS["base45"]["valid"], ids=lambda known: known["bytes"] or "empty")
def test_base45_known_answers(known):
    assert base45.encode(bytes.fromhex(known["bytes"])) == known["text"]
    assert base45.decode(known["text"]).hex() == known["bytes"]


@pytest.mark.parametrize("text", VECTORS["base45"]["invalid"])
def test_base45_refuses(text):
    with pytest.raises(ValueError, match="length|alphabet|group"):
        base45.decode(text)


@pytest.mark.parametrize("known", VECTORS["chains"], ids=lambda known: str(known["slot_count"]))
def test_chains(known):
    elements = chain(bytes.fromhex(known["x_n"]), known["slot_count"])
    assert len(elements) == known["slot_count"] + 1
    assert {i: elements[int(i)].hex() for i in known["elements"]} == known["elements"]


@pytest.mark.parametrize("known", VECTORS["passes"], ids=lambda known: known["name"])
def test_headers_pack_and_unpack(known):
    packed = bytes.fromhex(known["header"])
    header = PassHeader.unpack(packed)
    assert header.pack() == packed
    for field in ("kid", "first_slot", "slot_count", "slot_seconds", "verified"):
        assert getattr(header, field) == known[field]
    assert (header.pid.hex(), header.day) == (known["pid"], known["day_number"])


@pytest.mark.parametrize("known", VECTORS["codes"], ids=lambda known: f"{known['pass']} {known['i']}")
def test_codes_open_the_door_in_their_window_and_at_no_other_time(known):
    header = next(whole for whole in VECTORS["passes"] if whole["name"] == known["pass"])
    first, end = (datetime.fromisoformat(known[edge]) for edge in ("accepted_from", "accepted_until"))
    for at in (first, datetime.fromisoformat(known["slot_start"]), end - MILLISECOND):
        reading = read(known["text"], at)
        assert (reading.i, reading.header.pid.hex()) == (known["i"], header["pid"])
    for at in (first - MILLISECOND, end):
        with pytest.raises(PassRefused):
            read(known["text"], at)


@pytest.mark.parametrize("known", VECTORS["refused"], ids=lambda known: known["why"])
def test_codes_that_are_refused(known):
    warm = PassCache()
    for code in VECTORS["codes"]:
        read(code["text"], code["slot_start"], warm)
    for cache in (None, warm):
        with pytest.raises(PassRefused) as refused:
            read(known["text"], known["at"], cache)
        assert refused.value.code == known["code"]


def test_every_refusal_of_a_pass_has_a_vector():
    assert {known["code"] for known in VECTORS["refused"]} == {
        refusal.code for refusal in PassRefused.__subclasses__() if refusal.code.startswith("pass_")
    }  # cards are refused too, by the vault
