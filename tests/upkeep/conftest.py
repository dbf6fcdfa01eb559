"""The databases of backups, made and put back; PostgreSQL with the programs of its own version."""

import os

import pytest
from sqlalchemy import create_engine, text

from entry_service.upkeep import backups
from tests.databases import databases, kind

from .site import FIRST, Site, keep_escrow, noon

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


@pytest.fixture
def site(request, databases, kind, tmp_path) -> Site:
    """Return a host that has lived from the first day to ``BACKUP`` of the module."""
    made = Site(databases, kind, tmp_path, "var")
    made.begin()
    made.live(FIRST, request.module.BACKUP)
    keep_escrow(made, tmp_path / "escrow")
    return made


@pytest.fixture
def saved(request, site, tmp_path) -> backups.Backup:
    """Return its backup of that noon."""
    return backups.make(site.settings, tmp_path / "backups", noon(request.module.BACKUP))
