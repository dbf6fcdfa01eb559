"""What was done on the day already is in the list, says so, and is nobody's way."""

import pytest

from analytics.planning.model import NOT_NEEDED, PLANNED
from analytics.planning.parameters import PlanParameters, asked
from analytics.refusals import InputRefused
from tests.analytics.planning.conftest import BEGIN


@pytest.mark.parametrize(
    ("known_as", "reason"),
    [("done", "이날 이미 마쳤습니다."), ("disinfected", "마지막 확진자가 다녀간 뒤 이미 소독했습니다.")],
)
def test_a_stop_that_was_done_is_not_planned_again(world, planned, tmp_path, known_as, reason):
    first, _ = planned
    done = next(stop.stop_id for stop in first.stops if stop.status == PLANNED)
    again = world.plan(tmp_path / "again", begin=BEGIN, **{known_as: (done,)})
    found = next(stop for stop in again.stops if stop.stop_id == done)
    assert (found.status, found.rank, found.team) == (NOT_NEEDED, None, None)
    assert found.reason[0].ko == reason
    assert all(done not in team.stops for team in again.teams)
    assert {stop.stop_id for stop in again.stops} == {stop.stop_id for stop in first.stops}


@pytest.mark.parametrize("name", ["done", "disinfected"])
def test_what_was_done_comes_as_a_list(name):
    parameters = asked({name: ["d-F-0001", "v-41410580"]})
    assert getattr(parameters, name) == ("d-F-0001", "v-41410580")
    assert asked(parameters.as_dict()) == parameters
    assert PlanParameters().as_dict()[name] == []
    with pytest.raises(InputRefused, match=name):
        asked({name: "d-F-0001"})
