"""Bring a database to the newest schema: forward only, on SQLite and PostgreSQL alike (Alembic).

Revisions are numbered. A migration only adds (it *expands*), so that the code before it runs on, and the way back
after an upgrade is to start that code again. One that takes away or changes meaning (it *contracts*) begins a new
generation, ``1.0012`` after ``0011``; it comes a release after nothing needs what it takes.
"""

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

from entry_service.core.errors import Unavailable

from .engine import HeldLock, one_at_a_time

MIGRATIONS = Path(__file__).parent.parent / "migrations"
PATIENCE = "SET LOCAL lock_timeout = '5s'"  # a migration that waits for a lock keeps every door waiting behind it


def migrate(
    url: str,
    migrations: Path = MIGRATIONS,
    revision: str = "head",
    attributes: Mapping[str, object] = MappingProxyType({}),
    version_table: str = "alembic_version",
) -> None:
    """Apply every missing migration, all or nothing; a database that is up to date, or later, is left alone.

    ``attributes`` is what migrations need besides the database; they find it in Alembic's configuration.
    A new embedded database is readable by its owner only. Raises ``LogInUse`` when another process holds it: stop
    the service first; ``Unavailable`` where the database is of a later generation than this code.
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
                if _is_newer(_revision(connection, version_table), config):
                    return
                if not embedded:
                    connection.exec_driver_sql(PATIENCE)
                config.attributes.update(attributes, connection=connection)
                command.upgrade(config, revision)
        finally:
            engine.dispose()
    finally:
        if lock is not None:
            lock.close()


def is_current(url: str, migrations: Path = MIGRATIONS, *, version_table: str = "alembic_version") -> bool:
    """Say whether the database exists and fits: the newest schema that is known here, or one that adds to it."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return False
    config = _config(migrations)
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            found = _revision(connection, version_table)
    finally:
        engine.dispose()
    return found == ScriptDirectory.from_config(config).get_current_head() or _is_newer(found, config)


def generation(revision: str) -> int:
    """Return how often a migration before it has taken something away."""
    before, _, _ = revision.rpartition(".")
    return int(before or 0)


def _revision(connection: Connection, version_table: str) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": version_table}).get_current_revision()


def _is_newer(found: str | None, config: Config) -> bool:
    """Say whether a later version made the database and this one may work on it; raise where it may not."""
    scripts = ScriptDirectory.from_config(config)
    if found is None or found in {one.revision for one in scripts.walk_revisions()}:
        return False
    if generation(found) != generation(scripts.get_current_head() or ""):
        raise Unavailable(reason=f"schema {found}")
    return True


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
