"""Killed at every step, run again, run by two at once: the end is the same as undisturbed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from entry_service.core.actors import SERVICE
from entry_service.core.errors import Unavailable
from entry_service.services import open_services
from entry_service.settings import Settings
from entry_service.store.database.engine import open_store
from entry_service.store.retention import destructions, receipts
from entry_service.usecases.retention.purge import PurgeRunning, StoreAway
from entry_service.usecases.retention.purge_day import STAGES
from entry_service.vault.checkpoints import AuditUnavailable
from tests.databases import databases, kind  # noqa: F401

from ..door import NOON, open_door
from ..purging import DAY, ONE, believed_since, due_at, fill, rows, run, write_extract_folder

STEPS = len(STAGES)
NOW = due_at(DAY + ONE)  # two days are due
ENDS = range(2 * STEPS)


class Killed(BaseException):
    """The process ends here."""


def dies_after(step):
    left = [step]

    def watch(day, stage):
        if left[0] == 0:
            raise Killed
        left[0] -= 1

    return watch


def filled(door):
    believed_since(door.services)
    for number in range(3):
        fill(door.services, DAY + number * ONE)
        write_extract_folder(door.services.settings.var / "extract" / str(number), DAY, DAY + number * ONE)


def end_of(services):
    """Return everything that is left, times and signatures of this run aside."""
    with services.store.read() as db:
        kept = [one for day in (DAY, DAY + ONE) for one in receipts.of_day(db, day)]
        stages = [(one.day, one.stage, one.counts) for one in destructions.newest(db, 9)]
    said = [json.loads(one.body) for one in kept]
    for body in said:
        for name in ("previous", "begun_at", "destroyed_at", "key_id", "facilities_sha256", "software"):
            body.pop(name, None)
    for _, _, counts in stages:
        counts.pop("key_id")
    folders = sorted(path.name for path in (services.settings.var / "extract").iterdir())
    told = services.vault.audit.entries(NOW - ONE, NOW + ONE, action="day_destroyed")
    contacts = [services.vault.count_day(DAY + number * ONE).contacts for number in range(3)]
    left = {name: len(many) for name, many in rows(services).items()}
    return said, stages, folders, [entry.rows for entry in told], contacts, left, services.vault.days()


@pytest.fixture(scope="module")
def undisturbed(databases, tmp_path_factory):  # noqa: F811
    """Return what an undisturbed run leaves, on SQLite."""
    with open_door(tmp_path_factory.mktemp("calm") / "var", *databases.pair("sqlite")) as door:
        filled(door)
        run(door.services, NOW)
        return end_of(door.services)


def test_killed_after_every_step_the_end_is_the_same(databases, kind, tmp_path, undisturbed):  # noqa: F811
    """Each run gets one step further than nothing: it dies after the first stage that it brings to its end."""
    with open_door(tmp_path / "var", *databases.pair(kind)) as door:
        filled(door)
        for _ in ENDS:
            with pytest.raises(Killed):
                run(door.services, NOW, watch=dies_after(0))
        run(door.services, NOW)
        assert end_of(door.services) == undisturbed


CHILD = """
import os, signal, sys
from pathlib import Path
from datetime import datetime
from entry_service.services import open_services
from entry_service.settings import Settings
from sqlalchemy import event
from tests.usecases.purging import NOON, due_at, DAY, ONE, run
var, die_at = Path(sys.argv[1]), int(sys.argv[2])
services = open_services(Settings(var=var, log_url=sys.argv[3], vault_url=sys.argv[4], daily_cap=3), NOON)
left = [die_at]
def count(*_):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
for store in (services.store, services.vault.store):
    event.listen(store._writing_engine, "before_cursor_execute", count)
for name in ("unlink", "rename", "rmdir", "link", "replace"):
    def wrapped(*args, _real=getattr(os, name), **kwargs):
        count()
        return _real(*args, **kwargs)
    setattr(os, name, wrapped)
