"""Wrapped keys in two stores: both have them, either gives them back, and a destroyed one never returns."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from entry_service.vault.key_ring import KeyGone, KeyRing
from entry_service.vault.keys import KeysUnsafe

KEK = bytes(range(32))


@pytest.fixture
def folders(tmp_path):
    first, second = tmp_path / "keys", tmp_path / "away" / "copy"
    KeyRing.make(first, second)
    return first, second


def test_a_key_lies_wrapped_in_both_stores_for_its_owner_only(folders):
    key = KeyRing(KEK, *folders).draw("days", "2020-08-25", 64)
    files = [store / "days" / "2020-08-25.key" for store in folders]
    assert len(key) == 64
    assert files[0].read_bytes() == files[1].read_bytes()
    assert key not in files[0].read_bytes()
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert KeyRing(KEK, *folders).get("days", "2020-08-25") == key


@pytest.mark.parametrize("lost", [0, 1])
def test_a_store_that_lost_a_key_gets_it_back(folders, lost):
    ring = KeyRing(KEK, *folders)
    key = ring.draw("cases", "a1")
    (folders[lost] / "cases" / "a1.key").unlink()
    assert ring.get("cases", "a1") == key
    assert (folders[lost] / "cases" / "a1.key").exists()


def test_a_destroyed_key_stays_dead_even_where_a_copy_of_it_returns(folders):
    ring = KeyRing(KEK, *folders)
    ring.draw("days", "2020-08-25")
    copy = (folders[0] / "days" / "2020-08-25.key").read_bytes()
    ring.destroy("days", "2020-08-25")
    ring.destroy("days", "2020-08-25")
    assert ring.is_gone("days", "2020-08-25")
    assert ring.names("days") == set()
    (folders[1] / "days" / "2020-08-25.key").write_bytes(copy)
    assert not ring.is_gone("days", "2020-08-25")
    for use in (ring.get, ring.draw):
        with pytest.raises(KeyGone):
            use("days", "2020-08-25")


@pytest.mark.parametrize("left", ["a file", "an empty mount point", "nothing"])
@pytest.mark.parametrize("away", [0, 1])
def test_while_a_store_is_away_nothing_is_destroyed_and_no_key_is_drawn(folders, tmp_path, away, left):
    ring = KeyRing(KEK, *folders)
    key = ring.draw("days", "2020-08-25")
    os.rename(folders[away], tmp_path / "unmounted")
    if left == "a file":
        folders[away].touch()
    elif left == "an empty mount point":
        folders[away].mkdir()
    for refused in (ring.destroy, ring.draw):
        with pytest.raises(KeysUnsafe):
            refused("days", "2020-08-26" if refused == ring.draw else "2020-08-25")
    assert not ring.is_gone("days", "2020-08-25")
    if left != "a file":
        assert ring.get("days", "2020-08-25") == key  # what was drawn still opens, and nothing is written there
        assert not folders[away].exists() or not list(folders[away].iterdir())
    with pytest.raises(KeysUnsafe):
        KeyRing(KEK, *folders)
    if folders[away].is_dir():
        folders[away].rmdir()
    folders[away].unlink(missing_ok=True)
    os.rename(tmp_path / "unmounted", folders[away])
    ring.destroy("days", "2020-08-25")
    assert ring.is_gone("days", "2020-08-25")


def test_another_vaults_store_and_another_key_are_noticed(folders, tmp_path):
    KeyRing(KEK, *folders).draw("days", "2020-08-25")
    with pytest.raises(KeysUnsafe):
        KeyRing(bytes(32), *folders).get("days", "2020-08-25")
    KeyRing.make(tmp_path / "other", tmp_path / "others-copy")
    with pytest.raises(KeysUnsafe):
        KeyRing(KEK, folders[0], tmp_path / "others-copy")


def test_who_draws_at_the_same_moment_gets_the_same_key(folders):
    rings = [KeyRing(KEK, *folders) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        drawn = set(pool.map(lambda ring: ring.draw("days", "2020-08-25"), rings))
    assert len(drawn) == 1
