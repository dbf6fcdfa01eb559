"""The switch that stops all notices at once: one person stops, another lets them go on. Audited first."""

from datetime import datetime

from entry_service.core.actors import Action, Actor
from entry_service.core.audit_rules import AuditEntry
from entry_service.core.errors import BadInput
from entry_service.services import Services
from entry_service.store.cases import notices
from entry_service.store.cases.notices import Stop
from entry_service.vault.asked import OwnRequest

from .publication_requests import fit_remark

CHANGES: tuple[Action, ...] = ("place_published", "notices_stopped", "notices_resumed")
MOST_CHANGES = 50  # rows of each that are shown after a restored backup


def stop_notices(services: Services, remark: str, *, actor: Actor, now: datetime) -> None:
    """Let every phone hear at its next question that nothing holds; stopped twice is stopped once.

    Raises ``BadInput`` (``remark``), ``AuditUnavailable``.
    """
    remark = fit_remark(remark)
    if standing_stop(services) is not None:
        return
    services.vault.audit.append("notices_stopped", actor, now=now)
    services.store.write(lambda db: notices.stop(db, remark, actor.account_id, now))


def resume_notices(services: Services, answer: str, *, actor: Actor, now: datetime) -> None:
    """Let notices go on; whoever stopped them cannot be the one.

    Raises ``BadInput`` where nothing is stopped or for ``answer``, ``OwnRequest``, ``AuditUnavailable``.
    """
    answer = fit_remark(answer, field="answer")
    standing = standing_stop(services)
    if standing is None:
        raise BadInput("멈춘 알림이 없습니다.", field="answer")
    if standing.stopped_by == actor.account_id:
        raise OwnRequest
    services.vault.audit.append("notices_resumed", actor, now=now)
    services.store.write(lambda db: notices.resume(db, standing.stop_id, answer, actor.account_id, now))


def standing_stop(services: Services) -> Stop | None:
    """Return the stop that holds now, None where notices are told."""
    with services.store.read() as db:
        newest = notices.newest_stop(db)
    return newest if newest is not None and newest.resumed_at is None else None


def changes_since_backup(services: Services, stop: Stop, now: datetime) -> list[AuditEntry]:
    """Return what the audit still knows of changes that the restored log does not have, the newest first.

    Empty after any other stop; where the vault was put back too, its rows since the backup are lost as well.
    """
    if stop.backup_at is None:
        return []
    rows = [
        row
        for action in CHANGES
        for row in services.vault.audit.entries(stop.backup_at, now, action=action, limit=MOST_CHANGES)
    ]
    return sorted(rows, key=lambda row: row.seq, reverse=True)
