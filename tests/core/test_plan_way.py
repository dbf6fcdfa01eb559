"""The way of a team after a change, against ways that a person can see."""

from datetime import UTC, datetime, timedelta

from entry_service.core.plan_way import Place, Travel, metres, timed, with_place

START = (126.90, 37.35)
NINE = datetime(2020, 8, 25, 0, 0, tzinfo=UTC)


def place(name: str, lon: float, open_from: datetime | None = None) -> Place:
    return Place(stop_id=name, at=(lon, 37.35), minutes=30, open_from=open_from)


def test_a_place_comes_in_where_it_lies_on_the_way():
    way = [place("a", 126.91), place("c", 126.93)]
    assert [one.stop_id for one in with_place(way, place("b", 126.92), START)] == ["a", "b", "c"]
    assert [one.stop_id for one in with_place([], place("b", 126.92), START)] == ["b"]


def test_what_is_behind_the_team_stays_behind_it():
    way = [place("b", 126.92), place("c", 126.93)]
    assert [one.stop_id for one in with_place(way, place("a", 126.91), START, after=2)] == ["b", "c", "a"]


def test_times_are_driving_waiting_and_work():
    opens = NINE + timedelta(hours=2)
    way = [place("a", 126.91), place("b", 126.92, opens)]
    travel = Travel(start=START, begin=NINE, speed_kmh=20.0, detour=1.5)
    done = timed(way, travel)
    one = metres(START, way[0].at) * 1.5 / 1_000
    assert done.spans[0] == (NINE + timedelta(hours=one / 20), NINE + timedelta(hours=one / 20, minutes=30))
    assert done.spans[1] == (opens, opens + timedelta(minutes=30))
    assert abs(done.kilometres - 4 * one) < 0.001
    assert done.end > opens + timedelta(minutes=30)
    assert timed([], travel).end == NINE
