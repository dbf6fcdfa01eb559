"""The level that holds limits facilities, their zones and hours; changing it is logged and reaches every door."""

from dataclasses import replace
from datetime import timedelta

import pytest

from entry_service.core.capacity import SCHEMES
from entry_service.core.categories import CATEGORIES
from entry_service.core.errors import BadInput
from entry_service.services import REMEMBERED
from entry_service.store.log import distancing
from entry_service.store.log.distancing import Level
from entry_service.store.sites import facilities, zones
from entry_service.store.sites.zones import Zone
from entry_service.usecases.doors import limits
from entry_service.usecases.doors.poster_entry import check_in_poster
from tests.databases import databases, kind
from tests.usecases.door import LIBRARY, NOON, PERSON, POSTER, open_door
from tests.usecases.small_log import KARAOKE, at, place, small_log

__all__ = ["databases", "kind"]
EVENING = at("20 18:00")


@pytest.fixture
def log(tmp_path, databases, kind):
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", EVENING, log_url=log_url, vault_url=vault_url) as opened:
        yield opened


def limit(log, facility, now=EVENING, zone=""):
    return limits.limit_of(log.services, facility, now, zone)


def test_without_a_level_a_facility_has_its_own_capacity_alone(log):
    assert limit(log, place("A", "karaoke", area_m2=100)).people is None
    assert limit(log, place("A", "karaoke", area_m2=100, capacity=9)).people == 9


def test_the_level_that_was_set_last_holds_for_its_categories_and_hours(log):
    karaoke = place("A", "karaoke", area_m2=100)
    limits.set_distancing(log.services, "2020-11", "1.5", by="A-admin", now=EVENING)
    assert limit(log, karaoke).people == 25
    limits.set_distancing(log.services, "2020-11", "2", by="A-admin", now=EVENING)
    now = limit(log, karaoke)
    assert (now.people, now.closed, now.open_until) == (25, False, 21)
    assert limit(log, karaoke, at("20 21:00")).closed
    assert limit(log, karaoke, at("21 04:59")).closed
    assert not limit(log, karaoke, at("21 05:00")).closed
    assert limit(log, place("B", "library", area_m2=100)).people is None
    limits.set_distancing(log.services, "2020-11", "2.5", by="A-admin", now=EVENING)
    assert (limit(log, karaoke).people, limit(log, karaoke).closed) == (0, True)
    limits.set_distancing(log.services, "", "", by="A-admin", now=EVENING)
    assert limit(log, karaoke).people is None
    with log.services.store.read() as db:
        told = distancing.history(db, 10)
    assert [(one.scheme, one.level, one.set_by) for one in told] == [
        ("", "", "A-admin"),
        ("2020-11", "2.5", "A-admin"),
        ("2020-11", "2", "A-admin"),
        ("2020-11", "1.5", "A-admin"),
    ]
    assert all(one.since == EVENING for one in told)


def test_a_level_that_no_rule_knows_is_refused_and_nothing_changes(log):
    for scheme, level in (("2020-11", "7"), ("", "2"), ("2021-07", "1.5")):
        with pytest.raises(BadInput):
            limits.set_distancing(log.services, scheme, level, by="A-admin", now=EVENING)
    with log.services.store.read() as db:
        assert distancing.current(db) == Level()


def test_other_processes_follow_within_what_a_door_remembers(log):
    karaoke = place("A", "karaoke", area_m2=100)
    assert limit(log, karaoke).people is None
    new = Level(scheme="2020-11", level="2.5", since=EVENING)
    log.services.store.write(lambda db: distancing.set_level(db, new))
    assert limit(log, karaoke, EVENING + REMEMBERED - timedelta(seconds=1)).people is None
    assert limit(log, karaoke, EVENING + REMEMBERED).closed


def test_a_zone_has_its_own_capacity_and_the_hours_of_its_facility(log):
    def furnish(db):
        zones.add(db, Zone(zone_id="Z-1", facility_id=KARAOKE, name="1층", capacity=7))
        zones.add(db, Zone(zone_id="Z-2", facility_id=KARAOKE, name="2층"))
        zones.add(db, Zone(zone_id="Z-3", facility_id=KARAOKE, name="3층", capacity=3))
        zones.retire(db, KARAOKE, "Z-3", EVENING)

    log.services.store.write(furnish)
    limits.set_distancing(log.services, "2020-11", "2", by="A-admin", now=EVENING)
    karaoke = replace(log.services.facility(KARAOKE), area_m2=100)
    assert [limit(log, karaoke, zone=zone).people for zone in ("", "Z-1", "Z-2", "Z-3")] == [25, 7, None, None]
    assert limit(log, karaoke, zone="Z-1").why == "구역이 정한 정원 7명"
    late = limit(log, karaoke, at("20 22:00"), zone="Z-1")
    assert (late.people, late.closed) == (0, True)


def test_the_preview_counts_what_would_be_closed_over_and_not_computable(log):
    log.services.store.write(
        lambda db: facilities.add_many(
            db,
            [
                place("PV-010", "entertainment", area_m2=100),
                place("PV-011", "indoor_sports", area_m2=9),
                place("PV-012", "bath"),
            ],
        )
    )
    for who in range(4):
        log.scan(who, "PV-011", "20 17:30", "in")
    with log.services.store.read() as db:
        log.services.occupancy.rebuild(db, EVENING)
    told = limits.preview(log.services, Level(scheme="2020-11", level="2"), EVENING)
    assert (told.facilities, told.closed, told.over, told.not_computed) == (6, 1, 1, 2)  # karaoke, bath: no area
    assert [(one.facility_id, inside, allowed) for one, inside, allowed in told.worst] == [("PV-011", 4, 2)]
    free = limits.preview(log.services, Level(), EVENING)
    assert (free.closed, free.over, free.limited) == (0, 0, 1)


def test_an_entry_that_nobody_watched_is_flagged_by_the_limit_of_the_level(tmp_path, databases, kind):
    with open_door(tmp_path / "door", *databases.pair(kind)) as door:
        hall = replace(door.services.facility(LIBRARY), category="karaoke", area_m2=12.5, capacity=4)
        door.services.store.write(lambda db: facilities.update_facility(db, hall))
        limits.set_distancing(door.services, "2020-11", "1.5", by="A-admin", now=NOON)
        for number, party in enumerate((3, 1)):
            check_in_poster(
                door.services,
                POSTER,
                PERSON,
                scan_id=f"form-000{number}",
                party_size=party,
                now=NOON + timedelta(minutes=number),
                random=door.random,
            )
        assert ["full" in row.flags for row in door.log()] == [False, True]  # 12.5 m² at 4 m²: three


def test_every_rule_names_a_known_category_and_doubts_are_marked():
    for rule in limits.RULES:
        assert rule.category in CATEGORIES
        assert rule.scheme in SCHEMES
    assert {(scheme, level) for scheme, level in limits.LEVELS} == {
        ("", ""), ("2020-11", "1.5"), ("2020-11", "2"), ("2020-11", "2.5"),
        ("2021-07", "1"), ("2021-07", "2"), ("2021-07", "3"), ("2021-07", "4"),
    }  # fmt: skip
    first = [rule for rule in limits.RULES if (rule.scheme, rule.level) == ("2021-07", "1") and rule.value]
    assert first
    assert all(rule.note.startswith("미확인") for rule in first)  # 6 m² is a figure of memory, not of a source
