"""What a day of a facility counts of entries by the poster that are, or were, held back."""

import pytest

from entry_service.core.times import kst_day
from entry_service.usecases.doors.issue_pass import Person
from entry_service.usecases.doors.limits import set_distancing
from entry_service.usecases.doors.poster_entry import check_in_poster, check_out_poster
from entry_service.usecases.sites.facility_day import read_day
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, PERSON, POSTER, open_door
from ..flooding import decided, flood, resize, spells


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind), daily_cap=100_000) as opened:
        resize(opened, 200)
        yield opened


def test_leavings_of_a_flood_are_counted_as_little_as_its_entries_also_after_it_ended(door):
    """Else whoever sent a flood could send its leavings an hour later, and a full house would look empty."""
    real = check_in_poster(
        door.services, POSTER, PERSON, scan_id="real", party_size=1, now=NOON - HOUR, random=door.random
    )
    fakes = [
        check_in_poster(
            door.services,
            POSTER,
            Person(name="방문자", phone=f"010-0111-{number:04}"),
            scan_id=f"flood-{number}",
            party_size=1,
            now=NOON,
            random=door.random,
        )
        for number in range(21)
    ]
    after = NOON + 2 * HOUR
    for ticket in (real, *fakes):
        check_out_poster(door.services, ticket, scan_id=f"{ticket.scan_id}-out", now=after)
    day = read_day(door.services, LIBRARY, kst_day(NOON), after + MINUTE)
    assert (sum(day.entered), sum(day.left)) == (1, 1)
    assert {name: one.left for name, one in day.by_gate.items()} == {"": 1}
    decided(door, "released", after + MINUTE)
    day = read_day(door.services, LIBRARY, kst_day(NOON), after + MINUTE)
    assert (sum(day.entered), sum(day.left)) == (22, 22)


def test_who_came_by_the_poster_before_midnight_is_counted_leaving_after_it(door):
    evening = NOON + 11.5 * HOUR
    resize(door, 200, opens=0, closes=24)
    ticket = check_in_poster(
        door.services, POSTER, PERSON, scan_id="real", party_size=2, now=evening, random=door.random
    )
    check_out_poster(door.services, ticket, scan_id="real-out", now=evening + HOUR)
    day = read_day(door.services, LIBRARY, kst_day(evening + HOUR), evening + 2 * HOUR)
    assert (sum(day.entered), day.left[0]) == (0, 2)


def test_what_may_come_in_a_minute_follows_the_limit_that_holds(door):
    """A level of distancing that allows 100 people makes 11 a minute a flood at a site for 500."""
    resize(door, 500, category="indoor_sports", area_m2=400)
    flood(door, 50, NOON - HOUR, 59)
    assert spells(door) == []
    set_distancing(door.services, "2020-11", "2", by="A-admin", now=NOON)
    flood(door, 11, NOON, 59, first=100)
    assert [held for *_, held in spells(door)] == [11]
