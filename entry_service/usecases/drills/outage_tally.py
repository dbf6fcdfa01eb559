"""What devices say that they made in the window of a drill: only by that it is known what an outage lost."""

from datetime import datetime

from sqlalchemy import Connection

from entry_service.core.model import Device
from entry_service.core.outages import Tally
from entry_service.services import Services
from entry_service.store.log import drills

from ..doors.collecting import assert_collecting
from .outage_drill import LOOKED_AFTER, OUTAGE, WITHDRAWN, window_of


def take_tally(services: Services, device: Device, tally: Tally, *, now: datetime) -> None:
    """Keep what a device made in each window that its site agreed on; of other minutes nothing is kept.

    Raises ``CollectionEnded`` once collection has ended.
    """
    assert_collecting(services, now, now)
    with services.store.read() as db:
        agreed = [one for one in drills.all(db, OUTAGE) if one.state != WITHDRAWN]
    told = {}
    for drill in agreed:
        window = window_of(drill)
        mine = device.facility_id in drill.plan["sites"] and window[1] <= now <= window[1] + LOOKED_AFTER
        made = tally.made_within(window) if mine else None
        if made is not None:
            told[drill.drill_id] = made

    def keep(db: Connection) -> None:
        for drill_id, made in told.items():
            drills.keep_made(db, drill_id, device.device_id, made, now)

    if told:
        services.store.write(keep)
