"""A vault in a process of its own, whose disk is really full, still destroys what is due (F05)."""

import pytest

from tests.small_disk import told_on_twelve_megabytes

BOTH = ["reserve", "reserve-destruction"]


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict:
    """Return what happened on a file system of twelve megabytes."""
    full, roomy = tmp_path_factory.mktemp("f"), tmp_path_factory.mktemp("roomy")
    return told_on_twelve_megabytes("tests.vault.full_disk", full, roomy)


def test_contacts_are_refused_by_name_once_the_first_reserve_is_used_up(told):
    assert (told["held"], told["refused"], told["held when full"]) == (BOTH, "SQLITE_FULL", BOTH[1:])


def test_what_is_due_is_destroyed_with_the_vaults_own_second_reserve(told):
    assert "2020-08-01" not in told["days left"]
    assert "2020-08-02" not in told["days left"]
    assert (told["dead days left"], told["held after the purge"]) == (0, [])
    assert told["held by the web side"] == BOTH


def test_both_come_back_when_there_is_room(told):
    assert told["held with room"] == BOTH
