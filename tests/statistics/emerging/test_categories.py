"""The seventeen categories, each by series drawn by hand: H hot, c cold, . neither, ? no figure; and a trend."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.statistics.emerging import CATEGORIES, NO_PATTERN, RULES, classify

MARKS = {"H": 1.0, "c": -1.0, ".": 0.0, "?": np.nan}
UP, FLAT, DOWN = 1, 0, -1
TABLE = [
    ("new", ".........H", FLAT),
    ("new", ".........H", UP),
    ("new", "?????????.........H", FLAT),
    ("new", "cc.......H", FLAT),  # never hot before: that it was cold does not matter
    ("new", "cccccccccH", FLAT),  # what it is now outweighs that it was cold for long
    ("new", ".........H???", FLAT),  # the last bin with a figure is the last bin
    ("consecutive", "........HH", FLAT),
    ("consecutive", "..HHHHHHHH", UP),  # eight of ten
    ("consecutive", "c.......HH", DOWN),
    ("consecutive", ".......H?H", FLAT),  # what is not known does not interrupt
    ("intensifying", ".HHHHHHHHH", UP),
    ("intensifying", "HHHHHHHHHH", UP),
    ("intensifying", "HHHHH?HHHH.H??", UP),  # ten of eleven with figures
    ("persistent", "HHHHHHHHHH", FLAT),
    ("persistent", "HHHH.HHHHH", FLAT),
    ("persistent", "cHHHHHHHHH", FLAT),
    ("diminishing", "HHHH.HHHHH", DOWN),
    ("sporadic", "H........H", FLAT),
    ("sporadic", "HHHHHHHH.H" + "." * 2 + "H", UP),
    ("sporadic", ".H.......H", DOWN),
    ("sporadic", "HHHHHH..HH", FLAT),  # eight of ten: not yet nine
    ("oscillating", "H.c......H", FLAT),
    ("oscillating", "cHHH....HH", UP),
    ("historical", "HHHHHHHHH.", FLAT),
    ("historical", "HHHHHHHHH.", UP),
    ("historical", "HHHHHHHHH.??", FLAT),
    (None, "..........", UP),
    (None, "HHHHHHHH..", FLAT),  # eight of ten, and no longer
    (None, "....H.....", FLAT),
    (None, "??????????", FLAT),
]


def marks(text: str) -> np.ndarray:
    return np.array([[MARKS[letter] for letter in text]])


@pytest.mark.parametrize(("name", "text", "trend"), TABLE)
def test_a_series_is_what_the_published_words_say(name, text, trend):
    hot = classify(marks(text), np.array([trend]))[0]
    cold = classify(-marks(text), np.array([-trend]))[0]
    assert hot == (f"{name}_hot" if name else NO_PATTERN)
    assert cold == (f"{name}_cold" if name else NO_PATTERN)


def test_the_table_holds_every_category():
    told = {name for name, _, _ in TABLE}
    assert {rule.name for rule in RULES} | {None} == told
    assert len(CATEGORIES) == len(set(CATEGORIES)) == 17


@given(st.lists(st.sampled_from("Hc.?"), min_size=1, max_size=14), st.sampled_from([UP, FLAT, DOWN]))
def test_whatever_is_hot_in_its_last_bin_has_a_category_and_its_mirror_image_has_the_mirrored(letters, trend):
    text = "".join(letters)
    hot = classify(marks(text), np.array([trend]))[0]
    cold = classify(-marks(text), np.array([-trend]))[0]
    assert cold == (NO_PATTERN if hot == NO_PATTERN else _mirrored(hot))
    last = text.rstrip("?")[-1:]
    if last in ("H", "c"):
        assert hot != NO_PATTERN
    if last == "H":
        assert hot.endswith("_hot")


def _mirrored(category: str) -> str:
    name, side = category.rsplit("_", 1)
    return f"{name}_{'cold' if side == 'hot' else 'hot'}"
