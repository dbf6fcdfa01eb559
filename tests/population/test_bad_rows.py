"""A bad row is reported with its file's line and reason; the good rows around it are kept; nothing is invented."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.population import read_population

from .ugly import DONG_HEADER, dong_rows, text, write

GOOD = dong_rows(hours=range(3))
DAY, HOUR, CODE = "20200302", "05", "11110515"

BAD = {
    "20200231,05,11110515,7": ("day", "기준일ID: '20200231' is not a day YYYYMMDD"),
    "2020-03/02,05,11110515,7": ("day", "기준일ID: '2020-03/02' is not a day YYYYMMDD"),
    "20190229,05,11110515,7": ("day", "기준일ID: '20190229' is not a day YYYYMMDD"),
    ",05,11110515,7": ("day", "기준일ID: '' is not a day YYYYMMDD"),
    "20200302,24,11110515,7": ("hour", "시간대구분: '24' is not an hour 00–23"),
    "20200302,-1,11110515,7": ("hour", "시간대구분: '-1' is not an hour 00–23"),
    "20200302,오전,11110515,7": ("hour", "시간대구분: '오전' is not an hour 00–23"),
    "20200302,05,1111051,7": ("code", "행정동코드: '1111051' is not a dong code of 8 or 10 digits"),
    "20200302,05,1111051501,7": ("code", "행정동코드: '1111051501' is not a dong code of 8 or 10 digits"),
    "20200302,05,1.1E+07,7": ("code", "행정동코드: '1.1E+07' is not a dong code of 8 or 10 digits"),
    "20200302,05,１１１１０５１５,7": (
        "code",
        "행정동코드: '１１１１０５１５' is not a dong code of 8 or 10 digits",
    ),
    "20200302,05,11110515,-7": ("negative", "총생활인구수: '-7' is below zero"),
    "20200302,05,11110515,많음": ("value", "총생활인구수: '많음' is not a number of people"),
    "20200302,05,11110515,": ("value", "총생활인구수: '' is not a number of people"),
    "20200302,05,11110515,nan": ("value", "총생활인구수: 'nan' is not a number of people"),
    "20200302,05,11110515,1e999": ("value", "총생활인구수: '1e999' is not a number of people"),
    "20200302,05,11110515,**": ("value", "총생활인구수: '**' is not a number of people"),
    "20200302,05,11110515": ("columns", "3 columns where the header has 4"),
    "20200302,05,11110515,7,8": ("columns", "5 columns where the header has 4"),
    "20200302,05,11110515,1,234": ("columns", "5 columns where the header has 4"),
    '20200302,05,"11110515,7': ("quoting", "a quote is not closed, or not at the edge of its cell"),
    '20200302,05,11110515,"7"8': ("quoting", "a quote is not closed, or not at the edge of its cell"),
    ",,,": ("day", "기준일ID: '' is not a day YYYYMMDD"),
    "20200302,00,11110515,1002.25": ("repeated with the same value", "the place and hour of line 2 again"),
    "20200302,00,11110515,9": ("repeated with another value", "the place and hour of line 2 again"),
    "20200302,00,1111051500,9": ("repeated with another value", "the place and hour of line 2 again"),
}


@pytest.mark.parametrize("line", BAD)
def test_a_bad_row_is_named_by_line_and_the_rest_is_kept(tmp_path, line):
    reason, words = BAD[line]
    lines = text(DONG_HEADER, GOOD).split("\r\n")
    lines.insert(4, line)
    population = read_population([write(tmp_path / "a.csv", "\r\n".join(lines))])
    (report,) = population.sources
    assert report.rejected_counts == {reason: 1}
    assert (report.rows_read, report.rows_kept) == (len(GOOD) + 1, len(GOOD))
    ((at, said),) = report.rejected
    assert at == 5
    assert said.startswith(words)
    clean = read_population([write(tmp_path / "clean.csv", text(DONG_HEADER, GOOD))])
    pd.testing.assert_frame_equal(population.table, clean.table)


def test_a_file_cut_off_in_a_row_keeps_the_whole_rows(tmp_path):
    whole = text(DONG_HEADER, GOOD).encode("cp949")
    population = read_population([write(tmp_path / "a.csv", whole[:-12])])
    (report,) = population.sources
    assert report.rows_kept == len(GOOD) - 1
    assert report.rejected[0][0] == len(GOOD) + 1


def test_an_open_quote_swallows_its_own_line_only(tmp_path):
    lines = text(DONG_HEADER, GOOD).split("\r\n")
    lines[2] = lines[2][:-1]
    (report,) = read_population([write(tmp_path / "a.csv", "\r\n".join(lines))]).sources
    assert (report.rows_read, report.rows_kept) == (len(GOOD), len(GOOD) - 1)
    assert report.rejected[0][0] == 3


def test_empty_lines_are_no_rows_but_count_as_lines(tmp_path):
    lines = text(DONG_HEADER, [*GOOD, (DAY, "99", CODE, "1")]).split("\r\n")
    lines.insert(3, "")
    (report,) = read_population([write(tmp_path / "a.csv", "\r\n".join(lines))]).sources
    assert report.rows_read == len(GOOD) + 1
    assert report.rejected[0][0] == len(GOOD) + 3


def test_a_report_names_a_hundred_rows_and_counts_all(tmp_path):
    many = [(DAY, "25", CODE, "1")] * 250
    population = read_population([write(tmp_path / "a.csv", text(DONG_HEADER, [*many, *GOOD]))])
    (report,) = population.sources
    assert report.rejected_counts == {"hour": 250}
    assert [line for line, _ in report.rejected] == list(range(2, 102))
    assert report.rows_read == report.rows_kept + sum(report.rejected_counts.values())


def test_what_another_file_already_has_is_reported_not_added(tmp_path):
    one = write(tmp_path / "one.csv", text(DONG_HEADER, GOOD))
    two = write(tmp_path / "two.csv", text(DONG_HEADER, dong_rows(hours=range(2, 5))))
    population = read_population([one, two])
    assert population.sources[1].rejected_counts == {"repeated from another file": 2}
    assert population.sources[1].rejected[0] == (2, "the place and hour are already in one.csv")
    assert len(population.table) == 10
    assert population.table.groupby("unit_code")["population"].first().to_dict() == {
        "11110515": 1002.25,
        "11110530": 2002.25,
    }


def test_a_wide_row_with_one_bad_hour_is_left_out_whole_and_names_the_hour(tmp_path):
    header = ("STD_YM", "STD_YMD", "HDONG_CD", "HDONG_NM", *(f"TMST_{hour:02d}" for hour in range(24)))
    rows = [
        (
            "202003",
            day,
            "1114052000",
            "소공동",
            *("x" if (day, hour) == ("20200302", 7) else "1" for hour in range(24)),
        )
        for day in ("20200301", "20200302")
    ]
    population = read_population([write(tmp_path / "a.csv", text(header, rows, separator="|"))])
    assert population.sources[0].rejected == ((3, "TMST_07: 'x' is not a number of people"),)
    assert len(population.table) == 24


def test_masked_is_never_zero_and_zero_is_never_masked(tmp_path):
    rows = [(DAY, "00", CODE, "*"), (DAY, "01", CODE, "0"), (DAY, "02", CODE, "0.0000"), (DAY, "03", CODE, "-0")]
    table = read_population([write(tmp_path / "a.csv", text(DONG_HEADER, rows))]).table
    np.testing.assert_array_equal(table["population"], [np.nan, 0, 0, 0])
    assert table["missing"].tolist() == ["masked", "", "", ""]


def test_unit_hours_without_a_row_are_not_invented(tmp_path):
    rows = [(DAY, "00", CODE, "5"), (DAY, "23", CODE, "6")]
    table = read_population([write(tmp_path / "a.csv", text(DONG_HEADER, rows))]).table
    assert table["hour"].dt.hour.tolist() == [0, 23]


NUMBERS = st.one_of(
    st.integers(0, 10**18).map(str),
    st.decimals(0, 10**7, places=4).map(lambda number: f"{number:f}"),
    st.floats(0, 1e9).map(repr),
    st.floats(0, 1e6).map(lambda number: f"{number:.3e}"),
    st.sampled_from(["007", "5.", ".5", "+5", "1e5", "1E+05", "123456789012345.5", "0.000000000000001"]),
)


@given(st.lists(NUMBERS, min_size=1, max_size=24))
def test_a_number_is_read_as_python_reads_it(tmp_path, numbers):
    rows = [(DAY, f"{hour:02d}", CODE, number) for hour, number in enumerate(numbers)]
    table = read_population([write(tmp_path / "a.csv", text(DONG_HEADER, rows))]).table
    assert table["population"].tolist() == [float(number) for number in numbers]


CELLS = st.text(alphabet='0123456789*,"-. \t가나|', max_size=9)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=20), st.booleans())
def test_whatever_the_rows_are_each_is_kept_or_reported(tmp_path, rows, quoted):
    content = text(DONG_HEADER, [GOOD[0], *rows], quoted=quoted)
    population = read_population([write(tmp_path / "a.csv", content)])
    (report,) = population.sources
    lines = [line for line in content.split("\r\n")[1:] if line.strip(" \t")]
    assert report.rows_read == len(lines)
    assert report.rows_read == report.rows_kept + sum(report.rejected_counts.values())
    assert len(population.table) == report.rows_kept


@given(
    st.lists(
        st.one_of(st.just("*"), st.floats(0, 9999).map(lambda value: f"{value:.2f}")), min_size=1, max_size=40
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_does_not_matter(tmp_path, values, random):
    rows = [
        (f"202003{1 + at // 8:02d}", f"{at % 4:02d}", f"1111{at % 8 // 4}515", v) for at, v in enumerate(values)
    ]
    shuffled = random.sample(rows, len(rows))
    one = read_population([write(tmp_path / "a.csv", text(DONG_HEADER, rows))]).table
    two = read_population([write(tmp_path / "b.csv", text(DONG_HEADER, shuffled))]).table
    pd.testing.assert_frame_equal(one, two)
    by_key = {(code, day, int(hour)): value for day, hour, code, value in rows}
    for row in one.itertuples():
        value = by_key[row.unit_code, f"{row.hour:%Y%m%d}", row.hour.hour]
        assert row.missing == ("masked" if value == "*" else "")
        assert math.isnan(row.population) if value == "*" else row.population == float(value)
