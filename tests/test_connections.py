"""Several processes on one PostgreSQL: as many as it has connections for, and one log that they write together."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, make_url, text

from benchmarks.door_load import Client, DoorServer, some_scans
from entry_service import clock
from entry_service.connections import RESERVE, Room, fitting_workers, rooms
from entry_service.settings import Settings, SettingsRefused
from entry_service.store.database.engine import CONNECTIONS
from tests.databases import databases

__all__ = ["databases"]
CORES = (os.cpu_count() or 1) + 1


def run(url, statement):
    connected = create_engine(url, isolation_level="AUTOCOMMIT")
    with connected.connect() as db:
        rows = db.execute(text(statement))
        found = rows.all() if rows.returns_rows else []
    connected.dispose()
    return found


@pytest.fixture
def url(databases):
    return databases.new("postgresql", "both")


def limit(url, many):
    run(url, f'ALTER DATABASE "{make_url(url).database}" CONNECTION LIMIT {many}')


def test_what_a_server_allows_is_what_it_keeps_for_nobody_else(url):
    [[most, kept]] = run(
        url,
        "SELECT current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int",
    )
    both = Settings(log_url=url, vault_url=url)
    assert rooms(both) == [Room(allowed=most - kept - RESERVE, a_process=2 * CONNECTIONS)]
    log_only = Settings(log_url=url, vault_socket="/run/vault.sock")
    assert [room.a_process for room in rooms(log_only)] == [CONNECTIONS]
    assert rooms(Settings()) == []
    assert fitting_workers(Settings()) == 1


def test_more_processes_than_connections_are_refused_in_both_languages(url):
    limit(url, 5 * CONNECTIONS + RESERVE)  # two processes and a half
    assert fitting_workers(Settings(log_url=url, vault_url=url, workers=2)) == 2
    assert fitting_workers(Settings(log_url=url, vault_url=url)) == min(CORES, 2)
    with pytest.raises(SettingsRefused, match="ENTRY_WORKERS를 2 이하로") as refused:
        fitting_workers(Settings(log_url=url, vault_url=url, workers=3))
    assert "Set ENTRY_WORKERS to 2 at the most" in str(refused.value)
    limit(url, CONNECTIONS + RESERVE)
    with pytest.raises(SettingsRefused, match="max_connections"):
        fitting_workers(Settings(log_url=url, vault_url=url))


def test_two_processes_write_one_log_and_one_id_is_one_row(url, tmp_path):
    """Every scan is posted twice, over connections that fall to either process."""
    server = DoorServer(tmp_path / "var", url)
    work = some_scans(server.furnish(clock.now()), clock.now(), 120)
    server.start(workers=2)
    try:

        def post(share):
            client = Client(server.port)
            answers = [client.post(body) for _, body in share]
            client.close()
            return answers

        with ThreadPoolExecutor(8) as pool:
            shares = [work[at::4] for at in range(4)] * 2
            assert {status for answers in pool.map(post, shares) for status in answers} == {200}
    finally:
        server.stop()
    assert Counter(name for [name] in run(url, "SELECT scan_id FROM scans")) == Counter(name for name, _ in work)
