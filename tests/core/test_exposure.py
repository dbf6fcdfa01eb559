"""The exposure window is a rule that is data, and so is how long the air of a place is doubted."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from entry_service.core.errors import BadInput
from entry_service.core.exposure import COLUMNS, ExposureRule, exposure_window, read_rules
from entry_service.core.times import day_start

FILE = Path(__file__).resolve().parents[2] / "entry_service/core/exposure_rules.csv"
RULES = read_rules(FILE.read_text(encoding="utf-8").splitlines())
KOREA = RULES["korea_2020"]
NOON = datetime(2020, 8, 25, 3, 0, tzinfo=UTC)
HEAD = ",".join(COLUMNS)
ROW = "r,,onset specimen,2,isolation,14,10,"


def window(rule: ExposureRule = KOREA, **facts):
    usual = {"onset": date(2020, 8, 20), "specimen_date": None, "isolated_on": None, "registered_at": NOON}
    return exposure_window(rule, **{**usual, **facts})


def test_from_two_days_before_onset_or_else_specimen_until_registration():
    start = datetime(2020, 8, 17, 15, 0, tzinfo=UTC)
    assert window() == (start, NOON)
    assert window(specimen_date=date(2020, 8, 24)) == (start, NOON)
    assert window(onset=None, specimen_date=date(2020, 8, 20)) == (start, NOON)


def test_until_the_end_of_the_day_of_isolation_where_it_is_known():
    assert window(isolated_on=date(2020, 8, 22))[1] == day_start(date(2020, 8, 23))
    assert window(isolated_on=date(2020, 8, 18))[1] == day_start(date(2020, 8, 19))


def test_never_longer_than_the_rule_says():
    start, end = window(onset=date(2020, 8, 3))
    assert end - start == timedelta(days=14)


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"onset": None}, "onset"), ({"isolated_on": date(2020, 8, 17)}, "isolated_on")],
)
def test_dates_that_make_no_window_are_refused(facts, field):
    with pytest.raises(BadInput) as refused:
        window(**facts)
    assert refused.value.facts == {"field": field}


def test_air_lingers_by_category():
    assert KOREA.lingering("karaoke") == timedelta(minutes=30)
    assert KOREA.lingering("library") == KOREA.lingering("unheard of") == timedelta(minutes=10)
    assert KOREA.lingering("station") == timedelta()
    assert all([KOREA.source, *KOREA.linger_sources.values()])


def test_a_rule_may_count_from_the_specimen_only_and_ignore_isolation():
    rule = read_rules([HEAD, "strict,,specimen,3,registration,20,0,"])["strict"]
    assert window(rule, specimen_date=date(2020, 8, 24), isolated_on=date(2020, 8, 24)) == (
        day_start(date(2020, 8, 21)),
        NOON,
    )


@pytest.mark.parametrize(
    "lines",
    [
        ["name,category", "r,"],
        [HEAD, "r,,,2,isolation,14,10,"],
        [HEAD, "r,,fever,2,isolation,14,10,"],
        [HEAD, "r,,onset,2,tomorrow,14,10,"],
        [HEAD, "r,,onset,-1,isolation,14,10,"],
        [HEAD, "r,,onset,2,isolation,0,10,"],
        [HEAD, "r,,onset,2,isolation,14,,"],
        [HEAD, "r,,onset,2"],
        [HEAD, ROW, ROW],
        [HEAD, "r,karaoke,,,,,30,"],
        [HEAD, ROW, "r,palace,,,,,30,"],
        [HEAD, ROW, "r,karaoke,,,,,30,", "r,karaoke,,,,,30,"],
        [HEAD, ROW, "r,karaoke,onset,,,,30,"],
    ],
)
def test_a_line_that_is_no_rule_is_named(lines):
    with pytest.raises(ValueError, match=r"line \d|columns"):
        read_rules(lines)
