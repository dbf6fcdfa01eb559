"""The way of a team after a change, against ways that a person can see."""

from datetime import UTC, datetime, timedelta

from entry_service.core.plan_way import Place, Travel, metres, timed, with_place

START = (126.90, 37.35)
NINE = datetime(2020, 8, 25, 0, 0, tzinfo=UTC)


LATER = NINE + timedelta(hours=9)
TRAVEL = Travel(start=START, begin=NINE, until=LATER, speed_kmh=20.0, detour=1.5)


def place(name: str, lon: float, opens: datetime | None = None, closes: datetime | None = None) -> Place:
    return Place(stop_id=name, at=(lon, 37.35), minutes=30, open_from=opens, open_until=closes)


def test_a_place_comes_in_where_it_lies_on_the_way():
    way = [place("a", 126.91), place("c", 126.93)]
    assert [one.stop_id for one in with_place(way, place("b", 126.92), TRAVEL)] == ["a", "b", "c"]
    assert [one.stop_id for one in with_place([], place("b", 126.92), TRAVEL)] == ["b"]


def test_what_is_behind_the_team_stays_behind_it():
    way = [place("b", 126.92), place("c", 126.93)]
    assert [one.stop_id for one in with_place(way, place("a", 126.91), TRAVEL, after=2)] == ["b", "c", "a"]


def test_times_are_driving_waiting_and_work():
    opens = NINE + timedelta(hours=2)
    way = [place("a", 126.91), place("b", 126.92, opens)]
    done = timed(way, TRAVEL)
    one = metres(START, way[0].at) * 1.5 / 1_000
    assert done.spans[0] == (NINE + timedelta(hours=one / 20), NINE + timedelta(hours=one / 20, minutes=30))
    assert done.spans[1] == (opens, opens + timedelta(minutes=30))
    assert abs(done.kilometres - 4 * one) < 0.001
    assert done.end > opens + timedelta(minutes=30)
    assert timed([], TRAVEL).end == NINE


def test_closing_time_counts_before_metres():
    soon = NINE + timedelta(minutes=60)
    way = [place("a", 126.91), place("c", 126.93)]
    late = place("b", 126.9301, closes=soon)  # beside c, but by then it is closed
    assert [one.stop_id for one in with_place(way, late, TRAVEL)] == ["b", "a", "c"]
    early = [place("a", 126.91, closes=NINE + timedelta(minutes=40)), place("c", 126.93)]
    assert [one.stop_id for one in with_place(early, place("z", 126.905), TRAVEL)][0] == "a"
