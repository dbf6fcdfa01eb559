"""How many a place may hold: floor of area by m², seats, numbers; the smallest counts; what is missing is said."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core.capacity import (
    COLUMNS,
    CROWDING_WORDS,
    Rule,
    allowed,
    crowding_of,
    is_after,
    levels,
    limit_by,
    read_rules,
)
from entry_service.core.model import Facility

PLACE = Facility(
    facility_id="GP-001",
    name="군포국민체육센터",
    category="indoor_sports",
    address="경기도 군포시 군포로 339",
    lon=126.9,
    lat=37.3,
    coord_quality="simulated",
    area_m2=7993.0,
    seats=1142,
)


def rule(kind, value=None, **facts):
    usual = {"scheme": "2020-11", "level": "2", "category": "indoor_sports"}
    return Rule(**{**usual, "kind": kind, "value": value, **facts})


@pytest.mark.parametrize(
    ("kind", "value", "people"),
    [
        ("m2_per_person", 4, 1998),  # both figures as the city published them
        ("m2_per_person", 8, 999),
        ("seat_ratio", 0.3, 342),
        ("seat_ratio", 0.29, 331),  # 331.18; 0.29 × 1142 in binary is 331.17999…
        ("seat_gap", 1, 571),
        ("seat_gap", 2, 381),  # the last seat of a row may be taken
        ("max_people", 99, 99),
        ("closed", None, 0),
        ("none", None, None),
    ],
)
def test_what_one_rule_admits(kind, value, people):
    assert allowed(rule(kind, value), PLACE)[0] == people


def test_a_small_place_is_rounded_down_also_to_nobody():
    assert allowed(rule("m2_per_person", 8), replace(PLACE, area_m2=80.3))[0] == 10
    assert allowed(rule("m2_per_person", 8), replace(PLACE, area_m2=7.9))[0] == 0
    assert allowed(rule("seat_gap", 1), replace(PLACE, seats=1))[0] == 1


@given(area=st.floats(1, 1e6), value=st.sampled_from([4, 6, 8, 16]))
def test_everybody_has_the_room_that_the_rule_gives(area, value):
    people, _words = allowed(rule("m2_per_person", value), replace(PLACE, area_m2=area))
    assert people * value <= area < (people + 1) * value


def test_what_is_not_registered_is_said_and_limits_nobody():
    bare = replace(PLACE, area_m2=None, seats=None)
    for kind, value, word in (
        ("m2_per_person", 4, "시설면적"),
        ("seat_ratio", 0.3, "좌석"),
        ("seat_gap", 1, "좌석"),
    ):
        limit = limit_by([rule(kind, value)], bare)
        assert (limit.people, limit.closed) == (None, False)
        assert word in limit.why
        assert limit.missing == (limit.why,)
    limit = limit_by([rule("m2_per_person", 4)], replace(bare, capacity=60))
    assert (limit.people, len(limit.missing)) == (60, 1)
    assert limit.why == "시설이 정한 정원 60명"


def test_of_several_rules_and_the_own_capacity_the_smallest_counts_and_says_so():
    rules = [rule("seat_ratio", 0.3), rule("max_people", 50)]
    assert limit_by(rules, PLACE).people == 50
    assert limit_by(rules, replace(PLACE, seats=100)).people == 30
    own = limit_by(rules, replace(PLACE, seats=100, capacity=20))
    assert (own.people, own.why) == (20, "시설이 정한 정원 20명")
    assert limit_by([], PLACE).people is None
    assert limit_by(rules, replace(PLACE, seats=100)).why == "좌석 100석의 30%"


@pytest.mark.parametrize(("area", "people"), [(49.9, None), (50, 12), (80, 12), (None, 12)])
def test_a_rule_for_large_places_leaves_smaller_ones_alone(area, people):
    """Whose area nobody knows follows the rule: it may be a large place."""
    rules = [rule("seat_ratio", 0.5, min_area=50), rule("none", open_until=21)]
    limit = limit_by(rules, replace(PLACE, area_m2=area, seats=24), 20)
    assert (limit.people, limit.open_until, limit.missing) == (people, 21, ())
    assert limit_by(rules, replace(PLACE, area_m2=area, seats=24), 21).closed


def test_a_closed_place_admits_nobody_whatever_else_holds():
    limit = limit_by([rule("m2_per_person", 4), rule("closed")], replace(PLACE, capacity=9))
    assert (limit.people, limit.closed) == (0, True)


@pytest.mark.parametrize(
    ("until", "hour", "closed"),
    [(21, 20, False), (21, 21, True), (21, 23, True), (21, 0, True), (21, 4, True), (21, 5, False),
     (24, 23, False), (24, 0, True), (None, 3, False)],
)  # fmt: skip
def test_the_hour_at_which_a_place_must_close_holds_until_the_morning(until, hour, closed):
    limit = limit_by([rule("m2_per_person", 4, open_until=until)], PLACE, hour)
    assert (limit.closed, limit.open_until) == (closed, until)
    assert limit.people == (0 if closed else 1998)
    if until is not None:
        assert is_after(hour, until) is closed


@pytest.mark.parametrize(
    ("inside", "people", "code"),
    [(0, 100, "relaxed"), (49, 100, "relaxed"), (50, 100, "normal"), (74, 100, "normal"), (75, 100, "busy"),
     (89, 100, "busy"), (90, 100, "crowded"), (99, 100, "crowded"), (100, 100, "full"), (101, 100, "full"),
     (0, 0, "full"), (5, None, ""), (0, 1, "relaxed")],
)  # fmt: skip
def test_how_full_in_words(inside, people, code):
    assert crowding_of(inside, people) == code
    assert crowding_of(inside, people, closed=True) == "closed"
    assert not code or CROWDING_WORDS[code]


HEAD = ",".join(COLUMNS)


@pytest.mark.parametrize(
    "line",
    [
        "2020-11,2,nowhere,m2_per_person,4,,,",
        "2020-11,2,karaoke,m2_per_head,4,,,",
        "2020-11,2,karaoke,m2_per_person,,,,",
        "2020-11,2,karaoke,m2_per_person,0,,,",
        "2020-11,2,karaoke,m2_per_person,-4,,,",
        "2020-11,2,karaoke,closed,4,,,",
        "2020-11,2,karaoke,none,,25,,",
        "2020-11,2,karaoke,m2_per_person,four,,,",
        "2020-11,2,karaoke,none,,,,a note, with a comma",
        "2020-11,2,karaoke,m2_per_person,4,,0,",
        "2020-11,2,karaoke,m2_per_person,4,,-50,",
        "2020-11,2,karaoke,m2_per_person,4,",
    ],
)
def test_a_line_that_is_no_rule_is_refused(line):
    with pytest.raises(ValueError, match=r"line 2|four"):
        read_rules([HEAD, line])


def test_rules_are_read_as_they_are_written():
    read = read_rules([HEAD, "2020-11,2,karaoke,m2_per_person,4,21,50,방 소독", "2021-07,4,store,none,,22,,"])
    assert read[0] == rule("m2_per_person", 4.0, category="karaoke", open_until=21, min_area=50.0, note="방 소독")
    assert levels(read) == [("", ""), ("2020-11", "2"), ("2021-07", "4")]
    with pytest.raises(ValueError, match="columns"):
        read_rules(["scheme,level"])
