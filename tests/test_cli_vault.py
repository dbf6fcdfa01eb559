"""Web processes and a vault in a process of its own, as an operator starts them, by the real clock."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from entry_service import clock
from entry_service.services import open_services, prepare_log
from entry_service.settings import Settings, keep_secret
from tests.databases import databases
from tests.test_cli import run, var
from tests.test_cli_serve import ask, free_port, furnish, serving, stop
from tests.vault.apart import VaultProcess
from tests.web.camera import phone_with_pass

__all__ = ["databases", "run", "var"]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_migrate_makes_log_and_vault_together_or_apart(run, var, monkeypatch):  # noqa: F811
    run("migrate", "--log")
    assert "vault.sqlite" not in names(var)
    assert names(var / "keys") == {"issuer", "secret", "short_codes"}
    run("migrate", "--vault")
    assert {"log.sqlite", "vault.sqlite"} <= names(var)
    assert {"kek", "key-store"} <= names(var / "keys")
    for words, there in (((), False), (("--vault",), True), (("--log", "--vault"), True)):
        other = var.parent / f"other{len(words)}"
        monkeypatch.setenv("ENTRY_VAR", str(other))
        monkeypatch.setenv("ENTRY_VAULT_SOCKET", str(other / "vault.sock"))
        monkeypatch.setenv("ENTRY_VAULT_KEYS", str(other / "vault-keys"))
        run("migrate", *words)
        assert ("vault.sqlite" in names(other)) == there
        assert ("kek" in names(other / "vault-keys")) == there
        assert ("log.sqlite" in names(other)) == (words != ("--vault",))
        assert "kek" not in names(other / "keys")


def test_the_demo_city_is_built_in_one_process(run, var, monkeypatch):  # noqa: F811
    monkeypatch.setenv("ENTRY_VAULT_SOCKET", str(var / "vault.sock"))
    assert "ENTRY_VAULT_SOCKET" in run("demo", exit_code=1).stderr


@pytest.fixture
def apart(databases):  # noqa: F811
    """Return a vault's process on SQLite that believes nobody's clock, started."""
    process = VaultProcess(databases.new("sqlite", "vault"), ENTRY_DEMO="0")
    yield process.start()
    process.close()


def test_two_web_processes_share_a_vault_and_scan_on_without_it(apart, databases, tmp_path):  # noqa: F811
    own = {"log_url": databases.new("postgresql", "log"), "vault_socket": str(apart.socket)}
    settings = Settings(var=tmp_path / "var", vault_url="sqlite:////nowhere/vault.sqlite", **own)
    prepare_log(settings)
    keep_secret(settings)
    services = open_services(settings, clock.now())
    services.store.write(furnish)
    phone = phone_with_pass(services, clock.now())
    services.close()
    environ = {f"ENTRY_{name.upper()}": value for name, value in own.items()}
    environ |= {"ENTRY_WORKERS": "2", "ENTRY_VAULT_URL": settings.vault_url}
    port = free_port()

    def scan() -> int:
        now = clock.now()
        told = {"scan_id": str(uuid4()), "text": phone.code(now), "direction": "auto", "gate": ""}
        return ask(port, "POST", "/api/v1/scans", {**told, "scanned_at": now.isoformat()})[0]

    def day_keys() -> tuple[int, dict]:
        status, _, body = ask(port, "GET", "/api/v1/day-keys")
        return status, json.loads(body)

    apart.kill()
    with serving(settings.var, port=port, **environ) as server:
        assert scan() == 200
        apart.start()
        assert [day_keys()[0] for _ in range(6)] == [200] * 6
        apart.kill()
        away = [day_keys() for _ in range(6)]
        assert {(status, told["code"]) for status, told in away} == {(503, "unavailable")}
        assert scan() == 200
        apart.start()
        assert [day_keys()[0] for _ in range(6)] == [200] * 6  # nobody restarted the web processes
        _, err = stop(server)
    assert "금고가 아직 응답하지 않습니다" in err
    assert not (names(settings.var / "keys") & {"kek", "subject", "certificates", "key-store"})
