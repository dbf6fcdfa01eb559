"""Write one queued item inside the batch's transaction: new, the same as before, or in conflict with the first."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from entry_service.core.clock_rules import CLAMPED
from entry_service.core.errors import EntryError, PassExpired, PassFromFuture, PassRefused, ScanConflict
from entry_service.core.model import Device, Scan
from entry_service.services import Services
from entry_service.store.log import scans
from entry_service.store.log.doubts import Found
from entry_service.store.log.scans import FULL

from .check_in import FacilityFull
from .judge import judge_and_append
from .queued import Queued, codes
from .room import Crowd
from .undo import HAPPENED

BY_TIME = {
    "accepted",
    FULL,
    PassExpired.code,
    PassFromFuture.code,
}  # an authentic pass; when decides which of them


@dataclass(frozen=True, slots=True)
class Written:
    """What the log holds of an item; ``refusal``: the visitor did not come in, and why."""

    scan: Scan
    new: bool
    refusal: EntryError | None = None


def append_queued(
    db: Connection,
    services: Services,
    device: Device,
    one: Queued,
    known: dict[str, Scan],
    crowd: Crowd,
    later: list[Found],
) -> Written:
    """Append an item unless the log has it; ``known`` holds what the log has of the batch, and follows.

    Doubts about it are added to ``later``, for the caller to note at the end of the batch.

    Who was refused at the limit while the service could be asked, and came in by the word of a device that did not
    hear it, is logged beside the refusal under an id of its own.

    Raises ``ScanConflict`` where the id belongs to another reading; the first is kept.
    """
    kept = known.get(one.scan.scan_id)
    if kept is not None and kept.outcome == FULL and one.judged is not None and _same(kept, one):
        one = _renamed(one, one.scan.scan_id + HAPPENED)
        kept = known.get(one.scan.scan_id)
    if kept is not None:
        if not _same(kept, one):
            raise ScanConflict
        return Written(kept, new=False, refusal=_refusal(kept))
    if one.judged is None:
        row, new = scans.append_scan(db, one.scan)
    else:
        facility = services.facility_of_door(device.facility_id, one.scan.received_at)
        row, new = judge_and_append(db, services, facility, one.judged, crowd=crowd, later=later)
    known[row.scan_id] = row
    return Written(row, new=new, refusal=one.refusal)


def _same(kept: Scan, one: Queued) -> bool:
    """Say whether an item is the reading that the log has under its id.

    The device may have been enrolled anew since, its clock set, and a code that was judged then may be over now.
    """
    scan, outcome = one.scan, one.scan.outcome
    if (kept.facility_id, kept.source) != (scan.facility_id, scan.source):
        return False
    if kept.scanned_at != one.told_at and CLAMPED not in kept.flags:
        return False
    if one.judged is not None and one.judged.asked not in ("auto", kept.direction):
        return False
    if not one.by_device and (kept.party_size, kept.children) != (scan.party_size, scan.children):
        return False
    if scan.source == "card" and scan.pid is None:  # a card that was ended since says no more whose it was
        return True
    return kept.pid == scan.pid and (kept.outcome == outcome or {kept.outcome, outcome} <= BY_TIME)


def _refusal(kept: Scan) -> EntryError | None:
    """Return why the visitor of a row did not come in, if so."""
    if kept.outcome == "accepted":
        return None
    return FacilityFull() if kept.outcome == FULL else codes().get(kept.outcome, PassRefused)()


def _renamed(one: Queued, scan_id: str) -> Queued:
    assert one.judged is not None
    scan = replace(one.scan, scan_id=scan_id)
    return replace(one, scan=scan, judged=replace(one.judged, scan=scan))
