"""A backup is whole or not there, holds what was acknowledged, and brings nothing back that was destroyed."""

import os
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import make_url

from entry_service.core.errors import Unavailable
from entry_service.store.database import copies
from entry_service.store.database.engine import HeldLock, LogInUse
from entry_service.store.log import scans
from entry_service.upkeep import backups, restores
from entry_service.vault.copies import vault_is_empty

from .site import A_DAY, FIRST, ONE, Site, days, noon, reading, visit

BACKUP = FIRST + 4 * ONE  # of the fixtures in conftest.py


@pytest.fixture
def new(databases, kind, tmp_path):
    """Return a host that is empty but for the escrow; the second store of keys is connected to it."""

    def make():
        made = Site(databases, kind, tmp_path, "new")
        shutil.copytree(tmp_path / "escrow", made.settings.key_dir)
        return made

    return make


def test_a_backup_put_back_has_the_same_rows_and_every_contact_opens(site, saved, new):
    restored = new()
    done = restores.restore(restored.settings, saved, reading(BACKUP + ONE))
    assert done.rows == {name: part.rows for name, part in saved.told.parts.items()}
    assert done.rows["log"]["scans"] == 5 * A_DAY
    assert done.destroyed == ()
    assert restored.readable(FIRST, BACKUP) == 5 * A_DAY
    assert restored.visits(BACKUP) == site.visits(BACKUP)


def test_days_that_ended_since_the_backup_are_destroyed_again(site, saved, new):
    later = FIRST + 30 * ONE
    site.live(BACKUP + ONE, later)
    shutil.rmtree(site.settings.var)
    restored = new()
    done = restores.restore(restored.settings, saved, reading(later))
    assert done.rows["log"]["scans"] == 5 * A_DAY  # they came back
    assert done.destroyed == tuple(days(FIRST, FIRST + 2 * ONE))  # and went, as they had before
    assert {name[:10] for name in restored.visits(BACKUP)} == {str(day) for day in days(FIRST + 3 * ONE, BACKUP)}
    assert restored.readable(FIRST, BACKUP) == 2 * A_DAY


def test_what_was_acknowledged_before_a_backup_is_in_it_while_doors_go_on(site, tmp_path):
    services = site.open(BACKUP)
    acknowledged, ended = [], threading.Event()

    def door(number: int) -> None:
        count = 0
        while not ended.is_set():
            one = visit(BACKUP, 1_000 * number + 100 + count)
            services.store.write(lambda db, one=one: scans.append_scan(db, one))
            acknowledged.append(one.scan_id)
            count += 1

    doors = [threading.Thread(target=door, args=(number,)) for number in range(4)]
    for one in doors:
        one.start()
    while len(acknowledged) < 50 and any(one.is_alive() for one in doors):
        ended.wait(0.01)
    before = len(acknowledged)
    made = backups.make(site.settings, tmp_path / "backups", noon(BACKUP))
    during = len(acknowledged)
    ended.set()
    for one in doors:
        one.join()
    services.close()
    assert made.told.parts["log"].rows["scans"] >= 5 * A_DAY + before
    assert during >= before


@pytest.mark.parametrize("harm", ["changed", "missing", "untold"])
def test_a_backup_that_was_meddled_with_is_refused_and_nothing_is_put_back(saved, new, harm):
    file = saved.folder / saved.told.parts["vault"].file
    if harm == "changed":
        file.write_bytes(file.read_bytes()[:-1] + b"\xff")
    elif harm == "missing":
        file.unlink()
    else:
        (saved.folder / backups.TOLD).write_text("{}")
    restored = new()
    with pytest.raises(backups.BackupRefused):
        restores.restore(restored.settings, backups.read(saved.folder), reading(BACKUP))
    assert copies.is_empty(restored.settings.log_address)
    assert vault_is_empty(restored.settings.vault_address)


def test_a_place_that_holds_something_is_refused(site, saved):
    with pytest.raises(backups.BackupRefused) as refused:
        restores.restore(site.settings, saved, reading(BACKUP))
    assert "이미 데이터베이스가 있습니다" in refused.value.sentence


@pytest.mark.parametrize("left", ["log.sqlite-wal", "log.sqlite-journal", "vault.sqlite-wal", "vault.sqlite-shm"])
def test_a_journal_that_was_left_behind_is_no_empty_place(saved, new, kind, left):
    if kind == "postgresql":
        return
    restored = new()
    journal = restored.settings.var / left
    journal.write_bytes(b"of another file")
    with pytest.raises(backups.BackupRefused) as refused:
        restores.restore(restored.settings, saved, reading(BACKUP))
    assert refused.value.facts == {"key": left.split(".")[0]}
    assert [path.name for path in restored.settings.var.glob("*.sqlite*")] == [left]
    with pytest.raises(Unavailable):  # nor may one come between the look and the copy
        copies.put_back(saved.folder / f"{left.split('.')[0]}.sqlite", _address(restored, left))
    assert journal.read_bytes() == b"of another file"


