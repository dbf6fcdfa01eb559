"""Days without data get the same weekday of the covered weeks, said aloud; covered days stay as they are."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.population import align_to_days, read_population

from .ugly import DONG_HEADER, text, write

MONDAYS = [date(2020, 3, 2), date(2020, 3, 9), date(2020, 3, 16)]
ONE, TWO = "11110515", "11110530"


@pytest.fixture
def three_weeks(tmp_path):
    """Return three Mondays and a Tuesday: unit one has 10, 20, 60 people, unit two is masked on the second."""
    rows = [(f"{day:%Y%m%d}", "09", ONE, str(value)) for day, value in zip(MONDAYS, (10, 20, 60), strict=True)]
    rows += [(f"{day:%Y%m%d}", "10", ONE, "7") for day in MONDAYS[:1]]
    rows += [(f"{day:%Y%m%d}", "09", TWO, value) for day, value in zip(MONDAYS, ("5", "*", "9"), strict=True)]
    rows += [("20200310", "09", ONE, "100")]
    return read_population([write(tmp_path / "a.csv", text(DONG_HEADER, rows))])


def values(population):
    return {
        (row.unit_code, row.hour.strftime("%m-%d %H")): (row.population, row.missing)
        for row in population.table.itertuples()
    }


def test_covered_days_are_as_they_were(three_weeks):
    aligned, report = align_to_days(three_weeks, [MONDAYS[0], MONDAYS[1]])
    assert (report.covered, report.stood_in, report.not_covered) == (tuple(MONDAYS[:2]), {}, ())
    expected = three_weeks.table[three_weeks.table["hour"].dt.date.isin(MONDAYS[:2])].reset_index(drop=True)
    pd.testing.assert_frame_equal(aligned.table, expected)
    assert aligned.sources == three_weeks.sources


def test_a_missing_day_is_the_mean_of_its_weekday_and_is_reported(three_weeks):
    day = date(2020, 2, 24)
    aligned, report = align_to_days(three_weeks, [day])
    assert report.stood_in == {day: tuple(MONDAYS)}
    found = values(aligned)
    assert found[ONE, "02-24 09"] == (30.0, "")
    assert found[ONE, "02-24 10"] == (7.0, "")  # the weeks that have the hour
    assert len(found) == 3
    assert report.as_dict() == {
        "covered": [],
        "stood_in": {"2020-02-24": ["2020-03-02", "2020-03-09", "2020-03-16"]},
        "not_covered": [],
        "typical": [],
    }


def test_a_mean_over_a_masked_week_is_masked_and_not_too_high(three_weeks):
    aligned, _ = align_to_days(three_weeks, [date(2020, 2, 24)])
    people, missing = values(aligned)[TWO, "02-24 09"]
    assert np.isnan(people)
    assert missing == "masked"
    row = aligned.table[aligned.table["unit_code"] == TWO].iloc[0]
    assert (row["low"], row["high"]) == (pytest.approx(14 / 3), pytest.approx(17 / 3))


def test_a_weekday_that_no_file_has_stays_without_rows_and_is_reported(three_weeks):
    wednesday = date(2020, 3, 11)
    aligned, report = align_to_days(three_weeks, [wednesday, MONDAYS[0], date(2020, 3, 3)])
    assert report.not_covered == (wednesday,)
    assert report.covered == (MONDAYS[0],)
    assert report.stood_in == {date(2020, 3, 3): (date(2020, 3, 10),)}
    assert set(aligned.table["hour"].dt.date) == {MONDAYS[0], date(2020, 3, 3)}


def test_nothing_asked_or_nothing_to_have_is_an_empty_table(three_weeks):
    for days in ([], [date(2020, 3, 11)]):
        aligned, _ = align_to_days(three_weeks, days)
        assert aligned.table.empty
        assert aligned.table.dtypes.astype(str).equals(three_weeks.table.dtypes.astype(str))


def test_seoul_in_february_stands_on_the_weekdays_of_march(reference_data):
    march = read_population([reference_data / "population" / "seoul_living_population_202003.csv.gz"])
    days = [date(2020, 2, 17) + timedelta(days=n) for n in range(27)]  # to 2020-03-14
    aligned, report = align_to_days(march, days)
    assert len(report.covered) == 13
    assert len(report.stood_in) == 14
    assert all(
        len(used) == 4 and all(u.weekday() == day.weekday() for u in used) for day, used in report.stood_in.items()
    )
    assert len(aligned.table) == 424 * 24 * 27
    assert not aligned.table.duplicated(["unit_code", "hour"]).any()
    sundays = march.table[(march.table["unit_code"] == "11110515") & (march.table["hour"].dt.day_of_week == 6)]
    at_noon = sundays[sundays["hour"].dt.hour == 12]["population"].mean()
    row = aligned.table[
        (aligned.table["unit_code"] == "11110515")
        & (aligned.table["hour"] == pd.Timestamp("2020-02-23T12:00+09:00"))
    ]
    assert row["population"].item() == pytest.approx(at_noon)
