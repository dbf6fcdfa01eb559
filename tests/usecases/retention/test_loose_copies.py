"""Copies that go, stay or may not be read while somebody looks: the others are told and removed all the same."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from entry_service.core.retention import Belief
from entry_service.usecases.retention import loose_copies, purge_daily
from entry_service.usecases.retention.loose_copies import MAGIC, TOLD, Copy, copies_left, remove_backups
from entry_service.usecases.retention.purge import Purged

OLD = datetime(2020, 8, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)
TABLES = ("scans",)
NOBODY = 65534


@pytest.fixture
def home() -> Iterator[Path]:
    """Give a folder that an account without rights may enter."""
    os.umask(0o022)  # back again by tests/conftest.py
    made = Path(tempfile.mkdtemp(prefix="copies-"))
    made.chmod(0o755)
    yield made
    for folder, _, _ in os.walk(made):
        Path(folder).chmod(0o755)
    shutil.rmtree(made)


@contextmanager
def plain_account() -> Iterator[None]:
    """Be an account that has to ask for its rights."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(own)


def settings(home: Path) -> SimpleNamespace:
    var = home / "var"
    var.mkdir(exist_ok=True)
    address = f"sqlite:///{var / 'log.sqlite'}"
    return SimpleNamespace(
        var=var, key_dir=var / "keys", backup_dir=home / "backups", log_address=address, vault_address=address
    )


def backup(home: Path, begun: datetime) -> Path:
    folder = home / "backups" / f"{begun:%Y%m%d}"
    (folder / "public").mkdir(parents=True)
    (folder / "public" / "days.csv").write_text("day")
    told = {"begun_at": begun.isoformat(), "parts": {"log": {"rows": {"scans": 1}}}}
    (folder / TOLD).write_text(json.dumps(told))
    if os.geteuid() == 0:
        for path in (home / "backups", folder, folder / "public"):
            os.chown(path, NOBODY, NOBODY)
    return folder


def names(found: list[Copy]) -> list[str]:
    return [f"{one}" for one in found]


def test_a_backup_that_cannot_be_removed_is_named_and_keeps_no_other(home):
    chosen = settings(home)
    stuck, *others = [backup(home, OLD + number * DAY) for number in range(3)]
    (stuck / "public").chmod(0o500)
    with plain_account():
        assert names(remove_backups(chosen, OLD + 2 * DAY)) == ["copy.backup.2020-08-01"]
    assert [path.exists() for path in (stuck, *others)] == [True, False, True]
    assert names(copies_left(chosen, TABLES)) == ["copy.backup.2020-08-01", "copy.backup.2020-08-03"]
    (stuck / "public").chmod(0o700)
    with plain_account():
        assert remove_backups(chosen, OLD + 2 * DAY) == []  # it still said what it is
    assert not stuck.exists()


def test_the_hourly_look_names_what_it_could_not_remove(caplog, monkeypatch):
    belief = Belief(wall=OLD, floor=OLD, trusted=OLD, clock="believed")
    none = {"days": (), "contacts": 0, "scans": 0, "case_files": 0, "subject_years": (), "unreadable": ()}
    done = Purged(belief=belief, missing="", backups=("copy.backup.2020-08-01",), **none)
    monkeypatch.setattr(purge_daily, "purge", lambda *_, **__: done)
    look = object.__new__(purge_daily.DailyPurge)
    look._services, look._reading = None, lambda: None
    look._look()
    [said] = caplog.records
    assert (said.message, said.facts) == ("backup could not be removed", {"backup": "copy.backup.2020-08-01"})


def test_what_may_not_be_read_counts_as_a_copy(home):
    chosen = settings(home)
    for name in ("log.sqlite", "log.sqlite-wal", "log.sqlite.lock", "notes.txt"):  # in use, or no database
        (chosen.var / name).write_bytes(b"")
    assert copies_left(chosen, TABLES) == []
    (chosen.var / "old.sqlite").write_bytes(b"nobody may look")
    closed = chosen.var / "closed"
    closed.mkdir()
    listed = chosen.var / "listed"
    listed.mkdir()
    (listed / "file").write_bytes(MAGIC)
    hidden = backup(home, OLD)
    for path in (chosen.var / "old.sqlite", closed, *chosen.var.glob("log.*"), hidden, hidden.parent):
        os.utime(path, (OLD.timestamp(), OLD.timestamp()))
        path.chmod(0)
    listed.chmod(0o444)
    if os.geteuid() == 0:
        shutil.chown(chosen.var / "old.sqlite", 0)
    with plain_account():
        found = names(copies_left(chosen, TABLES))
        assert remove_backups(chosen, OLD + DAY) == []
    dated = "2020-08-01"
    wanted = [f"copy.backup.{dated}", f"copy.database.{dated}", f"copy.database.{dated}", "copy.database.unknown"]
    assert found == wanted


def test_what_goes_while_somebody_looks_is_no_copy(home, monkeypatch):
    chosen = settings(home)
    for name in ("a.sqlite", "b.sqlite", "c.sqlite"):
        (chosen.var / name).write_bytes(MAGIC)
        os.utime(chosen.var / name, (OLD.timestamp(), OLD.timestamp()))
    is_database, day = loose_copies._is_database, loose_copies._day

    def looked_late(file: Path) -> bool:
        if file.name == "a.sqlite":
            file.unlink()
        return is_database(file)

    def dated_late(path: Path) -> date:
        if path.name == "b.sqlite":
            path.unlink()
        return day(path)

    monkeypatch.setattr(loose_copies, "_is_database", looked_late)
    monkeypatch.setattr(loose_copies, "_day", dated_late)
    assert copies_left(chosen, TABLES) == [Copy("database", date(2020, 8, 1))]
    shutil.rmtree(chosen.var)
    assert copies_left(chosen, TABLES) == []
