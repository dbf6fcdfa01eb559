"""What is told of destruction: to administrators, to a facility's manager, to whatever watches the service."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from entry_service.core.errors import Unavailable
from entry_service.core.retention import Belief, Clock, Reading, first_kept_day
from entry_service.core.times import day_start, kst_day
from entry_service.services import Services
from entry_service.store.retention import destructions, receipts, retention
from entry_service.store.sites import facilities

from .purge_folders import due_folders
from .trusted_clock import peek

GRACE = timedelta(hours=3)  # after midnight, in which the hourly look and a day's work fit
DAYS_SHOWN = 60
Destruction = Literal["current", "overdue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyedDay:
    """One line of the register; ``finished_at`` is None while it goes on, ``stage`` says how far it is."""

    day: date
    contacts: int
    scans: int
    facilities: int
    slips: int
    stage: str
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLeft:
    """Paper of destroyed days at a facility that nobody said was shredded."""

    facility_id: str
    facility_name: str
    days: int
    slips: int
    oldest: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The page of destruction. ``oldest``: the oldest day that is held; it is due at ``next_due``."""

    belief: Belief
    state: Destruction
    oldest: date | None
    next_due: datetime | None
    days: tuple[DestroyedDay, ...]
    paper: tuple[PaperLeft, ...]
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityReceipt:
    """What a facility's receipt of one day says."""

    day: date
    scans: int
    entries: int
    slips: int
    destroyed_at: datetime


def register_of(services: Services, reading: Reading, before: date | None = None) -> Register:
    """Return the register of destroyed days, ``before`` a day for the page after, and the state of the clock."""
    belief = peek(services, reading)
    oldest = oldest_held(services)
    days = services.settings.retention_days
    first_kept = first_kept_day(belief.trusted, days)
    with services.store.read() as db:
        told = destructions.newest(db, DAYS_SHOWN, before)
        left = destructions.overdue_paper(db)
        names = {facility.facility_id: facility.name for facility in facilities.all(db)} if left else {}
    folders = due_folders(services.settings, first_kept - timedelta(days=1))
    return Register(
        belief=belief,
        state=_state(oldest, reading.wall, days),
        oldest=oldest,
        next_due=day_start(oldest + timedelta(days=days)) if oldest else None,
        days=tuple(map(_told, told)),
        paper=tuple(
            PaperLeft(facility_id=one, facility_name=names.get(one, one), days=many, slips=slips, oldest=day)
            for one, many, slips, day in left
        ),
        unreadable=tuple(folder.name for folder in folders.unreadable),
    )


def watched(
    services: Services, reading: Reading
) -> tuple[Clock | Literal["unknown"], Destruction | Literal["unknown"]]:
    """Return what a monitor asks: whether the clock is believed, and whether anything is overdue."""
    try:
        state = _state(oldest_held(services), reading.wall, services.settings.retention_days)
        return peek(services, reading).clock, state
    except Unavailable:  # the vault is away; the doors that only scan go on
        return "unknown", "unknown"


def oldest_held(services: Services) -> date | None:
    """Return the oldest day of which the log or the vault has anything."""
    with services.store.read() as db:
        at = retention.oldest_scan(db)
        begun = destructions.unfinished(db)
    held = [*services.vault.days()[:1], *services.vault.dead_days()[:1], *begun[:1]]
    return min([*held, kst_day(at)] if at else held, default=None)


def receipts_of(services: Services, facility_id: str) -> list[FacilityReceipt]:
    """Return what the receipts of a facility say, the newest first."""
    with services.store.read() as db:
        kept = receipts.of_facility(db, facility_id, 4 * DAYS_SHOWN)
    said = [(one.day, json.loads(one.body)) for one in kept]
    return [
        FacilityReceipt(
            day=day,
            scans=body["scans"],
            entries=body["entries"],
            slips=body["paper_slips"],
            destroyed_at=datetime.fromisoformat(body["destroyed_at"]),
        )
        for day, body in said
    ]


def _state(oldest: date | None, wall: datetime, retention_days: int) -> Destruction:
    late = oldest is not None and oldest < first_kept_day(wall - GRACE, retention_days)
    return "overdue" if late else "current"


def _told(one: destructions.Destruction) -> DestroyedDay:
    places = one.counts["facilities"].values()
    return DestroyedDay(
        day=one.day,
        contacts=one.counts["contacts"],
        scans=sum(place["scans"] for place in places),
        facilities=len(places),
        slips=sum(place.get("slips", 0) for place in places),
        stage=one.stage,
        finished_at=one.finished_at,
    )
