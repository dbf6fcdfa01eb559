"""The commands that timers and operators call: hotspots, purge beside a service, backup and its way back."""

import fcntl
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entry_service import clock
from entry_service.cli import main
from entry_service.services import open_services, prepare
from entry_service.settings import Settings, keep_secret
from entry_service.store.sites import facilities
from entry_service.usecases.hotspots.run_status import LOCK, OFFICER
from tests.store.conftest import facility


@pytest.fixture
def var(tmp_path, monkeypatch) -> Path:
    """Return the folder of a migrated service with one facility, and let commands find it."""
    settings = Settings(var=tmp_path / "var")
    prepare(settings)
    keep_secret(settings)
    services = open_services(settings, clock.now())
    services.store.write(lambda db: facilities.add(db, facility("GP-001")))
    services.close()
    monkeypatch.setenv("ENTRY_VAR", str(settings.var))
    return settings.var


def run(*words: object) -> Result:
    return CliRunner().invoke(main, list(map(str, words)))


def test_hotspots_writes_an_extract_and_asks_the_watcher_once(var):
    refused = run("hotspots")
    assert (refused.exit_code, "분석 프로그램이 실행되고 있지 않습니다" in refused.stderr) == (1, True)
    left = run("hotspots", "--if-new")  # of a timer: no fault
    assert (left.exit_code, "분석 프로그램이 실행되고 있지 않습니다" in left.stdout) == (0, True)
    results = var / "results"
    with (results / LOCK).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        asked = run("hotspots")
        assert (asked.exit_code, asked.stderr) == (0, "")
        told = json.loads((results / OFFICER.request).read_text())
        assert (told["kind"], (var / "extract" / told["parameters"]["extract"]).is_dir()) == ("hotspots", True)
        busy = run("hotspots")
        assert (busy.exit_code, "이미 분석이 진행되고 있습니다" in busy.stdout) == (0, True)
        assert json.loads((results / OFFICER.request).read_text()) == told
        nothing = run("hotspots", "--if-new")
        assert (nothing.exit_code, "새로 들어온 것이 없습니다" in nothing.stdout) == (0, True)


def test_purge_of_the_timer_leaves_it_to_a_service_that_runs(var):
    services = open_services(Settings(var=var), clock.now())
    try:
        assert run("purge").exit_code == 1
        left = run("purge", "--unless-serving")
        assert (left.exit_code, "매시간 스스로 파기합니다" in left.stdout) == (0, True)
    finally:
        services.close()
    assert "파기할 날이 없습니다" in run("purge", "--unless-serving").stdout


def test_a_backup_is_made_verified_and_put_back_by_commands(var, tmp_path, monkeypatch):
    assert run("backup", "make").exit_code == 2  # where to is not known
    monkeypatch.setenv("ENTRY_BACKUPS", str(tmp_path / "backups"))
    made = run("backup", "make", "--keep", 1)
    assert (made.exit_code, made.stderr) == (0, "")
    [folder] = (tmp_path / "backups").glob("2*")
    assert re.search(r"log: log\.sqlite, 표 \d+개, 행 [1-9]\d*개, SHA-256 [0-9a-f]{64}", made.stdout)
    assert run("backup", "verify", folder).exit_code == 0
    assert "이미 데이터베이스가 있습니다" in run("backup", "restore", folder).stderr
    for file in var.glob("*.sqlite*"):
        file.unlink()
    back = run("backup", "restore", folder)
    assert (back.exit_code, back.stderr) == (0, "")
    assert "GP-001" in run("facility", "list").stdout
    (folder / "log.sqlite").write_bytes(b"")
    refused = run("backup", "verify", folder)
    assert (refused.exit_code, "SHA-256" in refused.stderr) == (1, True)


def test_log_and_vault_are_copied_by_their_own_users(var, tmp_path, monkeypatch):
    assert run("backup", "make", "--to", tmp_path / "one", "--vault").exit_code == 0
    monkeypatch.setenv("ENTRY_VAULT_SOCKET", str(tmp_path / "vault.sock"))
    assert run("backup", "make", "--to", tmp_path / "two").exit_code == 0
    parts = {
        path.name: sorted(file.name for file in path.glob("*/*")) for path in (tmp_path / "one", tmp_path / "two")
    }
    assert parts == {"one": ["backup.json", "vault.sqlite"], "two": ["backup.json", "log.sqlite"]}
