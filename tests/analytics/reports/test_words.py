"""Dates and figures as a public office writes them."""

from datetime import date

import pytest

from analytics.reports.words import (
    date_text,
    days_text,
    figure,
    hours_text,
    moment_text,
    named,
    people,
    percent,
    signed,
)


def test_dates():
    assert date_text(date(2020, 8, 25)) == "2020. 8. 25.(화)"
    assert moment_text("2020-08-25T14:05:00+09:00") == "2020. 8. 25.(화) 14:05"
    assert days_text(date(2020, 8, 13), date(2020, 8, 14)) == "8. 13.(목)"
    assert days_text(date(2020, 8, 13), date(2020, 8, 17)) == "8. 13.(목)~8. 16.(일)"


def test_hours_are_spans():
    assert hours_text([11, 12, 13, 18]) == "11~14시, 18~19시"
    assert hours_text(range(24)) == "종일"
    assert hours_text([]) == ""


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0명"), (13, "13명"), (1234, "1,230명"), (268_912, "269,000명"), (float("nan"), "자료 없음")],
)
def test_people_are_told_with_three_digits(number, told):
    assert people(number) == told


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0"), (0.004, "0.01 미만"), (0.478, "0.48"), (3.21, "3.2"), (62.7, "63"), (2417, "2,400")],
)
def test_figures_have_two_digits_and_no_exponent(number, told):
    assert figure(number) == told
    assert figure(float("inf")) == "∞"


def test_changes_have_their_sign():
    assert signed(1234.4) == "+1,230명"
    assert signed(-12) == "−12명"
    assert percent(0.12) == "+12%"
    assert percent(-0.054) == "−5%"
    assert percent(0.001) == "±0%"
    assert named(["가", "나", "다", "라"]) == "가, 나, 다 외 1곳"
