"""Keys on disk: random, readable by the owner only, and the vault does not start with a wrong or missing one."""

import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select

from entry_service.store.database.engine import LogInUse
from entry_service.vault import keys, open_vault
from entry_service.vault.key_ring import KeyRing
from entry_service.vault.keys import KeysUnsafe
from entry_service.vault.tables import day_keys

from .conftest import CANARY, DAY, pid

OTHER = date(2020, 8, 26)


def why(refused):
    return refused.value.facts["why"]


def test_keys_are_made_once_and_are_the_owners_only(vault, key_dir):
    vault.deposit(DAY, pid(1), CANARY)
    files = [path for path in key_dir.iterdir() if path.is_file()]
    assert {path.name for path in files} == {"kek", "subject", "certificates", "key-store"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (key_dir, key_dir / "days")} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert len({path.read_bytes() for path in files}) == 4
    assert keys.key_file(key_dir, "kek", may_make=True) == (key_dir / "kek").read_bytes()


def test_the_same_keys_open_the_same_records_after_a_restart(opened):
    first = opened()
    first.deposit(DAY, pid(1), CANARY)
    public = first.public_key(DAY)
    first.close()
    again = opened()
    assert again.public_key(DAY) == public
    assert again.deposit(DAY, pid(1), CANARY) == "accepted"
    assert again.group([(DAY, pid(1))]) == {(DAY, pid(1)): 1}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_stops_the_start(opened, key_dir, mode):
    opened().close()
    (key_dir / "kek").chmod(mode)
    with pytest.raises(KeysUnsafe) as refused:
        opened()
    assert why(refused) == "permissions"
    (key_dir / "kek").chmod(0o600)
    key_dir.chmod(0o755)
    with pytest.raises(KeysUnsafe):
        opened()


def test_a_key_that_is_missing_although_there_are_data_stops_the_start(opened, key_dir):
    vault = opened()
    vault.deposit(DAY, pid(1), CANARY)
    vault.close()
    (key_dir / "kek").unlink()
    with pytest.raises(KeysUnsafe) as refused:
        opened()
    assert why(refused) == "missing"
    assert not (key_dir / "kek").exists()


def test_the_key_of_another_vault_stops_the_start_and_gives_the_database_back(opened, key_dir, url):
    vault = opened()
    vault.deposit(DAY, pid(1), CANARY)
    vault.close()
    right = (key_dir / "kek").read_bytes()
    (key_dir / "kek").write_bytes(bytes(32))
    with pytest.raises(KeysUnsafe) as refused:
        opened()
    assert why(refused) == "wrong"
    (key_dir / "kek").write_bytes(right[:31])
    with pytest.raises(KeysUnsafe) as refused:
        opened()
    assert why(refused) == "length"
    (key_dir / "kek").write_bytes(right)
    assert opened().group([(DAY, pid(1))])


def test_a_day_key_is_bound_to_its_day_and_purpose():
    kek = bytes(range(32))
    wrapped = keys.wrap(kek, DAY, b"index", b"k" * 32)
    assert keys.unwrap(kek, DAY, b"index", wrapped) == b"k" * 32
    assert keys.wrap(kek, DAY, b"index", b"k" * 32) != wrapped
    for day, purpose, key in ((OTHER, b"index", kek), (DAY, b"private", kek), (DAY, b"index", bytes(32))):
        with pytest.raises(KeysUnsafe):
            keys.unwrap(key, day, purpose, wrapped)


def test_day_keys_are_random_and_kept_only_wrapped(vault, key_dir):
    privates = [vault._day_key(day).private.private_bytes_raw() for day in (DAY, OTHER)]
    with vault.store.read() as db:
        rows = db.execute(select(day_keys)).all()
    assert len(set(privates)) == 2
    assert len({row.public_key for row in rows}) == 2
    kept = [
        *(row.public_key for row in rows),
        *(path.read_bytes() for path in key_dir.rglob("*") if path.is_file()),
    ]
    assert not [key for key in privates for content in kept if key in content]
    assert {row.key_id for row in rows} == {hashlib.sha256(row.public_key).hexdigest()[:16] for row in rows}
    assert len({vault._day_key(day).index for day in (DAY, OTHER)}) == 2


def test_of_processes_that_draw_the_keys_of_a_day_at_once_the_first_counts(databases, key_dir, key_copy):
    url = databases.new("postgresql", "vault")
    KeyRing.make(key_dir, key_copy)
    vaults = [open_vault(url, key_dir, key_copy=key_copy) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        drawn = set(pool.map(lambda vault: vault.public_key(DAY), vaults))
    assert len(drawn) == 1
    for vault in vaults:
        vault.close()


def test_of_processes_that_make_a_key_file_at_once_the_first_counts(tmp_path):
    for attempt in range(20):
        folder = tmp_path / str(attempt)
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda _, folder=folder: keys.key_file(folder, "kek", may_make=True), range(8)))
        assert set(made) == {(folder / "kek").read_bytes()}
        assert [path.name for path in folder.iterdir()] == ["kek"]


def test_one_process_writes_an_embedded_vault(databases, key_dir, key_copy):
    url = databases.new("sqlite", "vault")
    KeyRing.make(key_dir, key_copy)
    vault = open_vault(url, key_dir, key_copy=key_copy)
    with pytest.raises(LogInUse):
        open_vault(url, key_dir, key_copy=key_copy)
    vault.close()
