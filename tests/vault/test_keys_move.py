"""A vault of an earlier form: its wrapped keys become files of the ring before they leave the database."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from sqlalchemy import create_engine, inspect, make_url, text

from entry_service.store.database.migrate import migrate
from entry_service.vault import keys, open_vault, seal
from entry_service.vault.key_ring import KeyRing
from entry_service.vault.vault import MIGRATIONS, migrate_vault, vault_is_current

from .conftest import CANARY, DAY, pid

NEXT = DAY + timedelta(days=1)


@pytest.fixture
def old(databases, kind, key_dir):
    """Return the address of a vault as it was, with a contact on each of two days, and what was wrapped in it."""
    url = databases.new(kind, "empty")
    migrate(url, MIGRATIONS, "0003")
    kek = keys.key_file(key_dir, "kek", may_make=True)
    wrapped = []
    engine = create_engine(url)
    with engine.begin() as db:
        for day in (DAY, NEXT):
            private = x25519.X25519PrivateKey.generate()
            public = private.public_key().public_bytes_raw()
            row = {
                "day": day.isoformat(),
                "public": public,
                "private": keys.wrap(kek, day, b"private", private.private_bytes_raw()),
                "index": keys.wrap(kek, day, b"index", bytes(range(32))),
            }
            wrapped += [row["private"], row["index"]]
            db.execute(text("INSERT INTO day_keys VALUES (:day, :public, :private, :index)"), row)
            sealed = {"day": day.isoformat(), "pid": pid(1), "sealed": seal(public, day, pid(1), CANARY)}
            columns = "INSERT INTO records (day, pid, blind, over_cap, sealed) VALUES "
            db.execute(text(columns + "(:day, :pid, :pid, :no, :sealed)"), {**sealed, "no": False})
    engine.dispose()
    return url, wrapped


def test_the_keys_move_and_open_what_they_sealed(old, key_dir, key_copy, kind):
    url, wrapped = old
    KeyRing.make(key_dir, key_copy)
    migrate_vault(url, key_dir, key_copy)
    migrate_vault(url, key_dir, key_copy)
    assert vault_is_current(url)
    vault = open_vault(url, key_dir, key_copy=key_copy)
    assert vault.open_contacts([(DAY, pid(1)), (NEXT, pid(1))]) == [CANARY, CANARY]
    assert vault.index_key(DAY) == bytes(range(32))
    assert len(vault.count_day(DAY).key_id) == 16
    vault.close()
    for store in (key_dir, key_copy):
        assert {path.name for path in (store / "days").iterdir()} == {f"{DAY}.key", f"{NEXT}.key"}
    if kind == "sqlite":
        path = Path(make_url(url).database)
        files = [one.read_bytes() for one in path.parent.glob(f"{path.name}*")]
        assert files
        assert not [key for key in wrapped for content in files if key in content]


@pytest.mark.parametrize("lost", ["the second store", "kek"])
def test_without_a_place_for_the_keys_they_stay_where_they_are(old, key_dir, key_copy, lost):
    url, _ = old
    KeyRing.make(key_dir, key_copy)
    (key_copy / "key-store" if lost == "the second store" else key_dir / "kek").unlink()
    with pytest.raises(keys.KeysUnsafe):
        migrate_vault(url, key_dir, key_copy)
    assert not vault_is_current(url)
    engine = create_engine(url)
    with engine.connect() as db:
        assert "wrapped_private_key" in {column["name"] for column in inspect(db).get_columns("day_keys")}
        assert db.execute(text("SELECT count(*) FROM day_keys")).scalar() == 2
    engine.dispose()


def test_killed_between_the_files_and_the_table_the_next_try_finishes(old, key_dir, key_copy, monkeypatch):
    url, _ = old
    KeyRing.make(key_dir, key_copy)
    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.drop_table", lambda name: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            migrate_vault(url, key_dir, key_copy)
    assert (key_copy / "days" / f"{NEXT}.key").exists()
    migrate_vault(url, key_dir, key_copy)
    vault = open_vault(url, key_dir, key_copy=key_copy)
    assert vault.open_contacts([(DAY, pid(1)), (NEXT, pid(1))]) == [CANARY, CANARY]
    vault.close()
