"""What a broken restore left on PostgreSQL is cleared beside extensions, and never under somebody who uses it."""

import os
from threading import Timer

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from entry_service.store.database import copies
from entry_service.store.database.engine import LogInUse

EXTENSIONS = ("vector", "pg_trgm", "hstore")  # the server of the tests brings one of them
OWN_AGGREGATE = "CREATE AGGREGATE joined(text) (SFUNC = textcat, STYPE = text)"
ROUTINES = "SELECT count(*) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
ROLE = f"looks_on_{os.getpid()}"


@pytest.fixture
def kind():
    return "postgresql"


@pytest.fixture
def url(databases) -> str:
    return databases.new("postgresql", "log")


def asked(url: str, *statements: str) -> object:
    """Run the statements; return the only value of the last."""
    engine = create_engine(url)
    with engine.begin() as db:
        *_, last = [db.execute(text(one)) for one in statements]
        found = last.scalar() if last.returns_rows else None
    engine.dispose()
    return found


def test_extensions_stay_and_everything_else_goes(url):
    offered = f"SELECT min(name) FROM pg_available_extensions WHERE name IN {EXTENSIONS}"
    extension = asked(url, offered)
    if extension is None:
        pytest.skip("the server has no extension to try it with")
    own = asked(url, ROUTINES)
    brought = asked(url, f"CREATE EXTENSION {extension}", ROUTINES) - own
    assert asked(url, OWN_AGGREGATE, ROUTINES) == own + brought + 1
    copies.clear(url)
    assert copies.is_empty(url)
    assert asked(url, ROUTINES) == brought > 0


def test_nothing_is_cleared_while_another_is_connected(url, monkeypatch):
    monkeypatch.setattr(copies, "LOOKS", 3)
    engine = create_engine(url, poolclass=NullPool)
    other = engine.connect()
    other.execute(text("SELECT 1"))
    with pytest.raises(LogInUse):
        copies.clear(url)
    assert not copies.is_empty(url)
    monkeypatch.undo()
    gone = Timer(0.5, other.close)  # one that is about to go is waited for
    gone.start()
    copies.clear(url)
    gone.join()
    assert copies.is_empty(url)


def test_nor_while_another_account_holds_a_table(url, monkeypatch):
    monkeypatch.setattr(copies, "LOCK_WAIT", "200ms")
    asked(url, f"CREATE ROLE {ROLE} LOGIN PASSWORD '{ROLE}'", f"GRANT SELECT ON scans TO {ROLE}")
    engine = create_engine(make_url(url).set(username=ROLE, password=ROLE))
    with engine.connect() as other:
        other.execute(text("SELECT count(*) FROM scans"))
        with pytest.raises(LogInUse):
            copies.clear(url)
        assert not copies.is_empty(url)
        other.rollback()
        copies.clear(url)
    engine.dispose()
    asked(url, f"DROP ROLE {ROLE}")
    assert copies.is_empty(url)