run(services, due_at(DAY + ONE))
services.close()
print("end")
"""


@pytest.mark.timeout(280)
def test_killed_between_any_two_writes_the_end_is_the_same(databases, tmp_path, undisturbed):  # noqa: F811
    """A real process, a real SIGKILL, before a statement or an act on the file system somewhere along the way."""
    root = Path(__file__).resolve().parents[3]
    template = tmp_path / "template"
    template.mkdir()
    for name, url in zip(("log", "vault"), databases.pair("sqlite"), strict=True):
        shutil.copy(make_url(url).database, template / name)
    with open_door(template / "var", f"sqlite:///{template}/log", f"sqlite:///{template}/vault") as door:
        filled(door)
    deaths = 0
    for die_at in (0, 1, 3, 6, 9, 13, 18, 24, 31, 40, 50, 61, 75, 90, 110, 140):
        place = tmp_path / str(die_at)
        shutil.copytree(template, place)
        urls = [f"sqlite:///{place}/log", f"sqlite:///{place}/vault"]
        command = [sys.executable, "-c", CHILD, str(place / "var"), str(die_at), *urls]
        own = {**os.environ, "PYTHONPATH": str(root)}
        ended = subprocess.run(command, cwd=root, capture_output=True, text=True, env=own)
        assert ended.returncode in (0, -signal.SIGKILL), ended.stderr[-2_000:]
        deaths += ended.returncode != 0
        settings = Settings(var=place / "var", log_url=urls[0], vault_url=urls[1], daily_cap=3)
        services = open_services(settings, NOON)
        run(services, NOW)
        assert end_of(services) == undisturbed, die_at
        services.close()
    assert deaths >= 12


def test_two_at_once_destroy_once(databases, kind, tmp_path, undisturbed):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as door:
        filled(door)
        begun, go_on, told = threading.Event(), threading.Event(), []

        def waits(day, stage):
            begun.set()
            go_on.wait(60)

        first = threading.Thread(target=lambda: told.append(run(door.services, NOW, watch=waits)))
        first.start()
        assert begun.wait(60)
        with other_process(door.services) as other, pytest.raises(PurgeRunning):
            run(other, NOW)
        go_on.set()
        first.join()
        assert [one.days for one in told] == [(DAY, DAY + ONE)]
        assert run(door.services, NOW).days == ()
        assert end_of(door.services) == undisturbed


@contextmanager
def other_process(services):
    """Give what another process works with; SQLite has none beside the one that writes."""
    if services.store.embedded:
        yield services
        return
    store = open_store(services.settings.log_url, writer=True)
    yield replace(services, store=store)
    store.close()


def test_a_key_store_that_is_away_stops_everything_that_comes_after(databases, kind, tmp_path, undisturbed):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as door:
        filled(door)
        second, hidden = door.services.settings.key_copy_dir, tmp_path / "unplugged"
        before = rows(door.services)
        second.rename(hidden)
        with pytest.raises((Unavailable, StoreAway)):
            run(door.services, NOW)
        assert rows(door.services) == before
        with door.services.store.read() as db:
            assert receipts.of_day(db, DAY) == []
        if second.exists():
            shutil.rmtree(second)
        hidden.rename(second)
        run(door.services, NOW)
        assert end_of(door.services) == undisturbed


def test_without_the_audit_no_day_counts_as_destroyed(databases, kind, tmp_path, undisturbed):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as door:
        filled(door)
        second, hidden = door.services.settings.audit_copy_dir, tmp_path / "unplugged"
        door.services.vault.audit.append("sign_in", SERVICE, now=NOON)
        second.rename(hidden)
        with pytest.raises(AuditUnavailable):
            run(door.services, NOW)
        with door.services.store.read() as db:
            assert destructions.last_finished(db) is None
        hidden.rename(second)
        run(door.services, NOW)
        assert end_of(door.services) == undisturbed
