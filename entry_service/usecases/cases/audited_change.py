"""Change what the public reads: the audit first, then the list, and a second row where that was refused."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from entry_service.core.actors import Action, Actor
from entry_service.core.errors import EntryError, Unavailable
from entry_service.services import Services

T = TypeVar("T")
ACTION: Action = "place_published"
NOT_DONE = "_not"  # ends the outcome of an audit row that takes the one before back
log = logging.getLogger("entry_service.web")


def audited_change(
    services: Services, keep: Callable[[Connection], T], outcome: str, rows: int, actor: Actor, now: datetime
) -> T:
    """Write the audit row, then change the list; where ``keep`` refused, a second row says that nothing changed.

    Raises ``AuditUnavailable`` before anything changed, whatever ``keep`` raises, and ``Unavailable``: whether the
    change came through nobody knows then, so the first row stands.
    """
    services.vault.audit.append(ACTION, actor, now=now, rows=rows, outcome=outcome)
    try:
        return services.store.write(keep)
    except Unavailable:  # waited for too long, or cut off at the commit: it may be done all the same
        raise
    except EntryError as refused:
        try:
            services.vault.audit.append(ACTION, actor, now=now, rows=rows, outcome=outcome + NOT_DONE)
        except Unavailable as failure:  # the caller hears why nothing changed; the first row stands alone
            facts = {"code": failure.code, "refused": refused.code}
            log.warning("publication not taken back in the audit", extra={"facts": facts})
        raise
