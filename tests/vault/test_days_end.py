"""The end of a day: its key in both stores, then its rows, in an order that survives being killed anywhere."""

import os
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import insert, select

from entry_service.core.errors import Unavailable
from entry_service.vault import open_vault
from entry_service.vault.day_keys import DayDestroyed
from entry_service.vault.key_ring import KeyRing
from entry_service.vault.keys import KeysUnsafe
from entry_service.vault.tables import card_days, day_keys, disclosure_passes, records

from .conftest import CANARY, DAY, pid

NEXT = DAY + timedelta(days=1)
NOW = datetime(2020, 9, 22, 15, 0, tzinfo=UTC)
STEPS = 17  # of files and transactions


def furnish(vault):
    """Give both days a contact, a card and a pass that somebody asked for; return what is sealed of the first."""
    for day in (DAY, NEXT):
        vault.deposit(day, pid(1), CANARY)
        vault.deposit(day, pid(2), CANARY)
        rows = {
            card_days: {"day": day, "blind": b"a blind index of a card", "pid": pid(2)},
            disclosure_passes: {"request_hash": "a" * 64, "day": day, "pid": pid(1), "evidence": "{}"},
        }
        for table, row in rows.items():
            vault.store.write(lambda db, table=table, row=row: db.execute(insert(table).values(**row)))
    with vault.store.read() as db:
        return db.execute(select(records.c.sealed, records.c.blind).where(records.c.day == DAY)).all()


def left_of(vault, day):
    """Return how many rows each table has of a day."""
    with vault.store.read() as db:
        tables = (records, card_days, disclosure_passes)
        return [len(db.execute(select(table).where(table.c.day == day)).all()) for table in tables]


def files_of(vault):
    """Return name → content of the database's files."""
    path = vault.store.path
    return {one.name.removeprefix(path.stem): one.read_bytes() for one in path.parent.glob(f"{path.name}*")}


def test_a_day_ends_with_its_key_and_then_its_rows(vault, key_dir, key_copy, kind):
    sealed = furnish(vault)
    counted = vault.count_day(DAY)
    assert (counted.contacts, counted.cards, len(counted.key_id)) == (2, 1, 16)
    if kind == "sqlite":
        assert any(row.sealed in content for row in sealed for content in files_of(vault).values())
    with pytest.raises(KeysUnsafe):
        vault.destroy_rows(DAY)  # never the rows first: a backup would still hold them, and the key would live on
    vault.destroy_key(DAY, NOW)
    assert vault.days() == [NEXT]
    assert vault.dead_days() == [DAY]
    assert vault.open_contacts([(DAY, pid(1)), (NEXT, pid(1))]) == ["unreadable", CANARY]
    assert vault.count_day(DAY) == counted  # what is called by its key is called so afterwards
    assert vault.destroy_rows(DAY) == 2
    assert (left_of(vault, DAY), left_of(vault, NEXT)) == ([0, 0, 0], [2, 1, 1])
    assert vault.dead_days() == []
    if kind == "sqlite":
        found = [
            name for name, content in files_of(vault).items() for row in sealed for word in row if word in content
        ]
        assert found == []
        assert files_of(vault)[".sqlite-wal"] == b""
    with vault.store.read() as db:
        [row] = db.execute(select(day_keys).where(day_keys.c.day == DAY)).all()
    assert (row.destroyed_at, row.key_id) == (NOW, counted.key_id)
    vault.destroy_key(DAY, NOW + timedelta(days=1))
    assert vault.destroy_rows(DAY) == 0
    with vault.store.read() as db:
        assert db.execute(select(day_keys.c.destroyed_at).where(day_keys.c.day == DAY)).scalar() == NOW
    for store in (key_dir, key_copy):
        assert {path.name for path in (store / "days").iterdir()} == {f"{DAY}.gone", f"{NEXT}.key"}


def test_nothing_comes_into_a_day_that_has_ended(vault):
    furnish(vault)
    vault.destroy_key(DAY, NOW)
    never = DAY - timedelta(days=9)
    vault.destroy_key(never, NOW)  # a day without visitors has no key, and will not get one
    for day in (DAY, never):
        for use in (vault.public_key, vault.index_key, lambda day: vault.deposit(day, pid(9), CANARY)):
            with pytest.raises(DayDestroyed):
                use(day)
        with pytest.raises(DayDestroyed):
            vault.deposit_many(day, [])
    assert vault.find_passes(CANARY.phone, [DAY, never, NEXT]) == [(NEXT, pid(1)), (NEXT, pid(2))]
    assert set(vault.group([(DAY, pid(1)), (DAY, pid(2))]).values()) == {1}
    assert vault.count_day(never).key_id == ""


