"""Everywhere that personal data could lie: files, journals, backups, rows, a server's own folder."""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import create_engine, make_url, select, text

from entry_service.settings import Settings
from entry_service.store.database.engine import open_store
from entry_service.store.schema import care_tables, door_tables, tables
from entry_service.vault import tables as vault_tables

LOG_TABLES = tables.metadata.sorted_tables
VAULT_TABLES = vault_tables.metadata.sorted_tables
SEALED = (
    vault_tables.records.c.sealed,
    vault_tables.records.c.blind,
    vault_tables.card_days.c.blind,
    vault_tables.case_contacts.c.sealed,
    vault_tables.case_contacts.c.person,
)
AUDIT = (vault_tables.audit, vault_tables.audit_subjects)
EMPTY = re.compile(rb"\0{64,}")  # a journal and a page are mostly that
assert {care_tables.receipts, door_tables.slips} <= set(LOG_TABLES)
Place = tuple[str, bytes]


def files_in(*folders: Path) -> Iterator[Place]:
    """Give every file, journals too, with its path from the folder above."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(folder.parent)), EMPTY.sub(bytes(64), path.read_bytes())


def back_up(settings: Settings, folder: Path) -> list[Path]:
    """Make an online backup of both SQLite databases while they are used; return its files."""
    folder.mkdir(parents=True)
    made = []
    for name in ("log", "vault"):
        source = sqlite3.connect(settings.var / f"{name}.sqlite")
        made.append(folder / f"{name}.sqlite")
        target = sqlite3.connect(made[-1])
        source.backup(target)
        target.close()
        source.close()
    return made


def rows_of(settings: Settings, wanted: Iterable = (*LOG_TABLES, *VAULT_TABLES)) -> Iterator[Place]:
    """Give every row as a dump would have it: bytes in hexadecimals, text as it is."""
    for table in wanted:
        url = settings.log_address if table in LOG_TABLES else settings.vault_address
        store = open_store(url, writer=False)
        try:
            with store.read() as db:
                for row in db.execute(text(f'SELECT * FROM "{table.name}"')):
                    said = [bytes(one).hex() if isinstance(one, bytes | memoryview) else str(one) for one in row]
                    yield f"row of {table.name}", "\x1f".join(said).encode()
        finally:
            store.close()


def sealed_in(settings: Settings) -> dict[str, list[bytes]]:
    """Return column → every value of it that was made of a contact."""
    store = open_store(settings.vault_address, writer=False)
    with store.read() as db:
        found = {
            f"{one.table.name}.{one.name}": [bytes(value) for value in db.execute(select(one)).scalars()]
            for one in SEALED
        }
    store.close()
    return found


def server_files(url: str, since: float) -> list[Place]:
    """Return the files of this database on a PostgreSQL of ours, its journal and its log since a time, flushed.

    Empty where the server keeps them out of our reach.
    """
    folder = make_url(url).query.get("host", "")
    if not folder or not Path(str(folder)).is_dir():
        return []
    data = Path(str(folder))
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        own = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar()
    engine.dispose()
    paths = [*(data / "base" / str(own)).iterdir(), data.parent / "log"]
    paths += [path for path in (data / "pg_wal").iterdir() if path.is_file() and path.stat().st_mtime >= since]
    return [
        (f"postgresql/{path.name}", EMPTY.sub(bytes(64), path.read_bytes())) for path in paths if path.is_file()
    ]


def still_there(needles: Iterable[bytes], places: Iterable[Place]) -> set[bytes]:
    """Return which of these bytes are in any of the places."""
    wanted = set(needles)
    return {needle for _, content in places for needle in wanted if needle in content}
