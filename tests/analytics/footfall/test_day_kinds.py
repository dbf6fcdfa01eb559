"""Kinds of day: weekdays, and Sundays with public holidays, temporary and substitute ones too."""

from datetime import date, timedelta

from analytics.footfall.day_kinds import HOLIDAY, WEEKDAYS, kind_of_day, known_until, public_holidays


def test_august_2020_has_its_holidays_and_they_count_as_sundays():
    days = [date(2020, 8, 1) + timedelta(days=number) for number in range(31)]
    assert public_holidays(days) == {date(2020, 8, 15): "광복절", date(2020, 8, 17): "임시공휴일"}
    alike = [day.day for day in days if kind_of_day(day) == HOLIDAY]
    assert alike == [2, 9, 15, 16, 17, 23, 30]
    assert kind_of_day(date(2020, 8, 18)) == "tuesday"
    assert kind_of_day(date(2020, 8, 22)) == "saturday"


def test_every_year_of_the_table_has_the_days_fixed_by_law():
    for year in range(2019, known_until().year + 1):
        fixed = [
            date(year, month, day) for month, day in ((1, 1), (3, 1), (5, 5), (6, 6), (8, 15), (10, 3), (10, 9))
        ]
        assert list(public_holidays([*fixed, date(year, 12, 25)])) == [*fixed, date(year, 12, 25)]
        lunar = [
            name
            for name in public_holidays(_year(year)).values()
            if name.split(";")[-1].strip() in ("설날", "추석")
        ]
        assert len(lunar) == 2


def test_a_day_beyond_the_table_counts_by_its_weekday():
    later = known_until() + timedelta(days=1)
    assert kind_of_day(later) in (*WEEKDAYS, HOLIDAY)
    assert public_holidays([later]) == {}


def _year(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=number) for number in range(366)][: 365 + (year % 4 == 0)]
