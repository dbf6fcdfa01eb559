"""Where an act cannot be written down it is not done, and visitors still come in (threat T55, fault F29)."""

import errno
import shutil

import pytest
from sqlalchemy import text

from entry_service.core.actors import Actor
from entry_service.core.errors import EntryError
from entry_service.vault import checkpoints
from entry_service.vault.checkpoints import AuditUnavailable
from tests.databases import databases, kind  # noqa: F401

from ..door import MINUTE, NOON, Door, open_door

OFFICER = Actor(account_id="A-officer", role="officer", origin="192.0.2.7")


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


def look_up(door: Door, phone: str) -> list[str]:
    """Show a contact after its audit row, as every act of the house does."""
    door.services.vault.audit.append(
        "contacts_read", OFFICER, now=NOON, purpose="contact_tracing", subjects=[phone], rows=1
    )
    return ["시험방문자"]


def away(door: Door, monkeypatch) -> None:
    shutil.rmtree(door.services.settings.audit_copy_dir)


def full(door: Door, monkeypatch) -> None:
    def write(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoints.os, "write", write)


def rolled_back(door: Door, monkeypatch) -> None:
    def put_back(db) -> None:
        if db.dialect.name == "postgresql":
            for table in ("audit", "audit_subjects"):
                db.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        else:
            for table in ("audit", "audit_subjects"):
                db.execute(text(f"DROP TRIGGER {table}_no_delete"))
        for table in ("audit", "audit_subjects"):
            db.execute(text(f"DELETE FROM {table}"))

    door.services.vault.store.write(put_back)


@pytest.mark.parametrize("fault", [away, full, rolled_back])
def test_without_an_audit_nothing_is_shown_and_the_door_stays_open(door, monkeypatch, fault):
    visitor = door.phone()
    assert look_up(door, "+821000001234") == ["시험방문자"]
    fault(door, monkeypatch)
    shown = []
    with pytest.raises(AuditUnavailable) as refusal:
        shown += look_up(door, "+821000001234")
    assert shown == []
    assert isinstance(refusal.value, EntryError)
    assert (refusal.value.status, refusal.value.code) == (503, "audit_unavailable")
    assert door.scan(visitor).outcome == "accepted"
    newcomer = door.phone(now=NOON + MINUTE)
    assert door.scan(newcomer, NOON + MINUTE).outcome == "accepted"
    assert len(door.log()) == 2


def test_a_full_disk_that_is_freed_lets_the_chain_catch_up(door, monkeypatch):
    with monkeypatch.context() as disk:
        full(door, disk)
        with pytest.raises(AuditUnavailable):
            look_up(door, "+821000001234")
    assert look_up(door, "+821000001234") == ["시험방문자"]
    assert door.services.vault.audit.verify().ok
