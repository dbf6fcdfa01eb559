"""An audit row is in both places before anything else happens, or nothing happens."""

import errno
import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput
from entry_service.vault import audit_verification, checkpoints
from entry_service.vault.audit_rows import canonical, read_body
from entry_service.vault.checkpoints import FILE, MARK, AuditUnavailable, read_line
from entry_service.vault.keys import KeysUnsafe

NOW = datetime(2026, 8, 25, 9, 0, 0, 999_999, tzinfo=UTC)
OFFICER = Actor(account_id="officer-1", role="officer", origin="192.0.2.7")
ANOTHER = Actor(account_id="officer-10", role="officer", origin="192.0.2.8")
PHONE = "+821000001234"
HOUR = timedelta(hours=1)


@pytest.fixture
def place(tmp_path):
    """Return the second place; the vault of the tests keeps it beside its second key store."""
    return tmp_path / "audit"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Do not wait for checkpoints that nobody is writing."""
    monkeypatch.setattr(audit_verification, "STEPS", 1)


def rows(vault) -> list:
    with vault.store.read() as db:
        return db.execute(text("SELECT seq, at, body, hash, signature FROM audit ORDER BY seq")).all()


def lines(place) -> list[checkpoints.Checkpoint | None]:
    return [read_line(line) for line in (place / FILE).read_bytes().splitlines(keepends=True)]


def test_a_row_is_hashed_into_the_chain_as_the_document_says(vault):
    facts = {"purpose": "contact_tracing", "case_id": "case-7", "subjects": [PHONE, PHONE], "rows": 3}
    assert vault.audit.append("phone_searched", OFFICER, now=NOW, **facts) == 1
    assert vault.audit.append("case_traced", OFFICER, now=NOW) == 2
    before = bytes(32)
    for row in rows(vault):
        before = hashlib.sha256(b"\0" + before + row.body.encode()).digest()
        assert bytes(row.hash) == before
    body = json.loads(rows(vault)[0].body)
    assert body["at"] == "2026-08-25T09:00:00Z"
    assert (body["account_id"], body["origin"]) == ("officer-1", "192.0.2.7")
    assert (body["subjects"], body["rows"], body["purpose"]) == (1, 3, "contact_tracing")


def test_the_body_is_the_canonical_form_of_rfc_8785():
    """The examples of the RFC for strings and keys; numbers with fractions do not occur."""
    assert canonical({"b": 'é"\\\n\u000f한', "a": -7}) == '{"a":-7,"b":"é\\"\\\\\\n\\u000f한"}'
    with pytest.raises(ValueError, match="canonical"):
        read_body('{"b": 1}')


def test_no_number_case_or_time_of_a_visit_is_in_a_row_or_a_checkpoint(vault, place):
    vault.audit.append("phone_searched", OFFICER, now=NOW, case_id="case-7", subjects=[PHONE, "AB1234"])
    written = rows(vault)[0].body + (place / FILE).read_text()
    for secret in (PHONE, PHONE[3:], "AB1234", "case-7"):
        assert secret not in written
        assert hashlib.sha256(secret.encode()).hexdigest()[:16] not in written


def test_the_rows_of_one_case_can_be_counted_together_but_not_in_another_year(vault):
    for now in (NOW, NOW + HOUR, NOW.replace(year=2027)):
        vault.audit.append("case_traced", OFFICER, now=now, case_id="case-7")
    first, second, third = (read_body(row.body).case for row in rows(vault))
    assert first == second != third
    assert len(first) == 32


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("action", {"action": "police_request"}),
        ("purpose", {"purpose": "police"}),
        ("request", {"request_hash": "시험방문자"}),
        ("outcome", {"outcome": "visited GP-001 at noon"}),
    ],
)
def test_no_field_is_a_place_for_free_text(vault, field, facts):
    with pytest.raises(BadInput) as refusal:
        vault.audit.append(**{"action": "case_traced", **facts}, actor=OFFICER, now=NOW)
    assert refusal.value.facts == {"field": field}
    assert rows(vault) == []


def test_every_row_has_its_signed_line_in_the_second_place(vault, place):
    for _ in range(3):
        vault.audit.append("sign_in", OFFICER, now=NOW)
    assert [(line.seq, line.hash) for line in lines(place)] == [(row.seq, row.hash.hex()) for row in rows(vault)]
    assert (place / MARK).read_text().strip() == vault.audit.public_key().hex()
    assert (place.stat().st_mode & 0o777, (place / FILE).stat().st_mode & 0o777) == (0o700, 0o600)


def test_many_at_once_make_one_chain(vault, place):
    threads = [
        Thread(target=vault.audit.append, args=("sign_in", OFFICER), kwargs={"now": NOW}) for _ in range(24)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.seq for row in rows(vault)] == list(range(1, 25))
    assert [line.seq for line in lines(place)] == list(range(1, 25))
    assert vault.audit.verify().ok


@pytest.mark.parametrize("table", ["audit", "audit_subjects"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET seq = 9", "DELETE FROM {}"])
def test_the_database_itself_lets_the_audit_only_grow(vault, table, statement):
    vault.audit.append("phone_searched", OFFICER, now=NOW, subjects=[PHONE])
    with pytest.raises(DBAPIError, match="only grows"):
        vault.store.write(lambda db: db.execute(text(statement.format(table))))


def test_a_second_place_that_is_away_refuses_before_anything_is_written(vault, place):
    vault.audit.append("sign_in", OFFICER, now=NOW)
    place.rename(place.with_name("unmounted"))
    for make in (lambda: None, place.mkdir):  # away; then an empty mount point
        make()
        with pytest.raises(AuditUnavailable) as refusal:
            vault.audit.append("sign_in", OFFICER, now=NOW)
        assert refusal.value.facts == {"reason": "second_place_missing"}
        assert refusal.value.status == 503
    assert len(rows(vault)) == 1
    place.rmdir()
    place.with_name("unmounted").rename(place)
    assert vault.audit.append("sign_in", OFFICER, now=NOW) == 2


def test_the_second_place_of_another_vault_is_refused(vault, place):
    vault.audit.append("sign_in", OFFICER, now=NOW)
    (place / MARK).write_text("00" * 32 + "\n")
    with pytest.raises(AuditUnavailable):
        vault.audit.append("sign_in", OFFICER, now=NOW)
    assert vault.audit.verify().why == "second_place_of_another"


@pytest.mark.parametrize("kept", [0, 1, 40, 200, "append-only"])
def test_a_full_disk_refuses_and_the_chain_catches_up_later(vault, place, monkeypatch, kept):
    """The row is there, its checkpoint is not: the caller is refused, and the next append writes both."""
    vault.audit.append("sign_in", OFFICER, now=NOW)

    def full(descriptor: int, data: bytes) -> int:
        if kept:
            os.pwrite(descriptor, data[: 40 if kept == "append-only" else kept], 0)  # O_APPEND: at the end
        raise OSError(errno.ENOSPC, "No space left on device")

    def refused(*arguments: object) -> None:
        raise PermissionError

    with monkeypatch.context() as disk:
        disk.setattr(checkpoints.os, "write", full)
        if kept == "append-only":
            disk.setattr(checkpoints.os, "ftruncate", refused)
        for _ in range(2):
            with pytest.raises(AuditUnavailable):
                vault.audit.append("phone_searched", OFFICER, now=NOW, subjects=[PHONE])
    assert not vault.audit.verify().ok
    assert vault.audit.append("sign_in", OFFICER, now=NOW + HOUR) == 4
    found = vault.audit.verify()
    assert (found.ok, found.rows, found.late) == (True, 4, 2)
    assert vault.audit.append("sign_in", OFFICER, now=NOW + HOUR) == 5
    assert vault.audit.verify().ok


def test_nothing_is_written_on_after_the_database_was_put_back(vault, place):
    for _ in range(3):
        vault.audit.append("sign_in", OFFICER, now=NOW)
    _drop_triggers(vault)
    vault.store.write(lambda db: db.execute(text("DELETE FROM audit WHERE seq = 3")))
    with pytest.raises(AuditUnavailable) as refusal:
        vault.audit.append("sign_in", OFFICER, now=NOW)
    assert refusal.value.facts == {"reason": "rolled_back"}


def test_a_forged_last_row_is_not_given_a_checkpoint(vault, place):
    """Whoever may write the database knows the hash, but not the signing key."""
    vault.audit.append("sign_in", OFFICER, now=NOW)
    last = rows(vault)[0]
    body = canonical({**json.loads(last.body), "seq": 2, "account_id": "officer-2"})
    forged = hashlib.sha256(b"\0" + bytes(last.hash) + body.encode()).digest()
    statement = text("INSERT INTO audit VALUES (2, :at, :body, :hash, :signature)")
    row = {"at": last.at, "body": body, "hash": forged, "signature": bytes(last.signature)}
    vault.store.write(lambda db: db.execute(statement, row))
    with pytest.raises(AuditUnavailable):
        vault.audit.append("sign_in", OFFICER, now=NOW)
    assert [line.seq for line in lines(place)] == [1]
    assert (vault.audit.verify().first_bad_seq, vault.audit.verify().why) == (2, "row_not_signed")


def test_a_lost_signing_key_is_not_made_anew(vault, key_dir):
    vault.audit.append("sign_in", OFFICER, now=NOW)
    (key_dir / "audit").unlink()
    with pytest.raises(KeysUnsafe):
        vault.audit.append("sign_in", OFFICER, now=NOW)


def test_a_vault_that_is_only_read_writes_no_row(opened, kind, place):
    opened().audit.append("sign_in", OFFICER, now=NOW)
    reader = opened(writer=False)
    with pytest.raises(AuditUnavailable):
        reader.audit.append("sign_in", OFFICER, now=NOW)
    assert reader.audit.verify().ok


def _drop_triggers(vault) -> None:
    """Do what an administrator of the database can."""

    def drop(db) -> None:
        if db.dialect.name == "postgresql":
            db.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            db.execute(text("DROP TRIGGER audit_no_delete"))

    vault.store.write(drop)
