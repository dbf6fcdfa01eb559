"""Take back a scan that was a mistake: the row stays in the log, no reading counts it any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from entry_service.core.errors import BadInput, EntryError, NotFound
from entry_service.core.model import Device, Scan
from entry_service.core.visits import SKEW_AFTER
from entry_service.services import Services
from entry_service.store.log import scans, voids
from entry_service.store.log.scans import FULL
from entry_service.store.sites import devices

from .check_in import ScanAnswer, answer_of
from .log_scan import recount_pass

WITHIN = timedelta(minutes=10)
HAPPENED = ":happened"  # a scan that was refused at the limit and came in all the same (usecases/doors/sync.py)


class UndoTooLate(EntryError):
    """More than ten minutes lie between the scan and the wish to undo it."""

    status, code = 409, "undo_too_late"
    sentence = "스캔한 지 10분이 지나 취소할 수 없습니다. 필요하면 퇴장으로 다시 기록하시기 바랍니다."


@dataclass(frozen=True, slots=True)
class Undone:
    """The scan that does not count any more; ``repeated``: it was undone before."""

    scan: Scan
    repeated: bool


def undo_scan(
    services: Services, device: Device, scan_id: str, *, undone_at: datetime, now: datetime
) -> ScanAnswer:
    """Undo a scan of this device and return the door's answer as it is without it; said twice it is the same.

    Raises
    ------
    NotFound
        No accepted scan of this device has the id.
    UndoTooLate
        It is more than ten minutes old.
    BadInput
        ``undone_at`` lies before the scan.
    """
    undone = services.store.write(lambda db: void(db, device, scan_id, undone_at=undone_at, now=now, live=True))
    follow(services, [undone], now)
    facility = services.facility_of_door(device.facility_id, now)
    return answer_of(services, facility, undone.scan, repeated=undone.repeated, at=now)


def void(
    db: Connection, device: Device, scan_id: str, *, undone_at: datetime, now: datetime, live: bool = False
) -> Undone:
    """Undo within the caller's transaction. In a batch (not ``live``) only the device's own times are compared."""
    scan = scans.find_scan(db, scan_id)
    if scan is not None and scan.outcome == FULL:
        scan = scans.find_scan(db, scan_id + HAPPENED)
    if scan is None or scan.outcome != "accepted" or not _is_own(db, device, scan):
        raise NotFound(what="scan")
    if voids.is_void(db, scan.scan_id):
        return Undone(scan, repeated=True)
    if undone_at < scan.scanned_at - SKEW_AFTER:
        raise BadInput("취소한 시각이 스캔한 시각보다 빠릅니다.", field="undone_at")
    if undone_at - scan.scanned_at > WITHIN or (live and now - scan.received_at > WITHIN):
        raise UndoTooLate
    new = voids.add(db, scan.scan_id, voided_at=now, voided_by=device.device_id, reason="undo")
    return Undone(scan, repeated=not new)


def _is_own(db: Connection, device: Device, scan: Scan) -> bool:
    """Say whether the device read the scan; also as what its browser was before it was enrolled anew."""
    if scan.facility_id != device.facility_id or scan.device_id is None:
        return False
    return scan.device_id == device.device_id or devices.is_revoked(db, scan.device_id)


def follow(services: Services, undone: list[Undone], now: datetime) -> None:
    """Let the reading of who is inside follow, once the undoing is durable; also when it was so before."""
    for pid in {one.scan.pid for one in undone if one.scan.pid is not None}:
        recount_pass(services, pid, now)
