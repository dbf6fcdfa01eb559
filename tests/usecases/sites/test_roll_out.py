"""Rolling out: facilities, posters and their grace, devices; every refusal names its field."""

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from entry_service.core.errors import NotFound
from entry_service.core.facility_facts import read_facility
from entry_service.core.fields import FieldsRefused
from entry_service.core.model import Device
from entry_service.store.sites import devices, facilities, posters
from entry_service.usecases.doors.poster_entry import GRACE, PosterRetired, open_poster
from entry_service.usecases.sites import roll_out
from entry_service.usecases.sites.facility_day import read_day
from tests.usecases.small_log import BANK, LIBRARY, at, small_log

NOW = at("20 12:00")
TYPED = {
    "facility_id": "",
    "name": "  노루목   작은도서관 ",
    "category": "library",
    "address": "경기도 군포시 대야미동 1",
    "lat": "37.32847",
    "lon": "126.91733",
    "coord_quality": "geocoded",
    "area_m2": "1,375.5",
    "capacity": "46",
    "risk_score": "",
    "stage": "2",
    "sensitive": "",
    "opens": "9",
    "closes": "26",
}


@pytest.fixture
def services(tmp_path):
    with small_log(tmp_path / "var", NOW) as opened:
        yield opened.services


def register(services, **typed):
    facility = read_facility({**TYPED, **typed})
    return roll_out.register_facility(services, facility, now=NOW, random=secrets.token_bytes)


def issue(services, facility_id=BANK, *, after, at=NOW):
    return roll_out.issue_poster(services, facility_id, after_epoch=after, now=at, random=secrets.token_bytes)


def test_a_facility_is_registered_with_its_first_poster(services):
    kept = register(services)
    assert kept.facility_id.startswith("F-")
    assert (kept.name, kept.area_m2, kept.closes) == ("노루목 작은도서관", 1375.5, 26)
    with services.store.read() as db:
        assert facilities.get(db, kept.facility_id) == kept
        poster = posters.current(db, kept.facility_id)
    assert poster.epoch == 1
    assert open_poster(services, poster.poster_id, NOW)[1] == kept


def test_a_number_that_is_taken_is_refused_and_the_first_facility_stays(services):
    with pytest.raises(FieldsRefused) as refused:
        register(services, facility_id=LIBRARY)
    assert list(refused.value.errors) == ["facility_id"]
    with services.store.read() as db:
        assert facilities.get(db, LIBRARY).name == LIBRARY
        assert len(posters.of_facility(db, LIBRARY)) <= 1


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("facility_id", "GP 001"),
        ("facility_id", "../etc"),
        ("facility_id", "New"),
        ("name", " "),
        ("name", "가" * 61),
        ("name", "이름\0"),
        ("category", "pub"),
        ("address", ""),
        ("lat", "126.9"),
        ("lat", "nan"),
        ("lat", "1e1"),
        ("lon", "37.3"),
        ("lon", ""),
        ("coord_quality", "guessed"),
        ("area_m2", "-4"),
        ("area_m2", "0"),
        ("area_m2", "넓음"),
        ("capacity", "0"),
        ("capacity", "3.5"),
        ("capacity", "100001"),
        ("risk_score", "13"),
        ("stage", "0"),
        ("stage", ""),
        ("opens", "24"),
        ("closes", "9"),
        ("closes", "31"),
    ],
)
def test_each_wrong_field_is_named(field, text):
    with pytest.raises(FieldsRefused) as refused:
        read_facility({**TYPED, field: text})
    assert list(refused.value.errors) == [field]


def test_all_wrong_fields_are_named_at_once():
    with pytest.raises(FieldsRefused) as refused:
        read_facility({})
    assert set(refused.value.errors) == {"name", "category", "address", "lat", "lon", "coord_quality", "stage"}


def test_empty_hours_are_those_of_the_category():
    facility = read_facility({**TYPED, "category": "karaoke", "opens": "", "closes": ""})
    assert (facility.opens, facility.closes) == (12, 29)


