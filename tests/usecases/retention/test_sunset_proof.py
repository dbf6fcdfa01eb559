"""The proof of the end says what was looked at and nothing besides; it is made once, of what still stands."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, insert, text, update

from entry_service.core.errors import Unavailable
from entry_service.core.sunset import ProofNotReady, ProofWrong, check_proof
from entry_service.core.times import kst_day
from entry_service.store.retention import sunset
from entry_service.store.schema.care_tables import slip_counts
from entry_service.upkeep import backups
from entry_service.usecases.retention import loose_copies
from entry_service.usecases.retention import sunset as ending
from entry_service.vault.sunset import NotDecreed
from entry_service.vault.tables import audit
from tests.databases import databases, kind

from ..small_log import LIBRARY
from .test_sunset import ADMIN, MINUTE, NOW, believe, code, decided, log, purged

__all__ = ["databases", "kind", "log"]
THEN = NOW + 5 * MINUTE
DAY = timedelta(days=1)


@pytest.fixture
def gone(log):
    """Give the log after everything went by decree."""
    decided(log, "end")
    decided(log, "destroy_now", NOW + MINUTE)
    purged(log, NOW + 3 * MINUTE)
    return log


@pytest.fixture
def programs(databases, kind, monkeypatch) -> None:
    """Let ``pg_dump`` be that of the server."""
    if kind == "postgresql":
        engine = create_engine(databases.server)
        with engine.connect() as db:
            folder = db.execute(text("SELECT setting FROM pg_config WHERE name = 'BINDIR'")).scalar()
        engine.dispose()
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def proved(log, now=THEN) -> dict:
    return json.loads(ending.prove(log.services, now=now))["receipt"]


def why_not(log) -> str:
    with pytest.raises(ProofNotReady) as refused:
        ending.prove(log.services, now=THEN)
    return refused.value.facts["reason"]


def test_a_broken_audit_gives_no_proof(gone):
    def break_it(db) -> None:  # as an administrator of the database can
        on_postgresql = db.dialect.name == "postgresql"
        db.execute(
            text("ALTER TABLE audit DISABLE TRIGGER ALL" if on_postgresql else "DROP TRIGGER audit_no_update")
        )
        db.execute(update(audit).where(audit.c.seq == 1).values(hash=bytes(32)))

    gone.services.vault.store.write(break_it)
    assert why_not(gone) == "audit"
    with pytest.raises(ProofNotReady) as refused:
        ending.prove(gone.services, now=THEN)
    assert "감사 기록" in refused.value.sentence
    assert gone.services.vault.audit.entries(NOW, THEN + MINUTE, action="sunset_proved") == []
    with gone.services.store.read() as db:
        assert sunset.find(db).proof == ""


def test_a_proof_that_contradicts_itself_is_not_kept(gone, monkeypatch):
    monkeypatch.setattr(ending, "check_proof", lambda body: check_proof({**body, "days": body["days"][1:]}))
    assert why_not(gone) == "audit"
    with gone.services.store.read() as db:
        assert sunset.find(db).proof == ""


def test_a_folder_that_does_not_say_what_it_covers_keeps_the_proof_away(gone):
    results = gone.services.settings.results_dir
    (results / "told").mkdir(parents=True)
    (results / "told" / "summary.json").write_text(json.dumps({"as_of": NOW.isoformat()}))
    (results / "silent").mkdir()
    assert why_not(gone) == "folder.silent"
    assert ending.status(gone.services, THEN).left == {"folder.silent": 1}
    (results / "silent").rmdir()
    assert proved(gone)["folders"] == 0
    assert not (results / "told").exists()  # made of days that are gone
    with pytest.raises(ProofWrong):
        check_proof({**proved(gone), "folders": 1})


def test_a_backup_or_an_old_database_with_visits_keeps_the_proof_away(log, tmp_path, programs):
    home = tmp_path / "backups"  # as the log's settings name it
    services = log.services
    old = backups.make(services.settings, home, NOW, log=True, vault=True).folder
    old.rename(home / "20200820T150000-log")
    moved = services.settings.var / "log.sqlite"  # as the command that moves a log leaves it
    with closing(sqlite3.connect(moved)) as left:
        left.execute("CREATE TABLE scans (pid)")
        left.commit()
    os.utime(moved, (NOW.timestamp(), NOW.timestamp()))
    decided(log, "end")
    decided(log, "destroy_now", NOW + MINUTE)
    purged(log, NOW + 3 * MINUTE)
    assert why_not(log) == "copy.backup.2020-08-20, copy.database.2020-08-20"
    left = {name for name in ending.status(services, THEN).left if name.startswith("copy")}
    assert left == {"copy.backup.2020-08-20", "copy.database.2020-08-20"}
    moved.unlink()
    backups.make(services.settings, home, THEN)  # nobody is in this one
    (home / "20200820T150000-log" / "backup.json").unlink()
    assert why_not(log).startswith("copy.backup.")
    shutil.rmtree(home / "20200820T150000-log")
    assert proved(log)["copies"] == 0
    with pytest.raises(ProofWrong):
        check_proof({**proved(log), "copies": 1})


def test_after_the_end_backups_go_once_all_of_their_days_are_gone(log, tmp_path, programs, monkeypatch):
    home = tmp_path / "backups"  # as the log's settings name it
    services = log.services
    backups.make(services.settings, home, NOW)
    later = NOW + 29 * DAY
    believe(log, later)
    purged(log, later)
    assert len(backups.whole(home)) == 1  # collection goes on: how many are kept is the operator's matter
    decided(log, "end", later)
    backups.make(services.settings, home, later)

    def refuse(_folder) -> None:
        raise PermissionError

    with monkeypatch.context() as held:
        held.setattr(loose_copies, "_remove", refuse)
        assert purged(log, later + 2 * MINUTE).backups == (f"copy.backup.{kst_day(NOW)}",)
    assert purged(log, later + 3 * MINUTE).backups == ()
    assert [one.made_at for one in backups.whole(home)] == [later]


def test_it_names_paper_that_nobody_shredded_and_says_that_backups_are_not_in_it(gone):
    row = {"facility_id": LIBRARY, "day": date(2020, 8, 19), "slips": 7}
    gone.services.store.write(lambda db: db.execute(insert(slip_counts).values(**row)))
    body = proved(gone)
    assert body["paper"] == [{"facility": LIBRARY, "days": 1, "slips": 7, "oldest": "2020-08-19"}]
    assert "백업" in body["limits"]
    assert "WAL" in body["limits"]


def test_it_is_proved_by_one_at_a_time_and_not_while_somebody_decides(gone):
    services = gone.services
    with services.store.alone(b"sunset decided or proved") as alone:
        assert alone
        with pytest.raises(Unavailable):
            ending.prove(services, now=THEN)
    first = ending.prove(services, now=THEN)
    assert ending.prove(services, now=THEN + MINUTE) == first
    assert len(services.vault.audit.entries(NOW, THEN + 60 * MINUTE, action="sunset_proved")) == 1


def test_an_end_with_a_proof_is_never_dropped(log, monkeypatch):
    decided(log, "end")
    wish = ending.ask(log.services, "cancel", actor=ADMIN, code=code(log, ADMIN, NOW + MINUTE), now=NOW + MINUTE)
    with log.services.store.read() as db:
        known = sunset.find(db)
    log.services.store.write(lambda db: sunset.keep(db, sunset.Ending(ends_at=known.ends_at, proof="{}")))
    with pytest.raises(NotDecreed):
        ending.confirm(log.services, wish.request_hash, actor=ADMIN, code="", now=NOW + MINUTE)
    log.services.store.write(lambda db: sunset.keep(db, known))  # of a process that read it before
    log.services.store.write(sunset.drop)
    with log.services.store.read() as db:
        assert sunset.find(db).proof == "{}"


def test_an_end_that_was_taken_back_meanwhile_is_not_proved(gone, monkeypatch):
    verify = gone.services.vault.audit.verify

    def meanwhile():
        gone.services.store.write(sunset.drop)
        return verify()

    monkeypatch.setattr(gone.services.vault.audit, "verify", meanwhile)
    assert why_not(gone) == "collection"
