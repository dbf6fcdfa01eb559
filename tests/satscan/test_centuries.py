"""Two-digit years and populations of other years: what lies outside the study period does no harm."""

import pytest

PLANE = ("--coordinates-type", "cartesian")
GEO = "a 0 0\nb 9 0\n"


@pytest.mark.parametrize(
    ("years", "period", "said"),
    [
        (("1985", "1986"), (), ("1985-01-01", "1986-01-01")),
        (("85", "86"), ("--start", "1984"), ("1984-01-01", "1986-01-01")),
        (("85", "86"), ("--end", "1987"), ("1985-01-01", "1987-12-31")),
        (("99", "00"), ("--start", "1999"), ("1999-01-01", "2000-01-01")),
        (("99", "00"), ("--end", "2000"), ("1999-01-01", "2000-12-31")),
        (("99", "00"), ("--start", "1999", "--end", "2000"), ("1999-01-01", "2000-12-31")),
    ],
)
def test_cases_tell_the_century_of_populations(written, years, period, said):
    first, second = years
    runner = written(
        cas=f"a 5 {first}/1/1\nb 1 {second}/1/1\n", geo=GEO, pop=f"a {first[-2:]} 100\nb {first[-2:]} 100\n"
    )
    answer = runner.scan(*PLANE, *period)
    assert (answer["period"]["start"], answer["period"]["end"]) == said
    assert answer["clusters"][0]["expected"] == pytest.approx(3)


def test_two_digit_populations_change_in_the_centuries_of_the_study(written):
    people = "a 99 100\na 01 831\nb 99 1000\nb 01 1000\n"  # 1 July: on average 465.5 of the 731 days between
    runner = written(cas="a 5 2000/6/30\nb 1 2000/6/30\n", geo=GEO, pop=people)
    first = runner.scan(*PLANE, "--start", "1999/7/1", "--end", "2001/6/30")["clusters"][0]
    assert first["expected"] == pytest.approx(6 * 465.5 / 1_465.5)


def test_without_any_year_of_four_digits_the_century_must_be_told(written):
    runner = written(cas="a 5 85/1/1\nb 1 86/1/1\n", geo=GEO, pop="a 1985 100\nb 1985 100\n")
    assert "a.cas, line 1, field date: '85/1/1' has a year of two digits" in runner.refusal(*PLANE)


def test_a_date_on_which_nobody_lives_matters_only_where_it_bears_on_the_study(written):
    people = "a 2019 10\nb 2019 10\na 2021 10\nb 2021 10\n"
    runner = written(cas="a 5 2020/1/1\nb 1 2020/6/1\n", geo=GEO, pop=f"a 1990 0\nb 1990 0\n{people}")
    assert runner.scan(*PLANE)["clusters"][0]["expected"] == pytest.approx(3)
    runner.write(pop=f"{people}a 2020 0\nb 2020 0\n")
    assert "a.pop, line 5, field population: nobody lives anywhere on 2020-07-01" in runner.refusal(*PLANE)
