"""Many facilities are counted in one question as each is alone, on both databases."""

import pytest

from entry_service.usecases.doors.log_scan import inside_many, inside_now
from tests.databases import databases, kind  # noqa: F401 - fixtures
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, PLACES, at, small_log

NOW = at("20 12:00")


@pytest.fixture
def log(tmp_path, databases, kind):  # noqa: F811
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", NOW, log_url=log_url, vault_url=vault_url) as opened:
        yield opened


def test_many_facilities_are_counted_as_each_alone(log):
    log.stay(1, LIBRARY, "20 11:00", party_size=3)
    log.stay(2, LIBRARY, "20 11:10", "20 11:30")  # left
    log.stay(3, LIBRARY, "20 11:10")
    log.stay(3, BANK, "20 11:50")  # went on
    log.stay(4, LIBRARY, "20 01:00")  # longer than anybody stays
    with log.services.store.read() as db:
        log.services.occupancy.rebuild(db, NOW)
    found = inside_many(log.services, PLACES, NOW)
    assert found == {one.facility_id: inside_now(log.services, one, NOW) for one in PLACES}
    assert found == {LIBRARY: 3, BANK: 1, KARAOKE: 0}
    assert inside_many(log.services, [], NOW) == {}
