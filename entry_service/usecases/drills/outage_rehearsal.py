"""The whole drill of an outage on a copy that is thrown away: a service of its own, devices that queue, a restart.

Nothing of the running installation is read or written. What a device made is known here, so that what was lost is.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from tempfile import TemporaryDirectory

from sqlalchemy import Connection

from entry_service.core.drills import DrillPass
from entry_service.core.model import Device, Facility
from entry_service.core.times import kst_day
from entry_service.services import Services, ServiceSettings, open_services, prepare
from entry_service.store.log.drills import Drill
from entry_service.store.sites import devices, facilities

from ..doors.queued import QueuedScan
from ..doors.sync import sync
from .drill_doors import code_at
from .drills import TWO_OF
from .outage_drill import announce, measure

BATCH = 100  # items in one upload
PLACE = {"address": "모의 주소", "lon": 126.93, "lat": 37.36, "coord_quality": "simulated"}
MINUTE = timedelta(minutes=1)


def rehearse(
    settings: ServiceSettings, *, sites: int, readings: int, minutes: int, now: datetime
) -> tuple[Drill, dict[str, int]]:
    """Go through an outage that ends now and return the drill with what was made, logged and lost.

    Parameters
    ----------
    settings : ServiceSettings
        Of a service whose folder is thrown away afterwards (``throwaway``).
    sites, readings, minutes : int
        Sites with one device each, readings that each device queues, and how long it is cut off. The service is
        started anew while the queues come in; the last device never comes back.
    """
    random = secrets.token_bytes
    prepare(settings)
    start = now - minutes * MINUTE
    services = open_services(settings, now)
    try:
        doors = _furnish(services, sites, start)
        drill = announce(services, sites=(), start=start, end=now, actor=TWO_OF["asker"], now=start, random=random)
        made = {door.device_id: _queue(services, door, readings, start, now, random) for door in doors}
        for number, door in enumerate(doors[:-1]):
            at = now + (number + 1) * MINUTE / 10
            for first in range(0, readings, BATCH):
                items = made[door.device_id][first : first + BATCH]
                sync(services, door, items, device_now=at, now=at)
                sync(services, door, items, device_now=at, now=at)  # the answer was lost: it is sent again
            if number == len(doors) // 2:
                services.close()
                services = open_services(settings, now)
        ids = {door: [item.scan_id for item in items] for door, items in made.items()}
        ids[doors[-1].device_id] = []  # what lies in a device that is away is not lost yet
        done = measure(services, drill.drill_id, now=now + MINUTE * max(sites, 1), made=ids)
        logged = sum(
            device["queued"] + device["live"] for site in done.result["sites"] for device in site["devices"]
        )
        lost = sum(device["lost"] or 0 for site in done.result["sites"] for device in site["devices"])
        return done, {"made": (sites - 1) * readings, "logged": logged, "lost": lost}
    finally:
        services.close()


def throwaway() -> TemporaryDirectory[str]:
    """Return a folder that is removed with all databases and keys in it; use it with ``with``."""
    return TemporaryDirectory(prefix="entry-log-rehearsal-")


def _furnish(services: Services, sites: int, now: datetime) -> list[Device]:
    doors = [Device(device_id=f"R-{n}", facility_id=f"R-{n:03d}", name="정문") for n in range(1, sites + 1)]

    def keep(db: Connection) -> None:
        for door in doors:
            named = {"facility_id": door.facility_id, "name": f"훈련 시설 {door.device_id}", "category": "other"}
            facilities.add(db, Facility(**named, **PLACE))  # type: ignore[arg-type]
            devices.add(db, door, sha256(door.device_id.encode()).digest(), now)

    services.store.write(keep)
    return doors


def _queue(
    services: Services, door: Device, readings: int, start: datetime, end: datetime, random: Callable[[int], bytes]
) -> list[QueuedScan]:
    """Return what a device read while it was cut off: each pass once, in order of time."""
    queued = []
    for number in range(readings):
        at = start + (end - start) * (number + 0.5) / readings
        shown = DrillPass(
            pid=random(8),
            facility_id=door.facility_id,
            role="contact",
            door="pass",
            person=1,
            leaves=False,
            seed=random(16),
        )
        text = code_at(services, kst_day(at), shown, at)
        queued.append(QueuedScan(scan_id=random(12).hex(), text=text, direction="in", scanned_at=at))
    return queued
