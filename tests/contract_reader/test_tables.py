"""Two readers of one table, a fast and a strict one: they say the same of every text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.refusals import ExtractRefused
from analytics.tables import _csv_cells, _plain_cells


def plain(cells) -> list:
    header, columns, lines = cells
    return [list(header), [list(column) for column in columns], lines.tolist()]


@given(text=st.text(alphabet='a1,,\n\n"\r한 ', max_size=40))
def test_the_fast_reader_agrees_with_the_strict_one_or_leaves_the_table_to_it(text):
    fast = _plain_cells(text)
    if fast is not None:
        assert plain(fast) == plain(_csv_cells("a.csv", text))


@pytest.mark.parametrize("text", ["", "\n", "a,b\n\n1,2\n", "a,b\n1\n", 'a,b\n"1",2\n', "a,b\r\n1,2\r\n"])
def test_what_is_not_plain_is_left_to_the_strict_reader(text):
    assert _plain_cells(text) is None


def test_a_table_as_extracts_write_it_is_read_fast_with_the_line_of_each_row():
    header, columns, lines = _plain_cells("a,b\n1,\n,4\n")
    assert (header, [list(column) for column in columns]) == (["a", "b"], [["1", ""], ["", "4"]])
    np.testing.assert_array_equal(lines, [2, 3])
    assert plain(_plain_cells("a,b")) == [["a", "b"], [[], []], []]


def test_a_row_of_another_width_is_named_by_its_line():
    with pytest.raises(ExtractRefused, match="3 cells where the header has 2") as refused:
        _csv_cells("a.csv", "a,b\n\n1,2\n1,2,3\n")
    assert refused.value.line == 4