def test_nothing_is_put_back_where_another_process_has_the_lock(saved, new, kind):
    if kind == "postgresql":
        return
    restored = new()
    with closing(HeldLock(restored.settings.var / "log.sqlite")), pytest.raises(LogInUse):
        restores.restore(restored.settings, saved, reading(BACKUP))
    assert not (restored.settings.var / "log.sqlite").exists()


def test_a_day_that_ends_while_its_backup_is_made_waits_for_it(site, tmp_path, kind, monkeypatch):
    if kind == "sqlite":
        return
    programs = tmp_path / "programs"
    programs.mkdir()
    url = make_url(site.settings.log_address).set(drivername="postgresql").render_as_string(hide_password=False)
    [day] = [name for name in copies.rows_of(site.settings.log_address) if name == f"scans_{FIRST:%Y%m%d}"]
    drop = f"SET lock_timeout = '300ms'; DROP TABLE {day}"
    (programs / "pg_dump").write_text(f"""#!/bin/sh
{shutil.which("pg_dump")} "$@" || exit 1
{shutil.which("psql")} --quiet --dbname '{url}' --command "{drop}" 2> {tmp_path}/told
exit 0
""")
    (programs / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    made = backups.make(site.settings, tmp_path / "backups", noon(BACKUP), vault=False)
    assert made.told.parts["log"].rows[day] == A_DAY
    assert "lock timeout" in (tmp_path / "told").read_text()


def _address(site, name: str) -> str:
    return site.settings.log_address if name.startswith("log") else site.settings.vault_address


def test_what_broke_off_is_no_backup_and_the_oldest_go(site, tmp_path):
    home = tmp_path / "backups"
    made = [backups.make(site.settings, home, noon(BACKUP) + timedelta(hours=n)) for n in range(3)]
    (home / ".20200901T000000.new").mkdir(mode=0o700)
    log = backups.make(site.settings, home, noon(BACKUP) + timedelta(hours=4), vault=False)
    (home / "20200901T000000").mkdir(mode=0o700)  # the name of one, and nothing to read in it
    assert backups.unreadable(home) == [home / "20200901T000000"]
    later = noon(BACKUP + ONE)
    assert (backups.newest(home, later, "log"), backups.newest(home, later, "vault")) == (log, made[2])
    assert backups.saved_until(home, later, ("log", "vault")) == made[2].made_at  # the part that is behind decides
    assert backups.saved_until(home, later, ("log",)) == log.made_at
    assert backups.newest(home, made[2].made_at, "log") == made[2]  # one that is dated ahead is not the newest
    assert backups.prune(home, 2, made[-1]) == [made[0].folder]
    assert backups.whole(home) == [made[1], made[2], log]
    assert {path.stat().st_mode & 0o077 for path in home.rglob("*")} == {0}


def test_no_key_is_in_a_backup(site, saved, tmp_path):
    keys = [path.read_bytes() for path in (tmp_path / "keys2").rglob("*.key")]
    keys += [path.read_bytes() for path in site.settings.key_dir.iterdir() if path.is_file()]
    content = b"".join(path.read_bytes() for path in saved.folder.iterdir())
    assert len(keys) >= 5
    assert [key for key in keys if len(key) >= 16 and key in content] == []


def test_a_database_that_is_not_there_is_no_empty_backup(site, tmp_path, kind):
    if kind == "postgresql":
        return
    (site.settings.var / "log.sqlite").unlink()
    with pytest.raises(Unavailable):
        backups.make(site.settings, tmp_path / "backups", noon(BACKUP))
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [backups.LOCK]


def test_a_damaged_database_is_no_backup(site, tmp_path, kind):
    if kind == "postgresql":
        return
    file = site.settings.var / "log.sqlite"
    with sqlite3.connect(file) as log:
        log.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    log.close()
    content = bytearray(file.read_bytes())
    content[8_192:12_288] = bytes(4_096)
    file.write_bytes(content)
    with pytest.raises((backups.BackupRefused, sqlite3.DatabaseError)):
        backups.make(site.settings, tmp_path / "backups", noon(BACKUP))
    assert backups.whole(tmp_path / "backups") == []
