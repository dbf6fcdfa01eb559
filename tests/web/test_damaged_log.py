"""A database file whose pages were overwritten: unavailable and said so, never a wrong count or a fault."""

import sqlite3
from contextlib import closing

import pytest

from entry_service import clock as clocks
from entry_service.doctor import examine
from entry_service.store.log import scans

from ..store.conftest import scan


@pytest.fixture
def damaged(services, settings):
    """Overwrite every page of the scans and of their indices, under the running service."""
    services.store.write(lambda db: scans.append_scan(db, scan("s-1")))
    services.store.checkpoint()
    services.store._engine.dispose()  # what was read before is remembered no more, as after some hours of work
    file = settings.var / "log.sqlite"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as log:
        roots = log.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = 'scans' AND rootpage").fetchall()
        [[size]] = log.execute("PRAGMA page_size")
    with file.open("r+b") as written:
        for (page,) in roots:
            written.seek((page - 1) * size)
            written.write(b"\xff" * 100)


def test_a_damaged_log_is_unavailable_and_told(app, services, settings, clock, damaged):
    client = app.test_client()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert "entry_log_readable 0" in client.get("/metrics").get_data(as_text=True)
    [log, vault] = examine(settings, clocks.reading(clock()), ("database",))
    assert (log.state, vault.state) == ("failed", "ok")
    assert "손상" in log.ko
