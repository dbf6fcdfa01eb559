"""Two hundred clients at once on a PostgreSQL that gives the service few connections: a refusal or an answer."""

import threading
import time
from collections import Counter

from sqlalchemy import create_engine, text

from benchmarks.door_load import Client, DoorServer, some_scans
from entry_service import clock
from entry_service.store.database.engine import CONNECTIONS, SECONDS_FOR_A_CONNECTION, open_store
from tests.databases import databases

__all__ = ["databases"]
CLIENTS = 200
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
HELD = 4  # seconds for which every connection of the service waits
AT_MOST = HELD + 5 + 3 * SECONDS_FOR_A_CONNECTION  # the lock, PostgreSQL's own limit, and a busy machine


def test_everybody_hears_soon_and_nobody_hears_of_a_fault(databases, tmp_path):
    url = databases.new("postgresql", "empty")
    server = DoorServer(tmp_path / "var", url)
    issuer = server.furnish(clock.now())
    work = some_scans(issuer, clock.now(), CLIENTS + 1)
    told, waits, lock = Counter(), [], threading.Lock()

    def enter(body: bytes) -> None:
        begun = time.monotonic()
        client = Client(server.port)
        status = client.post(body)
        client.close()
        with lock:
            told[status] += 1
            waits.append(time.monotonic() - begun)

    server.start(workers=1)
    engine = create_engine(url)
    try:
        with engine.begin() as stranger:
            stranger.execute(text("LOCK TABLE scans IN ACCESS EXCLUSIVE MODE"))
            threads = [threading.Thread(target=enter, args=(body,)) for _, body in work[:CLIENTS]]
            for thread in threads:
                thread.start()
            time.sleep(HELD)
            [[inside]] = stranger.execute(
                text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            )
            assert inside <= CONNECTIONS
        for thread in threads:
            thread.join()
        begun = time.monotonic()
        enter(work[-1][1])
        assert time.monotonic() - begun < SECONDS_FOR_A_CONNECTION
    finally:
        server.stop()
        engine.dispose()
    assert told.total() == CLIENTS + 1
    assert told.keys() <= {200, 503}
    assert told[200] > 0
    assert max(waits) < AT_MOST


def test_a_transaction_that_was_forgotten_holds_its_locks_a_minute_at_most(databases):
    store = open_store(databases.new("postgresql", "log"), writer=True)
    with store.read() as db:
        assert db.execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "1min"
        assert db.execute(text("SHOW lock_timeout")).scalar() == "5s"
    store.close()
