"""What was done on the day already is in the list, says so, and is nobody's way."""

import pytest

from analytics.planning.model import NOT_NEEDED, PLANNED
from analytics.planning.parameters import PlanParameters, asked
from analytics.refusals import InputRefused
from tests.analytics.planning.conftest import BEGIN


def test_a_stop_that_was_done_is_not_planned_again(world, planned, tmp_path):
    first, _ = planned
    done = next(stop.stop_id for stop in first.stops if stop.status == PLANNED)
    again = world.plan(tmp_path / "again", begin=BEGIN, done=(done,))
    found = next(stop for stop in again.stops if stop.stop_id == done)
    assert (found.status, found.rank, found.team) == (NOT_NEEDED, None, None)
    assert found.reason[0].ko == "이날 이미 마쳤습니다."
    assert all(done not in team.stops for team in again.teams)
    assert {stop.stop_id for stop in again.stops} == {stop.stop_id for stop in first.stops}


def test_what_was_done_comes_as_a_list():
    parameters = asked({"done": ["d-F-0001", "v-41410580"]})
    assert parameters.done == ("d-F-0001", "v-41410580")
    assert asked(parameters.as_dict()) == parameters
    assert PlanParameters().as_dict()["done"] == []
    with pytest.raises(InputRefused, match="done"):
        asked({"done": "d-F-0001"})
