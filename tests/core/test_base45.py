"""Base45: every byte string has exactly one text, and whatever else is refused."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entry_service.core import base45


@given(st.binary(max_size=120))
@example(b"")
@example(b"\xff" * 99)
def test_what_was_encoded_comes_back(data):
    text = base45.encode(data)
    assert base45.decode(text) == data
    assert set(text) <= set(base45.ALPHABET)
    assert len(text) == len(data) // 2 * 3 + len(data) % 2 * 2


@given(st.text(alphabet=base45.ALPHABET, max_size=30))
@example(":::")
@example("FGX")
@example("V5")
def test_a_text_is_refused_or_is_the_one_text_of_its_bytes(text):
    try:
        data = base45.decode(text)
    except ValueError:
        return
    assert base45.encode(data) == text


@given(st.text(max_size=12))
@example("ｱ00")
@example("００")
@example("ab")
def test_a_foreign_character_is_refused(text):
    if set(text) <= set(base45.ALPHABET):
        return
    with pytest.raises(ValueError, match="alphabet|length"):
        base45.decode(text)


def test_the_examples_of_rfc_9285():
    for plain, text in (
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
    ):
        assert base45.encode(plain) == text
        assert base45.decode(text) == plain
