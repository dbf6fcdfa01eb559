"""A pilot on SQLite moves to PostgreSQL while its doors queue: every row arrives, is proved, none is doubled."""

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from benchmarks.door_load import Client, DoorServer, some_scans
from entry_service import clock
from entry_service.core.model import Contact
from entry_service.core.times import kst_day
from entry_service.services import open_services
from entry_service.settings import Settings
from entry_service.store import move
from entry_service.store.database.engine import LogInUse, open_store
from entry_service.store.log import scans, voids
from tests.databases import databases

__all__ = ["databases"]
ROOT = Path(__file__).resolve().parent.parent
PERSON = Contact(name="시험방문자", phone="+821000001234", residence="경기도 군포시")


@pytest.fixture
def url(databases):
    return databases.new("postgresql", "empty")


def run(var, url, *options):
    environment = {**os.environ, "ENTRY_VAR": str(var), "ENTRY_LOG_URL": url, "ENTRY_VAULT_URL": url}
    command = [sys.executable, "-m", "entry_service", "move-to-postgres", *options]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180)


def populate(settings):
    """Put scans of three days, an undone one and contacts into the pilot."""
    now = clock.now()
    services = open_services(settings, now)
    services.vault.deposit(kst_day(now), b"a pass 1", PERSON)
    old = [
        scans.Scan(
            scan_id=f"old-{number}",
            facility_id="GP-001",
            pid=number.to_bytes(8, "big"),
            direction="in",
            source="staff_scan",
            confidence="high",
            scanned_at=now - timedelta(days=number % 3, minutes=number),
            received_at=now - timedelta(days=number % 3),
            flags=("late",),
        )
        for number in range(500)
    ]
    services.store.write(lambda db: scans.append_many(db, old))
    services.store.write(lambda db: voids.add(db, "old-7", voided_at=now, voided_by="D-1", reason="undo"))
    services.close()
    return len(old)


def count(url, table="scans"):
    connected = create_engine(url)
    with connected.connect() as db:
        exists = db.execute(text("SELECT to_regclass(:table)"), {"table": table}).scalar()
        found = db.execute(text(f"SELECT count(*) FROM {table}")).scalar() if exists else 0
    connected.dispose()
    return found


def test_a_pilot_moves_while_its_doors_queue_and_nothing_is_lost_or_doubled(url, tmp_path, request):
    server = DoorServer(tmp_path / "var")
    request.addfinalizer(server.kill)
    issuer = server.furnish(clock.now())
    settings = Settings(var=server.var, demo=True)
    old = populate(settings)
    work = some_scans(issuer, clock.now(), 60)
    queue = []

    def door(bodies):
        for body in bodies:
            try:
                client = Client(server.port)
                assert client.post(body) == 200
                client.close()
            except OSError:
                queue.append(body)

    server.start()
    door([body for _, body in work[:20]])
    rehearsed = run(server.var, url, "--rehearse")
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert "되돌렸습니다" in rehearsed.stdout
    assert count(url) == 0
    refused = run(server.var, url)
    assert refused.returncode == 1
    assert "다른 프로세스가" in refused.stderr
    server.stop()
    door([body for _, body in work[20:40]])
    assert len(queue) == 20
    moved = run(server.var, url)
    assert moved.returncode == 0, moved.stderr
    assert "원본과 같습니다" in moved.stdout
    assert count(url) == old + 20
    again = run(server.var, url)
    assert again.returncode == 0, again.stderr
    assert "이미 옮겨져 있고" in again.stdout

    server.database = url
    server.start(workers=2)
    try:
        for body in queue:
            client = Client(server.port)
            assert client.post(body) == 200
            client.close()
        queue.clear()
        door([body for _, body in work])  # the first sixty once more: what was answered before is the same row
    finally:
        server.stop()
    store = open_store(url, writer=False)
    with store.read() as db:
        names = Counter(db.execute(text("SELECT scan_id FROM scans")).scalars())
        numbers = db.execute(text("SELECT count(DISTINCT seq), count(*) FROM scans")).one()
    store.close()
    assert set(names.values()) == {1}
    assert {name for name, _ in work} <= set(names)
    assert len(names) == old + len(work)
    assert numbers[0] == numbers[1]
    services = open_services(Settings(var=server.var, demo=True, log_url=url, vault_url=url), clock.now())
    [opened] = services.vault.open_contacts([(kst_day(clock.now()), b"a pass 1")])
    services.close()
    assert opened == PERSON


def test_a_target_with_other_rows_is_refused_and_stays_as_it_is(url, tmp_path):
    server = DoorServer(tmp_path / "var")
    server.furnish(clock.now())
    assert run(server.var, url, "--log").returncode == 0
    populate(Settings(var=server.var, demo=True))
    refused = run(server.var, url, "--log")
    assert refused.returncode == 1
    assert "비어 있지 않고" in refused.stderr
    assert count(url) == 0
    assert count(url, "facilities") == 1


def test_a_row_that_postgresql_does_not_take_is_named_and_nothing_stays(url, tmp_path):
    server = DoorServer(tmp_path / "var")
    server.furnish(clock.now())
    file = server.var / "log.sqlite"
    database = sqlite3.connect(file)
    database.execute("UPDATE devices SET name = 'a' || char(0) || 'b'")
    database.commit()
    database.close()
    with pytest.raises(move.NotMovable) as refused:
        move.move_log(file, url, move.move, lambda table: None)
    assert refused.value.facts["path"] == "devices, row 1"
    assert count(url, "facilities") == 0


def test_a_copy_that_differs_is_undone(url, tmp_path, monkeypatch):
    server = DoorServer(tmp_path / "var")
    server.furnish(clock.now())
    insert_all = move._insert_all

    def forgetful(db, table, values):
        changed = [{**one, "name": "다른 이름"} for one in values] if table.name == "facilities" else values
        insert_all(db, table, changed)

    monkeypatch.setattr(move, "_insert_all", forgetful)
    with pytest.raises(move.MoveDiffers) as differs:
        move.move_log(server.var / "log.sqlite", url, move.move, lambda table: None)
    assert differs.value.facts["path"] == "facilities"
    assert count(url, "facilities") == 0


def test_the_file_is_held_meanwhile(url, tmp_path):
    server = DoorServer(tmp_path / "var")
    server.furnish(clock.now())
    held = open_store(f"sqlite:///{server.var / 'log.sqlite'}", writer=True)
    with pytest.raises(LogInUse):
        move.move_log(server.var / "log.sqlite", url, move.move, lambda table: None)
    held.close()
