"""Bring a database to the newest schema: forward only, on SQLite and PostgreSQL alike (Alembic)."""

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url

from .engine import HeldLock, one_at_a_time

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(
    url: str,
    migrations: Path = MIGRATIONS,
    revision: str = "head",
    attributes: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Apply every missing migration, all or nothing; a database that is up to date is left alone.

    ``attributes`` is what migrations need besides the database; they find it in Alembic's configuration.
    A new embedded database is readable by its owner only. Raises ``LogInUse`` when another process holds it: stop
    the service first.
    """
    address = make_url(url)
    embedded = address.get_backend_name() == "sqlite"
    lock = HeldLock(Path(address.database or "")) if embedded else None
    try:
        config = _config(migrations)
        engine = create_engine(url)
        if embedded:
            os.close(os.open(address.database, os.O_RDWR | os.O_CREAT, 0o600))
            _begin_explicitly(engine)
        try:
            with engine.begin() as connection:
                one_at_a_time(connection, b"migrate")
                config.attributes.update(attributes, connection=connection)
                command.upgrade(config, revision)
        finally:
            engine.dispose()
    finally:
        if lock is not None:
            lock.close()


def is_current(url: str, migrations: Path = MIGRATIONS, *, version_table: str = "alembic_version") -> bool:
    """Say whether the database exists and has the newest schema."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return False
    config = _config(migrations)
    engine = create_engine(url)
    opts = {"version_table": version_table}
    with engine.connect() as connection:
        found = MigrationContext.configure(connection, opts=opts).get_current_revision()
    engine.dispose()
    return found == ScriptDirectory.from_config(config).get_current_head()


def _config(migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    return config


def _begin_explicitly(engine: Engine) -> None:
    """Make table changes part of the transaction: Python's sqlite3 would commit before each of them."""

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")  # what a migration takes out leaves no bytes behind

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
