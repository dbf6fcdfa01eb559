"""Adoption numbers by stage and by facility, the same on both databases."""

from datetime import timedelta

import pytest

from entry_service.core.model import Device
from entry_service.store.log import scans
from entry_service.store.sites import adoption, devices, facilities, posters

from .conftest import NOON, facility, scan

WEEK = (NOON - timedelta(days=7), NOON)


@pytest.fixture
def city(store, new_id):
    """Return the log with four facilities: two of stage 1, one of stage 2, one sensitive of stage 3."""

    def furnish(db):
        facilities.add_many(
            db,
            [
                facility("GP-001", name="산본도서관"),
                facility("GP-002", name="군포시청", category="public_office", address="군포시 청백리길 6"),
                facility("PV-001", name="100% 노래연습장", category="karaoke", stage=2),
                facility("PV-002", name="PC방_1호", category="pc_room", stage=3, sensitive=True),
            ],
        )
        for number, where in enumerate(("GP-001", "GP-001", "PV-001")):
            device = Device(device_id=f"D-{number}", facility_id=where, name="정문")
            devices.add(db, device, bytes([number]), NOON)
        devices.revoke(db, "D-2", NOON)
        posters.add(db, posters.Poster(poster_id="A" * 18, facility_id="GP-001", epoch=1, valid_from=NOON))
        hour = timedelta(hours=1)
        scans.append_many(
            db,
            [
                scan(new_id(), scanned_at=NOON - hour),
                scan(new_id(), scanned_at=NOON - hour, pid=b"2" * 8),
                scan(new_id(), scanned_at=NOON - hour, direction="out", facility_id="GP-002"),
                scan(new_id(), scanned_at=NOON - hour, outcome="pass_expired", facility_id="GP-002"),
                scan(new_id(), scanned_at=NOON - timedelta(days=8), facility_id="PV-001"),
                scan(new_id(), scanned_at=WEEK[0], facility_id="PV-002"),
                scan(new_id(), scanned_at=NOON, facility_id="GP-002"),
            ],
        )

    store.write(furnish)
    return store


def page(store, **wish):
    given = {"text": "", "category": "", "stage": None, "start": WEEK[0], "end": WEEK[1], "offset": 0, "limit": 50}
    with store.read() as db:
        total, rows = adoption.page_of_facilities(db, **{**given, **wish})
    return total, [row.facility.facility_id for row in rows]


def test_stages_count_facilities_devices_in_use_and_entries_of_the_week(city):
    with city.read() as db:
        found = [
            (stage.stage, stage.facilities, stage.with_device, stage.with_entries)
            for stage in adoption.by_stage(db, *WEEK)
        ]
    assert found == [(1, 2, 1, 1), (2, 1, 0, 0), (3, 1, 0, 1)]


def test_the_newest_entry_is_an_accepted_check_in_before_the_limit(city):
    with city.read() as db:
        assert adoption.last_entry(db, None, before=NOON + timedelta(days=1)) == NOON
        assert adoption.last_entry(db, None, before=NOON) == NOON - timedelta(hours=1)
        assert adoption.last_entry(db, "PV-001", before=NOON) == NOON - timedelta(days=8)
        assert adoption.last_entry(db, "GP-002", before=NOON) is None


def test_facilities_without_a_poster_are_counted(city):
    with city.read() as db:
        assert adoption.without_poster(db) == 3


def test_a_row_has_its_devices_and_its_entries(city):
    with city.read() as db:
        _, rows = adoption.page_of_facilities(
            db, text="", category="", stage=None, start=WEEK[0], end=WEEK[1], offset=0, limit=50
        )
    assert [(row.devices, row.entries) for row in rows] == [(2, 2), (0, 0), (0, 0), (0, 1)]


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({"text": "산본"}, ["GP-001"]),
        ({"text": "gp-00"}, ["GP-001", "GP-002"]),
        ({"text": "군포시 청백리길"}, ["GP-002"]),
        ({"text": "시청 GP"}, ["GP-002"]),
        ({"text": "100%"}, ["PV-001"]),
        ({"text": "_1"}, ["PV-002"]),
        ({"text": "없음"}, []),
        ({"category": "library"}, ["GP-001"]),
        ({"stage": 3}, ["PV-002"]),
        ({"stage": 1, "category": "karaoke"}, []),
    ],
)
def test_words_category_and_stage_narrow_the_list(city, wish, found):
    assert page(city, **wish) == (len(found), found)


def test_a_page_is_part_of_the_whole(city):
    assert page(city, offset=2, limit=1) == (4, ["PV-001"])
    assert page(city, offset=50) == (4, [])
