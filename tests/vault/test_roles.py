"""On PostgreSQL log and vault are two databases with a role each, as docs/operations.md makes them."""

import re
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from entry_service.services import open_services, prepare_log
from entry_service.settings import Settings
from tests.vault.conftest import CANARY, DAY, pid

from .apart import ROOT, VaultProcess
from .test_remote import NOW

NAMES = {"entrylog": "test_role_log", "entryvault": "test_role_vault"}


def statements() -> list[str]:
    """Return the SQL of the document, with names of this test's own."""
    document = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    [sql] = [block for block in re.findall(r"```sql\n(.*?)```", document, re.S) if "CREATE ROLE" in block]
    sql = sql.replace("________", "made-for-this-test")
    for name, ours in NAMES.items():
        sql = sql.replace(name, ours)
    return [one.strip() for one in sql.split(";") if one.strip()]


@pytest.fixture
def roles(databases):
    """Return role → address of its own database, made by the document's own statements."""
    server = databases.server
    engine = create_engine(server, isolation_level="AUTOCOMMIT")

    def remove(connection) -> None:
        for name in NAMES.values():
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        for name in NAMES.values():
            connection.execute(text(f'DROP ROLE IF EXISTS "{name}"'))

    with engine.connect() as connection:
        remove(connection)
        for statement in statements():
            connection.exec_driver_sql(statement)
    yield {
        name: make_url(server)
        .set(username=ours, password="made-for-this-test", database=ours)
        .render_as_string(hide_password=False)
        for name, ours in NAMES.items()
    }
    with engine.connect() as connection:
        remove(connection)
    engine.dispose()


def test_the_role_of_the_log_may_not_even_connect_to_the_vault_and_the_other_way_round(roles):
    for mine, others in (("entrylog", "entryvault"), ("entryvault", "entrylog")):
        own = create_engine(roles[mine])
        with own.connect() as connection:
            assert connection.execute(text("SELECT current_user")).scalar() == NAMES[mine]
        own.dispose()
        foreign = create_engine(make_url(roles[mine]).set(database=NAMES[others]))
        with pytest.raises(OperationalError, match="permission denied for database"), foreign.connect():
            pass
        foreign.dispose()


def test_log_and_vault_work_each_with_its_own_role_and_own_keys(roles, tmp_path):
    apart = VaultProcess(roles["entryvault"])
    try:
        made = apart.command("migrate", "--vault")
        assert made.returncode == 0, made.stderr
        apart.start()
        settings = Settings(var=tmp_path / "var", log_url=roles["entrylog"], vault_socket=str(apart.socket))
        prepare_log(settings)
        services = open_services(settings, NOW)
        try:
            assert services.vault.deposit(DAY, pid(1), CANARY) == "accepted"
        finally:
            services.close()
        assert names(settings.key_dir) == {"issuer", "short_codes"}
        assert {"kek", "subject", "certificates"} <= names(apart.key_dir)
        assert not {"issuer", "short_codes", "secret"} & names(apart.key_dir)
        assert not (apart.folder / "var" / "keys").exists()
    finally:
        apart.close()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
