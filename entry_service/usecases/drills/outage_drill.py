"""A drill of an outage: sites are told a window, and the log says afterwards what each device did about it.

The readings are real people's: nothing is marked and nothing removed, only counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput
from entry_service.core.outages import SiteOutage, device_outage
from entry_service.services import Services
from entry_service.store.log import drills, scans
from entry_service.store.log.drills import Drill
from entry_service.store.sites import devices, facilities
from entry_service.store.sites.devices import DeviceRecord

from ..doors.collecting import assert_collecting
from .drill_sites import sites_for_drill
from .drills import CLEANED, OUTBREAK, READY, DrillNotReady, find

OUTAGE, WITHDRAWN = "outage", "withdrawn"
LONGEST = timedelta(hours=24)
LOOKED_AFTER = timedelta(days=2)  # the end: queues that come later than that are none of this drill


def announce(
    services: Services,
    *,
    sites: Sequence[str],
    start: datetime,
    end: datetime,
    actor: Actor,
    now: datetime,
    random: Callable[[int], bytes],
) -> Drill:
    """Keep a window [start, end) for which sites pull their network, or the service is stopped.

    ``sites`` empty: every facility with a device that is not sensitive; else identifiers or names of those that
    take part (drill_sites.py). Their pages say so until it is over. Raises ``BadInput`` (``end``, ``named``),
    ``CollectionEnded`` for a window that is not over by then, ``AuditUnavailable``.
    """
    assert_collecting(services, end, end)
    if not start < end <= start + LONGEST:
        raise BadInput("끝은 시작보다 늦고 24시간 안이어야 합니다.", field="end")
    with services.store.read() as db:
        chosen = [one.facility_id for one in sites_for_drill(db, sites, with_device=True)]
    if not chosen:
        raise BadInput("기기가 등록된 시설이 없습니다.", field="named")
    drill = Drill(
        drill_id=random(8).hex(),
        kind=OUTAGE,
        state=READY,
        started_at=start,
        started_by=actor.account_id,
        ended_at=None,
        case_id="",
        plan={"sites": chosen, "start": start.isoformat(), "end": end.isoformat()},
        result={},
    )
    services.vault.audit.append("drill_started", actor, now=now, rows=len(chosen), outcome=OUTAGE)
    services.store.write(lambda db: drills.add(db, drill, ()))
    return drill


def withdraw(services: Services, drill_id: str, *, actor: Actor, now: datetime) -> None:
    """Take a window back that is not over yet: sites are told of it no more, and it is measured never.

    Raises ``DrillNotReady`` for one that is over, or of another kind.
    """
    drill = find(services, drill_id)
    if drill.kind != OUTAGE or drill.state != READY:
        raise DrillNotReady(state=drill.state)
    if now >= window_of(drill)[1]:
        raise DrillNotReady(state="window")
    services.vault.audit.append("drill_ended", actor, now=now, rows=len(drill.plan["sites"]), outcome="withdrawn")
    services.store.write(lambda db: drills.change(db, drill_id, state=WITHDRAWN, ended_at=now))


def windows_at(services: Services, facility_id: str, now: datetime) -> list[tuple[datetime, datetime]]:
    """Return the windows [start, end) that a facility has agreed on and that are not over, the next one first."""
    with services.store.read() as db:
        agreed = [one for one in drills.all(db, OUTAGE) if one.state == READY]
    mine = [window_of(one) for one in agreed if facility_id in one.plan["sites"]]
    return sorted(window for window in mine if now < window[1])


def window_of(drill: Drill) -> tuple[datetime, datetime]:
    """Return the window [start, end) of a drill of an outage."""
    start, end = (datetime.fromisoformat(drill.plan[name]) for name in ("start", "end"))
    return start, end


def measure(
    services: Services, drill_id: str, *, now: datetime, made: Mapping[str, Sequence[str]] | None = None
) -> Drill:
    """Count what each device did about the window; may be done again while queues still come.

    ``made`` maps device_id → the scan_ids that it made, where a rehearsal knows them. Raises ``DrillNotReady``
    before the window is over, or for a drill of another kind.
    """
    drill = find(services, drill_id)
    if drill.kind != OUTAGE:
        raise DrillNotReady(state=drill.kind)
    start, end = window_of(drill)
    if drill.state == WITHDRAWN:
        raise DrillNotReady(state=WITHDRAWN)
    if now < end:
        raise DrillNotReady(state="window")
    until = min(now, end + LOOKED_AFTER) + timedelta(seconds=1)
    found = []
    with services.store.read() as db:
        told = {} if _has_other_drill(db, start, end) else drills.made_by_device(db, drill_id)
        for facility_id in drill.plan["sites"]:
            rows = scans.scans_between(db, facility_id, start, until, refused=True, uncounted=True)
            known = [one for one in devices.all(db, facility_id) if one.device.revoked_at is None]
            site = SiteOutage(
                facility_id=facility_id,
                name=facilities.get(db, facility_id).name,
                devices=tuple(
                    device_outage(
                        one.device.device_id,
                        one.device.name,
                        [row for row in rows if row.device_id == one.device.device_id],
                        (start, end),
                        one.last_seen_at,
                        _made(made, told, one, start),
                    )
                    for one in known
                ),
            )
            found.append({**asdict(site), "away": site.away, "score": site.score})
    result = {"sites": found, "measured_at": now.isoformat()}

    def keep(db: Connection) -> None:
        drills.change(db, drill_id, result=result, state=CLEANED, ended_at=now)

    services.store.write(keep)
    return find(services, drill_id)


def _made(
    made: Mapping[str, Sequence[str]] | None, told: Mapping[str, int], one: DeviceRecord, start: datetime
) -> Sequence[str] | int | None:
    """Return what a device made: as a rehearsal knows it, else as it says, if it was this device all the time."""
    if made is not None:
        return made.get(one.device.device_id, ())
    return told.get(one.device.device_id) if one.created_at <= start else None


def _has_other_drill(db: Connection, start: datetime, end: datetime) -> bool:
    """Say whether invented people came meanwhile: devices read them too, and their rows are removed."""
    return any(
        one.started_at < end and (one.ended_at is None or one.ended_at > start) for one in drills.all(db, OUTBREAK)
    )
