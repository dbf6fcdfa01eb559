"""The reserve of F05: a disk that is really full still takes entries, and still lets what is due be destroyed."""

import pytest

from entry_service.store.database import reserve
from tests.small_disk import told_on_twelve_megabytes

BOTH = ["reserve", "reserve-destruction"]


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict:
    """Return what happened on a file system of twelve megabytes."""
    disk = tmp_path_factory.mktemp("disk")
    return told_on_twelve_megabytes("tests.store.full_disk", disk)


def test_a_reserve_is_taken_only_where_there_is_room(told):
    assert (told["without room"], told["taken"]) == (False, True)
    assert told["held"] == {"reserve": 2 << 20, "reserve-destruction": 1 << 20}


def test_the_first_reserve_lets_entries_on_and_then_they_are_refused_by_name(told):
    assert (told["first"], told["held after the first"]) == ("", ["reserve-destruction"])
    assert told["second"] == "SQLITE_FULL"


def test_what_is_due_is_destroyed_with_the_second_one(told):
    assert told["purge"] == "unavailable"
    assert (told["days left"], told["held after the purge"]) == (0, [])


def test_both_come_back_when_there_is_room_and_entries_go_on(told):
    assert (told["held with room"], told["third"]) == (BOTH, "")


def test_a_service_starts_on_a_full_disk(told):
    assert (told["start"][0], told["held after the start"]) == (0, ["reserve-destruction"]), told["start"]


def test_reserves_are_their_owners_alone_and_a_second_process_takes_none_twice(tmp_path):
    assert reserve.keep(tmp_path, 1)
    before = {name: (tmp_path / name).stat() for name in BOTH}
    assert reserve.keep(tmp_path, 1)
    assert {name: (tmp_path / name).stat().st_ino for name in BOTH} == {
        name: one.st_ino for name, one in before.items()
    }
    assert {one.st_mode & 0o777 for one in before.values()} == {0o600}
    assert sorted(path.name for path in tmp_path.iterdir()) == BOTH
    assert (reserve.release(tmp_path), reserve.release(tmp_path)) == (True, False)
