"""Close a case: nobody is traced or asked for it any more, and its file waits for destruction."""

from datetime import datetime

from entry_service.core.actors import Actor
from entry_service.core.model import Case
from entry_service.services import Services
from entry_service.store.cases import cases

from .trace import open_case


def close_case(services: Services, case_id: str, *, actor: Actor, now: datetime) -> Case:
    """Close a case in the register and in the vault, after the audit row; return it closed.

    Killed between the two, the register still has it open and it is closed again. Raises ``NotFound``,
    ``CaseClosed``, ``AuditUnavailable``.
    """
    open_case(services, case_id, now=now, actor=actor)
    services.vault.audit.append("case_closed", actor, now=now, case_id=case_id)
    services.vault.case_files.close(case_id, now)
    services.store.write(lambda db: cases.close(db, case_id, now))
    with services.store.read() as db:
        return cases.find_case(db, case_id)
