"""A usual day is of the kind of day that is planned for; today's own hours take the place of its usual ones."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.planning.usual_day import (
    MOST_LEVEL,
    facility_footfall,
    going_on_from,
    surges,
    usual_days,
    usual_profile,
)

WEEKS = [date(2020, 8, 3) + timedelta(days=number) for number in range(14)]  # Monday 3 to Sunday 16 August


@pytest.mark.parametrize(
    ("planned", "days", "like", "note"),
    [
        (date(2020, 8, 20), [6, 13], "thursday", None),
        (date(2020, 8, 17), [9, 15, 16], "sunday or holiday", None),  # a temporary holiday, a Monday
        (
            date(2020, 8, 22),
            [8, 9, 15, 16],
            "weekend or holiday",
            "토요일 자료가 2일이 되지 않아",
        ),  # 15th: holiday
    ],
)
def test_days_of_the_same_kind_are_usual_and_a_fallback_is_told(planned, days, like, note):
    found = usual_days(WEEKS, planned)
    assert [day.day for day in found.days] == days
    assert found.like == like
    said = found.note()
    assert said is None if note is None else said.ko.startswith(note)


def test_of_a_few_days_those_of_work_count_and_else_all_of_them():
    monday, tuesday, saturday = date(2020, 8, 3), date(2020, 8, 4), date(2020, 8, 8)
    assert usual_days([monday, tuesday, saturday], date(2020, 8, 6)).like == "weekday"
    found = usual_days([monday, saturday], date(2020, 8, 6))
    assert (found.like, found.days) == ("any day", (monday, saturday))
    assert found.note().ko == "목요일 자료가 2일이 되지 않아 최근 2일 평균을 여느 날로 보았습니다."
    assert usual_days([], date(2020, 8, 6)).note() is None


def test_weekends_are_not_mixed_into_a_working_day():
    figures = np.array([[100.0 if day.weekday() < 5 else 900.0] * 24 for day in WEEKS]).reshape(1, -1)
    chosen = usual_days(WEEKS, date(2020, 8, 20)).days
    assert (usual_profile(figures, WEEKS, chosen) == 100).all()
    rest = usual_days(WEEKS, date(2020, 8, 23)).days
    assert (usual_profile(figures, WEEKS, rest) == 900).all()


def test_today_goes_on_from_its_newest_hours_at_their_level():
    usual = np.tile(np.arange(1.0, 25.0), (4, 1))
    today = np.full((4, 24), np.nan)
    today[0, :12] = 2 * usual[0, :12]
    today[1, :12] = 50 * usual[1, :12]  # nobody believes that it goes on so
    today[2, :12] = usual[2, :12]
    found = going_on_from(usual, today)
    np.testing.assert_allclose(found[0], 2 * usual[0])
    np.testing.assert_allclose(found[1, :12], today[1, :12])
    np.testing.assert_allclose(found[1, 12:], MOST_LEVEL * usual[1, 12:])
    np.testing.assert_allclose(found[2], usual[2])
    np.testing.assert_allclose(found[3], usual[3])  # of today nothing is known there
    growth, hour = surges(found, 12)
    assert growth[0] == pytest.approx(6)  # twice the usual growth of three
    assert hour[0] >= 12


def test_a_facility_is_as_busy_as_its_own_days_of_the_kind():
    hours = pd.DataFrame(
        {
            "facility_id": "f1",
            "hour": [pd.Timestamp(day, tz="Asia/Seoul") + pd.Timedelta(hours=12) for day in WEEKS],
            "person_minutes": [60.0 if day.weekday() < 5 else 600.0 for day in WEEKS],
            "missing": "",
        }
    )
    extract = type("Extract", (), {"facility_hours": hours})
    thursday, sunday = (
        facility_footfall(extract, day).loc["f1"] for day in (date(2020, 8, 20), date(2020, 8, 23))
    )
    assert (thursday["people"], thursday["days"].ko) == (1.0, "목요일 2일 평균")
    assert (sunday["people"], sunday["days"].en) == (10.0, "mean of 3 days, sunday or holiday")
