"""A backup or a restore that is killed leaves nothing that hides, and the next one goes through."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from signal import SIGKILL

import pytest
from click.testing import CliRunner

from entry_service.cli import main
from entry_service.core.errors import Unavailable
from entry_service.doctor import examine
from entry_service.store.database import copies
from entry_service.upkeep import backups, restores, restoring
from entry_service.vault.copies import vault_is_empty

from .site import A_DAY, FIRST, ONE, Site, noon, reading

BACKUP = FIRST + 2 * ONE  # of the fixtures in conftest.py
STEPS = ("put_vault_back", "vault_rows", "_prepare", "_resume_audit", "purge")


@pytest.fixture
def new(databases, kind, tmp_path):
    made = Site(databases, kind, tmp_path, "new")
    shutil.copytree(tmp_path / "escrow", made.settings.key_dir)
    return made


def killed(module, name: str, work: Callable[[], object]) -> None:
    """Do the work in a process of its own, which is killed where it would call the function."""

    def run() -> None:
        setattr(module, name, lambda *_, **__: os.kill(os.getpid(), SIGKILL))
        work()

    process = get_context("fork").Process(target=run)
    process.start()
    process.join(120)
    assert process.exitcode == -SIGKILL, name


@contextmanager
def refused(sentence: str) -> Iterator[None]:
    with pytest.raises(backups.BackupRefused) as refusal:
        yield
    assert sentence in refusal.value.sentence


def test_a_backup_that_was_killed_is_removed_by_the_next_and_two_are_never_made_at_once(site, tmp_path):
    home = tmp_path / "backups"
    killed(backups, "verify", lambda: backups.make(site.settings, home, noon(BACKUP)))
    left = home / f".{BACKUP:%Y%m%d}T120000.new"
    assert any(left.iterdir())
    with backups._held(home), refused("다른 백업을 만드는 중"):
        backups.make(site.settings, home, noon(BACKUP) + timedelta(hours=1))
    assert left.exists()  # it may be the other's
    made = backups.make(site.settings, home, noon(BACKUP) + timedelta(hours=1))
    assert {path.name for path in home.iterdir()} == {backups.LOCK, made.folder.name}


@pytest.mark.parametrize("step", STEPS)
def test_a_restore_that_was_killed_goes_through_the_next_time(saved, new, step):
    killed(restores, step, lambda: restores.restore(new.settings, saved, reading(BACKUP)))
    assert not copies.is_empty(new.settings.log_address)
    assert (step == "put_vault_back") == vault_is_empty(new.settings.vault_address)
    done = restores.restore(new.settings, saved, reading(BACKUP))
    assert done.rows == {name: part.rows for name, part in saved.told.parts.items()}
    assert new.readable(FIRST, BACKUP) == 3 * A_DAY
    assert not restoring.is_begun(new.settings)
    with refused("이미 데이터베이스가 있습니다"):
        restores.restore(new.settings, saved, reading(BACKUP))


def test_rows_that_differ_are_refused_and_another_backup_may_take_their_place(saved, new, monkeypatch):
    with monkeypatch.context() as other:
        other.setattr(restores, "vault_rows", lambda _: {})
        with refused("행의 수가 백업과 다릅니다"):
            restores.restore(new.settings, saved, reading(BACKUP))
    assert restores.restore(new.settings, saved, reading(BACKUP)).rows["log"]["scans"] == 3 * A_DAY


def test_until_then_nothing_is_migrated_served_or_put_elsewhere(
    databases, kind, saved, new, tmp_path, monkeypatch
):
    killed(restores, "put_vault_back", lambda: restores.restore(new.settings, saved, reading(BACKUP)))
    monkeypatch.setenv("ENTRY_VAR", str(new.settings.var))
    monkeypatch.setenv("ENTRY_SECRET", secrets.token_urlsafe(32))
    monkeypatch.setenv("ENTRY_VAULT_SOCKET", str(tmp_path / "vault.sock"))
    for words in (["migrate"], ["migrate", "--vault"], ["serve"], ["vault", "serve"], ["facility", "list"]):
        said = CliRunner().invoke(main, words)
        assert (said.exit_code, "복구가 끝나지 않았습니다" in said.stderr) == (1, True), words
    [found, *_] = examine(new.settings, reading(BACKUP), ("backup",))
    assert (found.state, "복구가 끝나지 않았습니다" in found.ko) == ("failed", True)
    elsewhere = Site(databases, kind, tmp_path, "elsewhere")
    shutil.copytree(tmp_path / "escrow", elsewhere.settings.key_dir)
    elsewhere.begin()  # a service that runs, to which the settings of the new host were turned meanwhile
    (elsewhere.settings.var / restoring.FILE).write_bytes((new.settings.var / restoring.FILE).read_bytes())
    with refused("설정을 그때와 같게"):
        restores.restore(elsewhere.settings, saved, reading(BACKUP))
    assert not copies.is_empty(elsewhere.settings.log_address)


def test_a_restore_that_put_nothing_leaves_no_mark(saved, new, monkeypatch):
    def broken(*_):
        raise Unavailable(reason="pg_restore")

    monkeypatch.setattr(copies, "put_back", broken)
    with pytest.raises(Unavailable):
        restores.restore(new.settings, saved, reading(BACKUP))
    assert not restoring.is_begun(new.settings)
