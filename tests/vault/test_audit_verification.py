"""Whatever is done to the audit is found: a slice of benchmarks/audit_mutations.py, and a live audit."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from benchmarks.audit_chains import Bench, made
from benchmarks.audit_mutations import MUTATIONS, mutate
from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput
from entry_service.vault import audit_verification
from entry_service.vault.audit_verification import Walk, verify_at
from entry_service.vault.checkpoints import FILE, MARK, AuditUnavailable, SecondPlace

NOW = datetime(2026, 8, 25, 9, 0, tzinfo=UTC)
OFFICER = Actor(account_id="officer-1", role="officer", origin="192.0.2.7")
PHONE = "+821000001234"
SLICE = 297


@pytest.fixture(scope="module")
def chains(tmp_path_factory):
    return made(tmp_path_factory.mktemp("chains"))


@pytest.fixture(scope="module")
def bench(chains, tmp_path_factory):
    opened = Bench(tmp_path_factory.mktemp("bench"), chains.public_key)
    yield opened
    opened.close()


@pytest.fixture
def place(tmp_path):
    return tmp_path / "audit"


def fill(vault, count: int) -> None:
    for _ in range(count):
        vault.audit.append("phone_searched", OFFICER, now=NOW, subjects=[PHONE])


def test_every_mutation_of_the_slice_is_found_and_its_first_row_named(chains, bench):
    results = [mutate(chains, bench, number) for number in range(SLICE)]
    assert [result for result in results if result.found.ok] == []
    misnamed = [result for result in results if result.seq and result.found.first_bad_seq != result.seq]
    assert misnamed == []
    assert set(Counter(result.kind for result in results).values()) == {SLICE // len(MUTATIONS)}


def test_untouched_chains_verify_at_every_length(chains, bench):
    for state in (*chains.earlier, chains.true, chains.fork):
        found = bench.verify(state)
        assert (found.ok, found.rows, found.hash) == (True, len(state.rows), state.rows[-1][3].hex())


def test_a_chain_without_rows_verifies(vault, place):
    vault.audit.public_key()
    found = vault.audit.verify()
    assert (found.ok, found.rows) == (True, 0)


@pytest.mark.parametrize(
    ("change", "first_bad_seq", "why"),
    [
        ("UPDATE audit SET body = replace(body, 'officer-1', 'officer-2') WHERE seq = 2", 2, "row_changed"),
        ("DELETE FROM audit WHERE seq = 2", 2, "row_missing"),
        ("DELETE FROM audit WHERE seq > 2", 3, "tail_cut"),
        ("UPDATE audit_subjects SET subject = hash FROM audit WHERE audit.seq = 4 AND audit_subjects.seq = 3",
         3, "subjects_changed"),
        ("DELETE FROM audit_subjects WHERE seq = 4", 4, "subjects_changed"),
        ("INSERT INTO audit_subjects SELECT 9, hash FROM audit WHERE seq = 1", 5, "subjects_changed"),
    ],
)  # fmt: skip
def test_on_both_databases_the_first_bad_row_is_named(vault, monkeypatch, change, first_bad_seq, why):
    monkeypatch.setattr(audit_verification, "STEPS", 1)
    fill(vault, 4)

    def attack(db) -> None:
        if db.dialect.name == "postgresql":
            for table in ("audit", "audit_subjects"):
                db.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        else:
            for trigger in ("audit_no", "audit_subjects_no"):
                for what in ("update", "delete"):
                    db.execute(text(f"DROP TRIGGER {trigger}_{what}"))
        db.execute(text(change))

    vault.store.write(attack)
    found = vault.audit.verify()
    assert (found.ok, found.first_bad_seq, found.why) == (False, first_bad_seq, why)


def test_pages_are_joined_without_a_seam(vault, monkeypatch):
    monkeypatch.setattr(audit_verification, "PAGE", 2)
    fill(vault, 5)
    assert vault.audit.verify().ok


def test_it_is_verified_while_the_service_writes(vault, url, place):
    """Neither a row whose checkpoint is still on its way nor a checkpoint newer than the snapshot is an alarm."""
    fill(vault, 1)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            fill(vault, 1)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    found = [verify_at(url, place, vault.audit.public_keys()) for _ in range(12)]
    stop.set()
    for writer in writers:
        writer.join()
    assert [one for one in found if not one.ok] == []
    assert found[-1].rows > found[0].rows


def test_progress_is_told_by_the_page(vault, url, place, monkeypatch):
    monkeypatch.setattr(audit_verification, "PAGE", 2)
    fill(vault, 5)
    told = []
    verify_at(url, place, vault.audit.public_keys(), lambda done, total: told.append((done, total)))
    assert told == [(2, 5), (4, 5), (5, 5), (5, 5)]


def test_after_a_restored_backup_the_chain_goes_on_and_says_so_for_ever(vault, place, monkeypatch):
    monkeypatch.setattr(audit_verification, "STEPS", 1)
    fill(vault, 5)
    _put_back_to(vault, 3)
    with pytest.raises(AuditUnavailable):
        fill(vault, 1)
    assert vault.audit.verify().why == "tail_cut"
    resumed = vault.audit.resume(NOW + timedelta(hours=1))
    assert (resumed.ok, resumed.rows, resumed.lost, resumed.resumed) == (True, 3, 2, 1)
    fill(vault, 2)
    found = vault.audit.verify()
    assert (found.ok, found.rows, found.lost, found.resumed) == (True, 5, 2, 1)
    _put_back_to(vault, 3)  # the old permission does not serve a second time
    assert vault.audit.verify().why == "tail_cut"
    lines = (place / FILE).read_bytes().splitlines(keepends=True)
    (place / FILE).write_bytes(b"".join([*lines, lines[5]]))
    assert vault.audit.verify().why == "checkpoint_edited"


def test_a_database_that_was_put_back_to_nothing_can_be_resumed(vault, place, monkeypatch):
    monkeypatch.setattr(audit_verification, "STEPS", 1)
    fill(vault, 2)
    _put_back_to(vault, 0)
    assert vault.audit.resume(NOW).ok
    fill(vault, 1)
    found = vault.audit.verify()
    assert (found.ok, found.rows, found.lost) == (True, 1, 2)


def test_a_lost_second_place_is_filled_anew_and_every_row_counts_as_late(vault, place, monkeypatch):
    monkeypatch.setattr(audit_verification, "STEPS", 1)
    fill(vault, 3)
    (place / FILE).unlink()
    (place / MARK).unlink()
    with pytest.raises(AuditUnavailable):
        fill(vault, 1)
    found = vault.audit.resume(NOW + timedelta(hours=1))
    assert (found.ok, found.late) == (True, 3)
    fill(vault, 1)
    assert vault.audit.verify().ok


def test_a_lost_signing_key_is_renewed_and_both_keys_verify(vault, key_dir, place):
    fill(vault, 3)
    first = vault.audit.public_key()
    with pytest.raises(BadInput):
        vault.audit.renew()
    lost = (key_dir / "audit").read_bytes()
    (key_dir / "audit").unlink()
    assert vault.audit.renew().ok
    fill(vault, 2)
    second = vault.audit.public_key()
    assert vault.audit.public_keys() == [first, second]
    assert (vault.audit.verify().ok, vault.audit.verify().rows) == (True, 5)
    assert not Walk(vault.store, SecondPlace(place), [second]).verify().ok
    _write_as(vault, key_dir, lost)


def _write_as(vault, key_dir, found: bytes) -> None:
    """Whoever finds the lost key later can sign no more rows with it."""
    current = (key_dir / "audit").read_bytes()
    (key_dir / "audit").write_bytes(found)
    with pytest.raises(AuditUnavailable):
        fill(vault, 1)
    (key_dir / "audit").write_bytes(current)
    assert vault.audit.verify().ok


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_renewal_that_was_cut_short_is_finished(vault, key_dir, place, monkeypatch):
    fill(vault, 2)
    (key_dir / "audit").unlink()
    with monkeypatch.context() as killed:
        killed.setattr(SecondPlace, "mark", _killed)
        with pytest.raises(KeyboardInterrupt):
            vault.audit.renew()
    with pytest.raises(AuditUnavailable):
        fill(vault, 1)
    assert vault.audit.renew().ok
    fill(vault, 1)
    assert vault.audit.verify().rows == 3


def test_a_chain_that_is_not_whole_is_not_trusted_under_a_new_key(vault, key_dir, place):
    fill(vault, 2)
    (key_dir / "audit").unlink()
    (place / MARK).write_text("11" * 32 + "\n")
    with pytest.raises(AuditUnavailable):
        vault.audit.renew()
    assert not (key_dir / "audit").exists()


def test_a_changed_row_is_not_mended_by_resuming(vault, monkeypatch):
    monkeypatch.setattr(audit_verification, "STEPS", 1)
    fill(vault, 3)
    _put_back_to(vault, 3, "UPDATE audit SET body = '{}' WHERE seq = 2")
    with pytest.raises(AuditUnavailable) as refusal:
        vault.audit.resume(NOW)
    assert refusal.value.facts == {"reason": "row_changed"}


def _put_back_to(vault, seq: int, also: str = "") -> None:
    def put_back(db) -> None:
        if db.dialect.name == "postgresql":
            for table in ("audit", "audit_subjects"):
                db.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        else:
            for table in ("audit", "audit_subjects"):
                for what in ("update", "delete"):
                    db.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{what}"))
        for table in ("audit", "audit_subjects"):
            db.execute(text(f"DELETE FROM {table} WHERE seq > {seq}"))
        if also:
            db.execute(text(also))

    vault.store.write(put_back)
