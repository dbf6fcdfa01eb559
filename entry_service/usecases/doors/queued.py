"""One queued item as far as it can be judged without the log: whose it is, and which time is kept of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from entry_service.core.cards import is_card
from entry_service.core.clock_rules import CLAMPED, SKEWED, is_possible, is_skewed, kept_time, moments
from entry_service.core.errors import BadInput, PassExpired, PassFromFuture, PassRefused
from entry_service.core.model import Device, Scan
from entry_service.services import Services

from .check_in import new_scan, scan_of
from .judge import Asked, Judged
from .presented import pid_of, pid_shown, read_presented, shown_at


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedScan:
    """A reading that the device took for an entry or a way out; the fields of a scan."""

    scan_id: str
    text: str
    direction: Asked
    scanned_at: datetime
    gate: str = ""
    party_size: int = 1
    children: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedRefusal:
    """A reading that the device itself refused, with the code of its reason."""

    scan_id: str
    code: str
    scanned_at: datetime
    text: str = ""
    gate: str = ""


@dataclass(frozen=True, slots=True)
class Queued:
    """An item that becomes a row; ``refusal`` is why it becomes a refused one, else ``judged`` is to be judged."""

    scan: Scan
    told_at: datetime  # by the device, whatever time is kept
    judged: Judged | None = None
    refusal: PassRefused | None = None
    by_device: bool = False  # the device refused it: to the device that is no news


def prepare_scan(
    services: Services,
    device: Device,
    item: QueuedScan,
    *,
    now: datetime,
    skew: timedelta,
    random: Callable[[int], bytes],
    leaves: bool = False,
) -> Queued:
    """Return the item, read at the first moment at which its code is good; errors as of ``read_presented``."""
    scan = new_scan(
        device,
        scan_id=item.scan_id,
        direction=item.direction,
        scanned_at=item.scanned_at,
        gate=item.gate,
        now=now,
        party_size=item.party_size,
        children=item.children,
    )
    if is_card(item.text):
        scan = replace(scan, source="card")
    refused: tuple[datetime, PassRefused] | None = None
    shown = None if is_possible(item.scanned_at, now) else shown_at(services, item.text)
    for moment in moments(item.scanned_at, now, skew, shown):
        try:
            presented = read_presented(services, device, item.text, moment, now=now, random=random)
        except (PassExpired, PassFromFuture) as refusal:
            refused = refused or (moment, refusal)
            continue
        except PassRefused as refusal:
            refused = (moment, refusal)
            break
        at = kept_time(item.scanned_at, moment, now)
        scan = scan_of(scan, presented, scanned_at=at)
        clamped = at != item.scanned_at
        facts = {"clamped": clamped, "doubts": presented.doubts, "leaves": leaves}
        judged = Judged(scan, item.direction, presented.verified, "happened", skew, **facts)
        return Queued(scan, item.scanned_at, judged)
    assert refused is not None  # there is always a moment
    moment, refusal = refused
    row = _refused(scan, moment, now, skew, pid_of(refusal), refusal.code)
    return Queued(row, item.scanned_at, refusal=refusal)


def prepare_refusal(
    services: Services, device: Device, item: QueuedRefusal, *, now: datetime, skew: timedelta
) -> Queued:
    """Return the refused row of what the device refused; ``BadInput`` for a reason that is none."""
    known = codes()
    if item.code not in known:
        raise BadInput(field="code")
    scan = new_scan(
        device, scan_id=item.scan_id, direction="in", scanned_at=item.scanned_at, gate=item.gate, now=now
    )
    pid = pid_shown(services, item.text)
    moment = next(moments(item.scanned_at, now, skew, None))
    row = _refused(scan, moment, now, skew, pid, item.code)
    return Queued(row, item.scanned_at, refusal=known[item.code](), by_device=True)


def codes() -> dict[str, type[PassRefused]]:
    """Return the codes with which a door refuses what is held out to it."""
    found, waiting = {}, [PassRefused]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        found[kind.code] = kind
    return found


def _refused(scan: Scan, moment: datetime, now: datetime, skew: timedelta, pid: bytes | None, code: str) -> Scan:
    at = kept_time(scan.scanned_at, moment, now)
    flags = (SKEWED, CLAMPED) if at != scan.scanned_at else (SKEWED,) if is_skewed(skew) else ()
    return replace(scan, pid=pid, scanned_at=at, outcome=code, flags=flags)
