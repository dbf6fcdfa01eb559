"""Take an index visit back: it was another person's, found by a wrong number, or told by mistake."""

from datetime import datetime

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.errors import NotFound
from entry_service.core.times import kst_day
from entry_service.services import Services
from entry_service.store.cases import cases

from .trace import open_case


def drop_visit(
    services: Services, case_id: str, facility_id: str, start: datetime, *, actor: Actor, now: datetime
) -> None:
    """Remove the index visits of a case that began there and then; nobody is exposed by them any more.

    Where no other visit of that day was found by a pass, the passes of the day are no longer the case's: whoever
    they belong to may be a contact after all.

    Raises ``NotFound``, ``CaseClosed``, and ``AuditUnavailable`` before anything was changed.
    """
    open_case(services, case_id, now=now, actor=actor)
    services.vault.audit.append("case_registered", actor, now=now, case_id=case_id, outcome="visit_removed")

    def drop(db: Connection) -> None:
        if not cases.drop_visits(db, case_id, facility_id, start):
            raise NotFound(what="visit")
        left = {kst_day(visit.start) for visit, origin in cases.visits_of(db, case_id) if origin != "place"}
        if kst_day(start) not in left:
            cases.drop_passes(db, case_id, kst_day(start))

    services.store.write(drop)