def test_a_changed_facility_is_seen_at_once(services):
    known = services.facility(LIBRARY)
    roll_out.change_facility(services, replace(known, capacity=5, name="산본도서관"))
    assert services.facility(LIBRARY).capacity == 5
    with pytest.raises(NotFound):
        roll_out.change_facility(services, replace(known, facility_id="GP-404"))


def test_a_new_poster_leaves_the_old_one_48_hours_of_grace(services):
    old = register(services)
    with services.store.read() as db:
        first = posters.current(db, old.facility_id)
    later = NOW + timedelta(days=7)
    second = issue(services, old.facility_id, after=1, at=later)
    assert second.epoch == 2
    assert second.poster_id[:16] != first.poster_id[:16]
    for moment in (later, later + GRACE - timedelta(seconds=1)):
        assert open_poster(services, first.poster_id, moment)[0].epoch == 1
    with pytest.raises(PosterRetired):
        open_poster(services, first.poster_id, later + GRACE)
    assert open_poster(services, second.poster_id, later + GRACE)[0] == second


def test_the_same_form_sent_twice_makes_one_poster(services):
    facility = register(services)
    issue(services, facility.facility_id, after=1)
    with pytest.raises(roll_out.PosterChanged):
        issue(services, facility.facility_id, after=1)
    with services.store.read() as db:
        assert [poster.epoch for poster in posters.of_facility(db, facility.facility_id)] == [2, 1]


def test_a_facility_without_a_poster_gets_its_first(services):
    services.store.write(lambda db: facilities.add(db, replace(services.facility(BANK), facility_id="GP-900")))
    assert issue(services, "GP-900", after=None).epoch == 1
    with pytest.raises(NotFound):
        issue(services, "GP-404", after=None)


def test_the_last_epoch_is_the_last_poster(services):
    services.store.write(lambda db: facilities.add(db, replace(services.facility(BANK), facility_id="GP-901")))
    last = posters.Poster(poster_id="Z" * 18, facility_id="GP-901", epoch=roll_out.LAST_EPOCH, valid_from=NOW)
    services.store.write(lambda db: posters.add(db, last))
    with pytest.raises(roll_out.EpochsUsed):
        issue(services, "GP-901", after=roll_out.LAST_EPOCH)
    with services.store.read() as db:
        assert posters.current(db, "GP-901") == last  # nothing was retired


def test_a_device_is_revoked_once_and_only_at_its_own_facility(services):
    device = Device(device_id="D-1", facility_id=LIBRARY, name="정문")
    services.store.write(lambda db: devices.add(db, device, b"hash", NOW))
    with pytest.raises(NotFound):
        roll_out.revoke_device(services, BANK, "D-1", now=NOW)
    roll_out.revoke_device(services, LIBRARY, "D-1", now=NOW)
    roll_out.revoke_device(services, LIBRARY, "D-1", now=NOW + timedelta(hours=1))
    with services.store.read() as db:
        assert devices.all(db, LIBRARY)[0].device.revoked_at == NOW


def test_a_day_counts_people_by_hour_and_refusals_by_reason(tmp_path):
    with small_log(tmp_path / "var", NOW) as log:
        log.stay(1, LIBRARY, "20 09:10", "20 10:05")
        log.stay(2, LIBRARY, "20 09:59", party_size=3)
        log.stay(3, LIBRARY, "19 23:59", "20 00:00")
        log.stay(4, BANK, "20 09:00")
        day = read_day(log.services, LIBRARY, NOW.date(), NOW)
    assert {hour: count for hour, count in enumerate(day.entered) if count} == {9: 4}
    assert {hour: count for hour, count in enumerate(day.left) if count} == {0: 1, 10: 1}
    assert sum(day.by_source.values()) == 4
    assert day.refused == {}
    assert day.last_day == NOW.date()
