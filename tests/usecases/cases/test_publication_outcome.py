"""What the audit says of a publication whose outcome nobody knows, or that was refused while the audit failed."""

import pytest

from entry_service.core.errors import NotFound, Unavailable
from entry_service.store.cases import published_places as places
from entry_service.usecases.cases.publish import publish, withdraw
from entry_service.usecases.cases.told_places import told_places
from entry_service.vault.checkpoints import AuditUnavailable
from tests.usecases.publication_log import HOUR, NOW, OFFICER, audited, drafts
from tests.usecases.small_log import LIBRARY, SmallLog, small_log


@pytest.fixture
def log(tmp_path):
    with small_log(tmp_path / "var", NOW) as opened:
        yield opened


def test_a_change_that_was_waited_for_too_long_is_not_said_to_be_undone(log: SmallLog, monkeypatch):
    [number] = drafts(log, (LIBRARY, "19 10:00", "19 11:00"))
    append = log.services.vault.audit.append

    def then_hurry(*given, **facts):
        done = append(*given, **facts)
        monkeypatch.setattr("entry_service.store.database.writer.SECONDS_TO_WAIT", 0)
        return done

    monkeypatch.setattr(log.services.vault.audit, "append", then_hurry)
    with pytest.raises(Unavailable):
        publish(log.services, [number], actor=OFFICER, now=NOW)
    monkeypatch.undo()
    log.services.store.write(lambda db: None)  # comes after it
    with log.services.store.read() as db:
        assert len(places.live(db, "published", NOW)) == 1
    assert audited(log, "place_published") == 1
    assert [day.published for day in told_places(log.services, NOW + HOUR)] == [1]


def test_a_refusal_is_told_although_the_audit_fails_meanwhile(log: SmallLog, monkeypatch):
    [number] = drafts(log, (LIBRARY, "19 10:00", "19 11:00"))
    publish(log.services, [number], actor=OFFICER, now=NOW)
    append = log.services.vault.audit.append

    def late(*given, **facts):
        if facts["outcome"] == "withdrawn_not":
            raise AuditUnavailable
        monkeypatch.undo()
        withdraw(log.services, number, actor=OFFICER, now=NOW)
        monkeypatch.setattr(log.services.vault.audit, "append", late)
        return append(*given, **facts)

    monkeypatch.setattr(log.services.vault.audit, "append", late)
    with pytest.raises(NotFound):
        withdraw(log.services, number, actor=OFFICER, now=NOW)
