"""The schema: the same on both databases, all or nothing, and equal to the tables the code speaks of."""

import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, make_url, text

from entry_service.store.cases import cases
from entry_service.store.database import engine, migrate
from entry_service.store.database.engine import open_store
from entry_service.store.log import doubts, scans
from entry_service.store.schema import care_tables, door_tables, usefulness_tables
from entry_service.store.schema.tables import metadata, to_micros
from entry_service.store.sites import facilities
from entry_service.vault import tables as vault_tables
from entry_service.vault import vault

from .conftest import facility, scan

ROOT = Path(__file__).resolve().parents[2]
NEWER = ("zone", "children")  # columns of the log that the first schema did not have


def is_shared(thing, name, kind, reflected, compared):
    """Leave out what only PostgreSQL has: the partitions of the log, and that a trigger holds scan_id unique."""
    if kind == "table":
        return not name.startswith("scans_")
    return not (kind == "unique_constraint" and thing.table.name == "scans")


def differences(url, wanted, **options):
    connected = create_engine(url)
    with connected.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, **options})
        found = compare_metadata(context, wanted)
    connected.dispose()
    return found


def tables(url):
    connected = create_engine(url)
    names = set(inspect(connected).get_table_names())
    connected.dispose()
    return names


def test_the_migrations_make_the_tables_of_the_code(databases, kind):
    assert "zones" in door_tables.metadata.tables
    assert "receipts" in care_tables.metadata.tables
    assert "case_results" in usefulness_tables.metadata.tables
    filters = {"include_object": is_shared} if kind == "postgresql" else {}
    assert differences(databases.new(kind, "log"), metadata, **filters) == []
    own = {"version_table": "vault_version"}
    assert differences(databases.new(kind, "vault"), vault_tables.metadata, **own) == []


def test_migrating_again_changes_nothing(databases, kind):
    url = databases.new(kind, "empty")
    assert not migrate.is_current(url)
    migrate.migrate(url)
    assert migrate.is_current(url)
    store = open_store(url, writer=True)
    store.write(lambda db: scans.append_scan(db, scan("kept")))
    store.close()
    migrate.migrate(url)
    store = open_store(url, writer=False)
    with store.read() as db:
        assert scans.find_scan(db, "kept") == scan("kept")
    store.close()


def test_rows_of_the_first_schema_live_on_in_the_newest(databases, kind):
    url = databases.new(kind, "empty")
    migrate.migrate(url, revision="0001")
    old = scan("old", flags=("late", "two_places"))
    columns = [name for name in scans.FIELDS if name not in NEWER]
    values = [
        to_micros(value) if isinstance(value, datetime) else value for value in (getattr(old, c) for c in columns)
    ]
    row = dict(zip(columns, values, strict=True)) | {"flags": " ".join(old.flags)}
    connected = create_engine(url)
    with connected.begin() as db:
        marks = ", ".join(f":{name}" for name in columns)
        db.execute(text(f"INSERT INTO scans ({', '.join(columns)}) VALUES ({marks})"), row)
    connected.dispose()
    migrate.migrate(url)
    store = open_store(url, writer=True)
    with store.read() as db:
        assert scans.find_scan(db, "old") == old
        assert doubts.count_waiting(db) == 1  # what was flagged then waits for a decision now
    store.close()


def test_an_index_visit_under_a_third_word_gets_the_one_that_earlier_code_knows(databases, kind):
    url = databases.new(kind, "empty")
    migrate.migrate(url, revision="0018")
    store = open_store(url, writer=True)
    store.write(lambda db: facilities.add(db, facility("GP-001")))
    store.close()
    connected = create_engine(url)
    with connected.begin() as db:
        db.execute(text("INSERT INTO cases (case_id, number, registered_at) VALUES ('C', '1', 0)"))
        columns = 'case_id, facility_id, start, "end", by_date, origin, known_at'
        for start, origin in enumerate(("place", "pass", "both")):
            values = f"'C', 'GP-001', {start}, 9, false, '{origin}', 0"
            db.execute(text(f"INSERT INTO index_visits ({columns}) VALUES ({values})"))
    migrate.migrate(url)
    with connected.connect() as db:
        assert db.execute(text("SELECT origin FROM index_visits ORDER BY start")).scalars().all()[2] == "pass"
        assert [origin for _visit, origin in cases.visits_of(db, "C")] == ["place", "pass", "both"]
    connected.dispose()


def test_log_and_vault_can_share_a_postgresql(databases):
    url = databases.new("postgresql", "log")
    vault.migrate_vault(url, Path(), Path())
    assert migrate.is_current(url)
    assert {"scans", "records"} <= tables(url)


KILLED = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from entry_service.store.database.migrate import migrate

url, before = sys.argv[1], int(sys.argv[2])
done = 0

@event.listens_for(Engine, "before_cursor_execute")
def count(*_):
    global done
    done += 1
    if done == before:
        os.kill(os.getpid(), signal.SIGKILL)

migrate(url)
print(done)
"""


def killed(url: str, before: int) -> subprocess.CompletedProcess[str]:
    """Migrate in a process that ends by ``kill -9`` just before a statement; 0: it goes to its end."""
    command = [sys.executable, "-c", KILLED, url, str(before)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("revision", ["", "0005"])
def test_a_migration_that_is_killed_leaves_the_schema_before_and_goes_through_the_next_time(
    databases, kind, revision
):
    def start() -> str:
        url = databases.new(kind, "empty")
        if revision:
            migrate.migrate(url, revision=revision)
        return url

    whole = killed(start(), 0)
    assert whole.returncode == 0, whole.stderr
    statements = int(whole.stdout)
    assert statements > 20
    for before in (statements // 2, statements):
        url = start()
        standing = tables(url)
        assert killed(url, before).returncode == -signal.SIGKILL
        assert tables(url) == standing
        assert not migrate.is_current(url)
        migrate.migrate(url)
        assert migrate.is_current(url)


def test_processes_that_migrate_at_once_wait_for_each_other(databases):
    url = databases.new("postgresql", "empty")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: migrate.migrate(url), range(4)))
    assert migrate.is_current(url)


def test_a_log_in_use_is_not_migrated(embedded):
    with pytest.raises(engine.LogInUse):
        migrate.migrate(embedded.url.render_as_string())


def test_a_new_database_is_its_owners_only(tmp_path):
    old = os.umask(0o022)
    try:
        migrate.migrate(f"sqlite:///{tmp_path / 'log.sqlite'}")
        store = open_store(f"sqlite:///{tmp_path / 'log.sqlite'}", writer=True)
        store.write(lambda db: scans.append_scan(db, scan("one")))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        store.close()
    finally:
        os.umask(old)
    assert modes == dict.fromkeys(("log.sqlite", "log.sqlite-wal", "log.sqlite-shm", "log.sqlite.lock"), 0o600)


def test_an_absent_database_is_not_current(tmp_path):
    assert not migrate.is_current(f"sqlite:///{tmp_path / 'none.sqlite'}")
    assert not (tmp_path / "none.sqlite").exists()


def test_the_log_has_no_column_that_links_days_or_names_a_person(url):
    connected = create_engine(make_url(url))
    with connected.connect() as connection:
        columns = set(connection.execute(text("SELECT * FROM scans")).keys())
    connected.dispose()
    assert columns == {"seq", *scans.FIELDS}
    assert Path(scans.__file__).exists()
