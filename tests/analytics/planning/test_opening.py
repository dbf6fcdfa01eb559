"""When a place can be entered: what the file says, else what the log tells, else unknown."""

from datetime import datetime, timedelta

import pandas as pd
import pytest

from analytics.planning.opening import CLOSED, GIVEN, LEARNED, given_opening, learned_openings, read_opening_hours
from analytics.refusals import InputRefused
from tests.analytics.planning.conftest import KST

MONDAY = datetime(2020, 8, 24, 13, tzinfo=KST)
HEAD = "facility_id,days,open,close\n"


def given(tmp_path, rows: str, begin: datetime = MONDAY, hours: float = 6):
    path = tmp_path / "hours.csv"
    path.write_text(HEAD + rows, encoding="utf-8-sig")
    found = read_opening_hours(path, {"a", "b"})
    opening = given_opening(found["a"], begin, begin + timedelta(hours=hours))
    return opening.basis, *(f"{at:%d %H:%M}" for at in (opening.start, opening.until) if at)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("a,every,09:00,18:00\n", (GIVEN, "24 09:00", "24 18:00")),
        ("a,weekday,09:00,12:00\na,mon,14:00,24:00\n", (GIVEN, "24 14:00", "25 00:00")),
        ("a,every,18:00,02:00\n", (GIVEN, "24 18:00", "25 02:00")),
        ("a,sun,20:00,14:00\n", (GIVEN, "23 20:00", "24 14:00")),
        ("a,mon,10:00,15:00\na,mon,15:00,20:00\n", (GIVEN, "24 10:00", "24 20:00")),
        ("a,weekend,09:00,18:00\n", (CLOSED,)),
        ("a,mon,,\n", (CLOSED,)),
        ("a,every,06:00,12:00\n", (CLOSED,)),
    ],
)
def test_the_given_opening_time_that_shares_most_with_the_plan(tmp_path, rows, found):
    assert given(tmp_path, rows) == found


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,every,09:00,18:00\nz,every,09:00,18:00\n", "hours.csv, line 3, field facility_id: 'z' is not in the"),
        ("a,holiday,09:00,18:00\n", "line 2, field days: 'holiday' is none of every, weekday"),
        ("a,every,9 am,18:00\n", "line 2, field open: '9 am' is not a time such as 09:30"),
        ("a,every,09:00,25:00\n", "line 2, field close: '25:00' is not a time"),
        ("a,every,09:00,\n", "line 2, field close: '' is not a time"),
        ("a,every\n", "line 2, field open: a row of another width"),
        ("a,every,09:00,18:00,x\n", "line 2, field close: a row of another width"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_line_and_field(tmp_path, rows, said):
    with pytest.raises(InputRefused, match=said):
        given(tmp_path, rows)


def test_a_file_without_a_column_or_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "hours.csv"
    path.write_text("facility_id,open,close\n", encoding="utf-8")
    with pytest.raises(InputRefused, match="line 1, field days: the column is missing"):
        read_opening_hours(path, {"a"})
    path.write_bytes("facility_id,days,open,close\n시설,every,,\n".encode("cp949"))
    with pytest.raises(InputRefused, match="cannot be read"):
        read_opening_hours(path, {"a"})


def log(rows: dict[str, list], days: int = 14) -> pd.DataFrame:
    """Return facility hours of each facility from Monday 3 August: 24 entries a day, None where marked closed."""
    hours = pd.date_range("2020-08-03", periods=24 * days, freq="h", tz=KST)
    parts = []
    for facility, day in rows.items():
        values = pd.array(day * days, dtype="Int64")
        missing = ["closed" if value is None else "" for value in day] * days
        parts.append(pd.DataFrame({"facility_id": facility, "hour": hours, "entries": values, "missing": missing}))
    return pd.concat(parts, ignore_index=True)


def learn(rows: pd.DataFrame, begin: datetime = MONDAY, wanted=("a",)):
    return learned_openings(rows, wanted, begin, begin + timedelta(hours=6))


def test_hours_marked_as_closed_bound_the_opening_time():
    day = [None] * 10 + [0, 3, 0, 5, 0, 0] + [None] * 8
    opening = learn(log({"a": day}))["a"]
    assert (opening.basis, f"{opening.start:%H:%M}", f"{opening.until:%H:%M}") == (LEARNED, "10:00", "16:00")


def test_without_such_marks_first_and_last_entries_do_and_midnight_is_no_end():
    opening = learn(log({"a": [0] * 11 + [4, 0, 0, 2] + [0] * 9}))["a"]
    assert (opening.start.hour, opening.until.hour) == (11, 15)
    bar = [3, 2] + [None] * 16 + [1] * 6
    opening = learn(log({"a": bar}), MONDAY.replace(hour=19))["a"]
    assert (f"{opening.start:%d %H}", f"{opening.until:%d %H}") == ("24 18", "25 02")


def test_weekdays_tell_nothing_about_weekends_and_no_entries_nothing_at_all():
    rows = log({"a": [None] * 9 + [5] * 9 + [None] * 6, "b": [0] * 24})
    weekday = rows[rows["hour"].dt.day_of_week < 5]
    assert learn(weekday, MONDAY + timedelta(days=5)) == {}
    assert learn(rows, wanted=("b", "z")) == {}
    rows.loc[rows["hour"].dt.day_of_week >= 5, ["entries", "missing"]] = [pd.NA, "closed"]
    assert learn(rows, MONDAY + timedelta(days=5))["a"].basis == CLOSED


def test_a_public_holiday_tells_nothing_about_weekdays_and_is_planned_by_days_of_rest():
    rows = log({"a": [None] * 9 + [5] * 9 + [None] * 6}, days=19)  # until Friday the 21st
    rest = (rows["hour"].dt.day_of_week >= 5) | (rows["hour"].dt.day == 17)  # a temporary holiday, a Monday
    rows.loc[rest, ["entries", "missing"]] = [pd.NA, "closed"]
    holiday = MONDAY - timedelta(days=7)
    assert learn(rows, holiday)["a"].basis == CLOSED
    assert learn(rows[rows["hour"].dt.day == 17]) == {}  # nothing is known of the next Monday


def test_an_outage_is_no_closing():
    day = [None] * 9 + [5] * 9 + [None] * 6
    rows = log({"a": day})
    out = (rows["hour"].dt.hour == 17) & (rows["hour"].dt.day < 10)
    rows.loc[out, "missing"], rows.loc[out, "entries"] = "outage", pd.NA
    assert learn(rows)["a"].until.hour == 18


def test_a_facility_that_closes_before_the_plan_begins_is_closed():
    assert learn(log({"a": [None] * 6 + [5] * 5 + [None] * 13}))["a"].basis == CLOSED
