"""Counts of crowded places: a moment old at the most, and never of a place that is not crowded."""

from datetime import timedelta

from entry_service.store.log.crowded import CROWD, LONGEST, Crowded

from .conftest import NOON


def test_a_crowd_is_counted_again_after_a_moment_and_others_each_time():
    crowded, inside, asked = Crowded(), {"": CROWD, "Z-1": CROWD - 1}, []

    def count(zone: str, after: timedelta, facility_id: str = "GP-001") -> int:
        def read() -> int:
            asked.append(facility_id + zone)
            return inside[zone]

        return crowded.count(facility_id, zone, NOON + after, read)

    moment = CROWD * timedelta(milliseconds=1)
    second = timedelta(seconds=1)
    assert [count("", timedelta()), count("Z-1", timedelta())] == [CROWD, CROWD - 1]
    inside[""] += 50
    assert [count("", moment * 0.9), count("Z-1", moment * 0.9)] == [CROWD, CROWD - 1]
    assert asked == ["GP-001", "GP-001Z-1", "GP-001Z-1"]
    assert count("", -second) == CROWD + 50  # of a moment before it was read nothing is known
    assert count("", moment * 0.9, "GP-002") == CROWD + 50
    inside[""] = 100_000
    assert count("", moment) == 100_000
    inside[""] = 5
    assert [count("", moment + LONGEST * 0.99), count("", moment + LONGEST)] == [100_000, 5]
    inside[""] = 6
    assert count("", moment + LONGEST) == 6


def test_only_a_crowd_may_have_grown_meanwhile():
    assert [Crowded().margin(people) for people in (0, CROWD - 1, CROWD, 1_600)] == [0, 0, CROWD // 4, 400]
