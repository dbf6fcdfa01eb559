"""The proof of the end says what was looked at and nothing besides; it is made once, of what still stands."""

import json
from datetime import date

import pytest
from sqlalchemy import insert, text, update

from entry_service.core.errors import Unavailable
from entry_service.core.sunset import ProofNotReady, ProofWrong, check_proof
from entry_service.store.retention import sunset
from entry_service.store.schema.care_tables import slip_counts
from entry_service.usecases.retention import sunset as ending
from entry_service.vault.sunset import NotDecreed
from entry_service.vault.tables import audit
from tests.databases import databases, kind

from ..small_log import LIBRARY
from .test_sunset import ADMIN, MINUTE, NOW, code, decided, log, purged

__all__ = ["databases", "kind", "log"]
THEN = NOW + 5 * MINUTE


@pytest.fixture
def gone(log):
    """Give the log after everything went by decree."""
    decided(log, "end")
    decided(log, "destroy_now", NOW + MINUTE)
    purged(log, NOW + 3 * MINUTE)
    return log


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


def test_it_names_paper_that_nobody_shredded_and_says_that_backups_are_not_in_it(gone):
    row = {"facility_id": LIBRARY, "day": date(2020, 8, 19), "slips": 7}
    gone.services.store.write(lambda db: db.execute(insert(slip_counts).values(**row)))
    body = proved(gone)
    assert body["paper"] == [{"facility": LIBRARY, "days": 1, "slips": 7, "oldest": "2020-08-19"}]
    assert "백업" in body["limits"]


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
