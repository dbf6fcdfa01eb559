"""Bring a database to the newest schema: forward only, on SQLite and PostgreSQL alike (Alembic)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url

from .engine import HeldLock

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(url: str, migrations: Path = MIGRATIONS) -> None:
    """Apply every missing migration; a database that is up to date is left alone.

    Raises ``LogInUse`` when another process holds the embedded database: stop the service first.
    """
    address = make_url(url)
    embedded = address.get_backend_name() == "sqlite"
    lock = HeldLock(Path(address.database or "")) if embedded else None
    try:
        config = Config()
        config.set_main_option("script_location", str(migrations))
        engine = create_engine(url)
        with engine.begin() as connection:
            if embedded:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        engine.dispose()
    finally:
        if lock is not None:
            lock.close()


def is_current(url: str, migrations: Path = MIGRATIONS) -> bool:
    """Say whether the database exists and has the newest schema."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return False
    config = Config()
    config.set_main_option("script_location", str(migrations))
    engine = create_engine(url)
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return found == ScriptDirectory.from_config(config).get_current_head()
