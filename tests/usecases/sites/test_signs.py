"""The public sign: random address that can be renewed, counts of facility and zones, none for sensitive places."""

from dataclasses import replace

import pytest

from entry_service.core.errors import NotFound
from entry_service.store.sites import facilities, signs, zones
from entry_service.store.sites.zones import Zone
from entry_service.usecases.doors.limits import set_distancing
from entry_service.usecases.doors.log_scan import append
from entry_service.usecases.sites.signs import NoSignHere, end_sign, read_sign, renew_sign
from tests.databases import databases, kind
from tests.store.conftest import scan
from tests.usecases.small_log import KARAOKE, LIBRARY, at, pid, small_log

__all__ = ["databases", "kind"]
NOW = at("14 19:00")


@pytest.fixture
def log(tmp_path, databases, kind):
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", NOW, log_url=log_url, vault_url=vault_url) as opened:
        yield opened


def renews(log, facility_id=LIBRARY, byte=1):
    return renew_sign(log.services, facility_id, now=NOW, random=lambda size: bytes([byte]) * size)


def test_a_sign_tells_people_and_limit_of_the_facility_and_its_zones(log):
    def furnish(db):
        zones.add(db, Zone(zone_id="Z-1", facility_id=LIBRARY, name="열람실", capacity=2))
        zones.add(db, Zone(zone_id="Z-2", facility_id=LIBRARY, name="전시실"))
        zones.add(db, Zone(zone_id="Z-3", facility_id=LIBRARY, name="없앤 곳", retired_at=NOW))

    log.services.store.write(furnish)
    sign_id = renews(log)
    for who, zone in enumerate(["", "Z-1", "Z-1", "Z-2", "Z-3"]):
        one = scan(f"scan-{who}", pid=pid(who), facility_id=LIBRARY, zone=zone, party_size=1)
        append(log.services, replace(one, scanned_at=NOW, received_at=NOW))
    told = read_sign(log.services, sign_id, NOW)
    assert (told.whole.inside, told.whole.limit.people, told.whole.crowding) == (5, 300, "relaxed")
    assert [(one.name, one.inside, one.limit.people, one.crowding) for one in told.zones] == [
        ("열람실", 2, 2, "full"),
        ("전시실", 1, None, ""),
    ]
    assert told.opened
    assert not read_sign(log.services, sign_id, at("14 23:00")).opened


def test_where_the_level_closes_a_place_its_sign_says_so(log):
    log.services.store.write(lambda db: facilities.update_facility(db, replace(_karaoke(log), sensitive=False)))
    sign_id = renews(log, KARAOKE)
    set_distancing(log.services, "2020-11", "2.5", by="A-admin", now=NOW)
    told = read_sign(log.services, sign_id, NOW)
    assert (told.whole.limit.closed, told.whole.limit.people, told.whole.crowding) == (True, 0, "closed")


def _karaoke(log):
    return log.services.facility(KARAOKE)


def test_a_new_address_ends_the_one_before(log):
    first, second = renews(log, byte=1), renews(log, byte=2)
    assert first != second
    assert len(first) == 12
    with pytest.raises(NotFound):
        read_sign(log.services, first, NOW)
    assert read_sign(log.services, second, NOW).facility.facility_id == LIBRARY
    end_sign(log.services, LIBRARY)
    with pytest.raises(NotFound):
        read_sign(log.services, second, NOW)
    with log.services.store.read() as db:
        assert signs.of_facility(db, LIBRARY) is None


def test_a_sensitive_facility_has_no_sign_nor_keeps_one(log):
    with pytest.raises(NoSignHere):
        renews(log, KARAOKE)
    with pytest.raises(NotFound):
        renews(log, "GP-404")
    sign_id = renews(log)
    hidden = replace(log.services.facility(LIBRARY), sensitive=True)
    log.services.store.write(lambda db: facilities.update_facility(db, hidden))
    with pytest.raises(NotFound):
        read_sign(log.services, sign_id, NOW)
