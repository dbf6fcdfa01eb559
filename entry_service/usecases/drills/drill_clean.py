"""Count what a drill came to, then remove all of it but the counts. Each step may be done again after a kill."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from entry_service.core.actors import SERVICE, Actor
from entry_service.core.drills import ASKER, hits, site_score
from entry_service.core.errors import Unavailable
from entry_service.services import Services
from entry_service.store.database.locks import one_at_a_time
from entry_service.store.log import drills
from entry_service.store.log.drills import Drill
from entry_service.store.sites import facilities

from .drills import CLEANED, OUTBREAK, RUNNING, SCORED, DrillNotReady, by_staff, find, first_entry, steps

FORGOTTEN_AFTER = timedelta(hours=24)  # the retention job ends a drill that nobody ended
OF_ROWS = ("scans", "voids", "slips", "doubts", "doubt_decisions")
SWEPT = (*OF_ROWS, "index_visits", "case_passes", "cases", "drill_passes")


def score(services: Services, drill_id: str, *, now: datetime) -> Drill:
    """Count a drill whose contacts were opened: minutes a step, precision and recall, what each site did.

    The contact list is read for it, with an audit row like every reading, under the drill's own purpose. Raises
    ``DrillNotReady`` where nothing was opened yet.
    """
    drill = find(services, drill_id)
    told = steps(services, drill)
    if drill.state != RUNNING or told[-1].at is None:
        raise DrillNotReady(state=drill.state)
    reader = Actor(account_id=ASKER, role="officer")  # in nobody's name
    listed = services.vault.case_files.contacts(drill.case_id, reader, now)
    phones = {one.phone for one in listed if one.phone}
    with services.store.read() as db:
        passes = [one for _day, one in drills.passes_of(db, drill_id)]
        rows = drills.rows_of(db, drill_id)
        names = {one.facility_id: one.name for one in facilities.all(db)}
    met = hits(passes, phones)
    began = (first_entry(rows) if by_staff(drill) else None) or drill.started_at
    sites = [
        site_score(
            facility_id,
            names.get(facility_id, facility_id),
            [one for one in passes if one.facility_id == facility_id],
            [row for row in rows if row.facility_id == facility_id],
            phones,
        )
        for facility_id in drill.plan["sites"]
    ]
    result: dict[str, Any] = {
        "steps": [{"name": step.name, "minutes": step.minutes} for step in told],
        "minutes": round((told[-1].at - began) / timedelta(minutes=1), 2),
        "unattended": bool(drill.plan.get("unattended")),
        "played": bool(drill.plan.get("played")),
        "expected": met.expected,
        "listed": met.listed,
        "right": met.right,
        "precision": met.precision,
        "recall": met.recall,
        "sites": [{**asdict(one), "score": one.score} for one in sites],
    }
    services.store.write(lambda db: drills.change(db, drill_id, state=SCORED, result=result))
    return find(services, drill_id)


def clean(services: Services, drill_id: str, *, actor: Actor = SERVICE, now: datetime) -> Drill:
    """Remove the contacts, the case with its file, and every row of a drill; its counts stay.

    Of a drill that was cleaned before it removes what came late. Raises ``AuditUnavailable`` before anything goes,
    ``Unavailable`` where somebody reads for so long that removed rows are still in the journal: clean again.
    """
    drill = find(services, drill_id)
    with services.store.read() as db:
        passes = [(day, one.pid) for day, one in drills.passes_of(db, drill_id)]
    if drill.state != CLEANED:
        services.vault.audit.append("drill_ended", actor, now=now, rows=len(passes))
    _destroy_file(services, drill.case_id, now)
    for day, pid in services.vault.held(passes):
        services.vault.forget(day, pid)
    while services.store.write(lambda db: drills.delete_rows(db, drill_id, [pid for _day, pid in passes])):
        pass

    def end(db: Connection) -> None:
        one_at_a_time(db, b"drills")
        if drills.find(db, drill_id).case_id != drill.case_id:  # registered since: its file goes first
            raise Unavailable(reason="busy")
        if drill.case_id:
            drills.delete_case(db, drill.case_id)
        drills.forget_codes(db, drill_id)
        if drill.state != CLEANED:
            drills.change(db, drill_id, state=CLEANED, ended_at=now)

    services.store.write(end)
    if not services.store.sweep(SWEPT):
        raise Unavailable(reason="busy")
    return find(services, drill_id)


def clean_all(services: Services, *, actor: Actor = SERVICE, now: datetime, before: datetime | None = None) -> int:
    """Clean every drill of an outbreak (begun before a moment), also for what came late; return how many.

    A drill's case that no living drill names, such as one out of a backup, goes too.
    """
    with services.store.read() as db:
        known = [one for one in drills.all(db, OUTBREAK) if before is None or one.started_at < before]
        left = {one.drill_id for one in known if one.state == CLEANED and drills.rows_of(db, one.drill_id)}
    due = [one for one in known if one.state != CLEANED or one.drill_id in left]
    for one in due:
        clean(services, one.drill_id, actor=actor, now=now)
    with services.store.read() as db:
        orphans = drills.orphans(db, CLEANED)
    for case_id in orphans:
        _destroy_file(services, case_id, now)
        services.store.write(lambda db, case_id=case_id: drills.delete_case(db, case_id))
    if orphans and not services.store.sweep(SWEPT):
        raise Unavailable(reason="busy")
    return len(due)


def _destroy_file(services: Services, case_id: str, now: datetime) -> None:
    known = services.vault.case_files.find(case_id) if case_id else None
    if known is not None and known.destroyed_at is None:
        services.vault.audit.append("case_file_destroyed", SERVICE, now=now, case_id=case_id, rows=known.contacts)
        services.vault.case_files.destroy(case_id, now)
