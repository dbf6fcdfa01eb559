"""What became of the readings that a request for contacts rests on: the request itself stays as it was asked.

Decisions about readings go on meanwhile. So whoever approves, opens or calls is told whose evidence is void by now
or waits for a decision. No pass and no name is needed for that: evidence tells facility and time.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from entry_service.core.errors import EntryError
from entry_service.core.exposed import IndexDoubt
from entry_service.services import Services
from entry_service.store.cases import cases, resting
from entry_service.store.log import doubts, scans

MOMENT = timedelta(microseconds=1)
NOTHING_DOUBTED = "0.0"  # the mark of a form that knows of no doubts, such as that of the release before
_Stay = tuple[str, datetime, datetime, str, int]  # facility_id, entered_at, left_at, source, party_size


class GroundsChanged(EntryError):
    """Between the page and the press a reading of the evidence became void, or doubted, or stands again."""

    status, code = 409, "grounds_changed"
    sentence = "그사이 근거 기록에 대한 판단이 바뀌었습니다. 화면을 다시 확인하시기 바랍니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Of so many records of a request how many rest on nothing but what is void, or on what waits."""

    records: int
    void: int
    waits: int

    @property
    def mark(self) -> str:
        """Return what a form carries, so that nobody decides about less than was shown."""
        return f"{self.void}.{self.waits}"


def grounds_of(services: Services, case_id: str, request_hash: str) -> Grounds:
    """Return what became of the evidence of a request. Records whose day is destroyed stand."""
    records = [(text,) for text in services.vault.disclosures.evidence(request_hash)]
    found = doubts_of(services, case_id, records)
    return Grounds(records=len(found), void=found.count("void"), waits=found.count("waits"))


def assert_shown(services: Services, case_id: str, request_hash: str, shown: str | None) -> None:
    """Raise ``GroundsChanged`` where what was shown (``Grounds.mark``) does not hold any more."""
    if shown is not None and grounds_of(services, case_id, request_hash).mark != shown:
        raise GroundsChanged


def doubts_of(services: Services, case_id: str, records: Sequence[Iterable[str]]) -> list[IndexDoubt]:
    """Return for each record (its evidence: JSON lists of stays) if one stay stands, or waits, or all are void.

    A stay is as doubtful as the visitor's own reading or the index visit, whichever is more. Where several
    readings of a moment could be the visitor's and only some are void, it waits: somebody should look.
    """
    told = [[row for text in texts for row in json.loads(text)] for texts in records]
    with services.store.read() as db:
        doubted = resting.doubted_visits(db, case_id)
        index = {
            (visit.facility_id, visit.start): doubted.get((case_id, visit.facility_id, visit.start), "")
            for visit, origin in cases.visits_of(db, case_id)
            if origin == "pass"
        }
        own = _own_doubts(db, {_stay(row) for rows in told for row in rows})
    return [_least({_worse(own[_stay(row)], index.get(_index(row), "")) for row in rows}) for rows in told]


def _own_doubts(db: Connection, stays: set[_Stay]) -> dict[_Stay, IndexDoubt]:
    if not stays:
        return {}
    first, last = min(stay[1] for stay in stays), max(stay[2] for stay in stays) + MOMENT
    entries = defaultdict(list)
    for row in resting.entries_at(db, {(stay[0], stay[1]) for stay in stays}):
        entries[row.facility_id, row.scanned_at, row.source, row.party_size].append(row)
    waiting = doubts.waiting_between(db, first, last)
    pids = sorted({row.pid for rows in entries.values() for row in rows}) if waiting else []
    waits = defaultdict(list)
    for scan in scans.scans_of_passes(db, pids, first, last):
        if scan.scan_id in waiting:
            waits[scan.pid, scan.facility_id].append(scan)
    found: dict[_Stay, IndexDoubt] = {}
    for stay in stays:
        facility_id, entered, left, source, party = stay
        rows = entries[facility_id, entered, source, party]
        void = [row for row in rows if not row.counts]
        held = any(
            entered <= scan.scanned_at < left or (scan.scanned_at == left and scan.direction == "out")
            for row in rows
            for scan in waits[row.pid, facility_id]
        )
        found[stay] = "void" if rows and len(void) == len(rows) else "waits" if void or held else ""
    return found


def _worse(one: IndexDoubt, other: IndexDoubt) -> IndexDoubt:
    return "void" if "void" in (one, other) else "waits" if "waits" in (one, other) else ""


def _least(stays: set[IndexDoubt]) -> IndexDoubt:
    return "" if not stays or "" in stays else "waits" if "waits" in stays else "void"


def _stay(row: dict[str, Any]) -> _Stay:
    entered, left = (datetime.fromisoformat(row[name]) for name in ("entered_at", "left_at"))
    return row["facility_id"], entered, left, row["source"], row["party_size"]


def _index(row: dict[str, Any]) -> tuple[str, datetime | None]:
    start = row.get("index_start")
    return row["facility_id"], datetime.fromisoformat(start) if start else None
