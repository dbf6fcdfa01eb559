"""`audit verify`, `audit key` and `audit resume`, as an operator and an auditor type them."""

import os
import sqlite3
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from entry_service.cli import main
from entry_service.core.actors import Actor
from entry_service.services import open_own_vault
from entry_service.settings import read_settings
from entry_service.vault import audit_verification

NOW = datetime(2026, 8, 25, 9, 0, tzinfo=UTC)
OFFICER = Actor(account_id="officer-1", role="officer", origin="192.0.2.7")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs a command on a migrated service of its own."""
    for name in [name for name in os.environ if name.startswith("ENTRY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ENTRY_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("ENTRY_AUDIT_COPY", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(audit_verification, "STEPS", 1)
    mask = os.umask(0o022)

    def command(*words: object, typed: str | None = None, exit_code: int = 0) -> str:
        done = CliRunner().invoke(main, [str(word) for word in words], input=typed)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        assert done.exit_code == exit_code, done.output
        return done.output

    command("migrate")
    yield command
    os.umask(mask)


def append(count: int) -> None:
    vault = open_own_vault(read_settings())
    for _ in range(count):
        vault.audit.append("phone_searched", OFFICER, now=NOW, subjects=["+821000001234"])
    vault.close()


def attack(var, statement: str) -> None:
    with sqlite3.connect(var / "vault.sqlite") as db:
        for table in ("audit", "audit_subjects"):
            for what in ("update", "delete"):
                db.execute(f"DROP TRIGGER IF EXISTS {table}_no_{what}")
        db.execute(statement)
    db.close()


def test_a_new_service_has_an_audit_that_verifies_and_a_public_key(run, tmp_path):
    assert "접속기록 0건이 모두 맞습니다." in run("audit", "verify")
    key = run("audit", "key").strip()
    assert (tmp_path / "elsewhere" / "audit-copy").read_text().strip() == key
    run("migrate")
    assert run("audit", "key").strip() == key


def test_an_auditor_verifies_with_copies_and_the_public_key_alone(run, tmp_path):
    append(3)
    key = tmp_path / "audit.pub"
    key.write_text(run("audit", "key"))
    (tmp_path / "var" / "keys" / "audit").unlink()
    told = run("audit", "verify", "--copy", tmp_path / "elsewhere", "--key", key)
    assert "접속기록 3건이 모두 맞습니다." in told
    noted = told.partition("따로 적어 두실 값: ")[2].strip()
    assert noted.startswith("3:")
    run("audit", "verify", "--key", key, "--noted", noted)
    run("audit", "verify", "--key", tmp_path / "elsewhere" / "checkpoints.jsonl", exit_code=2)
    run("audit", "verify", "--key", key, "--noted", "3", exit_code=2)
    assert "오류" in run("audit", "verify", exit_code=1)


def test_the_first_bad_row_is_named(run, tmp_path):
    append(3)
    attack(tmp_path / "var", "UPDATE audit SET body = replace(body, 'officer-1', 'officer-2') WHERE seq = 2")
    told = run("audit", "verify", exit_code=1)
    assert "2번 기록: 기록의 내용이 바뀌었습니다. (row_changed)" in told


def test_a_cut_in_both_places_is_found_by_the_value_that_was_noted(run, tmp_path):
    append(3)
    noted = run("audit", "verify").partition("따로 적어 두실 값: ")[2].strip()
    attack(tmp_path / "var", "DELETE FROM audit WHERE seq = 3")
    attack(tmp_path / "var", "DELETE FROM audit_subjects WHERE seq = 3")
    assert "3번 기록" in run("audit", "verify", exit_code=1)
    file = tmp_path / "elsewhere" / "checkpoints.jsonl"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:2]))
    run("audit", "verify")
    assert "not_as_noted" in run("audit", "verify", "--noted", noted, exit_code=1)
    append(1)
    assert "not_as_noted" in run("audit", "verify", "--noted", noted[:-4] + "0000", exit_code=1)


def test_a_restored_backup_is_resumed_only_when_it_is_said(run, tmp_path):
    append(3)
    attack(tmp_path / "var", "DELETE FROM audit WHERE seq = 3")
    attack(tmp_path / "var", "DELETE FROM audit_subjects WHERE seq = 3")
    run("audit", "resume", typed="n\n", exit_code=1)
    assert "3번 기록" in run("audit", "verify", exit_code=1)
    assert "잃은 기록: 1건" in run("audit", "resume", typed="y\n")
    append(1)
    told = run("audit", "verify")
    assert "접속기록 3건이 모두 맞습니다." in told
    assert "이어 쓴 횟수: 1, 그때 잃은 기록: 1건" in told
    assert "바꾸지" not in run("audit", "resume", "--yes")


def test_a_lost_key_is_renewed_when_it_is_said(run, tmp_path):
    append(2)
    run("audit", "renew", "--yes", exit_code=2)
    (tmp_path / "var" / "keys" / "audit").unlink()
    run("audit", "verify", exit_code=1)
    run("audit", "renew", typed="y\n")
    append(1)
    assert "접속기록 3건이 모두 맞습니다." in run("audit", "verify")
    key = tmp_path / "audit.pub"
    key.write_text(run("audit", "key"))
    assert len(key.read_text().split()) == 2
    run("audit", "verify", "--key", key)


def test_it_is_verified_while_the_service_holds_the_database(run):
    vault = open_own_vault(read_settings())
    vault.audit.append("sign_in", OFFICER, now=NOW)
    assert "접속기록 1건이 모두 맞습니다." in run("audit", "verify")
    vault.close()
