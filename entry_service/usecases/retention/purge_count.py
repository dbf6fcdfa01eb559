"""What a day holds, counted before anything of it goes; a receipt says these numbers and no others."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from entry_service.core.retention import day_end, days_between
from entry_service.core.times import day_start
from entry_service.services import Services
from entry_service.store.retention import destructions, retention

from .purge_folders import due_folders

NOTHING = {"scans": 0, "entries": 0, "refused": 0, "passes": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayHoldings:
    """What goes with one day; ``rows`` are those of the log by table, of the day and left over from before it."""

    day: date
    facilities: dict[str, dict[str, int]]
    rows: dict[str, int]
    contacts: int
    cards: int
    key_id: str
    folders: int

    def as_counts(self) -> dict[str, Any]:
        """Return the figures as the register of destroyed days keeps them."""
        names = ("facilities", "rows", "contacts", "cards", "key_id", "folders")
        return {name: getattr(self, name) for name in names}


def count_day(services: Services, day: date) -> DayHoldings:
    """Return what a day holds, in one snapshot of the log."""
    end = day_end(day)
    vault = services.vault.count_day(day)
    with services.store.read() as db:
        facilities = destructions.count_scans(db, day_start(day), end)
        for facility_id, many in destructions.count_slips(db, day).items():
            facilities.setdefault(facility_id, dict(NOTHING))["slips"] = many
        shredded = destructions.shredded_slips(db, day)
        rows = {"scans": retention.count_scans(db, end), **retention.count_rest(db, day, end)}
    for facility_id, counts in facilities.items():
        counts.setdefault("slips", 0)
        counts["slips_shredded"] = min(shredded.get(facility_id, 0), counts["slips"])
    return DayHoldings(
        day=day,
        facilities=facilities,
        rows=rows,
        contacts=vault.contacts,
        cards=vault.cards,
        key_id=vault.key_id,
        folders=len(due_folders(services.settings, day).due),
    )


def due_days(services: Services, first_kept: date) -> list[date]:
    """Return the days to destroy, the oldest first: each that holds anything, and none left out since the last.

    A day whose key is gone while rows of it are there was due before, whatever the clock says: a backup came back.
    """
    dead = services.vault.dead_days()
    living = [day for day in services.vault.days() if day < first_kept]
    with services.store.read() as db:
        begun = destructions.unfinished(db)
        last = destructions.last_finished(db)
        logged = retention.scan_days(db, day_start(first_kept))
        finished = destructions.finished(db)
    silent: Iterable[date] = days_between(last, first_kept)[1:] if last is not None else ()
    return sorted({*dead, *living, *begun, *logged, *silent} - finished)
