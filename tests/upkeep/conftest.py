"""The databases of backups, made and put back; PostgreSQL with the programs of its own version."""

import os

import pytest
from sqlalchemy import create_engine, text

from tests.databases import databases, kind

__all__ = ["databases", "kind"]


@pytest.fixture(autouse=True)
def programs(kind, databases, monkeypatch) -> None:
    """Let ``pg_dump`` and ``pg_restore`` be those of the server."""
    if kind == "postgresql":
        engine = create_engine(databases.server)
        with engine.connect() as db:
            folder = db.execute(text("SELECT setting FROM pg_config WHERE name = 'BINDIR'")).scalar()
        engine.dispose()
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
