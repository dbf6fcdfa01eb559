"""Dates in every form of SaTScan's files."""

from datetime import date

import pytest

from analytics.satscan.dates import date_reader

PERIOD = (date(1998, 1, 1), date(2004, 12, 31))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2020/08/01", date(2020, 8, 1), date(2020, 8, 1)),
        ("2020-08-01", date(2020, 8, 1), date(2020, 8, 1)),
        ("2020/8/1", date(2020, 8, 1), date(2020, 8, 1)),
        ("2020.8.1", date(2020, 8, 1), date(2020, 8, 1)),
        ("8/1/2020", date(2020, 8, 1), date(2020, 8, 1)),
        ("2020/2", date(2020, 2, 1), date(2020, 2, 29)),
        ("2/2021", date(2021, 2, 1), date(2021, 2, 28)),
        ("2020", date(2020, 1, 1), date(2020, 12, 31)),
        ("2000/2/29", date(2000, 2, 29), date(2000, 2, 29)),
    ],
)
def test_a_date_means_a_day_a_month_or_a_year(text, first, last):
    when = date_reader(None, None)(text)
    assert (when.first, when.last) == (first, last)


@pytest.mark.parametrize(
    ("text", "period", "year"),
    [
        ("20/8/1", (date(2015, 1, 1), date(2030, 1, 1)), 2020),
        ("75", (date(1973, 1, 1), date(1991, 12, 31)), 1975),
        ("00/1", (date(1999, 12, 1), None), 2000),
        ("99/12/1", (date(1999, 12, 1), None), 1999),
        ("98", (date(1999, 12, 1), None), 2098),
        ("99", (None, date(2005, 6, 1)), 1999),
        ("05/12/1", (None, date(2005, 6, 1)), 2005),
        ("06", (None, date(2005, 6, 1)), 1906),
        ("00/1/5", (date(1999, 12, 1), date(2000, 1, 31)), 2000),
        ("98", PERIOD, 1998),
        ("04", PERIOD, 2004),
        ("90", PERIOD, 1990),
        ("10", PERIOD, 2010),
    ],
)
def test_two_digit_years_take_the_century_of_the_study_period(text, period, year):
    assert date_reader(*period)(text).first.year == year


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2021/2/29", "no day 29"),
        ("1900/2/29", "no day 29"),
        ("2020/13/1", "no month 13"),
        ("2020/0/1", "no month 0"),
        ("2020/8/0", "no day 0"),
        ("20200801", "not a date"),
        ("yesterday", "not a date"),
        ("2020/8/1/1", "not a date"),
        ("2020-08-01T10:00", "not a date"),
        ("-5", "not a date"),
        ("٢٠٢٠", "not a date"),
        ("202/1/1", "three digits"),
        ("1752", "1753"),
        ("20/8/1", "--start and --end"),
    ],
)
def test_what_is_no_date_says_why(text, says):
    with pytest.raises(ValueError, match=says):
        date_reader(None, None)(text)


def test_a_period_of_more_than_a_century_leaves_two_digits_open():
    with pytest.raises(ValueError, match="more than a century"):
        date_reader(date(1900, 1, 1), date(2010, 1, 1))("05")
