"""A shift over midnight: places that close are left over, and by agreement they are entered all the same."""

from datetime import datetime, timedelta

from analytics.planning.model import LEFT_OVER, PLANNED
from tests.analytics.planning.conftest import KST

TEN = datetime(2020, 8, 20, 22, tzinfo=KST)


def test_closed_places_are_left_over_at_night_and_entered_by_agreement(world, tmp_path):
    night = world.plan(tmp_path / "night", begin=TEN, hours=4.0)
    shut = {stop.stop_id for stop in night.stops if stop.opening == "closed" and stop.status == LEFT_OVER}
    agreed = world.plan(tmp_path / "agreed", begin=TEN, hours=4.0, entry="agreed")
    planned = [stop for stop in agreed.stops if stop.status == PLANNED and stop.kind == "disinfect"]
    assert shut & {stop.stop_id for stop in planned}
    assert {stop.opening for stop in planned} == {"agreed"}
    midnight, end = TEN + timedelta(hours=2), TEN + timedelta(hours=4)
    assert any(stop.arrive >= midnight for stop in planned)
    assert all(TEN <= stop.arrive < stop.leave <= end for stop in planned)
    assert all(team.end <= end for team in agreed.teams)
    assert any("시설과 정합니다" in reason.ko for reason in planned[0].reason)
