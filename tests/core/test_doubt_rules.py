"""When readings are doubted: how long a way takes at least, and which figures no rule can have."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from entry_service.core.doubt_rules import LONGEST_WAY, WHY, metres, read_doubt_rules
from entry_service.core.model import Facility
from entry_service.core.times import KST, day_start
from entry_service.usecases.doors.doubting import RULES

LINES = (Path(__file__).parents[2] / "entry_service" / "core" / "doubt_rules.csv").read_text(encoding="utf-8")
DEGREE = 111_195.1  # metres of a degree of latitude on the sphere
HERE = Facility(
    facility_id="GP-001",
    name="모의 도서관",
    category="library",
    address="경기도 군포시 (모의 주소)",
    lon=126.9,
    lat=37.3,
    coord_quality="surveyed",
    opens=9,
    closes=18,
)


def north(distance: float, quality: str = "surveyed") -> Facility:
    """Return a facility so many metres further north."""
    return replace(HERE, facility_id="GP-002", lat=HERE.lat + distance / DEGREE, coord_quality=quality)


@pytest.mark.parametrize(
    ("distance", "seconds"),
    [
        (0, 0),
        (40, 0),  # what two surveyed points do not tell
        (140, 0),  # 100 m at a run are 30 s, as much as two clocks may differ by
        (240, 30),
        (340, 60),
        (340 + 9_700, 60 + 9_700 * 3.6 / 50),
        (340 + 9_700 + 50_000, 60 + 9_700 * 3.6 / 50 + 50_000 * 3.6 / 110),
        (340 + 9_700 + 50_000 + 305_000, 60 + 9_700 * 3.6 / 50 + 50_000 * 3.6 / 110 + 3_600),
    ],
)
def test_the_way_is_gone_stretch_by_stretch_at_the_speed_of_each(distance, seconds):
    way = RULES.least_way(HERE, north(distance))
    assert way.total_seconds() == pytest.approx(seconds, abs=0.2)
    assert way == RULES.least_way(north(distance), HERE)


def test_where_coordinates_are_a_guess_nobody_is_too_near():
    assert RULES.least_way(HERE, north(1_500, "dong_point")) == timedelta()
    assert RULES.least_way(HERE, north(1_500, "geocoded")) > timedelta(minutes=2)


def test_no_way_in_the_country_is_longer_than_what_is_looked_through():
    far = replace(HERE, lon=130.9, lat=33.1)  # from the capital's south to the far end of Jeju and beyond
    assert metres(HERE, far) > 550_000
    assert timedelta(hours=2) < RULES.least_way(HERE, far) < LONGEST_WAY


@pytest.mark.parametrize(
    ("clock", "outside"),
    [("08:29", True), ("08:30", False), ("12:00", False), ("18:29", False), ("18:30", True), ("03:00", True)],
)
def test_half_an_hour_around_the_hours_belongs_to_them(clock, outside):
    hours, minutes = map(int, clock.split(":"))
    at = day_start(date(2020, 8, 25)).astimezone(KST) + timedelta(hours=hours, minutes=minutes)
    assert RULES.is_outside_hours(HERE, at) is outside


def test_a_place_that_never_closes_has_no_outside():
    at = day_start(date(2020, 8, 25)) + timedelta(hours=3)
    assert not RULES.is_outside_hours(replace(HERE, opens=0, closes=24), at)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("rule,name,value,unit,source", "rule,value", "columns"),
        ("clocks,both,30,s,", "clocks,both,soon,s,", "line 10"),
        ("clocks,both,30,s,", "clocks,both,-1,s,", "line 10"),
        ("clocks,both,30,s,", "clocks,both,30,year,", "line 10"),
        ("speed_from_km,10,110,km/h,", "speed_from_km,far,110,km/h,", "line 4"),
    ],
)
def test_a_row_that_is_no_rule_is_named(old, new, named):
    assert old in LINES
    with pytest.raises(ValueError, match=named):
        read_doubt_rules(LINES.replace(old, new).splitlines())


def test_each_figure_says_where_it_comes_from():
    with pytest.raises(ValueError, match="source"):
        read_doubt_rules([LINES.splitlines()[0], "clocks,both,30,s,"])
    assert all(WHY.values())
    assert len({why for list_of in WHY.values() for why in list_of}) == sum(map(len, WHY.values()))
