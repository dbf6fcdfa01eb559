"""Poster ids: random, dated, short enough for a small QR code, and readable however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core.errors import BadInput
from entry_service.core.posters import ALPHABET, LENGTH, poster_id, poster_url, read_poster_id

IDS = st.builds(poster_id, st.binary(min_size=10, max_size=10), st.integers(0, 1023))


@given(random=st.binary(min_size=10, max_size=10), epoch=st.integers(0, 1023))
def test_an_id_holds_its_epoch_and_all_of_its_chance(random, epoch):
    text = poster_id(random, epoch)
    assert len(text) == LENGTH
    assert read_poster_id(text) == (text, epoch)
    number = 0
    for character in text:
        number = number << 5 | ALPHABET.index(character)
    assert number >> 10 == int.from_bytes(random, "big")


@given(text=IDS, data=st.data())
def test_an_id_is_read_however_it_is_typed(text, data):
    typed = data.draw(st.permutations(range(LENGTH)).map(lambda order: set(order[:5])))
    like = {"1": "Il", "0": "oO", "V": "uU"}
    written = "".join(
        data.draw(st.sampled_from(like.get(character, character) + character.lower()))
        if place in typed
        else character
        for place, character in enumerate(text)
    )
    assert read_poster_id(f" {written[:6]}-{written[6:12]}-{written[12:]} ")[0] == text


@pytest.mark.parametrize(
    "text", ["", "0" * 17, "0" * 19, "0" * 17 + "!", "가" * 18, "０" * 18, "0" * 17 + "\n0", "../../etc/passwd00"]
)
def test_what_is_no_id_is_refused(text):
    with pytest.raises(BadInput) as refused:
        read_poster_id(text)
    assert refused.value.facts == {"field": "poster_id"}


@given(st.text(max_size=40))
def test_any_text_is_an_id_or_bad_input(text):
    try:
        canonical, epoch = read_poster_id(text)
    except BadInput:
        return
    assert read_poster_id(canonical) == (canonical, epoch)


@pytest.mark.parametrize(("random", "epoch"), [(bytes(9), 0), (bytes(11), 0), (bytes(10), -1), (bytes(10), 1024)])
def test_an_id_is_made_of_ten_bytes_and_a_small_epoch(random, epoch):
    with pytest.raises(ValueError, match="ten random bytes"):
        poster_id(random, epoch)


def test_the_address_is_in_the_dense_alphabet_of_qr_codes():
    url = poster_url("https://entry.gunpo.go.kr/", poster_id(bytes(10), 1))
    assert url == "HTTPS://ENTRY.GUNPO.GO.KR/E/000000000000000001"
    assert set(url) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
