"""The drawing of a team's way: every number can be read, also where places lie close together."""

from itertools import combinations
from math import dist

import pytest

from entry_service.web.officer.plan_map import MARGIN, RADIUS, WIDTH, apart


@pytest.mark.parametrize("at", [MARGIN, WIDTH / 2 - 1, WIDTH - MARGIN])
def test_no_mark_hides_another_and_none_leaves_the_drawing(at):
    places = [(at + number % 3, 100.0 + number % 2) for number in range(20)]
    marks = apart(places)
    assert marks[0] == places[0]
    assert all(dist(*pair) >= 2 * RADIUS for pair in combinations(marks, 2))
    assert all(RADIUS <= x <= WIDTH - RADIUS for x, _ in marks)


def test_marks_that_have_room_stay_where_they_are():
    places = [(100.0, 100.0), (200.0, 100.0), (100.0, 200.0)]
    assert apart(places) == places