def test_every_process_drops_a_key_that_one_destroys(databases, key_dir, key_copy):
    url = databases.new("postgresql", "vault")
    KeyRing.make(key_dir, key_copy)
    ours, other = (open_vault(url, key_dir, key_copy=key_copy) for _ in range(2))
    furnish(ours)
    assert other.open_contacts([(DAY, pid(1))]) == [CANARY]
    ours.destroy_key(DAY, NOW)
    assert other.open_contacts([(DAY, pid(1))]) == ["unreadable"]
    with pytest.raises(DayDestroyed):
        other.deposit(DAY, pid(3), CANARY)
    assert other.days() == [NEXT]
    for vault in (ours, other):
        vault.close()


@pytest.mark.parametrize("away", ["first", "second"])
def test_while_a_store_is_away_nothing_is_called_destroyed(vault, key_dir, key_copy, tmp_path, away):
    furnish(vault)
    store = {"first": key_dir, "second": key_copy}[away]
    os.rename(store, tmp_path / "unmounted")
    store.mkdir()  # the empty place where it is mounted
    with pytest.raises(KeysUnsafe):
        vault.destroy_key(DAY, NOW)
    with pytest.raises(KeysUnsafe):
        vault.destroy_rows(DAY)
    assert left_of(vault, DAY) == [2, 1, 1]
    with vault.store.read() as db:
        assert db.execute(select(day_keys.c.destroyed_at)).scalars().all() == [None, None]
    assert list(store.iterdir()) == []
    assert vault.open_contacts([(DAY, pid(1))]) == [CANARY]
    store.rmdir()
    os.rename(tmp_path / "unmounted", store)
    vault.destroy_key(DAY, NOW)
    assert vault.destroy_rows(DAY) == 2


def test_a_reader_that_stays_keeps_the_end_from_being_told(vault, kind, monkeypatch):
    if kind == "postgresql":
        pytest.skip("its journal is the server's own affair")
    monkeypatch.setattr("entry_service.store.database.engine.CHECKPOINT_PAUSE", 0.001)
    sealed = furnish(vault)
    vault.destroy_key(DAY, NOW)
    with vault.store.read() as db:
        db.execute(select(records.c.day)).all()
        with pytest.raises(Unavailable):
            vault.destroy_rows(DAY)
    assert vault.destroy_rows(DAY) == 0
    assert not [row for row in sealed for content in files_of(vault).values() if row.sealed in content]


def end_the_day_and_die(open_it, step):
    """End the day in a process of its own that is gone after so many steps; return how it ended."""
    child = os.fork()
    if child == 0:
        try:
            _end_the_day(open_it(), step)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _end_the_day(vault, step):
    steps = count()

    def dying(work):
        def one(*arguments, **named):
            if next(steps) == step:
                os._exit(9)
            return work(*arguments, **named)

        return one

    for name in ("fsync", "link", "unlink"):
        setattr(os, name, dying(getattr(os, name)))
    vault.store.write, vault.store.sweep = dying(vault.store.write), dying(vault.store.sweep)
    vault.destroy_key(DAY, NOW)
    vault.destroy_rows(DAY)
    os._exit(0)


@pytest.mark.parametrize("step", range(STEPS + 1))
def test_killed_at_any_step_the_end_is_finished_by_doing_it_again(opened, key_dir, key_copy, kind, step):
    vault = opened()
    sealed = furnish(vault)
    vault.close()
    assert end_the_day_and_die(opened, step) == (9 if step < STEPS else 0)
    again = opened()
    readable = again.open_contacts([(DAY, pid(1))]) == [CANARY]
    assert readable == (DAY in again.days())
    if left_of(again, DAY) == [0, 0, 0]:
        assert not readable  # rows never go first
    again.destroy_key(DAY, NOW)
    again.destroy_rows(DAY)
    assert left_of(again, DAY) == [0, 0, 0]
    assert again.ring.is_gone("days", DAY.isoformat())
    assert not [path for store in (key_dir, key_copy) for path in (store / "days").glob(f"{DAY}.key*")]
    assert again.open_contacts([(NEXT, pid(1))]) == [CANARY]
    if kind == "sqlite":
        assert not [row for row in sealed for content in files_of(again).values() if row.sealed in content]
